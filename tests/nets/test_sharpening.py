import torch
from torch.nn import functional as F

from retinaregen_core.nets.restorers.sharpening import BOXES, REACH, Sharpening, _filtered


def drawn(seed: int = 0, count: int = 2) -> torch.Tensor:
    return torch.rand(count, 3, 64, 64, generator=torch.Generator().manual_seed(seed)) * 1.6 - 0.8


def awake() -> Sharpening:
    """One whose last layer is not zero."""
    sharpening = Sharpening(4)
    with torch.no_grad():
        sharpening.weights.weight.add_(torch.randn(sharpening.weights.weight.shape) / 4)
    return sharpening.eval()


def test_untrained_it_changes_nothing() -> None:
    x = drawn()
    assert torch.equal(Sharpening(4)(x, torch.zeros(2, 4)), x)


def test_flat_ground_stays_flat() -> None:
    flat = torch.full((1, 3, 64, 64), 0.3)
    torch.testing.assert_close(awake()(flat, torch.zeros(1, 4)), flat, atol=1e-5, rtol=0)


def test_every_photograph_has_its_own_filter() -> None:
    sharpening, x = awake(), drawn()
    x[1] = F.avg_pool2d(F.pad(x[1], (2,) * 4, mode="reflect"), 5, stride=1)
    together, embedding = sharpening(x, torch.zeros(2, 4)), torch.zeros(1, 4)
    for index in range(2):
        alone = sharpening(x[index : index + 1], embedding)
        torch.testing.assert_close(together[index : index + 1], alone, atol=1e-5, rtol=1e-5)
    kept = together[:1] - x[:1]
    borrowed = sharpening(torch.cat([x[1:], x[:1]]), torch.zeros(2, 4))[1:] - x[:1]
    torch.testing.assert_close(kept, borrowed, atol=1e-5, rtol=1e-5)


def test_it_acts_alike_everywhere_and_only_nearby() -> None:
    """A change of one pixel that the filter's choice does not notice spreads no farther than the filter reaches."""
    sharpening, x = awake(), drawn(count=1)
    other = x.clone()
    other[..., 30, 30] += 1e-4
    change = (sharpening(other, torch.zeros(1, 4)) - sharpening(x, torch.zeros(1, 4))).abs()[0, 0]
    near = change[30 - REACH : 31 + REACH, 30 - REACH : 31 + REACH].max()
    change[30 - REACH : 31 + REACH, 30 - REACH : 31 + REACH] = 0
    assert change.max() < near / 10


def test_blur_can_be_learnt_away() -> None:
    """Trained on one picture's blurred copies, it undoes more than half of the error."""
    torch.manual_seed(0)
    sharp = F.avg_pool2d(torch.randn(4, 3, 66, 66), 3, stride=1) / 2
    blurred = F.avg_pool2d(F.pad(sharp, (1,) * 4, mode="reflect"), 3, stride=1)
    sharpening, embedding = Sharpening(4), torch.zeros(4, 4)
    optimizer = torch.optim.Adam(sharpening.parameters(), 1e-2)
    before = F.mse_loss(blurred, sharp)
    for _ in range(60):
        loss = F.mse_loss(sharpening(blurred, embedding), sharp)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert loss < before / 2


def test_the_dark_surround_has_no_say() -> None:
    """The rim of the field of view is the sharpest edge of all: it must not pass for focus."""
    sharpening = Sharpening(4)
    x = drawn(count=1).repeat(1, 1, 3, 3)
    framed = x.clone()
    framed[..., :40, :] = -1
    whole, inside = (sharpening._spectrum(picture) for picture in (x, framed))
    assert (whole - inside).abs().max() < 0.2


def test_the_spectrum_tells_along_which_axis_a_picture_is_blurred() -> None:
    x = drawn(count=1)
    blurred = F.avg_pool2d(F.pad(x, (2, 2, 0, 0), mode="reflect"), (1, 5), stride=1)
    rows, columns = (Sharpening(4)._spectrum(blurred) - Sharpening(4)._spectrum(x))[0].chunk(2)
    assert rows.min() < -1
    assert columns.max() - columns.min() < 0.5


def test_the_first_filters_undo_their_blurs() -> None:
    """The filter of the 3 x 3 box, alone, brings back what that box took from a picture of the usual spectrum."""
    torch.manual_seed(0)
    spectrum = 1 / (torch.fft.fftfreq(64)[:, None].square() + torch.fft.rfftfreq(64).square() + 1e-3)
    sharp = torch.fft.irfft2(torch.fft.rfft2(torch.randn(1, 3, 64, 64)) * spectrum).clamp(-1, 1)
    blurred = F.avg_pool2d(F.pad(sharp, (1,) * 4, mode="reflect"), 3, stride=1)
    filters = Sharpening(4).filters.detach()
    box = len(BOXES)  # the rows of the bank that are one pixel high come first: 3, 5 and 7 wide; then 3 high, 1 wide
    restored = blurred + _filtered(blurred, filters[None, box])
    assert F.mse_loss(restored, sharp) < 0.7 * F.mse_loss(blurred, sharp)
