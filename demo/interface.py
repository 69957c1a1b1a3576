"""The page: components and wiring, no logic."""

from pathlib import Path
from typing import Any

import gradio as gr

from demo import handlers, models, views, words
from demo.intake import Intake
from demo.viewer import Viewer
from retinaregen_core.errors import WeightsError

ASSETS = Path(__file__).parents[1] / "assets"
MAX_STEPS = 50
DELETE_EVERY_S, DELETE_AFTER_S = 60, 600
FORCE_DARK = "() => document.body.classList.add('dark')"
FOCUS_VERDICT = """() => {
  const lost = [document.body, ...document.querySelectorAll('#restore, #cancel')].includes(document.activeElement);
  if (lost) document.querySelector('#verdict')?.focus({ preventScroll: true });
}"""
"""Only a keyboard that has nowhere else to be is sent to the verdict: nobody is torn away from the step slider."""

LAUNCH: dict[str, Any] = {
    "css_paths": [ASSETS / "demo.css"],
    "js": FORCE_DARK,
    "max_file_size": f"{words.FILE_LIMIT_MB}mb",
    "footer_links": [],
    "run_history": False,
    "enable_monitoring": False,
    "pwa": False,
    "ssr_mode": False,
    "strict_cors": True,
    "allowed_paths": [],
    "show_error": False,
}
"""Arguments of ``launch``: no history, no analytics, no share, no file outside the cache."""


def build() -> gr.Blocks:
    """The page, with its networks loaded; without weights, a page that says what to do."""
    page = gr.Blocks(
        title=words.TITLE,
        analytics_enabled=False,
        delete_cache=(DELETE_EVERY_S, DELETE_AFTER_S),
        fill_width=True,
    )
    with page:
        gr.HTML(views.header(), elem_id="header", apply_default_css=False)
        missing = models.obstacle()
        if missing:
            _empty(missing)
        else:
            _desk()
    page.queue(max_size=8, default_concurrency_limit=2)
    return page


def _empty(missing: WeightsError) -> None:
    gr.HTML(views.no_weights(missing), apply_default_css=False)
    gr.HTML(views.footer([], ""), apply_default_css=False)


def _desk() -> None:
    """The reading desk: controls on the left, picture and result on the right."""
    case, example = gr.State(None), gr.State("")
    with gr.Row(elem_id="desk"):
        with gr.Column(scale=1, min_width=340, elem_id="side"):
            intake = Intake(elem_id="intake", everywhere=True, examples=_examples())
            readability = gr.HTML(views.readability(None, None), elem_id="readability", apply_default_css=False)
            with gr.Row(elem_id="actions"):
                restore = gr.Button(words.RESTORE, variant="primary", interactive=False, elem_id="restore", scale=3)
                cancel = gr.Button(words.CANCEL, interactive=False, elem_id="cancel", scale=1, min_width=90)
            status = gr.HTML(views.status(words.WELCOME), elem_id="status", apply_default_css=False)
            restorer, steps, seed, reference = _advanced()
            kind, degrade_seed, degrade = _try_it()
        with gr.Column(scale=4, min_width=320, elem_id="main"):
            viewer = Viewer(elem_id="viewer")
            result = gr.HTML("", elem_id="result", apply_default_css=False)
    default = models.get(models.default())
    checkpoints = [*models.offered().values(), default.readability_checkpoint]
    gr.HTML(views.footer(checkpoints, str(default.device)), elem_id="footer", apply_default_css=False)

    outputs = [case, viewer, readability, result, status, restore, cancel]
    quiet: dict[str, Any] = {"outputs": outputs, "show_progress": "hidden"}
    slot: dict[str, Any] = {"concurrency_id": "model", "concurrency_limit": 1}
    run = restore.click(handlers.on_restore, [case, restorer, steps, seed], api_name="restore", **quiet, **slot)
    run.then(None, js=FOCUS_VERDICT)
    for stop in (cancel.click, viewer.abandon):
        stop(None, cancels=[run]).then(handlers.on_cancelled, case, api_visibility="private", **quiet)
    # Another photograph first ends the run on the last one, and only then opens: a late step must not cover it.
    opening: dict[str, Any] = {"cancels": [run], "show_progress": "hidden", "api_visibility": "private"}
    intake.upload(None, **opening).then(handlers.on_upload, intake, api_name="open", **quiet)
    chosen = intake.example(handlers.on_chosen, None, example, **opening)
    chosen.then(handlers.on_example, example, api_visibility="private", **quiet)
    reference.upload(None, **opening).then(handlers.on_reference, [reference, case], api_name="reference", **quiet)
    degrade.click(None, **opening).then(handlers.on_degrade, [case, kind, degrade_seed], api_name="degrade", **quiet)
    restorer.input(handlers.on_restorer, restorer, steps, show_progress="hidden", api_visibility="private")


def _advanced() -> tuple[gr.Radio, gr.Slider, gr.Number, Intake]:
    with gr.Accordion(words.ADVANCED, open=False, elem_id="advanced"):
        choices = [(words.RESTORER_NAMES[name], name) for name in models.offered()]
        restorer = gr.Radio(choices, value=models.default(), label=words.RESTORER, elem_id="restorer")
        steps = gr.Slider(
            1,
            MAX_STEPS,
            models.default_steps(models.default()),
            step=1,
            label=words.STEPS,
            info=words.STEPS_INFO,
            elem_id="steps",
        )
        seed = gr.Number(0, label=words.SEED, info=words.SEED_INFO, precision=0, minimum=0, elem_id="seed")
        reference = Intake(sentences=words.REFERENCE_INTAKE, elem_id="reference", elem_classes="compact")
    return restorer, steps, seed, reference


def _try_it() -> tuple[gr.Dropdown, gr.Number, gr.Button]:
    with gr.Accordion(words.TRY_IT, open=False, elem_id="try-it"):
        choices = [(name, kind) for kind, name in words.KINDS.items()]
        kind = gr.Dropdown(choices, value="111", label=words.KIND, info=words.TRY_IT_INFO, elem_id="kind")
        seed = gr.Number(0, label=words.SEED, precision=0, minimum=0, elem_id="degrade-seed")
        degrade = gr.Button(words.DEGRADE, elem_id="degrade")
    return kind, seed, degrade


def _examples() -> list[dict[str, str]]:
    return [
        {"name": name, "title": title, "thumbnail": views.thumbnail(handlers.EXAMPLES_FOLDER / f"{name}.png")}
        for name, title in words.EXAMPLES.items()
    ]
