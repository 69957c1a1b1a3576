"""Networks from a checkpoint's two files, and tensors back into them: every value is read, none is drawn at random."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from retinaregen_core.errors import SpecError, WeightsError
from retinaregen_core.manifest import CONFIG, WEIGHTS

Network = TypeVar("Network", bound=nn.Module)


def load(build: Callable[[Mapping[str, Any]], Network], folder: Path, device: torch.device | str) -> Network:
    """A network of a checkpoint's folder, float32, evaluation mode: built without memory, then given its tensors.

    Args:
        build: from the values of ``spec`` in ``config.json`` to the network.
        folder: holds both files.
        device: of the network.

    Raises:
        WeightsError: a file is missing or damaged, or does not fit the other.
    """
    network = _build(build, folder / CONFIG)
    tensors = _read_tensors(folder / WEIGHTS)
    _demand_fit(folder / WEIGHTS, network.state_dict(), tensors)
    network.load_state_dict(tensors, strict=True, assign=True)
    return network.to(device).eval()


def _build(build: Callable[[Mapping[str, Any]], Network], path: Path) -> Network:
    demand(path)
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(config, dict) or config.keys() != {"spec"}:
            raise ValueError('it must hold "spec" and nothing besides')
        with torch.device("meta"):
            return build(config["spec"])
    except (SpecError, TypeError, ValueError) as error:
        raise WeightsError(
            f"{path} does not describe a network that this version can build: {str(error).rstrip('.')}.",
            "Fetch it again together with its weights, or use the version of RetinaRegen that wrote it.",
        ) from error


def _read_tensors(path: Path) -> dict[str, Tensor]:
    demand(path)
    try:
        tensors = load_file(path)
    except (SafetensorError, OSError) as error:
        raise WeightsError(f"{path} is damaged: {error}.", "Delete it and fetch it again.") from error
    return {name: tensor.float() if tensor.is_floating_point() else tensor for name, tensor in tensors.items()}


def demand(*paths: Path) -> None:
    """All of these files must be there.

    Raises:
        WeightsError: one is missing.
    """
    for path in paths:
        if not path.is_file():
            raise WeightsError(
                f"{path} is missing: a checkpoint is a {CONFIG} beside a {WEIGHTS}.",
                "Restore the whole folder from where it came.",
            )


def _demand_fit(path: Path, expected: Mapping[str, Tensor], tensors: Mapping[str, Tensor]) -> None:
    """Same names, same shapes; otherwise an error that names the first tensor concerned."""
    shared = expected.keys() & tensors.keys()
    complaints = {
        "lacks": expected.keys() - tensors.keys(),
        "has besides": tensors.keys() - expected.keys(),
        "has in another shape": {name for name in shared if expected[name].shape != tensors[name].shape},
    }
    for verb, names in complaints.items():
        if names:
            raise WeightsError(
                f"{path} does not fit its {CONFIG} ({len(expected)} tensors): it {verb} {len(names)}, "
                f"the first being {min(names)!r}.",
                "Fetch both files again from the same place.",
            )


def halve(name: str, tensor: Tensor) -> Tensor:
    """Float16 on disk; counters stay integers."""
    stored = tensor.detach().cpu().contiguous()
    if not stored.is_floating_point():
        return stored
    stored = stored.half()
    if not stored.isfinite().all():
        raise WeightsError(
            f"The tensor {name!r} holds values that float16 cannot (beyond 65504, or not a number).",
            "Train on from a step before it diverged.",
        )
    return stored
