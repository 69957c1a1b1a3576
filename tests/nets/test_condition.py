import pytest
import torch

from retinaregen_core.nets.extractor import CONDITION_DIM, TRUNKS, AttentionExtractor, map_side
from retinaregen_core.nets.fusion import RESIZERS, WEIGHTINGS, Fusion

IMAGES = torch.rand(2, 3, 64, 64, generator=torch.Generator().manual_seed(0)) * 2 - 1
TIMESTEPS = torch.tensor([3, 700])


@pytest.mark.parametrize("trunk", TRUNKS)
def test_extractor_yields_the_declared_map_and_learns(trunk: str) -> None:
    extractor = AttentionExtractor(trunk)
    features = extractor(IMAGES)
    assert features.shape[:2] == (2, CONDITION_DIM)
    assert abs(features.shape[2] - 64 / TRUNKS[trunk].stride) <= 1
    features.square().sum().backward()
    silent = [name for name, p in extractor.named_parameters() if p.grad is None]
    assert silent == []


@pytest.mark.parametrize("resize", RESIZERS)
@pytest.mark.parametrize("weighting", WEIGHTINGS)
@pytest.mark.parametrize("side", [3, 4])
def test_fusion_keeps_the_samples_size_also_for_odd_maps(resize: str, weighting: str, side: int) -> None:
    fusion = Fusion(resize, weighting, stride=16)
    condition = torch.randn(1, CONDITION_DIM, side, side, generator=torch.Generator().manual_seed(0))
    fused = fusion(IMAGES, condition, TIMESTEPS)
    assert fused.shape == IMAGES.shape
    fused.sum().backward()
    assert all(p.grad is not None for p in fusion.parameters())


def test_static_bilinear_fusion_is_an_addition() -> None:
    fusion = Fusion("bilinear", "static", stride=16)
    condition = torch.zeros(1, CONDITION_DIM, 4, 4)
    bias = fusion.project.bias
    assert bias is not None
    torch.testing.assert_close(fusion(IMAGES, condition, TIMESTEPS), IMAGES + bias.view(1, 3, 1, 1))


def test_static_fusion_learns_no_weight_and_dynamic_fusion_starts_like_it() -> None:
    weights = {name: build() for name, build in WEIGHTINGS.items()}
    assert [name for name, weight in weights.items() if not list(weight.parameters())] == ["static"]
    assert weights["static"](TIMESTEPS) == weights["dynamic"](TIMESTEPS) == 1


def test_fusion_by_timestep_differs_between_timesteps() -> None:
    first, second = WEIGHTINGS["timestep"]()(TIMESTEPS)
    assert first != second


@pytest.mark.parametrize("trunk", TRUNKS)
@pytest.mark.parametrize("side", [64, 128])
def test_the_maps_side_is_known_without_computing(trunk: str, side: int) -> None:
    images = torch.zeros(2, 3, side, side)
    assert AttentionExtractor(trunk)(images).shape[-2:] == (map_side(trunk, side),) * 2
