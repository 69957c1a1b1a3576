"""The record says what was done, in plain values, and nothing about whose eye it is."""

import json
import math
from dataclasses import replace

from retinaregen_core.metrics.similarity import SIMILARITIES
from retinaregen_core.metrics.spots import Spots, Weakened
from retinaregen_core.pipeline import Restoration
from retinaregen_core.provenance import NOTICE
from retinaregen_core.records import Damage
from retinaregen_core.report import as_dict, as_json
from retinaregen_core.specs import LABELS
from retinaregen_core.verdict import cautions, told_share


def test_record_survives_json(result: Restoration) -> None:
    record = as_dict(result)
    assert json.loads(as_json(result)) == record
    assert record["notice"] == NOTICE
    assert record["photograph"] == {"width": 512, "height": 512, "eye": None, "damage": None}
    damaged = as_dict(replace(result, damage=Damage("111", 7)))["photograph"]["damage"]
    assert damaged == {"kind": "111", "seed": 7}
    assert as_dict(result, "OS")["photograph"]["eye"] == json.loads(as_json(result, "OS"))["photograph"]["eye"] == "OS"
    assert record["provenance"]["seed"] == 3
    assert [step["index"] for step in record["steps"]] == [0, 1, 2]


def test_record_gives_both_scores_with_their_thresholds(result: Restoration) -> None:
    readability = as_dict(result)["readability"]
    assert list(readability["before"]["labels"]) == list(LABELS)
    assert readability["after"]["labels"]["macula"]["probability"] == result.after.macula
    assert readability["before"]["readable"] == result.before.readable
    assert readability["before"]["readable_share"] == told_share(result.before)


def test_record_says_nothing_of_how_much_of_a_refused_picture_can_be_read(result: Restoration) -> None:
    refused = replace(result.before, thresholds=(1.1, 0.0, 0.0, 0.0), share=0.5)
    known = replace(refused, thresholds=(0.0, 0.0, 0.0, 0.0), unfamiliarity=None)
    for before, share in ((refused, None), (known, 0.5)):
        assert as_dict(replace(result, before=before))["readability"]["before"]["readable_share"] == share
    passing = replace(known, thresholds=(0.0,) * 4)
    after = as_dict(replace(result, before=refused, after=passing))["readability"]["after"]
    assert (after["readable"], after["readable_share"]) == (False, None)  # what was made of it is no photograph either


def test_record_defines_every_number_that_it_gives(result: Restoration) -> None:
    metrics = as_dict(result)["metrics"]
    assert metrics["change"].keys() == SIMILARITIES.keys() <= metrics["definitions"].keys()
    assert metrics["quality"].keys() == metrics["change"].keys()


def test_record_has_no_quality_without_a_reference(alone: Restoration) -> None:
    assert as_dict(alone)["metrics"]["quality"] is None


def test_record_writes_infinity_as_a_word(result: Restoration) -> None:
    same = replace(result.metrics.change, psnr=math.inf)
    record = as_dict(replace(result, metrics=replace(result.metrics, change=same)))
    assert record["metrics"]["change"]["psnr"] == "infinity"


def test_record_says_which_vessels_agree(result: Restoration) -> None:
    structure = as_dict(result)["structure"]
    assert structure["definitions"].keys() == structure.keys() - {"definitions"}
    assert structure["kept"] == result.structure.kept


def test_record_says_where_bright_spots_are_fainter(result: Restoration) -> None:
    framing = replace(result.framing, top=-10, left=30, side=1024)
    spots = Spots(5, (Weakened(100.0, 200.0, 6.0, 0.4),))
    eye = replace(result, before=replace(result.before, fundus=1.0, unfamiliarity=None), framing=framing, spots=spots)
    record = as_dict(eye)["spots"]
    (weakened,) = record["weakened"]
    assert weakened == {"centre": [231.0, 391.0], "radius": 12.0, "left": 0.4}  # twice as far, from the square's corner
    assert record["found"] == 5 and record["definition"]
    assert as_dict(replace(eye, before=replace(eye.before, fundus=0.0)))["spots"] is None


def test_record_carries_the_cautions(result: Restoration) -> None:
    assert tuple(as_dict(result)["cautions"]) == cautions(result)


def test_record_says_how_far_several_samples_differ(result: Restoration, several: Restoration) -> None:
    record = as_dict(several)
    assert (record["spread"]["mean"], record["spread"]["max"]) == (0.5, 0.5)
    assert record["provenance"]["samples"] == 4
    assert as_dict(result)["spread"] is None


def test_record_carries_the_expected_error_where_it_was_learned(result: Restoration, alone: Restoration) -> None:
    error = as_dict(result)["expected_error"]
    assert 1 <= error["expected"] <= 30 and error["expected"] < error["bound"]
    assert as_dict(alone)["expected_error"] is None
