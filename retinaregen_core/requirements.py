"""Which versions of other packages this project is tested with."""

from importlib import metadata
from pathlib import Path

REQUIREMENTS = Path(__file__).resolve().parents[1] / "requirements.txt"


def pins() -> dict[str, str]:
    """Package -> pinned version, from ``requirements.txt`` or, where that was not shipped, the installed metadata."""
    shipped = REQUIREMENTS.is_file()
    lines = REQUIREMENTS.read_text("utf-8").splitlines() if shipped else metadata.requires("retinaregen") or []
    pairs = [line.partition(";")[0].split("==") for line in lines if "==" in line.partition(";")[0]]
    return {name.strip(): pin.strip() for name, pin in pairs}
