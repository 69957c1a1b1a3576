"""What stands beside the curves."""

TITLE = "Over the steps"
LABEL = "Step in the curves: arrow keys move"
NOTE = "0 is the upload. Dotted: threshold of readability. Hover to read a step, click to show it in the viewer."
QUALITY = "Quality against the reference"
CHANGE = "Change from your upload"
SHORT_LABELS = {"fundus": "Fundus", "macula": "Macula", "optic_disc": "Disc", "retina": "Retina"}
FOLLOWED = {"psnr_fov": "PSNR", "ssim_fov": "SSIM"}
"""Row of ``comparison.FOLLOWED`` -> its name beside a curve; both are taken inside the field of view."""
STEP, NUMBERS = "Step", "All numbers"
