"""What becomes of many photographs: the three tasks, and the table."""

import csv
import io
from collections.abc import Generator
from dataclasses import replace

import pytest

from retinaregen_core.diffusion.process import DenoisingStep
from retinaregen_core.errors import ImageError
from retinaregen_core.imaging.phantom import Phantom
from retinaregen_core.imaging.photograph import Photograph
from retinaregen_core.outcomes import COLUMNS, TASKS, Outcome, follow, table, treat
from retinaregen_core.pipeline import RetinaRegen
from retinaregen_core.specs import SamplingOptions
from retinaregen_core.verdict import cautions, refusal, told_spots


def drained(steps: Generator[DenoisingStep, None, Outcome]) -> tuple[int, Outcome]:
    count = 0
    while True:
        try:
            next(steps)
            count += 1
        except StopIteration as end:
            return count, end.value


@pytest.mark.parametrize(
    ("task", "unreadable", "refused", "readable"),
    [("assess", False, False, False), ("unreadable", True, False, False), ("all", True, True, True)],
)
def test_tasks(
    tiny_model: RetinaRegen, phantom: Phantom, task: str, unreadable: bool, refused: bool, readable: bool
) -> None:
    score = tiny_model.assess(phantom.image)
    for above, restored in (((0, 1, 1, 1), unreadable), ((1, 0, 0, 0), refused), ((0, 0, 0, 0), readable)):
        limits = [p + (0.01 if over else -0.01) for p, over in zip(score.probabilities, above, strict=True)]
        assert TASKS[task](replace(score, thresholds=tuple(limits))) == restored


def test_steps_pass_by_and_the_outcome_is_the_librarys(tiny_model: RetinaRegen, phantom: Phantom) -> None:
    options = SamplingOptions(steps=2, seed=4, samples=2)
    count, outcome = drained(follow("eye", treat(tiny_model, phantom.image, TASKS["all"], options)))
    expected = tiny_model.restore(phantom.image, steps=2, seed=4, samples=2)
    assert count == 2
    assert outcome.kind == "restored"
    assert outcome.before == expected.before
    assert outcome.restoration is not None and outcome.restoration.after == expected.after
    row = outcome.row(None)
    assert row["change_psnr"] == f"{expected.metrics.change.psnr:.4f}"
    assert row.get("spots_weakened") == (None if refusal(expected.before) else str(len(told_spots(expected))))
    assert row["cautions"].split() == list(cautions(expected))
    assert (row["seed"], row["steps"], row["weights_sha256"]) == ("4", "2", "1" * 64)
    assert (row["strength"], row["samples"]) == ("1", "2")


def test_share_that_can_be_read_is_told_of_what_is_not_refused(tiny_model: RetinaRegen, phantom: Phantom) -> None:
    scores = replace(tiny_model.assess(phantom.image), thresholds=(0.0, 0.0, 0.0, 0.0), unfamiliarity=None, share=0.25)
    assert Outcome("eye", scores).row(None)["readable_share_before"] == "0.250"
    assert "readable_share_before" not in Outcome("eye", replace(scores, unfamiliarity=2.0)).row(None)


def test_assessing_takes_no_step(tiny_model: RetinaRegen, phantom: Phantom) -> None:
    count, outcome = drained(follow("eye", treat(tiny_model, phantom.image, TASKS["assess"])))
    assert (count, outcome.kind, outcome.restoration) == (0, "assessed", None)
    assert "readable_after" not in outcome.row(None)


def test_a_bad_file_is_an_outcome_with_its_reason(tiny_model: RetinaRegen) -> None:
    _, outcome = drained(follow("bad", treat(tiny_model, b"no picture", TASKS["all"])))
    assert outcome.kind == "failed"
    assert outcome.row(None)["problem"] == str(outcome.problem)


def test_what_the_file_says_of_eye_and_text_is_in_the_table(phantom: Phantom) -> None:
    outcome = Outcome("eye")
    said = outcome.row(Photograph(phantom.image, "OD", burned_in=True))
    assert (said["eye"], said["burned_in_text"]) == ("OD", "1")
    assert set(outcome.row(Photograph(phantom.image))) == set(outcome.row(None)) == {"file", "outcome"}


def test_why_a_picture_is_refused_is_in_the_table(tiny_model: RetinaRegen, phantom: Phantom) -> None:
    score = tiny_model.assess(phantom.image)
    taken = replace(score, thresholds=(0.0,) * 4, unfamiliarity=None)
    strange = replace(score, thresholds=(1.1, 0, 0, 0))
    assert "refused" not in Outcome("eye", taken).row(None)
    assert Outcome("wall", strange).row(None)["refused"] == refusal(strange) == "not_a_fundus"


def test_table_has_every_column_once_and_holds_any_name(tiny_model: RetinaRegen, phantom: Phantom) -> None:
    names = ["plain.png", 'quoted "name", with comma.png', "=HYPERLINK(1)", "-1", "Müller\n.png"]
    text = io.StringIO()
    rows = table(text)
    for name in names:
        rows.writerow(Outcome(name, problem=ImageError("Bad.", "Good.")).row(None))
    text.seek(0)
    read = list(csv.DictReader(text))
    assert tuple(read[0]) == COLUMNS
    assert len(set(COLUMNS)) == len(COLUMNS)
    assert [row["file"] for row in read] == [*names[:2], "'=HYPERLINK(1)", "'-1", names[4]]
