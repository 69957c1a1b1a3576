"""Downloads at a pinned commit, uploads when asked: the only code that talks to the Hugging Face Hub."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any, Literal

from huggingface_hub import (
    CommitOperationAdd,
    CommitOperationDelete,
    HfApi,
    constants,
    hf_hub_download,
    is_offline_mode,
)
from huggingface_hub.errors import (
    EntryNotFoundError,
    GatedRepoError,
    HfHubHTTPError,
    LocalEntryNotFoundError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)
from huggingface_hub.utils.tqdm import tqdm

from retinaregen_core.errors import RetinaRegenError, WeightsError

Kind = Literal["model", "space"]
KEPT = {".gitattributes"}
"""Files that the Hub puts into a repository by itself."""

OWN_COPY = "set RETINAREGEN_CHECKPOINTS to a folder that holds the checkpoints and their manifest.toml."

PATIENCE_S = 10.0
"""How long an answer about a repository may take."""

Report = Callable[[str, int, int], None]
"""Takes news of a download: the file's path, the bytes that are here, the bytes in all (0: not known yet)."""
_REPORT: ContextVar[Report | None] = ContextVar("report", default=None)

HUB_ERRORS: dict[type[Exception], tuple[str, str]] = {
    GatedRepoError: (
        "The repository {repository} is gated: {endpoint} gives {file} only to accounts that were granted access.",
        "Ask for access on its page, then log in with `hf auth login` or set HF_TOKEN.",
    ),
    RepositoryNotFoundError: (
        "There is no repository {repository} on {endpoint}, or it is private.",
        "Check its name, or log in with `hf auth login` if it is private.",
    ),
    RevisionNotFoundError: (
        "The repository {repository} on {endpoint} has no commit {commit}.",
        "Check the 40 digits on the repository's history page.",
    ),
    LocalEntryNotFoundError: (
        "{endpoint} gives no usable answer, and {file} of {repository} at {commit} is not in the cache.",
        f"Check the network and HF_ENDPOINT, or {OWN_COPY}",
    ),
    EntryNotFoundError: (
        "The repository {repository} at {commit} has no file {file}.",
        "Check the commit: a checkpoint is a config.json beside a model.safetensors.",
    ),
    HfHubHTTPError: (
        "{endpoint} refused {file} of {repository}: {reason}.",
        f"Try again later, or {OWN_COPY}",
    ),
    Exception: (
        "The download of {file} from {repository} broke off: {reason}.",
        f"Try again; if it breaks off every time, {OWN_COPY}",
    ),
}
"""What the Hub's client raises -> (what, remedy). The first row that fits counts, so special cases stand first."""


def is_cached(path: Path) -> bool:
    """Whether a file lies in the Hub client's cache, which holds what was downloaded and nothing else."""
    return path.resolve().is_relative_to(Path(constants.HF_HUB_CACHE).resolve())


def download(repository: str, commit: str, files: Iterable[str]) -> list[Path]:
    """Fetch files of a repository, with a progress bar; cached files cost no request.

    Args:
        repository: "owner/name".
        commit: 40 hexadecimal digits; a branch or tag could change under us.
        files: paths inside the repository.

    Returns:
        Where each file lies in the Hub's cache. The client does not check what it received: compare hashes.

    Raises:
        WeightsError: the commit is not pinned, or a file cannot be had; each cause has its own sentence and remedy.
    """
    if not re.fullmatch(r"[0-9a-f]{40}", commit):
        raise WeightsError(
            f"The Hub repository {repository} needs a pinned commit of 40 hexadecimal digits, not {commit!r}.",
            "Pass the full commit as revision, or correct the path if a folder was meant.",
        )
    return [_fetch(repository, commit, file) for file in files]


@contextmanager
def reporting(report: Report) -> Iterator[None]:
    """While the block runs, its downloads tell ``report`` how far they are, besides their bar in the terminal."""
    token = _REPORT.set(report)
    try:
        yield
    finally:
        _REPORT.reset(token)


def reach(repository: str, commit: str) -> None:
    """Ask the Hub for a repository at a commit; nothing is downloaded.

    Raises:
        WeightsError: no usable answer, no such repository or commit; each cause has its own sentence and remedy.
    """
    try:
        HfApi(endpoint=constants.ENDPOINT).model_info(repository, revision=commit, timeout=PATIENCE_S)
    except HfHubHTTPError as error:
        raise _explain(error, repository=repository, commit=commit, file="the list of files") from error
    except Exception as error:  # the client's transport errors share no public base class
        raise WeightsError(
            f"{constants.ENDPOINT} gives no usable answer: {_reason(error)}.", "Check the network and HF_ENDPOINT."
        ) from error


def upload(repository: str, kind: Kind, files: Mapping[str, Path | bytes], message: str) -> str:
    """Put files into a repository, which is made if need be, in one commit.

    A Space afterwards holds these files and nothing besides; a model repository keeps what else it has.

    Args:
        repository: "owner/name".
        kind: a model repository or a Gradio Space.
        files: path inside the repository -> file on this disk, or its content.
        message: of the commit.

    Returns:
        The commit, 40 hexadecimal digits.

    Raises:
        RetinaRegenError: the Hub refuses; usually nobody is logged in, or the account may not write there.
    """
    api = HfApi(endpoint=constants.ENDPOINT)
    try:
        api.create_repo(repository, repo_type=kind, exist_ok=True, space_sdk="gradio" if kind == "space" else None)
        obsolete = _obsolete(api, repository, files) if kind == "space" else []
        added = [CommitOperationAdd(path, content) for path, content in files.items()]
        return api.create_commit(repository, [*added, *obsolete], commit_message=message, repo_type=kind).oid
    except Exception as error:  # the client's transport errors share no public base class
        raise RetinaRegenError(
            f"{constants.ENDPOINT} did not take the {kind} {repository}: {_reason(error)}.",
            "Log in with `hf auth login` (a token that may write), check the owner's name, and try again.",
        ) from error


def _obsolete(api: HfApi, repository: str, files: Mapping[str, Path | bytes]) -> list[CommitOperationDelete]:
    there = {entry.rfilename for entry in api.space_info(repository).siblings or []}
    return [CommitOperationDelete(path) for path in sorted(there - KEPT - files.keys())]


def _fetch(repository: str, commit: str, file: str) -> Path:
    report = _REPORT.get()
    bar = _bar(file, report) if report else None
    try:
        return Path(hf_hub_download(repository, file, revision=commit, tqdm_class=bar))
    except Exception as error:  # the client's transport errors share no public base class
        raise _explain(error, repository=repository, commit=commit, file=file) from error


def _bar(file: str, report: Report) -> type[tqdm]:
    """The client's progress bar, which also reports; a bar that shows nothing does not count, so this one does."""

    class Bar(tqdm):
        def __init__(self, *arguments: Any, **options: Any) -> None:
            super().__init__(*arguments, **options)  # type: ignore[no-untyped-call]
            self.here = int(options.get("initial") or 0)
            self.update(0)

        def update(self, n: float | None = 1) -> Any:
            self.here += int(n or 0)
            report(file, self.here, int(self.total or 0))
            return super().update(n)

    return Bar


def _explain(error: Exception, **facts: str) -> WeightsError:
    if is_offline_mode():
        return WeightsError(
            "HF_HUB_OFFLINE is set, and {file} of {repository} at {commit} is not in the cache.".format(**facts),
            f"Unset HF_HUB_OFFLINE for one start that downloads it, or {OWN_COPY}",
        )
    what, remedy = next(row for kind, row in HUB_ERRORS.items() if isinstance(error, kind))
    return WeightsError(what.format(**facts, endpoint=constants.ENDPOINT, reason=_reason(error)), remedy)


def _reason(error: Exception) -> str:
    return next(iter(str(error).splitlines()), type(error).__name__).rstrip(".")
