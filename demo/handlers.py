"""Gradio values -> core -> Gradio updates. Handlers translate; they neither compute nor keep anything."""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import wraps
from pathlib import Path
from time import perf_counter
from typing import Any, NamedTuple

import gradio as gr
import numpy as np
import torch
from gradio.data_classes import ImageData

from demo import models, views, words
from demo.viewer import Phase, Reading, store
from retinaregen_core import report
from retinaregen_core.diffusion.process import DenoisingStep
from retinaregen_core.errors import ImageError, RetinaRegenError
from retinaregen_core.imaging import decode, pixels
from retinaregen_core.imaging.degrade import degrade
from retinaregen_core.pipeline import Event, Readability, Restoration, StepInfo, Upload

EXAMPLES_FOLDER = Path(__file__).parents[1] / "assets" / "examples"
WORKING_SIZE = 512
"""Side in pixels at which the degradation model is defined."""
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

    def reading(self, phase: Phase, **more: Any) -> Reading:
        """What the viewer shows of this case."""
        return Reading(
            phase=phase,
            photograph=self.photograph,
            reference=self.reference,
            width=self.width,
            height=self.height,
            square=self.square,
            **more,
        )


class Update(NamedTuple):
    """One new state of the page; what is not named stays as it is."""

    case: Any = SKIP
    viewer: Any = SKIP
    readability: Any = SKIP
    result: Any = SKIP
    status: Any = SKIP
    restore: Any = SKIP
    cancel: Any = SKIP


Handler = Callable[..., Iterator[Update]]


def told(handler: Handler) -> Handler:
    """Errors become a sentence in the status line and a toast; pictures, settings and the last result stay."""

    @wraps(handler)
    def guarded(*arguments: Any) -> Iterator[Update]:
        try:
            yield from handler(*arguments)
        except RetinaRegenError as error:
            yield _refused(error)
        except (MemoryError, torch.OutOfMemoryError):
            yield _refused(RetinaRegenError(*words.OUT_OF_MEMORY))
        except Exception:
            logging.exception("unexpected failure in %s", handler.__name__)
            yield _refused(RetinaRegenError(*words.UNEXPECTED))

    return guarded


def _refused(error: RetinaRegenError) -> Update:
    gr.Warning(str(error))
    return Update(
        viewer=Reading(phase="abandoned"),
        status=views.problem(error),
        restore=gr.update(interactive=True),
        cancel=gr.update(interactive=False),
    )


# Opening


@told
def on_upload(path: str) -> Iterator[Update]:
    """A photograph came in: decode, score, show; the file as sent, with its camera data, is deleted at once."""
    yield from _opened(_taken(path))


def on_chosen(event: gr.EventData) -> str:
    """The name of the drawing that was clicked: only the first handler of a chain is told."""
    name: str = event.name
    return name


@told
def on_example(name: str) -> Iterator[Update]:
    """A drawing with its reference."""
    assert name in words.EXAMPLES, name
    picture, reference = (EXAMPLES_FOLDER / f"{name}{suffix}.png" for suffix in ("", "_reference"))
    yield from _opened(decode.read(picture), decode.read(reference))


@told
def on_reference(path: str, case: Case | None) -> Iterator[Update]:
    """A second photograph of the same eye, named as the truth."""
    image = _taken(path)
    case = _open_case(case)
    if image.shape[:2] != (case.height, case.width):
        sizes = {"reference": "{1} x {0}".format(*image.shape), "photograph": f"{case.width} x {case.height}"}
        raise ImageError(words.REFERENCE_SIZE[0].format(**sizes), words.REFERENCE_SIZE[1])
    case = replace(case, reference=store(views.png(image), "reference.png"))
    opened = _shown(case)
    yield opened._replace(status=views.status(words.REFERENCE_TAKEN))


@told
def on_degrade(case: Case | None, kind: str, seed: float) -> Iterator[Update]:
    """Spoil the open photograph; the sharp one becomes its reference."""
    sharp = Upload(_read(_open_case(case).photograph))
    reference = sharp.framing.crop(sharp.image, WORKING_SIZE)
    mask = sharp.framing.crop_mask(sharp.field_of_view.mask, WORKING_SIZE)
    spoiled = degrade(reference, mask, kind, int(seed))
    yield from _opened(spoiled, reference)
    yield Update(status=views.status(words.DEGRADED.format(kind=words.KINDS[kind].lower(), seed=int(seed))))


def _opened(image: np.ndarray, reference: np.ndarray | None = None) -> Iterator[Update]:
    """Scores first, then the picture: the scores take a third of a second, a large lossless picture may take longer."""
    upload = Upload(image)
    scores = models.get(models.default()).assess(image)
    framing = upload.framing
    yield Update(readability=views.readability(scores, None), result="")
    case = Case(
        store(views.png(image), "photograph.png"),
        image.shape[1],
        image.shape[0],
        (framing.left, framing.top, framing.side),
        scores,
        None if reference is None else store(views.png(reference), "reference.png"),
    )
    yield _shown(case)


def _shown(case: Case) -> Update:
    """A case without a result."""
    return Update(
        case,
        case.reading("ready"),
        views.readability(case.before, None),
        "",
        views.status(words.OPENED.format(width=case.width, height=case.height)),
        _restore_button(case),
        gr.update(interactive=False),
    )


def _restore_button(case: Case) -> Any:
    """Restoring is the main thing to do only when something cannot be read."""
    label, variant = (words.RESTORE_ANYWAY, "secondary") if case.before.readable else (words.RESTORE, "primary")
    return gr.update(value=label, variant=variant, interactive=True)


def _taken(path: str) -> np.ndarray:
    """Decode what was sent and delete it."""
    sent = Path(path)
    try:
        return decode.read(sent)
    finally:
        sent.unlink(missing_ok=True)


def _read(picture: ImageData) -> np.ndarray:
    path = Path(picture.path or "")
    if not path.is_file():
        raise ImageError(*words.EXPIRED)
    return decode.read(path)


def _open_case(case: Case | None) -> Case:
    if case is None:
        raise ImageError(*words.NOTHING_OPEN)
    return case


# Restoring


@dataclass
class Run:
    """A restoration as the page sees it: every event of the stream becomes one update."""

    case: Case
    started: float = field(default_factory=perf_counter)
    frames: list[ImageData] = field(default_factory=list)
    captions: list[str] = field(default_factory=list)

    def show(self, event: Event) -> Update:
        """Translate one event."""
        match event:
            case DenoisingStep():
                return self._step(event)
            case Restoration():
                return self._result(event)
            case Readability():
                return Update()

    def _step(self, step: DenoisingStep) -> Update:
        self.frames.append(store(views.jpeg(pixels.to_uint8(step.x0[0])), "step.jpg"))
        self.captions.append(views.caption(StepInfo(step.index, step.total, step.t, step.noise_level)))
        return Update(
            viewer=self.case.reading("live", frames=list(self.frames), captions=list(self.captions)),
            status=views.progress(step.index, step.total, perf_counter() - self.started),
        )

    def _result(self, restoration: Restoration) -> Update:
        captions = [*self.captions[:-1], words.RESULT_CAPTION.format(step=self.captions[-1])]
        reading = self.case.reading(
            "done",
            frames=self.frames,
            captions=captions,
            restored=store(report.as_png(restoration), "retinaregen_restored.png"),
            mark=views.mark(restoration.provenance),
        )
        return Update(
            viewer=reading,
            readability=views.readability(restoration.before, restoration.after),
            result=views.result(restoration),
            status=views.status(words.DONE.format(seconds=restoration.provenance.seconds)),
            restore=_restore_button(self.case),
            cancel=gr.update(interactive=False),
        )


@told
def on_restore(case: Case | None, restorer: str, steps: float, seed: float) -> Iterator[Update]:
    """Drain the one path and show each event as it comes."""
    run = Run(_open_case(case))
    yield Update(
        status=views.status(words.STARTING, "busy"),
        restore=gr.update(interactive=False),
        cancel=gr.update(interactive=True),
    )
    photograph = _read(run.case.photograph)
    reference = _read(run.case.reference) if run.case.reference else None
    for event in models.get(restorer).stream(photograph, int(steps), int(seed), reference):
        yield run.show(event)


def on_cancelled(case: Case) -> Update:
    """The generator has been closed; what was shown before the run comes back."""
    return Update(
        viewer=Reading(phase="abandoned"),
        status=views.status(words.CANCELLED),
        restore=_restore_button(case),
        cancel=gr.update(interactive=False),
    )


def on_restorer(name: str) -> Any:
    """Another restorer was chosen: its own number of steps."""
    return gr.update(value=models.default_steps(name))
