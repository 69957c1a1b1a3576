"""What frames every page: its name, its limits of use, the other languages, its footer; as HTML."""

from collections.abc import Iterable
from html import escape

from demo import words
from demo.words.language import NAMES, PARAMETER
from retinaregen_core.errors import RetinaRegenError
from retinaregen_core.provenance import SHA_SHOWN
from retinaregen_core.weights import Checkpoint

MAIN, BATCH, ABOUT = "", "batch", "about"
"""Paths of the pages, as seen from the first one: that is the base of every link."""


def address(page: str, language: str = "") -> str:
    """A page in the same language or another; without cookies, so that it works in a frame of another site, too."""
    return f"{page}?{PARAMETER}={language or words.current()}"


def languages(page: str) -> str:
    """The menu of languages: links to this page in each, and what choosing one does to the work on it."""
    here = words.current()
    marked = {here: " aria-current=true"}
    links = "".join(
        f'<li><a href="{address(page, tag)}" lang="{tag}" hreflang="{tag}"{marked.get(tag, "")}>{name}</a></li>'
        for tag, name in NAMES.items()
    )
    return (
        f'<details class="languages"><summary>{GLOBE}<span class="unseen">{words.desk.LANGUAGE}: </span>{NAMES[here]}'
        f"</summary><div><p>{words.desk.LANGUAGE_NOTE}</p><ul>{links}</ul></div></details>"
    )


GLOBE = (
    '<svg viewBox="0 0 24 24" width="16" height="16" fill="none" stroke="currentColor" stroke-width="1.6" '
    'aria-hidden="true"><circle cx="12" cy="12" r="9"/><path d="M3 12h18M12 3c5 5 5 13 0 18M12 3c-5 5-5 13 0 18"/>'
    "</svg>"
)


def header(page: str) -> str:
    """Name, purpose and the limits of use."""
    return (
        f'<header class="top" lang="{words.current()}" data-leaving="{words.desk.LEAVING}" '
        f'data-replacing="{words.desk.REPLACING}">'
        f"<div><h1>{words.desk.TITLE}</h1><p class=tagline>{words.desk.TAGLINE}</p></div>"
        f'<a class="about-link" href="{address(ABOUT)}" target="_blank" rel="noopener" '
        f'title="{words.desk.ABOUT_LINK}">{words.desk.ABOUT}</a>{languages(page)}'
        f'<p class="banner" role="note">{words.desk.BANNER}</p></header>'
    )


def no_weights(error: RetinaRegenError) -> str:
    """The page without weights: what is missing and what to do."""
    return (
        f'<section class="card missing" role="alert"><h2>{words.desk.NO_WEIGHTS_TITLE}</h2>'
        f"<p>{words.desk.NO_WEIGHTS}</p><p>{escape(error.what)}</p><p><strong>{escape(error.remedy)}</strong></p></section>"
    )


def footer(checkpoints: Iterable[Checkpoint], device: str) -> str:
    """Which weights are in use, where they run, and what happens to a photograph."""
    weights = "; ".join(f'<span title="{found.sha256}">{escape(_weights(found))}</span>' for found in checkpoints)
    made_of = words.desk.FOOTER_WEIGHTS.format(weights=weights, device=escape(device)) if weights else ""
    return f'<footer class="foot"><p>{made_of}</p><p>{words.desk.FOOTER_PRIVACY}</p></footer>'


def _weights(found: Checkpoint) -> str:
    verified = words.desk.VERIFIED if found.verified else words.desk.UNVERIFIED
    return f"{found.name} {found.sha256[:SHA_SHOWN]} ({verified}, {found.licence})"
