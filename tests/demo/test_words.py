"""The page's languages: every sentence in each of them, and the right one for every visitor."""

import ast
import json
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from string import Formatter
from typing import Any

import pytest
from starlette.datastructures import Headers
from visitors import ROOT

from demo import words
from demo.words import language, translation
from retinaregen_core.errors import ImageError
from retinaregen_core.metrics.similarity import SIMILARITIES
from retinaregen_core.metrics.structure import DEFINITIONS
from retinaregen_core.verdict import CAUTIONS, REFUSALS

PARTS = sorted(path.stem for path in (translation.FOLDER / "en").glob("[!_]*.py"))
OTHERS = [spoken for spoken in language.LANGUAGES.values() if spoken != language.DEFAULT]
CORE = ROOT / "retinaregen_core"
UPLOADED = [CORE / name for name in ("archive.py", "errors.py", "uploads.py", "metrics/similarity.py")]
UPLOADED += (CORE / "imaging").rglob("*.py")
"""Modules whose errors are about what a visitor sends."""
NO_TEMPLATE = "[height, width"
"""A sentence that shows brackets of its own and is never filled in."""


def sentences(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield from [value] if value else []
        case dict():
            yield from (sentence for part in value.values() for sentence in sentences(part))
        case tuple():
            yield from (sentence for part in value for sentence in sentences(part))


def english(part: str) -> set[str]:
    if part != translation.CORE:
        constants = vars(import_module(f"demo.words.en.{part}"))
        return {sentence for name, value in constants.items() if name.isupper() for sentence in sentences(value)}
    said = {caution.meaning for caution in CAUTIONS.values()} | set(REFUSALS.values())
    said |= {measure.definition for measure in SIMILARITIES.values()} | set(DEFINITIONS.values())
    return said | {sentence for path in UPLOADED for sentence in written(path.read_text("utf-8"))}


def written(source: str) -> Iterator[str]:
    """Whole sentences in the code, without its docstrings; and what an identifier without a name is called."""
    tree = ast.parse(source)
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            if re.fullmatch(r"[A-Z]\S* .+\.", node.value):
                yield node.value
        elif isinstance(node, ast.Call) and ast.unparse(node.func) == "_name":
            yield ast.literal_eval(node.args[1])


def fields(sentence: str) -> set[tuple[str, str]]:
    if NO_TEMPLATE in sentence:
        return set()
    return {(name, layout or "") for _, name, layout, _ in Formatter().parse(sentence) if name is not None}


@pytest.mark.parametrize("part", [*PARTS, translation.CORE])
@pytest.mark.parametrize("spoken", OTHERS)
def test_every_sentence_is_translated_with_its_facts(spoken: str, part: str) -> None:
    table = json.loads((translation.FOLDER / spoken / f"{part}.json").read_text("utf-8"))
    assert set(table) == english(part)
    assert [key for key, value in table.items() if not value.strip() or fields(key) != fields(value)] == []
    numbers = re.compile(r"\d+")
    assert [key for key, value in table.items() if not {*numbers.findall(key)} <= {*numbers.findall(value)}] == []


def test_no_catalogue_speaks_for_nobody() -> None:
    found = {path.parent.name + "/" + path.stem for path in translation.FOLDER.glob("*/*.json")}
    assert found == {f"{spoken}/{part}" for spoken in OTHERS for part in [*PARTS, translation.CORE]}


@pytest.mark.parametrize("path", UPLOADED, ids=lambda path: path.stem)
def test_errors_keep_their_facts_apart_from_their_sentence(path: Path) -> None:
    calls = [node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call)]
    errors = [call for call in calls if re.search(r"(Error|_unread)$", ast.unparse(call.func))]
    assert [ast.unparse(call) for call in errors if any(isinstance(one, ast.JoinedStr) for one in call.args)] == []


@pytest.mark.parametrize("path", sorted((ROOT / "demo").rglob("*.py")), ids=lambda path: str(path.relative_to(ROOT)))
def test_no_sentence_is_read_before_anybody_asks(path: Path) -> None:
    """At import nobody is being answered, and what is read then stays English."""
    if path.is_relative_to(translation.FOLDER):
        return
    early: list[ast.AST] = [ast.parse(path.read_text("utf-8"))]
    for node in early:
        early += [one for one in ast.iter_child_nodes(node) if not isinstance(one, ast.FunctionDef | ast.Lambda)]
    read = {ast.unparse(node) for node in early if isinstance(node, ast.Attribute)}
    imports = [node for node in early if isinstance(node, ast.ImportFrom) and node.module == "demo.words"]
    parts = [r"words\.\w+", *(name.asname or name.name for node in imports for name in node.names)]
    sentence = re.compile(rf"({'|'.join(parts)})\.[A-Z]")
    assert {name for name in read if sentence.match(name)} <= {"words.intake.FILE_LIMIT_MB"}


@pytest.mark.parametrize(
    ("accepted", "spoken"),
    [
        ("", "en"),
        ("de-AT,de;q=0.9,en;q=0.5", "de"),
        ("it-IT,it;q=0.9,fr;q=0.8,en;q=0.7", "fr"),
        ("en;q=0.3,es-MX;q=0.6", "es"),
        ("zh-CN", "zh-Hans"),
        ("ja, de;q=0", "en"),
        ("de;q=viel, *", "en"),
    ],
)
def test_the_browser_s_wish_is_read(accepted: str, spoken: str) -> None:
    assert language.negotiated(accepted) == spoken


@pytest.mark.parametrize(
    ("named", "spoken"), [("de", "de"), ("zh-Hans", "zh-Hans"), ("en", "en"), ("", "fr"), ("xx", "fr"), ("zh", "fr")]
)
def test_a_language_in_the_address_comes_before_the_browser_s(named: str, spoken: str) -> None:
    assert language.wished({"lang": named}, {"accept-language": "fr-CA"}) == spoken


def test_every_language_has_its_own_name() -> None:
    assert list(language.NAMES) == list(language.LANGUAGES.values())
    assert len(set(language.NAMES.values())) == len(language.NAMES)


def test_a_page_is_answered_in_the_visitor_s_language() -> None:
    heard = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        heard.append((language.current(), words.viewer.KEYS[3][1]))

    header = Headers({"accept-language": "fr-CA"}).raw
    answering = language.Spoken(app)({"type": "http", "headers": header, "query_string": b""}, None, None)  # type: ignore[arg-type]
    with pytest.raises(StopIteration):  # it waits for nothing, and an event loop may be running in this thread already
        answering.send(None)
    assert heard == [("fr", "agrandir, réduire, ajuster, un pour un")]
    assert language.current() == language.DEFAULT


def test_an_error_is_told_in_the_language_with_its_facts() -> None:
    what = "The picture in this DICOM file is compressed as {syntax}, which is not read."
    error = ImageError(what, "Export it smaller.", syntax="something unknown")
    assert str(error) == f"{what.format(syntax='something unknown')} Export it smaller."
    with language.speaking("de"):
        told = words.error_told(error)
        foreign = words.error_told(ImageError("Braces like {these} are no facts.", "Go on."))
    assert told == (
        "Das Bild in dieser DICOM-Datei ist als etwas Unbekanntes komprimiert, was nicht gelesen wird. "
        "Exportieren Sie sie kleiner."
    )
    assert foreign == "Braces like {these} are no facts. Go on."
