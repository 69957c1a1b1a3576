from dataclasses import replace

import pytest
import torch
from torch import Tensor

from retinaregen_core.errors import SpecError
from retinaregen_core.nets.backbones import BACKBONES
from retinaregen_core.nets.contract import Restorer
from retinaregen_core.nets.restorers import RESTORERS
from retinaregen_core.specs import RestorerSpec
from retinaregen_core.training.recipes import RECIPES

PAPER = RestorerSpec(restorer="paper", image_size=64, width=8, latent_dim=16)
FLAGSHIP = RestorerSpec(restorer="flagship", process="bridge", start_timestep=999, image_size=64, width=8, latent_dim=4)
REGRESSION = replace(FLAGSHIP, restorer="regression")
SPECS = [replace(PAPER, backbone=backbone) for backbone in BACKBONES] + [FLAGSHIP, REGRESSION]
SPECS += [replace(PAPER, condition="dynamic", weighting="timestep", extractor="none")]


def inputs(network: Restorer, size: int = 64) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    generator = torch.Generator().manual_seed(0)
    x = torch.rand(2, 3, size, size, generator=generator) * 2 - 1
    condition = network.condition(x, torch.full((2, 4), 0.5))
    return x, torch.tensor([3, 999]), condition, torch.randn(2, *network.latent_shape, generator=generator)


@pytest.fixture(params=SPECS, ids=lambda spec: f"{spec.restorer}-{spec.backbone}-{spec.condition}")
def network(request: pytest.FixtureRequest) -> Restorer:
    spec: RestorerSpec = request.param
    return RESTORERS[spec.restorer](spec)


def test_every_row_of_the_table_is_tried_here() -> None:
    assert {spec.restorer for spec in SPECS} == set(RESTORERS)


def test_output_has_the_shape_of_the_sample(network: Restorer) -> None:
    x, t, condition, noise = inputs(network)
    output, mu, log_variance = network.encode_decode(x, t, condition, noise)
    assert output.shape == x.shape
    assert mu.shape == log_variance.shape
    assert mu.shape[0] == len(x)
    assert torch.equal(network(x, t, condition, noise), output)


def test_gradient_reaches_every_parameter(network: Restorer) -> None:
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for parameter in network.parameters():  # heads that start at zero would hide what lies behind them
            parameter.add_(0.05 * torch.randn(parameter.shape, generator=generator))
    x, t, condition, noise = inputs(network)
    condition = condition + torch.randn(condition.shape, generator=generator)  # a stored one is zero before training
    (network(x, t, condition, noise) * torch.randn(x.shape, generator=generator)).sum().backward()
    without = [name for name, p in network.named_parameters() if p.grad is None or not p.grad.abs().sum() > 0]
    assert without == []


def test_networks_survive_the_folder(network: Restorer, tmp_path) -> None:  # type: ignore[no-untyped-def]
    network.save_pretrained(tmp_path)
    again = type(network).from_pretrained(tmp_path, spec=network.spec, strict=True)
    arguments = inputs(network)
    with torch.no_grad():
        assert torch.equal(network.eval()(*arguments), again.eval()(*arguments))


@pytest.mark.parametrize("spec", [PAPER, FLAGSHIP], ids=lambda spec: spec.restorer)
def test_latent_noise_changes_the_answer(spec: RestorerSpec) -> None:
    network = RESTORERS[spec.restorer](spec)
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(0.05 * torch.randn(parameter.shape, generator=generator))
    x, t, condition, noise = inputs(network)
    with torch.no_grad():
        assert not torch.equal(network(x, t, condition, noise), network(x, t, condition, -noise))


@pytest.mark.parametrize("spec", [FLAGSHIP, REGRESSION], ids=lambda spec: spec.restorer)
def test_an_untrained_restorer_of_residuals_changes_nothing(spec: RestorerSpec) -> None:
    network = RESTORERS[spec.restorer](spec)
    x, t, condition, noise = inputs(network)
    with torch.no_grad():
        torch.testing.assert_close(network(x, t, condition, noise), x)


@pytest.mark.parametrize("spec", [FLAGSHIP, REGRESSION], ids=lambda spec: spec.restorer)
def test_other_multiples_of_32_are_served(spec: RestorerSpec) -> None:
    network = RESTORERS[spec.restorer](spec)
    assert network(*inputs(network, size=96)).shape == (2, 3, 96, 96)


def test_the_baseline_is_as_large_as_the_flagship() -> None:
    sizes = []
    for name in ("flagship", "regression"):
        network = RESTORERS[name](RECIPES[name].spec)
        sizes.append(sum(parameter.numel() for parameter in network.parameters()))
    assert 1 <= sizes[1] / sizes[0] < 1.1


def test_no_later_step_guesses_light_anew() -> None:
    """Wherever on the bridge between a photograph and its corrected copy, what is left to do leads to that copy."""
    network = RESTORERS["flagship"](FLAGSHIP)
    generator = torch.Generator().manual_seed(3)
    with torch.no_grad():
        network.light.unet.head.bias.add_(torch.randn(12, generator=generator) / 8)
        photograph, t, condition, _ = inputs(network)
        corrected = network.relit(photograph, torch.tensor([999, 999]), condition)
        share = ((t + 1) / 1000)[:, None, None, None]
        on_the_way = (1 - share) * corrected + share * photograph
        assert not torch.allclose(corrected, photograph, atol=0.05)
        torch.testing.assert_close(network.relit(on_the_way, t, condition), corrected, atol=1e-4, rtol=1e-4)


def test_only_the_light_correction_changes_light() -> None:
    """A U-Net that would brighten everything changes nothing."""
    network = RESTORERS["flagship"](FLAGSHIP).eval()
    x_t, t, condition, noise = inputs(network)
    as_it_is = network.encode_decode(x_t, t, condition, noise).output
    with torch.no_grad():
        network.unet.head.bias.fill_(0.2)  # type: ignore[union-attr,operator]
    torch.testing.assert_close(network.encode_decode(x_t, t, condition, noise).output, as_it_is)


def test_the_vae_output_stays_in_range() -> None:
    network = RESTORERS["paper"](PAPER)
    output = network(*inputs(network))
    assert output.abs().max() <= 1


def test_a_dynamic_condition_is_the_photographs_own() -> None:
    network = RESTORERS["paper"](replace(PAPER, condition="dynamic", extractor="none"))
    first, second = network.condition(inputs(network)[0], torch.zeros(2, 4))
    assert not torch.equal(first, second)
    static = RESTORERS["paper"](PAPER)
    assert len(static.condition(inputs(static)[0], torch.zeros(2, 4))) == 1


def test_unknown_condition_is_named() -> None:
    with pytest.raises(SpecError, match="Unknown condition 'statc'"):
        replace(PAPER, condition="statc")


def test_unknown_backbone_is_named() -> None:
    with pytest.raises(SpecError, match="Unknown backbone 'vea'"):
        RESTORERS["paper"](replace(PAPER, backbone="vea"))
