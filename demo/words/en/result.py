"""What was measured, how the picture was made, what can be taken home."""

from retinaregen_core.report import sentences

CHANGE_TITLE = "Change from your upload"
CHANGE_NOTE = "How much the picture was altered, not how good it is. High numbers mean little change."
QUALITY_TITLE = "Quality against the reference"
QUALITY_NOTE = "Closeness to the reference picture. PSNR and SSIM: higher is closer. LPIPS: lower is closer."
MEASURES = sentences.MEASURES
"""Field of ``Similarity`` -> its name."""
DEFINITIONS = "What these numbers are"
VESSELS_TITLE = "Vessels, original and restored"
VESSELS_NOTE = "Found by a filter in both pictures. The overlay “Vessels kept, lost, new” shows where."
VESSELS = sentences.VESSELS
"""Field of ``Structure`` -> its name."""
NO_VESSELS = sentences.NO_VESSELS
UPLOAD, RESTORED, GAIN, VALUE = "Upload", "Restored", "Gain", "Value"
IDENTICAL = "identical"
PROVENANCE = "How this picture was made"
PROVENANCE_ROWS = {
    "name": "Restorer",
    "sha256": "Weights sha256",
    "verified": "Weights verified",
    "readability_sha256": "Readability weights sha256",
    "calibration_sha256": "Readability calibration sha256",
    "licence": "Licence of the weights",
    "seed": "Seed",
    "steps": "Steps",
    "strength": "Start strength",
    "samples": "Samples",
    "device": "Device",
    "seconds": "Seconds",
    "versions": "Software",
}
"""Field of ``Provenance`` -> its name."""
YES, NO = "yes", "no"
ENGLISH_FILES = "Reports, data files and tables are written in English."
"""Said where the page itself is in another language."""
DOWNLOADS = {
    "png": "Both pictures, marked (PNG)",
    "pdf": "Report (PDF)",
    "html": "Report (HTML)",
    "json": "Data (JSON)",
    "webp": "Steps (animation)",
    "zip": "Steps (frames, ZIP)",
    "dcm": "Restored image (DICOM)",
}
"""Kind of file -> its button."""
DICOM_ANYWAY = "Restored image (DICOM), despite the warning"
"""The same where something speaks against the result."""
