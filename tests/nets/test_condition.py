import pytest
import torch

from retinaregen_core.nets.extractor import CONDITION_DIM, TRUNKS, AttentionExtractor
from retinaregen_core.nets.fusion import RESIZERS, WEIGHTINGS, Fusion

IMAGES = torch.rand(2, 3, 64, 64, generator=torch.Generator().manual_seed(0)) * 2 - 1


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
    fused = fusion(IMAGES, condition)
    assert fused.shape == IMAGES.shape
    fused.sum().backward()
    assert all(p.grad is not None for p in fusion.parameters())


def test_static_bilinear_fusion_is_an_addition() -> None:
    fusion = Fusion("bilinear", "static", stride=16)
    condition = torch.zeros(1, CONDITION_DIM, 4, 4)
    bias = fusion.project.bias
    assert bias is not None
    torch.testing.assert_close(fusion(IMAGES, condition), IMAGES + bias.view(1, 3, 1, 1))


def test_only_dynamic_fusion_learns_its_weight() -> None:
    assert isinstance(Fusion("bilinear", "dynamic", 16).weight, torch.nn.Parameter)
    assert Fusion("bilinear", "static", 16).weight == 1.0
