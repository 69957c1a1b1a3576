"""What a restoration leaves behind, each as a file's bytes. No file name and no patient data in any of them.

``REPORTS`` and ``TRAJECTORIES`` are what the command line and the page offer; their keys are the files' suffixes.
"""

from collections.abc import Callable

from retinaregen_core.imaging.photograph import Laterality
from retinaregen_core.records import Restoration
from retinaregen_core.report.exports import as_dicom, as_png, exported
from retinaregen_core.report.html import as_html
from retinaregen_core.report.pdf import as_pdf
from retinaregen_core.report.record import as_dict, as_json
from retinaregen_core.report.side_by_side import as_comparison
from retinaregen_core.report.trajectory import as_animation, as_frames

__all__ = [
    "REPORTS",
    "TRAJECTORIES",
    "Rendering",
    "as_animation",
    "as_comparison",
    "as_dicom",
    "as_dict",
    "as_frames",
    "as_html",
    "as_json",
    "as_pdf",
    "as_png",
    "exported",
]

Rendering = Callable[[Restoration, Laterality | None], bytes]
"""A file of a restoration, and of the eye that it shows where somebody says which."""
REPORTS: dict[str, Rendering] = {"pdf": as_pdf, "html": as_html, "json": as_json}
TRAJECTORIES: dict[str, Rendering] = {"webp": as_animation, "zip": as_frames}
