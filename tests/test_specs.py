"""Values that mean nothing are refused where they are made."""

import pytest
import torch

from retinaregen_core.errors import SpecError
from retinaregen_core.specs import LAST_SEED, ReadabilitySpec, SamplingOptions


@pytest.mark.parametrize(("doubt", "known_photographs"), [(-0.1, 16), (0.1, 0)])
def test_doubt_that_nothing_can_cause_is_refused(doubt: float, known_photographs: int) -> None:
    with pytest.raises(SpecError, match="doubt"):
        ReadabilitySpec(doubt=doubt, known_photographs=known_photographs)


@pytest.mark.parametrize(("seed", "samples"), [(-1, 1), (LAST_SEED + 1, 1), (LAST_SEED - 2, 4)])
def test_a_seed_that_no_generator_takes_is_refused(seed: int, samples: int) -> None:
    with pytest.raises(SpecError, match=f"seed {seed} lies outside"):
        SamplingOptions(seed=seed, samples=samples)


def test_every_sample_of_the_last_seed_has_a_generator() -> None:
    options = SamplingOptions(seed=LAST_SEED - 3, samples=4)
    assert torch.Generator().manual_seed(options.seed + options.samples - 1).initial_seed() == LAST_SEED
