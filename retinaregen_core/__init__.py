"""RetinaRegen: scores fundus photographs for readability and restores unreadable ones. Research use only."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from retinaregen_core.errors import FieldOfViewError, ImageError, RetinaRegenError, SpecError, WeightsError

if TYPE_CHECKING:
    from retinaregen_core.pipeline import DenoisingStep, Event, Readability, Restoration, RetinaRegen

__all__ = [
    "DenoisingStep",
    "Event",
    "FieldOfViewError",
    "ImageError",
    "Readability",
    "Restoration",
    "RetinaRegen",
    "RetinaRegenError",
    "SpecError",
    "WeightsError",
]


def __getattr__(name: str) -> Any:
    """The names of the pipeline load torch, which takes seconds, so they are imported at first use."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module("retinaregen_core.pipeline"), name)
