"""Several samples of one photograph: mirrored and turned back, and how their spread is measured."""

import numpy as np
import pytest
import torch

from retinaregen_core import ensemble
from retinaregen_core.ensemble import Views
from retinaregen_core.imaging import pixels
from retinaregen_core.imaging.phantom import draw

EYE = draw(3, 128)
PHOTOGRAPH = pixels.to_signed(EYE.image)[None]


@pytest.mark.parametrize("samples", [1, 2, 4, 6])
def test_views_differ_and_are_undone(samples: int) -> None:
    pictures, views = PHOTOGRAPH.expand(samples, -1, -1, -1), Views.drawn(range(samples))
    seen = views.of(pictures)
    assert torch.equal(seen[0], pictures[0])
    assert len({view.numpy().tobytes() for view in seen}) == samples
    back = views.undone(seen)
    assert torch.equal(back[0], pictures[0])
    assert torch.equal(((back + 1) * 127.5).round(), ((pictures + 1) * 127.5).round())


def test_a_seed_decides_how_its_sample_sees() -> None:
    first, same, other = (Views.drawn(seeds).exponents for seeds in ((1, 2), (5, 2), (1, 3)))
    assert torch.equal(first, same) and not torch.equal(first, other)


def test_mirrorings_are_undone() -> None:
    pictures = PHOTOGRAPH.expand(6, -1, -1, -1)
    views = ensemble.mirrored(pictures)
    assert len({view.numpy().tobytes() for view in views}) == len(ensemble.MIRRORS)
    assert torch.equal(ensemble.mirrored(views), pictures)


def test_samples_that_agree_have_no_spread() -> None:
    assert ensemble.spread(PHOTOGRAPH.expand(4, -1, -1, -1), EYE.mask).max() == 0


def test_spread_is_the_standard_deviation_in_grey_levels_of_what_is_seen() -> None:
    levels = torch.tensor([10.0, 30.0, 50.0])
    samples = (levels / 127.5 - 1).view(3, 1, 1, 1).expand(3, 3, 128, 128)
    values = ensemble.spread(samples, EYE.mask)
    assert values.shape == (128, 128) and values.dtype == np.float32
    assert values[EYE.mask] == pytest.approx(levels.std(correction=0).item(), abs=1e-3)
    assert not values[~EYE.mask].any()
    assert ensemble.spread(samples + 4, EYE.mask).max() == 0  # all white
