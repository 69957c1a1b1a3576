"""Restoring: the core's stream becomes updates of the page, and afterwards the steps are measured."""

import math
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field, replace
from time import perf_counter

import gradio as gr
import numpy as np
from gradio.data_classes import ImageData
from PIL import Image

from demo import models, overlays, views, words
from demo.curves.drawing import draw
from demo.downloads import Finished, derived_button
from demo.handlers import Case, Update, cached, open_case, read, restore_button, told, whole
from demo.kept import Kept, keep
from demo.runs import endable
from demo.turns import Turns
from demo.viewer import Reading, store
from retinaregen_core import expected_error, report
from retinaregen_core.comparison import FOLLOWED
from retinaregen_core.diffusion.process import DenoisingStep
from retinaregen_core.imaging import pixels
from retinaregen_core.metrics.similarity import Similarity
from retinaregen_core.pipeline import Event, Readability, Restoration, StepInfo, StepScores, Upload
from retinaregen_core.records import Framed
from retinaregen_core.specs import SamplingOptions
from retinaregen_core.verdict import CAUTIONS, cautions, told_spots

TURNS = Turns(room=8)
"""One restoration at a time in this process."""
MAP_SIDE = expected_error.SIDE
"""Pixels of the square on which overlays are drawn."""
MOST_FOLLOWED = 12
"""Steps between upload and result that are measured for the curves, evenly spread."""


@dataclass(frozen=True)
class Trail:
    """What is needed to measure the steps after the result has been shown."""

    case: Case
    restorer: str
    ends: dict[int, StepScores]
    """Known from the restoration itself: step 0, the upload, and the last step."""
    between: dict[int, ImageData]
    """The other steps, lossless; these files stay on the server."""
    restored: ImageData
    framed: Kept[Framed]
    """What the maps are drawn from, at one size however large the upload."""


@dataclass(frozen=True)
class Measured:
    """The steps between, scored, and the trail that they belong to."""

    trail: Trail
    scores: dict[int, StepScores]


@dataclass
class Run:
    """A restoration as the page sees it: every event of the stream becomes one update."""

    case: Case
    restorer: str
    started: float = field(default_factory=perf_counter)
    frames: list[ImageData] = field(default_factory=list)
    captions: list[str] = field(default_factory=list)

    def show(self, event: Event) -> Update:
        """Translate one event."""
        match event:
            case DenoisingStep():
                return self._step(event)
            case Restoration():
                return self._result(replace(event, damage=self.case.about.damage))
            case Readability():
                return Update()

    def _step(self, step: DenoisingStep) -> Update:
        self.frames.append(store(views.jpeg(pixels.to_uint8(step.x0[0])), "ai_restored_step.jpg"))
        self.captions.append(views.caption(StepInfo(step.index, step.total, step.t, step.noise_level)))
        return Update(
            viewer=self.case.reading("live", frames=list(self.frames), captions=list(self.captions)),
            status=views.progress(step.index, step.total, perf_counter() - self.started),
        )

    def _result(self, restoration: Restoration) -> Update:
        captions = [*self.captions[:-1], words.status.RESULT_CAPTION.format(step=self.captions[-1])]
        restored = store(report.as_png(restoration), "retinaregen_restored.png")
        framed, warnings = restoration.framed(MAP_SIDE), cautions(restoration)
        reading = self.case.reading(
            "done",
            frames=self.frames,
            captions=captions,
            restored=restored,
            warnings=[words.told(CAUTIONS[name].meaning) for name in warnings],
            overlays=[
                *overlays.changes(framed),
                overlays.vessels(restoration),
                *overlays.spots(restoration),
                *overlays.spread(restoration),
            ],
        )
        trail = Trail(self.case, self.restorer, ends(restoration), _between(restoration), restored, keep(framed))
        return Update(
            viewer=reading,
            readability=views.readability(
                restoration.before, restoration.after, warnings, len(told_spots(restoration))
            ),
            result=views.result(restoration),
            curves=draw(trail.ends, len(restoration.steps)),
            trail=trail,
            status=views.status(words.filled(words.status.DONE, seconds=restoration.provenance.seconds)),
            restore=restore_button(self.case),
            cancel=gr.update(interactive=False),
            kept=Finished(keep(restoration), self.case.about),
            downloads=gr.update(visible=True),
            derived=derived_button(self.case.about.derivable, bool(warnings)),
        )


UNCHANGED: dict[str, float | None] = {"psnr_fov": math.inf, "ssim_fov": 1.0}
"""The upload against itself."""


def ends(restoration: Restoration) -> dict[int, StepScores]:
    """The scores of the upload and of the result."""
    metrics, measured = restoration.metrics, restoration.metrics.quality is not None
    upload = StepScores(restoration.before, UNCHANGED, followed(metrics.input_quality) if measured else None)
    result = StepScores(restoration.after, followed(metrics.change), followed(metrics.quality) if measured else None)
    return {0: upload, len(restoration.steps): result}


def _between(restoration: Restoration) -> dict[int, ImageData]:
    total = len(restoration.steps)
    chosen = sorted({int(step) for step in np.linspace(1, total, MOST_FOLLOWED + 1).round()} - {total})
    return {step: store(views.png(restoration.steps[step - 1]), "step.png") for step in chosen}


def followed(similarity: Similarity | None) -> dict[str, float | None]:
    """The rows of a similarity that are drawn as curves."""
    return {row: getattr(similarity, row) for row in FOLLOWED}


@told
@endable
def on_restore(
    case: Case | None, restorer: str, steps: float, seed: float, strength: float, samples: float
) -> Generator[Update, None, None]:
    """Wait for one's turn, then drain the one path and show each event as it comes."""
    case = open_case(case)
    yield Update(
        status=views.status(words.status.STARTING, "busy"),
        restore=gr.update(interactive=False),
        cancel=gr.update(interactive=True),
        trail=None,
    )
    options = SamplingOptions(int(steps), whole(seed), float(strength), int(samples))
    photograph = read(case.photograph)
    reference = read(case.reference) if case.reference else None
    with TURNS.place() as waiting:
        for place in waiting:
            yield Update(status=views.waiting(place.ahead, place.seconds))
        run = Run(case, restorer)
        for event in models.stream(restorer, photograph, options, reference):
            yield run.show(event)


@told
def on_looked(trail: Trail | None) -> Iterator[Update]:
    """More overlays, once the result is seen; the viewer takes them only if it still shows that result."""
    if trail is None:
        return
    framed = trail.framed.again()
    learned = models.get(trail.restorer).calibration
    found = [overlays.error(framed, learned)] if learned else []
    before, after = models.evidence(framed.mask, framed.photograph, framed.restored)
    found += overlays.looks(before, after, framed.mask)
    shown = trail.case.photograph, trail.restored
    yield Update(viewer=Reading(phase="overlaid", photograph=shown[0], restored=shown[1], overlays=found))


@told
def on_follow(trail: Trail | None) -> Iterator[Update]:
    """Measure the steps between upload and result."""
    if trail is None or not trail.between:
        return
    reference = read(trail.case.reference) if trail.case.reference else None
    upload = Upload(read(trail.case.photograph), reference)
    frames = [np.asarray(Image.open(cached(frame))) for frame in trail.between.values()]
    scores = dict(zip(trail.between, models.follow(trail.restorer, upload, frames), strict=True))
    yield Update(measured=Measured(trail, scores))


def on_measured(trail: Trail | None, measured: Measured | None) -> Update:
    """Draw the curves again with all steps, unless another photograph or run has come meanwhile."""
    if trail is None or measured is None or measured.trail != trail:
        return Update()
    return Update(curves=draw(trail.ends | measured.scores, max(trail.ends)))


def on_cancelled(case: Case) -> Update:
    """The run has ended; what was shown before it comes back."""
    return Update(
        viewer=Reading(phase="abandoned"),
        status=views.status(words.status.CANCELLED),
        restore=restore_button(case),
        cancel=gr.update(interactive=False),
    )


def on_preset(preset: str | None, restorer: str) -> tuple[int, float]:
    """A preset, or another restorer: steps and strength. Without a preset, what was chosen by hand gives way, too."""
    chosen = models.PRESETS[preset or "standard"]
    return max(1, round(chosen.steps * models.default_steps(restorer))), chosen.strength
