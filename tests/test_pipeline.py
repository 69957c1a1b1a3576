"""The one path: order of events, sameness, what is touched and what is not, and an oracle that must be obeyed."""

import io
import tomllib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from retinaregen_core import ImageError, SpecError, ensemble, pipeline
from retinaregen_core.diffusion.schedule import start_at
from retinaregen_core.imaging import field_of_view, pixels, rim
from retinaregen_core.imaging.degrade import degrade
from retinaregen_core.imaging.framing import Framing
from retinaregen_core.imaging.phantom import Phantom
from retinaregen_core.nets.contract import Output, Restorer
from retinaregen_core.pipeline import VERSION, DenoisingStep, Readability, Restoration, RetinaRegen
from retinaregen_core.specs import RestorerSpec


@pytest.fixture(scope="module")
def sharp(phantom: Phantom) -> np.ndarray:
    return np.ascontiguousarray(phantom.image[::2, ::2])


@pytest.fixture(scope="module")
def degraded(phantom: Phantom) -> np.ndarray:
    """The same, damaged at full size, as damage wants it."""
    return np.ascontiguousarray(degrade(phantom.image, phantom.mask, "111", 0)[::2, ::2])


@pytest.fixture(scope="module")
def result(tiny_model: RetinaRegen, degraded: np.ndarray, sharp: np.ndarray) -> Restoration:
    return tiny_model.restore(degraded, seed=7, reference=sharp)


class Oracle(Restorer):
    """Answers every question with the clean picture, and keeps what it was asked with."""

    def __init__(self, spec: RestorerSpec, clean: Tensor) -> None:
        super().__init__(spec)
        self.clean = clean
        self.scores: list[Tensor] = []
        self.latents: list[Tensor] = []

    @property
    def latent_shape(self) -> tuple[int, ...]:
        return (5,)

    def condition(self, photograph: Tensor, scores: Tensor) -> Tensor:
        self.scores.append(scores)
        return photograph

    def encode_decode(self, x_t: Tensor, t: Tensor, condition: Tensor, latent_noise: Tensor) -> Output:
        self.latents.append(latent_noise)
        return Output(self.clean, latent_noise, latent_noise)


class Halved(Restorer):
    """Answers with half of what each sample sees, lighter and darker in turn, and keeps the latents."""

    latents: Tensor

    @property
    def latent_shape(self) -> tuple[int, ...]:
        return (5,)

    def condition(self, photograph: Tensor, scores: Tensor) -> Tensor:
        assert scores.shape == (len(photograph), 4)
        return photograph

    def encode_decode(self, x_t: Tensor, t: Tensor, condition: Tensor, latent_noise: Tensor) -> Output:
        self.latents = latent_noise
        offsets = torch.linspace(-0.1, 0.1, len(condition)).view(-1, 1, 1, 1)
        return Output(condition / 2 + offsets, latent_noise, latent_noise)


def with_oracle(model: RetinaRegen, spec: RestorerSpec, degraded: np.ndarray, sharp: np.ndarray) -> RetinaRegen:
    """The same product, its restorer replaced by one that knows the answer, working at the frame's own size."""
    framing = Framing.around(field_of_view.find(degraded))
    clean = pixels.to_signed(framing.crop(sharp, framing.side))[None]
    oracle = Oracle(replace(spec, image_size=framing.side), clean)
    return RetinaRegen(oracle, model.reader, model.checkpoint, model.readability_checkpoint)


@pytest.mark.parametrize("process", ["bridge", "ddpm", "ddim"])
def test_oracle_brings_the_sharp_picture_back(
    process: str, tiny_model: RetinaRegen, degraded: np.ndarray, sharp: np.ndarray
) -> None:
    model = with_oracle(tiny_model, RestorerSpec(process=process), degraded, sharp)
    restored = model.restore(degraded, steps=2)
    mask = restored.field_of_view.mask
    assert np.array_equal(restored.restored[mask], sharp[mask])


def test_restorer_sees_the_four_scores_and_one_latent(
    tiny_model: RetinaRegen, degraded: np.ndarray, sharp: np.ndarray
) -> None:
    model = with_oracle(tiny_model, RestorerSpec(process="bridge"), degraded, sharp)
    before = model.restore(degraded, steps=3).before
    oracle = model.restorer
    assert isinstance(oracle, Oracle)
    assert len(oracle.scores) == 1
    assert oracle.scores[0][0].tolist() == pytest.approx(before.probabilities)
    assert len(oracle.latents) == 3
    assert all(latent.shape == (1, 5) and torch.equal(latent, oracle.latents[0]) for latent in oracle.latents)


def test_events_arrive_in_the_papers_order(tiny_model: RetinaRegen, degraded: np.ndarray) -> None:
    events = list(tiny_model.stream(degraded, steps=2))
    assert [type(event) for event in events] == [Readability, DenoisingStep, DenoisingStep, Restoration]
    assert events[0] == tiny_model.assess(degraded) == events[-1].before
    assert np.array_equal(events[-1].steps[-1], pixels.to_uint8(events[2].x0[0]))


def test_default_number_of_steps_is_the_checkpoints(tiny_model: RetinaRegen, result: Restoration) -> None:
    total = tiny_model.restorer.spec.num_steps
    assert (len(result.steps), result.provenance.steps) == (total, total)
    assert [info.index for info in result.step_infos] == list(range(total))
    assert all(step.shape == (64, 64, 3) and step.dtype == np.uint8 for step in result.steps)


def test_upload_is_untouched_outside_the_field_of_view(result: Restoration, degraded: np.ndarray) -> None:
    outside = ~result.field_of_view.mask
    assert outside.any()
    assert np.array_equal(result.photograph, degraded)
    assert np.array_equal(result.restored[outside], degraded[outside])
    assert not np.array_equal(result.restored, degraded)


def test_the_restorer_sees_nothing_of_what_surrounds_the_eye(tiny_model: RetinaRegen, degraded: np.ndarray) -> None:
    restorer = Halved(RestorerSpec(process="bridge", image_size=64))
    parts = (tiny_model.reader, tiny_model.checkpoint, tiny_model.readability_checkpoint)
    labelled = degraded.copy()
    labelled[2:14, 2:40] = 255  # a patient's name beside the eye, say
    result = RetinaRegen(restorer, *parts).restore(labelled, steps=1, lpips=False)
    outside = ~result.mask(64)
    assert result.framing.crop(labelled, 64)[outside].max() > 200
    assert (
        result.steps[-1][outside] == pixels.to_uint8(torch.full((3, 1, 1), -0.6))
    ).all()  # half of black, darker by the first offset
    assert np.array_equal(result.restored[:16, :48], labelled[:16, :48])


def test_what_has_no_colour_gets_none(tiny_model: RetinaRegen, degraded: np.ndarray) -> None:
    grey = np.repeat(degraded[..., 1:2], 3, axis=2)
    result = tiny_model.restore(cv2.resize(grey, (700, 700)), steps=2, lpips=False)
    assert not np.array_equal(result.restored, result.photograph)
    for picture in (result.restored, *result.steps):
        assert not np.ptp(picture.astype(int), axis=2).any()


def test_a_tint_and_a_mark_on_a_grey_photograph_stay() -> None:
    original, restored = torch.rand(2, 1, 3, 8, 8, generator=torch.Generator().manual_seed(0)).unbind()
    changed = pipeline._changed_alike(original, restored)
    torch.testing.assert_close(changed - original, (restored - original)[:, 1:2].expand_as(original))


def test_no_step_draws_an_edge_where_the_eye_goes_on(tiny_model: RetinaRegen, phantom: Phantom) -> None:
    picture = np.zeros((560, 700, 3), np.uint8)
    picture[24:536, 94:606] = phantom.image
    picture[200:360, 560:690] = phantom.image[250, 490] // 2  # dark retina beyond the circle
    events = list(tiny_model.stream(picture, steps=2, lpips=False))
    result = events[-1]
    assert isinstance(result, Restoration)
    assert (rim.fading(result.framing.crop(picture, 512), result.mask(512)) < 0.5).any()
    for event, frame in zip([e for e in events if isinstance(e, DenoisingStep)], result.steps, strict=True):
        assert np.array_equal(pixels.to_uint8(event.x0[0]), frame)


def test_result_has_the_uploads_own_size(tiny_model: RetinaRegen, degraded: np.ndarray) -> None:
    wide = cv2.copyMakeBorder(cv2.resize(degraded, (700, 700)), 0, 0, 83, 120, cv2.BORDER_CONSTANT)
    assert tiny_model.restore(wide, steps=1).restored.shape == wide.shape == (700, 903, 3)


def test_after_is_the_score_of_the_restored_picture(tiny_model: RetinaRegen, result: Restoration) -> None:
    crop = result.framing.crop(result.restored, tiny_model.classifier.spec.image_size)
    with torch.no_grad():
        expected = tiny_model.reader(pixels.to_signed(crop)[None])[0]
    assert result.after.probabilities == tuple(expected.tolist())
    assert result.after != result.before


def test_quality_needs_a_reference_and_change_does_not(
    tiny_model: RetinaRegen, result: Restoration, degraded: np.ndarray
) -> None:
    alone = tiny_model.restore(degraded, seed=7).metrics
    assert (alone.quality, alone.input_quality) == (None, None)
    assert alone.change == result.metrics.change
    assert result.metrics.quality not in (None, result.metrics.change)
    same = tiny_model.restore(degraded, seed=7, reference=degraded).metrics
    assert same.quality == same.change
    assert same.input_quality.psnr == np.inf


def test_reference_of_another_size_is_refused(tiny_model: RetinaRegen, degraded: np.ndarray) -> None:
    with pytest.raises(ImageError, match="250 x 256 pixels, the photograph 256 x 256"):
        next(tiny_model.stream(degraded, reference=degraded[:, :250]))


@pytest.mark.parametrize("steps", [0, -3])
def test_impossible_number_of_steps_is_refused(tiny_model: RetinaRegen, degraded: np.ndarray, steps: int) -> None:
    with pytest.raises(SpecError, match=str(steps)):
        tiny_model.restore(degraded, steps=steps)


def test_same_seed_same_bytes_and_another_seed_another_picture(
    tiny_model: RetinaRegen, degraded: np.ndarray, result: Restoration
) -> None:
    assert np.array_equal(tiny_model.restore(degraded, seed=7).restored, result.restored)
    assert not np.array_equal(tiny_model.restore(degraded, seed=8).restored, result.restored)


def test_path_bytes_picture_and_array_are_one(
    tiny_model: RetinaRegen, degraded: np.ndarray, result: Restoration, tmp_path: Path
) -> None:
    path = tmp_path / "upload.png"
    Image.fromarray(degraded).save(path)
    for source in (path, str(path), path.read_bytes(), Image.open(io.BytesIO(path.read_bytes()))):
        assert tiny_model.assess(source) == result.before


def test_two_visitors_at_once_get_their_own_pictures(tiny_model: RetinaRegen, degraded: np.ndarray) -> None:
    pictures = [degraded, np.ascontiguousarray(degraded[:, ::-1])]
    alone = [tiny_model.restore(picture).restored for picture in pictures]
    with ThreadPoolExecutor(2) as pool:
        together = list(pool.map(lambda picture: tiny_model.restore(picture).restored, pictures))
    assert all(map(np.array_equal, alone, together))


def test_callers_grad_mode_is_left_alone(tiny_model: RetinaRegen, degraded: np.ndarray) -> None:
    stream = tiny_model.stream(degraded)
    assert all(torch.is_grad_enabled() for _ in stream)


def test_stopping_in_the_middle_is_clean(tiny_model: RetinaRegen, degraded: np.ndarray, result: Restoration) -> None:
    stream = tiny_model.stream(degraded, seed=7)
    next(stream)
    next(stream)
    stream.close()
    assert torch.is_grad_enabled()
    assert np.array_equal(tiny_model.restore(degraded, seed=7).restored, result.restored)


def test_picture_without_a_field_of_view_is_an_answer(tiny_model: RetinaRegen) -> None:
    with pytest.raises(ImageError):
        tiny_model.assess(np.zeros((256, 256, 3), np.uint8))


def test_a_bar_of_light_is_scored_and_refused_before_the_first_step(tiny_model: RetinaRegen) -> None:
    bar = np.zeros((512, 128, 3), np.uint8)
    bar[:, 60:68] = 200
    events = tiny_model.stream(bar, steps=1)
    assert isinstance(next(events), Readability)
    with pytest.raises(ImageError, match="too narrow"):
        next(events)


def test_a_picture_that_is_its_own_mirror_image_is_known(tiny_model: RetinaRegen, phantom: Phantom) -> None:
    half = phantom.image[:, : phantom.image.shape[1] // 2]
    assert tiny_model.assess(np.hstack([half, half[:, ::-1]])).symmetric
    assert not tiny_model.assess(phantom.image).symmetric


def test_readable_means_every_label_reaches_its_own_threshold() -> None:
    scores = Readability(0.9, 0.4, 0.6, 0.5, thresholds=(0.5, 0.3, 0.6, 0.5))
    assert scores.readable
    assert replace(scores, macula=0.29).readable_labels == (True, False, True, True)
    assert not replace(scores, macula=0.29).readable


def test_provenance_names_what_is_needed_to_repeat_it(tiny_model: RetinaRegen, result: Restoration) -> None:
    provenance = result.provenance
    assert (provenance.sha256, provenance.readability_sha256) == ("1" * 64, "2" * 64)
    assert provenance.calibration_sha256 == "c" * 64
    assert (provenance.seed, provenance.device) == (7, "cpu")
    assert provenance.versions["torch"] == torch.__version__
    assert provenance.seconds > 0


def test_version_is_the_packages() -> None:
    project = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text())["project"]
    assert project["version"] == VERSION


def test_strength_is_the_share_of_the_way_that_is_walked(tiny_model: RetinaRegen, degraded: np.ndarray) -> None:
    whole, half = (tiny_model.restore(degraded, steps=2, seed=7, strength=share) for share in (1.0, 0.5))
    assert [info.t for info in half.step_infos] == [499, 249]
    assert [info.t for info in whole.step_infos] == [999, 499]
    assert half.provenance.strength == 0.5
    assert not np.array_equal(half.restored, whole.restored)
    assert np.array_equal(tiny_model.restore(degraded, steps=2, seed=7).restored, whole.restored)


@pytest.mark.parametrize("strength", [0.0, -0.1, 1.01, float("nan")])
def test_a_strength_outside_the_way_is_refused(tiny_model: RetinaRegen, degraded: np.ndarray, strength: float) -> None:
    with pytest.raises(SpecError, match="strength"):
        tiny_model.restore(degraded, strength=strength)


def test_several_samples_are_shown_as_their_mean_and_their_spread_is_kept(
    tiny_model: RetinaRegen, degraded: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ensemble, "COLOURS", 0)
    restorer = Halved(RestorerSpec(process="bridge", image_size=64))
    parts = (tiny_model.reader, tiny_model.checkpoint, tiny_model.readability_checkpoint)
    result = RetinaRegen(restorer, *parts).restore(degraded, steps=2, seed=7, samples=3, lpips=False)
    seen = pixels.to_signed(result.framing.crop(degraded, 64))
    for step in result.steps:
        np.testing.assert_allclose(step[result.mask(64)], pixels.to_uint8(seen / 2)[result.mask(64)], atol=1)
    assert result.spread is not None
    assert result.spread[result.mask(64)] == pytest.approx(0.1 * (2 / 3) ** 0.5 * 127.5, rel=1e-3)
    draws = [torch.randn(5, generator=torch.Generator().manual_seed(seed)) for seed in (7, 8, 9)]
    assert torch.equal(restorer.latents, torch.stack(draws))
    assert result.provenance.samples == 3


def test_one_sample_is_what_nothing_asked_for_gives(
    tiny_model: RetinaRegen, degraded: np.ndarray, result: Restoration
) -> None:
    one, two = (tiny_model.restore(degraded, seed=7, samples=samples) for samples in (1, 2))
    assert np.array_equal(one.restored, result.restored) and one.spread is None
    assert not np.array_equal(two.restored, result.restored)
    with pytest.raises(SpecError, match="0 samples"):
        tiny_model.restore(degraded, samples=0)


def test_the_weakest_start_still_takes_a_step() -> None:
    assert start_at(999, 1.0) == 999
    assert start_at(399, 0.5) == 199
    assert start_at(999, 0.0001) == 0
