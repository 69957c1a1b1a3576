"""The page: components and wiring, no logic."""

from pathlib import Path
from typing import Any

import gradio as gr
from gradio.components import Navbar
from starlette.middleware import Middleware

from demo import about, batch, cache, furniture, guard, handlers, looking, memory, models, restoring, runs, views, words
from demo.curves import Curves
from demo.downloads import panel
from demo.intake import Intake
from demo.multilingual import Multilingual, in_every_language
from demo.viewer import Viewer
from demo.words import settings
from demo.words.language import Spoken
from retinaregen_core.errors import WeightsError

ASSETS = Path(__file__).parents[1] / "assets"
ANSWERS = Path(__file__).with_name("answers.js").read_text("utf-8")
"""In the browser: a click does not go without its answer because others have theirs."""
MAX_STEPS, MAX_SAMPLES = 50, 8
SESSIONS = 100
"""Remembered, a third of a MB each: Gradio keeps those of closed pages as well, until so many others have come."""
ON_OPENING = """() => {
  document.body.classList.add('dark');
  document.documentElement.lang = document.querySelector('.top, .about').lang;
  const close = () => document.querySelector('.languages').open = false;
  document.addEventListener('pointerdown', (event) => { if (!event.target.closest('.languages')) close(); });
  document.addEventListener('keydown', (event) => { if (event.key === 'Escape') close(); });
  let saved;
  const result = () => document.querySelector('.viewer.has-restored .stack')?.lastElementChild?.dataset.url
    ?? document.querySelectorAll('#table .batch tbody tr').length;
  const losing = () => document.querySelector('.status.busy') || (result() && result() !== saved);
  document.addEventListener('click', (event) => {
    const on = (selector) => event.target.closest(selector);
    const restored = document.querySelector('#table .batch img:nth-of-type(2)');
    const keeps = '#downloads button:not(#download-json), #download-zip, [data-do="download"]';  // data hold no picture
    if (on(restored ? keeps : `${keeps}, #results button`)) saved = result();
    const leaves = on('.nav-holder a, .languages a') && !event.ctrlKey && !event.metaKey && losing();
    const replaces = on('#start') && restored && losing();
    const { leaving, replacing } = document.querySelector('.top, .about').dataset;
    if ((leaves && !confirm(leaving)) || (replaces && !confirm(replacing))) {
      event.preventDefault();
      event.stopPropagation();
    } else if (on('#start, #restore')) saved = undefined;  // what comes is another result, if of as many rows
  }, true);
}"""
"""Dark always; and the document says which language it is in, where Gradio names the browser's, spoken here or not.

Another page ends the session, so does another language: it asks while work is under way, or there is a result that was
not saved; so does the start of a batch that would replace restored pictures. No ``beforeunload``: Gradio, whose own
handler comes first, ends the session there even if the visitor stays.
"""
DRAW_SEED = "() => Math.floor(Math.random() * 2 ** 31)"
FOCUS_VERDICT = """() => {
  const lost = [document.body, ...document.querySelectorAll('#restore, #cancel')].includes(document.activeElement);
  if (lost) document.querySelector('#verdict')?.focus({ preventScroll: true });
}"""
"""Only a keyboard that has nowhere else to be is sent to the verdict: nobody is torn away from the step slider."""

LAUNCH: dict[str, Any] = {
    "css_paths": [ASSETS / "demo.css"],
    "js": f"() => {{ ({ANSWERS})(); ({ON_OPENING})(); }}",
    "max_file_size": f"{words.intake.FILE_LIMIT_MB}mb",
    "footer_links": [],
    "run_history": False,
    "pwa": False,
    "ssr_mode": False,
    "state_session_capacity": SESSIONS,
    "app_kwargs": {
        "openapi_url": None,
        "lifespan": cache.kept_clean,
        "middleware": [Middleware(guard.Guard), Middleware(Spoken)],
    },
    **guard.launch_options(),
}
"""Arguments of ``launch``: no history, no analytics, no share, no file outside the cache."""


def build() -> gr.Blocks:
    """The page, with its networks loaded; without weights, a page that says what to do."""
    memory.share_one_heap()
    cache.root()  # chosen before any component asks Gradio for its own
    page = in_every_language(_page)
    page.queue(max_size=32, default_concurrency_limit=2)
    return page


def _page() -> Multilingual:
    page = Multilingual(title=words.desk.TITLE, analytics_enabled=False, fill_width=True)
    with page:
        _navigation()
        gr.HTML(furniture.header(furniture.MAIN), elem_id="header", apply_default_css=False)
        missing = models.obstacle()
        if missing:
            _empty(missing)
        else:
            _desk()
        page.unload(runs.leave)
    if not missing:
        with page.route(words.desk.BATCH_PAGE, furniture.BATCH, show_in_navbar=False):
            _navigation()
            gr.HTML(furniture.header(furniture.BATCH), elem_id="batch-header", apply_default_css=False)
            batch.build()
    with page.route(words.desk.ABOUT, furniture.ABOUT, show_in_navbar=False):
        _navigation()
        spec = None if missing else models.get(models.default()).classifier.spec
        told = about.page(models.checkpoints(), spec)
        gr.HTML(told, css_template=about.STYLE, elem_id="about", apply_default_css=False)
    return page


def _navigation() -> None:
    """Gradio's own links would forget the language."""
    pages = {words.desk.MAIN_PAGE: furniture.MAIN, words.desk.BATCH_PAGE: furniture.BATCH}
    Navbar([(title, furniture.address(path)) for title, path in pages.items()], main_page_name=False)


def _empty(missing: WeightsError) -> None:
    gr.HTML(furniture.no_weights(missing), apply_default_css=False)
    gr.HTML(furniture.footer([], ""), apply_default_css=False)


def _desk() -> None:
    """The reading desk: controls on the left, picture and result on the right."""
    case, example, kept = gr.State(None), gr.State(""), gr.State(None)
    trail, measured = gr.State(None), gr.State(None)
    with gr.Row(elem_id="desk"):
        with gr.Column(scale=1, min_width=340, elem_id="side"):
            intake = Intake(elem_id="intake", everywhere=True, examples=_examples())
            frame = gr.Dropdown([], label=words.intake.FRAME, visible=False, elem_id="frame")
            readability = gr.HTML(views.readability(None, None), elem_id="readability", apply_default_css=False)
            with gr.Column(elem_id="bar"):  # on a narrow screen it stays in reach, beside the picture
                with gr.Row(elem_id="actions"):
                    label = settings.RESTORE
                    restore = gr.Button(label, variant="primary", interactive=False, elem_id="restore", scale=3)
                    cancel = gr.Button(words.desk.CANCEL, interactive=False, elem_id="cancel", scale=1, min_width=112)
                status = gr.HTML(views.status(words.status.WELCOME), elem_id="status", apply_default_css=False)
                notice = gr.HTML("", visible=False, elem_id="notice", apply_default_css=False)
            restorer, preset, steps, strength, seed, samples = _advanced()
            reference, without = _reference()
            kind, degrade_seed, degrade = _try_it()
        with gr.Column(scale=4, min_width=320, elem_id="main"):
            viewer = Viewer(elem_id="viewer")
            downloads, derived = panel(kept, status)
            result = gr.HTML("", elem_id="result", apply_default_css=False)
            curves = Curves(elem_id="curves")
    default = models.get(models.default())
    gr.HTML(furniture.footer(models.checkpoints(), str(default.device)), elem_id="footer", apply_default_css=False)

    shown = [case, viewer, readability, result, curves, trail, status]
    outputs = [*shown, restore, cancel, kept, downloads, frame, measured, derived, notice]
    quiet: dict[str, Any] = {"outputs": outputs, "show_progress": "hidden"}
    slot: dict[str, Any] = {"concurrency_limit": None}  # restorations take turns themselves: see demo.turns
    run = restore.click(
        restoring.on_restore, [case, restorer, steps, seed, strength, samples], api_name="restore", **quiet, **slot
    )
    run.then(None, js=FOCUS_VERDICT)
    looked = run.success(restoring.on_looked, trail, api_visibility="private", concurrency_id="maps", **quiet)
    follow = looked.success(restoring.on_follow, trail, api_visibility="private", concurrency_id="curves", **quiet)
    follow.success(restoring.on_measured, [trail, measured], api_visibility="private", **quiet)
    for stop in (cancel.click, viewer.abandon):
        ended = stop(runs.end, show_progress="hidden", api_visibility="private", **slot)
        ended.then(restoring.on_cancelled, case, api_visibility="private", **quiet)
    opening: dict[str, Any] = {"trigger_mode": "always_last", **quiet}  # a second photograph is not passed over
    chosen = intake.example(handlers.on_chosen, None, example, show_progress="hidden", api_visibility="private")
    for opened in (
        intake.upload(handlers.on_upload, [intake, case], api_name="open", **opening),
        frame.input(handlers.on_frame, [case, frame], api_name="frame", **opening),
        chosen.then(handlers.on_example, [example, case], api_visibility="private", **quiet),
        reference.upload(handlers.on_reference, [reference, case], api_name="reference", **opening),
        degrade.click(handlers.on_degrade, [case, kind, degrade_seed], api_name="degrade", **opening),
        without.click(handlers.on_without_reference, case, api_visibility="private", **opening),
    ):
        opened.success(looking.on_opened, case, api_visibility="private", concurrency_id="maps", **opening)
    for choice in (restorer, preset):
        choice.input(
            restoring.on_preset,
            [preset, restorer],
            [steps, strength],
            show_progress="hidden",
            api_visibility="private",
        )


def _advanced() -> tuple[gr.Radio, gr.Radio, gr.Slider, gr.Slider, gr.Number, gr.Slider]:
    with gr.Accordion(settings.ADVANCED, open=False, elem_id="advanced"):
        choices = [(settings.RESTORER_NAMES[name], name) for name in models.offered()]
        restorer = gr.Radio(choices, value=models.default(), label=settings.RESTORER, elem_id="restorer")
        presets = [(settings.PRESETS[name], name) for name in models.PRESETS]
        preset = gr.Radio(presets, value="standard", label=settings.PRESET, info=settings.PRESET_INFO, elem_id="preset")
        own = models.default_steps(models.default())
        steps = gr.Slider(1, MAX_STEPS, own, step=1, label=settings.STEPS, info=settings.STEPS_INFO, elem_id="steps")
        strength = gr.Slider(
            0.05, 1, 1, step=0.05, label=settings.STRENGTH, info=settings.STRENGTH_INFO, elem_id="strength"
        )
        samples = gr.Slider(
            1, MAX_SAMPLES, 1, step=1, label=settings.SAMPLES, info=settings.SAMPLES_INFO, elem_id="samples"
        )
        seed = gr.Number(0, label=settings.SEED, info=settings.SEED_INFO, precision=0, elem_id="seed")
        dice = gr.Button(settings.DICE, size="sm", elem_id="dice")
        dice.click(None, None, seed, js=DRAW_SEED)
        for chosen in (steps, strength):  # by hand, so it is no preset
            chosen.input(None, None, preset, js="() => null", api_visibility="private")
    return restorer, preset, steps, strength, seed, samples


def _reference() -> tuple[Intake, gr.Button]:
    with gr.Accordion(settings.REFERENCE_PART, open=False, elem_id="reference-part"):
        reference = Intake(sentences=words.intake.REFERENCE, elem_id="reference", elem_classes="compact")
        without = gr.Button(settings.WITHOUT_REFERENCE, size="sm", elem_id="without-reference")
    return reference, without


def _try_it() -> tuple[gr.Dropdown, gr.Number, gr.Button]:
    with gr.Accordion(settings.TRY_IT, open=False, elem_id="try-it"):
        choices = [(name, kind) for kind, name in settings.KINDS.items()]
        kind = gr.Dropdown(choices, value="111", label=settings.KIND, info=settings.TRY_IT_INFO, elem_id="kind")
        seed = gr.Number(0, label=settings.SEED, precision=0, elem_id="degrade-seed")
        degrade = gr.Button(settings.DEGRADE, elem_id="degrade")
    return kind, seed, degrade


def _examples() -> list[dict[str, str]]:
    return [
        {"name": name, "title": title, "thumbnail": views.thumbnail(handlers.EXAMPLES_FOLDER / f"{name}.png")}
        for name, title in words.intake.EXAMPLES.items()
    ]
