import pytest
import torch

from retinaregen_core.nets.restorers.light import (
    AFFINE,
    FULL,
    IDLE,
    PATCH,
    SIDE,
    LightCorrection,
    relight,
    remaining,
    without_light,
    worthwhile,
)

CELLS = SIDE // PATCH


def drawn(seed: int, strength: float = 0.2) -> torch.Tensor:
    """A field of affine maps near the identity, ``[2, 12, CELLS, CELLS]``."""
    return strength * torch.randn(2, AFFINE, CELLS, CELLS, generator=torch.Generator().manual_seed(seed))


def test_an_untrained_correction_changes_nothing() -> None:
    light = LightCorrection(8).eval()
    photograph = torch.rand(1, 3, 96, 96, generator=torch.Generator().manual_seed(0)) * 2 - 1
    field = light(photograph)
    assert field.shape == (1, AFFINE, CELLS, CELLS)
    assert torch.equal(relight(photograph, field), photograph)


def test_one_map_everywhere_is_that_map() -> None:
    field = drawn(1)[:, :, :1, :1].expand(-1, -1, CELLS, CELLS)
    image = torch.rand(2, 3, 64, 64, generator=torch.Generator().manual_seed(2))
    matrix = field[:, :9, 0, 0].reshape(2, 3, 3) + torch.eye(3)
    expected = torch.einsum("boi,bihw->bohw", matrix, image) + field[:, 9:, :1, :1]
    torch.testing.assert_close(relight(image, field), expected, atol=1e-5, rtol=1e-5)


def test_light_is_corrected_smoothly_so_detail_of_any_size_survives() -> None:
    """Between two neighbouring pixels the correction moves by a small part of what it moves between two cells."""
    field = drawn(3)
    offset = relight(torch.zeros(2, 3, 512, 512), field)
    between_cells = field[:, 9:].diff(dim=-1).abs().max()
    assert 0 < offset.diff(dim=-1).abs().max() <= between_cells / (512 / CELLS)
    assert offset.diff(n=2, dim=-1).abs().max() <= between_cells / (512 / CELLS) / 4  # no kink at a cell's edge


def test_what_is_left_without_light_is_all_of_the_detail() -> None:
    generator = torch.Generator().manual_seed(6)
    fine = torch.randn(1, 3, 512, 512, generator=generator) / 20
    slope = torch.linspace(-0.5, 0.5, 512).expand_as(fine)
    torch.testing.assert_close(without_light(fine + 0.3), without_light(fine))
    assert (without_light(fine) - fine).std() < 0.05 * fine.std()
    middle = slice(192, 320)  # at the border no mean is centred
    assert without_light(slope)[..., middle].abs().max() < 1e-3


@pytest.mark.parametrize("share", [1.0, 0.6, 0.2, 0.001])
def test_what_remains_leads_to_the_same_place(share: float) -> None:
    field, y = drawn(4)[:, :, :1, :1], torch.rand(2, 3, 8, 8, generator=torch.Generator().manual_seed(5))
    corrected = relight(y, field)
    x_t = (1 - share) * corrected + share * y
    left = remaining(field, torch.full((2, 1, 1, 1), share))
    torch.testing.assert_close(relight(x_t, left), corrected, atol=1e-3, rtol=1e-3)


def test_a_map_that_folds_colours_stays_finite() -> None:
    field = torch.zeros(1, AFFINE, 2, 2)
    field[:, :9] = -2 * torch.eye(3).reshape(1, 9, 1, 1)  # minus the identity: halfway nothing is left
    assert remaining(field, torch.full((1, 1, 1, 1), 0.5)).isfinite().all()


def test_a_turned_photograph_has_the_same_light() -> None:
    generator = torch.Generator().manual_seed(0)
    light = LightCorrection(8).eval()
    with torch.no_grad():
        light.unet.head.weight.add_(torch.randn(light.unet.head.weight.shape, generator=generator) / 10)
        x = torch.rand(2, 3, 256, 256, generator=generator) * 2 - 1
        field, turned = light(x), light(x.rot90(1, (2, 3)).flip(3))
    assert field.abs().max() > 0.1
    torch.testing.assert_close(turned, field.rot90(1, (2, 3)).flip(3), atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize(("levels", "share"), [(0.5 * IDLE, 0.0), ((IDLE + FULL) / 2, 0.5), (2 * FULL, 1.0)])
def test_a_correction_that_hardly_moves_the_retina_is_left_out(levels: float, share: float) -> None:
    """What lies outside the field of view does not count, and every photograph is judged by itself."""
    field = torch.zeros(2, AFFINE, CELLS, CELLS)
    field[0, 9:] = levels / 127.5
    photograph = torch.full((2, 3, SIDE, SIDE), -1.0)
    photograph[:, :, 64:192, 64:192] = 0.1
    kept = worthwhile(field, photograph)
    torch.testing.assert_close(kept[0], share * field[0], atol=1e-4, rtol=1e-3)
    assert not kept[1].any()


@pytest.mark.parametrize("learns", [True, False])
def test_what_learns_beside_a_finished_correction_sees_it_as_it_is_used(learns: bool) -> None:
    """A correction that is too small to be used is left out, but not while it is learned."""
    light = LightCorrection(8).train().requires_grad_(learns)
    with torch.no_grad():
        light.unet.head.bias += 0.2 * IDLE / 127.5
    assert bool(light(torch.zeros(1, 3, SIDE, SIDE)).any()) == learns
