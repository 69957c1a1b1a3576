"""Values that mean nothing are refused where they are made."""

import pytest

from retinaregen_core.errors import SpecError
from retinaregen_core.specs import ReadabilitySpec


@pytest.mark.parametrize(("doubt", "known_photographs"), [(-0.1, 16), (0.1, 0)])
def test_doubt_that_nothing_can_cause_is_refused(doubt: float, known_photographs: int) -> None:
    with pytest.raises(SpecError, match="doubt"):
        ReadabilitySpec(doubt=doubt, known_photographs=known_photographs)
