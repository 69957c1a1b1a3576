"""Downloads at a pinned commit: the only code that talks to the Hugging Face Hub."""

import re
from collections.abc import Iterable
from pathlib import Path

from huggingface_hub import constants, hf_hub_download, is_offline_mode
from huggingface_hub.errors import (
    EntryNotFoundError,
    GatedRepoError,
    HfHubHTTPError,
    LocalEntryNotFoundError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

from retinaregen_core.errors import WeightsError

OWN_COPY = "set RETINAREGEN_CHECKPOINTS to a folder that holds the checkpoints and their manifest.toml."

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


def _fetch(repository: str, commit: str, file: str) -> Path:
    try:
        return Path(hf_hub_download(repository, file, revision=commit))
    except Exception as error:  # the client's transport errors share no public base class
        raise _explain(error, repository=repository, commit=commit, file=file) from error


def _explain(error: Exception, **facts: str) -> WeightsError:
    if is_offline_mode():
        return WeightsError(
            "HF_HUB_OFFLINE is set, and {file} of {repository} at {commit} is not in the cache.".format(**facts),
            f"Unset HF_HUB_OFFLINE for one start that downloads it, or {OWN_COPY}",
        )
    what, remedy = next(row for kind, row in HUB_ERRORS.items() if isinstance(error, kind))
    reason = next(iter(str(error).splitlines()), type(error).__name__).rstrip(".")
    return WeightsError(what.format(**facts, endpoint=constants.ENDPOINT, reason=reason), remedy)
