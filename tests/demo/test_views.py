"""What the page says about records of the core."""

import io
import math
import re
from dataclasses import fields, replace
from itertools import chain

import numpy as np
import pytest
from PIL import Image

from demo import furniture, models, overlays, restoring, views, words
from demo.curves import drawing
from demo.words import language
from retinaregen_core.comparison import FOLLOWED
from retinaregen_core.errors import WeightsError
from retinaregen_core.imaging.degrade import KINDS
from retinaregen_core.imaging.phantom import Phantom
from retinaregen_core.metrics.similarity import SIMILARITIES, Similarity
from retinaregen_core.pipeline import Provenance, Readability, Restoration, RetinaRegen
from retinaregen_core.specs import LABELS
from retinaregen_core.verdict import CAUTIONS, REFUSALS

THRESHOLDS = (0.5, 0.5, 0.6, 0.4)


def scores(*probabilities: float) -> Readability:
    return Readability(*probabilities, thresholds=THRESHOLDS)


GOOD, NO_DISC, NO_MACULA = scores(0.9, 0.9, 0.9, 0.9), scores(0.9, 0.9, 0.1, 0.9), scores(0.9, 0.1, 0.9, 0.9)


@pytest.mark.parametrize(
    ("table", "names"),
    [
        (words.readability.LABELS, LABELS),
        (words.result.MEASURES, SIMILARITIES),
        (words.settings.KINDS, KINDS),
        (words.settings.RESTORER_NAMES, models.RESTORERS_SHOWN),
        (words.curves.SHORT_LABELS, LABELS),
        (words.curves.FOLLOWED, FOLLOWED),
        (words.settings.PRESETS, models.PRESETS),
    ],
)
def test_every_entry_has_a_name(table: dict[str, str], names: object) -> None:
    assert set(table) == set(names)  # type: ignore[call-overload]


def test_provenance_names_real_fields() -> None:
    assert set(words.result.PROVENANCE_ROWS) <= {field.name for field in fields(Provenance)}


@pytest.mark.parametrize(
    ("before", "after", "kinds"),
    [
        (NO_DISC, GOOD, ["good"]),
        (NO_DISC, NO_DISC, ["warn"]),
        (GOOD, NO_DISC, ["bad"]),
        (GOOD, GOOD, ["good"]),
        (NO_DISC, NO_MACULA, ["bad", "good"]),
    ],
)
def test_verdict_puts_the_worst_first(before: Readability, after: Readability, kinds: list[str]) -> None:
    assert [kind for kind, _ in views.verdict(before, after)] == kinds


def test_the_share_that_can_be_read_stands_below_the_labels() -> None:
    told = replace(NO_DISC, share=0.424), replace(GOOD, share=0.9)
    html = views.readability(*told)
    assert words.readability.SHARE in html and "42 %" in html and "90 %" in html
    assert words.readability.SHARE not in views.readability(NO_DISC, GOOD)  # nothing tells
    refused = replace(NO_DISC, fundus=0.1, share=0.424)
    assert words.readability.SHARE not in views.readability(refused, told[1])
    assert "42" not in views.readability(told[1], refused)


@pytest.mark.parametrize(
    ("refused", "name"),
    [
        (scores(0.1, 0.9, 0.9, 0.9), "not_a_fundus"),
        (replace(GOOD, unfamiliarity=1.2), "unfamiliar"),
        (replace(GOOD, symmetry=0.97), "symmetric"),
    ],
)
def test_a_refused_picture_is_told_why_before_anything_else(refused: Readability, name: str) -> None:
    assert not refused.readable
    assert views.unreadable(refused) == REFUSALS[name]
    assert views.verdict(refused, GOOD, (name,)) == [("bad", REFUSALS[name])]
    html = views.readability(refused, None)
    assert words.readability.DOUBTFUL in html and f"✓ {words.readability.READABLE}" not in html
    assert "✓" not in views.readability(refused, GOOD)  # nor what was made of it


@pytest.mark.parametrize(
    ("strange", "name"),
    [(replace(GOOD, unfamiliarity=1.2), "unfamiliar_after"), (replace(GOOD, symmetry=0.97), "symmetric_after")],
)
def test_a_result_that_no_eye_looks_like_is_not_called_readable(strange: Readability, name: str) -> None:
    said = [("bad", CAUTIONS[name].meaning)]
    assert views.verdict(NO_DISC, strange, (name,)) == said
    assert views.verdict(GOOD, strange, (name,)) == said


def test_verdict_names_the_label_in_words() -> None:
    (_, lowered), *rest = views.verdict(GOOD, NO_DISC, ("less_readable", "vessels_lost", "hardly_changed"))
    assert lowered == words.readability.FINDINGS["lowered"].format(labels="optic disc")  # less_readable is said so
    assert rest == [("bad", CAUTIONS["vessels_lost"].meaning), ("warn", CAUTIONS["hardly_changed"].meaning)]
    ((_, sentence),) = views.verdict(NO_DISC, GOOD)
    assert sentence == "The classifier now calls readable: optic disc. Compare with the original."


def test_readability_marks_each_label_by_its_own_threshold() -> None:
    html = views.readability(scores(0.55, 0.55, 0.55, 0.55), None)
    assert html.count(f"✓ {words.readability.READABLE}") == 3
    assert html.count(f"✗ {words.readability.UNREADABLE}") == 1
    for threshold in THRESHOLDS:
        assert f"left:{100 * threshold:.1f}%" in html
    order = [html.index(name) for name in words.readability.LABELS.values()]
    assert order == sorted(order)


def test_vessels_are_told_as_shares_of_what_was_there(restored: Restoration) -> None:
    half = replace(restored, structure=replace(restored.structure, kept=0.5, supported=None))
    html = views.result(half)
    assert f"<th scope=row>{words.result.VESSELS['kept']}</th><td>50 %</td>" in html
    assert f"<th scope=row>{words.result.VESSELS['supported']}</th><td>{words.result.NO_VESSELS}</td>" in html


def test_change_is_never_called_quality(tiny_model: RetinaRegen, phantom: Phantom, restored: Restoration) -> None:
    alone = views.result(restored)
    assert words.result.CHANGE_TITLE in alone
    assert words.result.QUALITY_TITLE not in alone
    measured = views.result(tiny_model.restore(phantom.image, reference=phantom.image))
    assert measured.index(words.result.QUALITY_TITLE) < measured.index(words.result.CHANGE_TITLE)
    assert words.result.IDENTICAL in measured


@pytest.mark.parametrize(
    ("name", "gain", "kind"),
    [("psnr", 2.0, "good"), ("psnr", -2.0, "bad"), ("lpips", -0.1, "good"), ("lpips", 0.1, "bad")],
)
def test_gain_knows_which_way_is_better(name: str, gain: float, kind: str) -> None:
    assert f'class="{kind}"' in views._gain(name, gain)


@pytest.mark.parametrize("gain", [0.0, 0.00001, math.inf, math.nan])
def test_no_gain_has_no_colour(gain: float) -> None:
    assert "class" not in views._gain("psnr", gain)


def test_what_a_measure_is_can_be_read_without_a_mouse() -> None:
    html = views._table("title", "note", ("value",), [Similarity(20.0, 21.0, 0.9, 0.8, None)])
    details = re.findall(r"<details.*?</details>", html)[0]
    told = {name: measure.definition in details for name, measure in SIMILARITIES.items()}
    assert told == {name: name != "lpips" for name in SIMILARITIES}
    assert "title=" not in html


@pytest.fixture(scope="module")
def measured(tiny_model: RetinaRegen, phantom: Phantom) -> Restoration:
    """A restoration whose truth is known."""
    darker = (phantom.image * 0.9).astype(np.uint8)
    return tiny_model.restore(phantom.image, steps=1, reference=darker, lpips=False)


@pytest.mark.parametrize("spoken", language.LANGUAGES.values())
def test_decimals_are_written_as_in_the_language(measured: Restoration, spoken: str) -> None:
    result = measured
    with language.speaking(spoken):
        parts = [views.readability(result.before, result.after), views._metrics(result.metrics)]
        parts += [drawing.draw(restoring.ends(result), 1), views.caption(result.step_infos[0]), views._value(0.25)]
        parts += [
            words.filled(words.status.DONE, seconds=1.25),
            *(one.legend for one in overlays.changes(result.framed(512))),
        ]
    without = re.sub(r"<details.*?</details>", " ", " ".join(parts))  # definitions name versions
    shown = re.sub(r"<[^>]*>", " ", without)
    right, wrong = (",", r"\.") if spoken in language.DECIMAL_COMMA else (r"\.", ",")
    assert len(re.findall(rf"\d{right}\d", shown)) > 20
    assert re.findall(rf"\d{wrong}\d+", shown) == []


def test_png_is_lossless_and_bare(phantom: Phantom) -> None:
    picture = Image.open(io.BytesIO(views.png(phantom.image)))
    np.testing.assert_array_equal(np.asarray(picture), phantom.image)
    assert picture.info == {}


def test_what_users_and_files_say_is_escaped() -> None:
    error = WeightsError("<script>alert(1)</script> is missing.", "Fetch it & try again.")
    for html in (views.problem(error), furniture.no_weights(error)):
        assert "<script>" not in html
        assert "&amp;" in html


def test_sentences_of_the_components_can_stand_in_a_template() -> None:
    sentences = [
        *words.viewer.TEXTS.values(),
        *chain(*words.viewer.KEYS),
        *words.intake.PHOTOGRAPH.values(),
        *words.intake.REFERENCE.values(),
    ]
    assert not [sentence for sentence in sentences if set(sentence) & set("`${}<>")]
