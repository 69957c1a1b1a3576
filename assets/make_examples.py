"""Write the drawn examples of the page: ``python -m assets.make_examples``. No photograph of a person is involved."""

from pathlib import Path

from PIL import Image

from retinaregen_core.imaging import phantom
from retinaregen_core.imaging.degrade import degrade

FOLDER = Path(__file__).parent / "examples"
SIDE = 512
EXAMPLES = {"cataract": ("cataract", 3), "uneven_light": ("001", 5), "blur_spots": ("110", 11), "sharp": (None, 20)}
"""File name -> (row of ``DEGRADATIONS``, seed of the drawing and of its trouble)."""


def write(name: str, kind: str | None, seed: int) -> None:
    """One spoiled drawing and its sharp original; for ``kind`` None both are the same."""
    drawing = phantom.draw(seed, SIDE)
    spoiled = degrade(drawing.image, drawing.mask, kind, seed) if kind else drawing.image
    for suffix, picture in (("", spoiled), ("_reference", drawing.image)):
        Image.fromarray(picture).save(FOLDER / f"{name}{suffix}.png", optimize=True)


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, (kind, seed) in EXAMPLES.items():
        write(name, kind, seed)
