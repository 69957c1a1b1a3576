from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch.distributions import Normal
from torch.distributions import kl_divergence as exact_kl
from torch.nn import functional as F
from torch.nn.functional import softplus
from torch.overrides import TorchFunctionMode

from retinaregen_core.errors import WeightsError
from retinaregen_core.metrics.similarity import perceptual_network
from retinaregen_core.training.losses import (
    DETAIL,
    LPIPS_WEIGHT,
    RECONSTRUCTIONS,
    charbonnier,
    charbonnier_with_detail,
    detail,
    kl_divergence,
    log_mse,
    log_mse_with_detail,
    masked_bce,
)

GENERATOR = torch.Generator().manual_seed(0)
EQUAL = torch.ones(2, 4)


def test_kl_equals_the_closed_form() -> None:
    mu, log_variance = torch.randn(3, 5, generator=GENERATOR), torch.randn(3, 5, generator=GENERATOR)
    exact = exact_kl(Normal(mu, (log_variance / 2).exp()), Normal(0.0, 1.0)).sum(dim=1).mean()
    torch.testing.assert_close(kl_divergence(mu, log_variance), exact)


@pytest.mark.parametrize("name", RECONSTRUCTIONS)
def test_a_perfect_reconstruction_is_the_minimum(name: str, request: pytest.FixtureRequest) -> None:
    if name == "log_mse_with_lpips":
        request.getfixturevalue("backbone")
    target = torch.rand(2, 3, 64, 64, generator=GENERATOR) * 1.8 - 0.9
    error = 0.05 * torch.randn(2, 3, 64, 64, generator=GENERATOR).sign()
    loss = RECONSTRUCTIONS[name]
    assert loss(target, target) < loss(target + error, target)
    assert loss(target, target) < loss(target - error, target)


@pytest.mark.parametrize("name", sorted(set(RECONSTRUCTIONS) - {"log_mse_with_lpips"}))
def test_no_loss_asks_for_what_a_gpu_refuses_under_autocast(name: str) -> None:
    class Asked(TorchFunctionMode):
        def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            assert func is not F.binary_cross_entropy
            return func(*args, **(kwargs or {}))

    with Asked():
        RECONSTRUCTIONS[name](torch.zeros(1, 3, 64, 64), torch.zeros(1, 3, 64, 64))


def test_the_papers_loss_is_the_binary_cross_entropy() -> None:
    output, target = (torch.rand(2, 3, 8, 8, generator=GENERATOR) * 2 - 1 for _ in range(2))
    expected = F.binary_cross_entropy((output + 1) / 2, (target + 1) / 2, reduction="sum") / 2
    torch.testing.assert_close(RECONSTRUCTIONS["bce"](output, target), expected)


def test_what_looks_unlike_costs_more(backbone: None) -> None:
    target = torch.rand(2, 3, 64, 64, generator=GENERATOR) * 1.8 - 0.9
    blurred = torch.nn.functional.avg_pool2d(target, 5, 1, 2)
    network = perceptual_network()
    assert network is not None
    unlike = float(network(blurred, target).mean())
    assert unlike > 0.01
    with_lpips, without = (
        RECONSTRUCTIONS[name](blurred, target) for name in ("log_mse_with_lpips", "log_mse_with_detail")
    )
    assert float(with_lpips - without) == pytest.approx(LPIPS_WEIGHT * unlike, rel=1e-4)


def test_without_the_backbone_the_perceptual_loss_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    with pytest.raises(WeightsError, match="TORCH_HOME"):
        RECONSTRUCTIONS["log_mse_with_lpips"](torch.zeros(1, 3, 64, 64), torch.zeros(1, 3, 64, 64))


def test_unknown_labels_cost_nothing() -> None:
    logits = torch.tensor([[3.0, -2.0, 0.0, 1.0]])
    labels = torch.tensor([[1.0, float("nan"), float("nan"), 0.0]])
    expected = torch.nn.functional.binary_cross_entropy_with_logits(logits[:, [0, 3]], labels[:, [0, 3]])
    torch.testing.assert_close(masked_bce(logits, labels, EQUAL), expected)


def test_class_weights_multiply_their_class() -> None:
    logits, labels = torch.zeros(2, 4), torch.tensor([[1.0] * 4, [0.0] * 4])
    weights = torch.tensor([[3.0] * 4, [1.0] * 4])
    torch.testing.assert_close(masked_bce(logits, labels, weights), 2 * masked_bce(logits, labels, EQUAL))


def test_without_weights_every_known_label_counts_alike() -> None:
    logits = torch.randn(2, 5, 5, generator=GENERATOR)
    labels = torch.full((2, 5, 5), torch.nan)
    labels[0, 1, 2], labels[1, 4, 4] = 1.0, 0.0
    expected = (softplus(-logits[0, 1, 2]) + softplus(logits[1, 4, 4])) / 2
    torch.testing.assert_close(masked_bce(logits, labels), expected)


def test_a_batch_without_any_label_gives_zero() -> None:
    assert masked_bce(torch.ones(2, 4), torch.full((2, 4), float("nan")), EQUAL) == 0


def test_detail_has_no_light_and_keeps_edges() -> None:
    ramp = torch.linspace(-0.5, 0.5, 64).expand(1, 3, 64, 64)
    assert detail(ramp)[..., 8:-8, 8:-8].abs().max() < 1e-5
    point = torch.zeros(1, 3, 33, 33)
    point[..., 16, 16] = 1
    assert detail(point)[0, 0, 16, 16] == pytest.approx(1 - 1 / DETAIL**2)


def test_what_learns_everything_but_light_is_not_told_of_light() -> None:
    sharp = torch.randn(1, 3, 64, 64, generator=torch.Generator().manual_seed(0)) / 20
    blurred = sharp / 2
    ramp = torch.linspace(-0.2, 0.2, 64).expand_as(sharp)
    assert float(log_mse_with_detail(blurred + 0.3, sharp)) == pytest.approx(float(log_mse_with_detail(blurred, sharp)))
    assert log_mse(blurred + ramp, sharp) > log_mse(blurred, sharp) + 0.5


@pytest.mark.parametrize(
    ("whole", "both", "times"), [(log_mse, log_mse_with_detail, 10), (charbonnier, charbonnier_with_detail, 3)]
)
def test_detail_is_heard_beside_a_large_error_of_light(
    whole: Callable[..., torch.Tensor], both: Callable[..., torch.Tensor], times: int
) -> None:
    """A wrong light leaves the whole error deaf to lost detail; the part that sees detail is not."""
    sharp = torch.randn(1, 3, 32, 32, generator=torch.Generator().manual_seed(0)) / 20
    blurred, brighter = sharp / 2, 0.4
    deaf = whole(blurred + brighter, sharp) - whole(sharp + brighter, sharp)
    heard = both(blurred + brighter, sharp) - both(sharp + brighter, sharp)
    assert heard > times * deaf.abs() > 0
