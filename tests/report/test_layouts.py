"""HTML and PDF carry the same content, stand alone, and name nobody."""

import io
import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest
from pypdf import PdfReader

from retinaregen_core.imaging import decode
from retinaregen_core.imaging.framing import Framing
from retinaregen_core.imaging.photograph import Laterality
from retinaregen_core.metrics.spots import Spots, Weakened
from retinaregen_core.pipeline import Restoration
from retinaregen_core.records import Damage
from retinaregen_core.report import as_comparison, as_html, as_pdf, sentences
from retinaregen_core.report.pictures import band_height
from retinaregen_core.report.sheet import lay_out
from retinaregen_core.report.trajectory import frames
from retinaregen_core.verdict import CAUTIONS


class Reading(HTMLParser):
    """The words of a page, and every address that it mentions."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.text, self.addresses = "", []
        self.feed(page.decode())

    def handle_data(self, data: str) -> None:
        self.text += f" {data}"

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.addresses += [value for name, value in attributes if name in ("src", "href", "srcset", "action") and value]


def stream(restoration: Restoration) -> io.BytesIO:
    return io.BytesIO(as_pdf(restoration))


def words_of(text: str) -> str:
    """Line breaks and hyphenation differ between the layouts; the words do not."""
    return re.sub(r"\s+", "", text)


Text = Callable[..., str]


@pytest.fixture(scope="module")
def text_of() -> Text:
    """``text_of(kind, restoration, eye)``: the words of a layout, which is made once."""
    known: dict[tuple[str, int, Laterality | None], tuple[str, Restoration]] = {}

    def read(kind: str, restoration: Restoration, eye: Laterality | None = None) -> str:
        if (kind, id(restoration), eye) not in known:
            if kind == "html":
                text = Reading(as_html(restoration, eye)).text
            else:
                pages = PdfReader(io.BytesIO(as_pdf(restoration, eye))).pages
                text = "".join(page.extract_text() for page in pages)
            known[kind, id(restoration), eye] = words_of(text), restoration  # kept, so that no other gets its id
        return known[kind, id(restoration), eye][0]

    return read


@pytest.mark.parametrize("kind", ["html", "pdf"])
def test_everything_on_the_sheet_is_in_the_layout(text_of: Text, kind: str, result: Restoration) -> None:
    text, sheet = text_of(kind, result), lay_out(result)
    said = [sentences.USE, sheet.photographs_note, sheet.maps_note, sheet.measures_note]
    said += [sentence for _, sentence in sheet.verdict]
    said += [cell for row in sheet.measures for cell in row]
    said += [cell for row in sheet.facts for cell in row]
    said += [f"{score.probability:.2f} {score.word}" for row in sheet.labels for score in (row.before, row.after)]
    assert [one for one in said if words_of(one) not in text] == []


@pytest.mark.parametrize("kind", ["html", "pdf"])
def test_the_eye_is_named(text_of: Text, kind: str, result: Restoration) -> None:
    for eye, said in sentences.EYES.items():
        sheet, text = lay_out(result, eye), text_of(kind, result, eye)
        assert (sentences.FACTS["eye"], said) in sheet.facts and words_of(sentences.FACTS["eye"] + said) in text
        assert [figure.title.partition(" · ")[2] for figure in sheet.photographs] == [eye or ""] * 2


def test_a_photograph_damaged_on_purpose_is_not_called_original(text_of: Text, result: Restoration) -> None:
    damaged = replace(result, damage=Damage("111", 7))
    sheet = lay_out(damaged)
    assert [figure.title for figure in sheet.photographs] == [sentences.DAMAGED, sentences.RESTORED]
    assert words_of(sentences.DAMAGE.format(kind="111", seed=7)) in text_of("html", damaged)
    assert sentences.FACTS["damage"] not in dict(lay_out(result).facts)
    pictures = [(frames(one)[0], decode.read(as_comparison(one))) for one in (result, damaged)]
    for one, other in zip(*pictures, strict=True):
        assert (one[: band_height(one.shape[1])] != other[: band_height(one.shape[1])]).any()


@pytest.mark.parametrize("kind", ["html", "pdf"])
def test_change_is_never_called_quality(text_of: Text, kind: str, alone: Restoration) -> None:
    text = text_of(kind, alone)
    assert words_of(sentences.WITHOUT_REFERENCE) in text
    assert words_of(sentences.QUALITY[1]) not in text


@pytest.mark.parametrize("kind", ["html", "pdf"])
def test_an_expected_error_is_shown_where_it_was_learned(
    text_of: Text, kind: str, result: Restoration, alone: Restoration
) -> None:
    said = words_of(sentences.EXPECTED_ERROR_NOTE.split(":")[0])
    assert said in text_of(kind, result) and said not in text_of(kind, alone)


@pytest.mark.parametrize("kind", ["html", "pdf"])
def test_the_spread_of_several_samples_is_shown(
    text_of: Text, kind: str, result: Restoration, several: Restoration
) -> None:
    said = words_of(sentences.SPREAD_NOTE.format(samples=4, mean=0.5))
    assert said in text_of(kind, several) and said not in text_of(kind, result)
    assert len(lay_out(several).maps) == len(lay_out(result).maps) + 1


def test_html_needs_nothing_from_outside(result: Restoration) -> None:
    page = as_html(result)
    addresses = Reading(page).addresses
    assert len(addresses) == 5
    assert all(address.startswith("data:image/jpeg;base64,") for address in addresses)
    assert b"default-src 'none'" in page
    assert not re.search(rb"https?://|url\(|@import|<script", page)


def test_pdf_is_one_page_however_much_it_has_to_say(result: Restoration, several: Restoration) -> None:
    long = replace(result, provenance=replace(result.provenance, licence="research use only " * 60))
    for restoration in (result, long, several):
        assert len(PdfReader(stream(restoration)).pages) == 1


def test_pdf_carries_its_pictures_and_says_what_it_is(result: Restoration) -> None:
    document = PdfReader(stream(result))
    shapes = [image.image.size for image in document.pages[0].images]
    sheet = lay_out(result)
    expected = [figure.picture.shape[1::-1] for figure in (*sheet.photographs, *sheet.maps)]
    assert sorted(shapes) == sorted(expected)
    assert document.metadata is not None
    assert document.metadata.subject == sentences.USE


def test_verdict_puts_the_worst_first(result: Restoration) -> None:
    thresholds = (0.5, 0.5, 0.5, 0.5)
    before = replace(result.before, fundus=0.9, macula=0.9, optic_disc=0.1, retina=0.1, thresholds=thresholds)
    after = replace(result.after, fundus=0.9, macula=0.1, optic_disc=0.9, retina=0.1, thresholds=thresholds)
    structure = replace(result.structure, kept=0.1, supported=0.1)
    verdict = lay_out(replace(result, before=before, after=after, structure=structure)).verdict
    kinds = [kind for kind, _ in verdict]
    assert kinds == sorted(kinds, key=["bad", "warn", "good"].index)
    assert verdict[-1][1] == "The classifier now calls readable: optic disc. Compare with the original."
    assert {CAUTIONS["vessels_lost"].meaning, CAUTIONS["vessels_invented"].meaning} <= {text for _, text in verdict}


@pytest.mark.parametrize("kind", ["html", "pdf"])
def test_no_label_of_a_refused_picture_is_called_readable(text_of: Text, kind: str, result: Restoration) -> None:
    passing = replace(result.before, fundus=0.91, macula=0.92, optic_disc=0.93, retina=0.94, thresholds=(0.5,) * 4)
    refused = replace(passing, unfamiliarity=None, symmetry=0.97)
    text = text_of(kind, replace(result, before=refused))
    assert all(f"{p:.2f}{sentences.DOUBTFUL}" in text for p in refused.probabilities)
    kinds = [row.before.kind for row in lay_out(replace(result, before=refused)).labels]
    assert kinds == ["warn"] * len(kinds)
    made_of_it = lay_out(replace(result, before=refused, after=passing)).labels  # however it scores
    assert [row.after.kind for row in made_of_it] == ["warn"] * len(made_of_it)


@pytest.mark.parametrize("kind", ["html", "pdf"])
def test_bright_spots_that_are_fainter_are_told_and_circled(text_of: Text, kind: str, result: Restoration) -> None:
    eye = replace(result, before=replace(result.before, fundus=1.0, unfamiliarity=None), spots=Spots(3, ()))
    faded = replace(eye, spots=Spots(3, (Weakened(250.0, 260.0, 6.0, 0.4),)))
    (told,) = (text for _, text in lay_out(faded).verdict if "bright spots" in text)
    assert ": 1." in told and words_of(told) in text_of(kind, faded)
    note = words_of(sentences.SPOTS_NOTE)
    assert note in text_of(kind, faded) and note not in text_of(kind, eye)
    plain, circled = (lay_out(one).maps[0].picture for one in (eye, faded))
    differing = np.argwhere((plain != circled).any(axis=-1))
    assert len(differing) and np.ptp(differing, axis=0).max() < 40  # one circle and nothing else


def test_large_photographs_are_reduced_for_the_page_only(result: Restoration) -> None:
    large = np.kron(result.photograph, np.ones((3, 3, 1), np.uint8))
    mask = np.kron(result.field_of_view.mask, np.ones((3, 3), bool))
    x, y = result.field_of_view.centre
    view = replace(result.field_of_view, mask=mask, centre=(3 * x, 3 * y))
    big = replace(result, photograph=large, restored=large, field_of_view=view, framing=Framing.around(view))
    sheet = lay_out(big)
    assert sheet.photographs[0].picture.shape[1] == 1024
    assert "1536 × 1536" in sheet.photographs_note


@pytest.mark.parametrize("kind", ["html", "pdf"])
def test_how_much_can_be_read_is_told_unless_the_picture_is_refused(kind: str, result: Restoration) -> None:
    eye = replace(result.before, fundus=1.0)
    read = replace(result, before=replace(eye, share=0.42), after=replace(eye, share=0.9))
    told = words_of(sentences.SHARES_NOTE.format(before=0.42, after=0.9))
    assert told in words_of(lay_out(read).labels_note)
    silent = (replace(read, after=replace(eye, fundus=0.0, share=0.9)), replace(read, before=replace(eye, share=None)))
    assert all(lay_out(other).labels_note == sentences.READABILITY_NOTE for other in silent)
    content = as_html(read).decode() if kind == "html" else PdfReader(stream(read)).pages[0].extract_text()
    assert told in words_of(content)
