"""Gradio values -> core -> Gradio updates. Handlers translate; they neither compute nor keep anything."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import wraps
from itertools import takewhile
from pathlib import Path
from typing import Any, NamedTuple

import gradio as gr
import numpy as np
from gradio.data_classes import ImageData

from demo import arrival, failures, models, runs, views, words
from demo.arrival import NOTHING_SAID, About
from demo.latest import Latest
from demo.viewer import Phase, Reading, store
from retinaregen_core.errors import ImageError, RetinaRegenError
from retinaregen_core.imaging import decode
from retinaregen_core.imaging.degrade import degrade
from retinaregen_core.imaging.framing import Framing
from retinaregen_core.pipeline import Readability, Upload
from retinaregen_core.records import Damage
from retinaregen_core.specs import SamplingOptions
from retinaregen_core.verdict import refusal

EXAMPLES_FOLDER = Path(__file__).parents[1] / "assets" / "examples"
WORKING_SIZE = 512
"""Side in pixels at which the degradation model is defined."""
CHOSEN = Latest()
SKIP: Any = gr.skip()


@dataclass(frozen=True)
class Case:
    """The open photograph: paths in the cache, so that nothing large lives in the session."""

    photograph: ImageData
    width: int
    height: int
    square: tuple[int, int, int]
    """``(left, top, side)`` of the square around the field of view."""
    before: Readability
    reference: ImageData | None = None
    about: About = NOTHING_SAID
    inside: ImageData | None = None
    """Opaque in the field of view, in that square."""

    def reading(self, phase: Phase, **more: Any) -> Reading:
        """What the viewer shows of this case."""
        return Reading(
            phase=phase,
            photograph=self.photograph,
            reference=self.reference,
            width=self.width,
            height=self.height,
            square=self.square,
            inside=self.inside,
            eye=self.about.eye or "",
            damaged=self.about.damage is not None,
            **more,
        )


class Update(NamedTuple):
    """One new state of the page; what is not named stays as it is."""

    case: Any = SKIP
    viewer: Any = SKIP
    readability: Any = SKIP
    result: Any = SKIP
    curves: Any = SKIP
    trail: Any = SKIP
    status: Any = SKIP
    restore: Any = SKIP
    cancel: Any = SKIP
    kept: Any = SKIP
    downloads: Any = SKIP
    frame: Any = SKIP
    measured: Any = SKIP
    derived: Any = SKIP
    notice: Any = SKIP


Handler = Callable[..., Iterator[Update]]


def told(handler: Handler) -> Handler:
    """Errors become a sentence in the status line and a toast; pictures, settings and the last result stay."""

    @wraps(handler)
    def guarded(*arguments: Any) -> Iterator[Update]:
        try:
            yield Update()  # to a handler that says nothing at all, Gradio would empty every output
            yield from handler(*arguments)
        except Exception as error:
            said = failures.in_words(error, handler.__name__, words.problems.UNEXPECTED)
            yield _refused(said, _case_among(arguments))

    return guarded


def _case_among(arguments: Sequence[Any]) -> Case | None:
    """The photograph that was open before: an argument, or what an argument belongs to."""
    cases = (argument if isinstance(argument, Case) else getattr(argument, "case", None) for argument in arguments)
    return next((case for case in cases if case), None)


def _refused(error: RetinaRegenError, case: Case | None) -> Update:
    gr.Warning(words.error_told(error), title=words.status.NOTICE)
    if runs.under_way():  # it goes on, and its own updates say how far it is
        return Update(status=views.problem(error))
    return Update(
        viewer=Reading(phase="abandoned"),
        status=views.problem(error),
        restore=restore_button(case) if case else gr.update(interactive=False),
        cancel=gr.update(interactive=False),
    )


# Opening


def opening(handler: Handler) -> Handler:
    """Nothing but the status changes before a new photograph is known to be one, so that a failure loses nothing.

    What the visitor chose last is shown; an earlier choice that takes longer is given up, at its next update.
    """

    @told
    @wraps(handler)
    def opened(*arguments: Any) -> Iterator[Update]:
        mine = CHOSEN.begin()
        yield Update(status=views.status(words.status.OPENING, "busy"), restore=gr.update(interactive=False))
        try:
            yield from takewhile(lambda _: not CHOSEN.overtaken(mine), handler(*arguments))
        except Exception:
            if not CHOSEN.overtaken(mine):
                raise
        if CHOSEN.overtaken(mine):
            yield Update()  # Gradio says the last word twice: this one changes nothing

    return opened


@opening
def on_upload(path: str, case: Case | None) -> Iterator[Update]:
    """A photograph came in: decode, score, show; the file as sent, with its camera data, is deleted at once."""
    photograph, about = arrival.take(path)
    yield from _opened(photograph.image, about=about)


@opening
def on_frame(case: Case | None, number: float) -> Iterator[Update]:
    """Another frame of a file that holds several."""
    photograph, about = arrival.turn(open_case(case).about, int(number))
    yield from _opened(photograph.image, about=about)


def on_chosen(event: gr.EventData) -> str:
    """The name of the drawing that was clicked: only the first handler of a chain is told."""
    name: str = event.name
    return name


@opening
def on_example(name: str, case: Case | None) -> Iterator[Update]:
    """A drawing with its reference."""
    assert name in words.intake.EXAMPLES, name
    picture, reference = (EXAMPLES_FOLDER / f"{name}{suffix}.png" for suffix in ("", "_reference"))
    yield from _opened(decode.read(picture), decode.read(reference))


@opening
def on_reference(path: str, case: Case | None) -> Iterator[Update]:
    """A second photograph of the same eye, named as the truth."""
    image = arrival.take(path)[0].image
    case = open_case(case)
    if image.shape[:2] != (case.height, case.width):
        sizes = {"reference": "{1} x {0}".format(*image.shape), "photograph": f"{case.width} x {case.height}"}
        raise ImageError(*words.problems.REFERENCE_SIZE, **sizes)
    yield Update()  # if this has been overtaken, it ends here
    runs.end()
    opened = _shown(replace(case, reference=store(views.png(image), "reference.png")))
    yield opened._replace(status=views.status(words.status.REFERENCE_TAKEN))


@told
def on_without_reference(case: Case | None) -> Iterator[Update]:
    """The reference was a mistake: only change is measured again. Where there is none, run and result stay."""
    case = open_case(case)
    if case.reference:
        runs.end()
        yield _shown(replace(case, reference=None))


@opening
def on_degrade(case: Case | None, kind: str, seed: float) -> Iterator[Update]:
    """Spoil the open photograph, or its sharp reference where there is one; what was spoiled becomes the reference."""
    case = open_case(case)
    sharp, chosen = Upload(read(case.reference or case.photograph)), whole(seed)
    framing = Framing.at(sharp.field_of_view, WORKING_SIZE)  # what was framed once is not framed again
    reference = framing.crop(sharp.image, WORKING_SIZE)
    mask = framing.crop_mask(sharp.field_of_view.mask, WORKING_SIZE)
    spoiled = degrade(reference, mask, kind, chosen)
    yield from _opened(spoiled, reference, case.about.damaged(Damage(kind, chosen)))
    yield Update(status=views.status(words.status.DEGRADED.format(kind=words.settings.KINDS[kind], seed=chosen)))


def _opened(image: np.ndarray, reference: np.ndarray | None = None, about: About = NOTHING_SAID) -> Iterator[Update]:
    """Scores and picture come together: meanwhile the page shows neither these nor those of the last photograph.

    The run on that one ends first: a late step must not cover the new photograph.
    """
    upload = Upload(image)
    framing = upload.framing
    yield Update()  # if this has been overtaken, it ends here
    runs.end()
    yield Update(viewer=Reading(phase="opening"))
    scores = models.assess(image)
    case = Case(
        store(views.png(image), "photograph.png"),
        image.shape[1],
        image.shape[0],
        (framing.left, framing.top, framing.side),
        scores,
        None if reference is None else store(views.png(reference), "reference.png"),
        about,
        store(views.cutout(upload.mask(WORKING_SIZE)), "inside.png"),
    )
    yield _shown(case)


def _shown(case: Case) -> Update:
    """A case without a result."""
    return Update(
        case,
        case.reading("ready"),
        views.readability(case.before, None),
        "",
        "",
        None,
        _described(case),
        restore_button(case),
        gr.update(interactive=False),
        kept=None,
        downloads=gr.update(visible=False),
        frame=arrival.choice(case.about),
        notice=_notice(case.about),
    )


def _described(case: Case) -> str:
    """Size, eye and frame."""
    sentences = [words.status.OPENED.format(width=case.width, height=case.height), *case.about.sentences]
    return views.status(" ".join(sentences))


def _notice(about: About) -> Any:
    """What stays said until another photograph is opened, while the status line goes on."""
    return gr.update(value=views.status(words.intake.BURNED_IN, "warning"), visible=bool(about.burned_in))


def restore_button(case: Case) -> Any:
    """Restoring is the main thing to do only where something cannot be read, and the picture is not refused."""
    if refusal(case.before):
        return gr.update(value=words.settings.RESTORE_REFUSED, variant="secondary", interactive=True)
    if case.before.readable:
        return gr.update(value=words.settings.RESTORE_ANYWAY, variant="secondary", interactive=True)
    return gr.update(value=words.settings.RESTORE, variant="primary", interactive=True)


def read(picture: ImageData) -> np.ndarray:
    """A photograph of the cache."""
    return decode.read(cached(picture))


def cached(picture: ImageData) -> Path:
    """Where a picture lies; :class:`ImageError` once the cache has deleted it."""
    path = Path(picture.path or "")
    if not path.is_file():
        raise ImageError(*words.problems.EXPIRED)
    return path


def whole(seed: float | None) -> int:
    """A seed as its field gives it; nothing in it counts as 0.

    Raises:
        SpecError: it is negative.
    """
    return SamplingOptions(seed=int(seed or 0)).seed


def open_case(case: Case | None) -> Case:
    """The case, or the sentence for when none is open."""
    if case is None:
        raise ImageError(*words.problems.NOTHING_OPEN)
    return case
