"""Every sentence that a person reads on the page. Plain, short, never a diagnosis."""

TITLE = "RetinaRegen"
TAGLINE = "Readability and restoration of fundus photographs"
BANNER = "Research use only. Not a medical device. An AI-restored picture may invent detail: do not diagnose from it."

# --- taking a photograph in --------------------------------------------------------------------------------------

FILE_LIMIT_MB = 100
INTAKE = {
    "title": "Fundus photograph",
    "drop": "Drop a photograph here",
    "browse": "or choose a file",
    "formats": f"JPEG, PNG, TIFF or BMP, 8 or 16 bit, up to {FILE_LIMIT_MB} MB and 64 megapixels",
    "privacy": "The file name and camera data are removed. Deleted from the server after 10 minutes.",
    "sending": "Sending the photograph ...",
    "too_large": f"This file is larger than {FILE_LIMIT_MB} MB. Export it at a smaller size and drop it again.",
    "failed": "The photograph did not reach the server. Check the connection and drop it again.",
    "examples": "Or try a drawing (with its sharp original as reference)",
}
REFERENCE_INTAKE = {
    "title": "Reference photograph",
    "drop": "Optional: the same eye, sharp, same size",
    "browse": "choose a reference",
    "formats": "With it, the page can measure quality and not only change.",
    "privacy": "",
    "sending": INTAKE["sending"],
    "too_large": INTAKE["too_large"],
    "failed": INTAKE["failed"],
    "examples": "",
}
EXAMPLES = {
    "cataract": "Cataract haze",
    "uneven_light": "Uneven light",
    "blur_spots": "Blur and spots",
    "sharp": "Sharp",
}
"""File name in ``assets/examples`` -> what is wrong with that drawing."""

# --- the viewer --------------------------------------------------------------------------------------------------

VIEWER = {
    "viewer": "Fundus viewer",
    "stage": "Picture. Press question mark for the keys.",
    "tools": "Viewer tools",
    "view": "View",
    "wipe": "Wipe",
    "side": "Side by side",
    "blink": "Blink",
    "difference": "Difference",
    "channel": "Channel",
    "colour": "Colour",
    "green": "Red-free",
    "inverted": "Inverted",
    "zoom": "Zoom",
    "zoom_in": "Zoom in",
    "zoom_out": "Zoom out",
    "fit": "Fit",
    "actual": "1:1",
    "full_screen": "Full screen",
    "keys": "Keys",
    "brightness": "Brightness",
    "contrast": "Contrast",
    "gain": "Gain",
    "reset": "Reset",
    "divider": "Divider",
    "step": "Step",
    "play": "Play",
    "pause": "Pause",
    "eye": "Eye",
    "eye_unknown": "not stated",
    "left": "Compare with",
    "photograph": "Original",
    "reference": "Reference",
    "original_mark": "ORIGINAL",
    "reference_mark": "REFERENCE",
    "restored_mark": "AI-RESTORED",
    "difference_mark": "DIFFERENCE",
    "original_alt": "Original photograph",
    "restored_alt": "AI-restored photograph",
    "download": "Download restored PNG",
    "comparison": "Download both, marked",
    "empty_title": "No photograph yet",
    "empty": "Drop one anywhere on this page, paste it, or open one of the drawings.",
    "swap": "Press X or click the picture to swap.",
    "close": "Close",
}
KEYS = {
    "W  S  B  D": "wipe, side by side, blink, difference",
    "X": "swap the two pictures (in blink)",
    "G  I": "red-free, inverted",
    "+  −  0  1": "zoom in, out, fit, one to one",
    "Arrow keys": "move the picture when zoomed; with Shift, move the divider",
    "[  ]": "step back, step on",
    "Home  End": "first step, result",
    "P": "play the steps",
    "F": "full screen",
    "Esc": "cancel a running restoration",
    "?": "this list",
}

# --- readability -------------------------------------------------------------------------------------------------

READABILITY = "Readability"
LABELS = {"fundus": "Fundus photograph", "macula": "Macula", "optic_disc": "Optic disc", "retina": "Retinal region"}
"""``specs.LABELS`` -> what a reader calls them."""
BEFORE, AFTER = "Before", "After"
READABLE, UNREADABLE = "readable", "unreadable"
THRESHOLD_NOTE = "Bar: probability that the region can be read. Tick: this model's threshold."
NOT_SCORED = "Scores appear here as soon as a photograph is open."

RESTORE = "Restore"
RESTORE_ANYWAY = "Already readable – restore anyway"
CANCEL = "Cancel"

BECAME_READABLE = "Became readable: {labels}."
STILL_UNREADABLE = "Still unreadable: {labels}. Retake the photograph."
LOWERED = "Warning: {labels} was readable before and is not readable any more. Do not use the restored picture."
STAYED_READABLE = "All four regions were readable before and still are. The restoration was not needed."
ALL_READABLE = "All four regions are readable. A restoration is not needed."
SOME_UNREADABLE = "Not readable: {labels}."

# --- progress and status -----------------------------------------------------------------------------------------

WELCOME = "Open a fundus photograph to begin."
OPENED = "Open: {width} × {height} pixels."
STARTING = "Starting the restoration ..."
STEP_STATUS = "Step {index} of {total}"
TIME_LEFT = "about {seconds:.0f} s left"
MEASURING = "scoring and measuring the result"
STEP_CAPTION = "Step {index} of {total} · t = {t} · noise level {noise_level:.2f}"
RESULT_CAPTION = "{step} · result"
DONE = "Restored in {seconds:.1f} s."
CANCELLED = "Cancelled. The photograph and the last result are unchanged."
REFERENCE_TAKEN = "Reference taken. Restore to measure quality against it."
DEGRADED = "The sharp picture was spoiled ({kind}, seed {seed}) and is kept as the reference. Now restore it."

# --- result ------------------------------------------------------------------------------------------------------

CHANGE_TITLE = "Change from your upload"
CHANGE_NOTE = "How much the picture was altered, not how good it is. High numbers mean little change."
QUALITY_TITLE = "Quality against the reference"
QUALITY_NOTE = "Closeness to the reference picture. PSNR and SSIM: higher is closer. LPIPS: lower is closer."
MEASURES = {
    "psnr": "PSNR, whole frame",
    "psnr_fov": "PSNR, field of view",
    "ssim": "SSIM, whole frame",
    "ssim_fov": "SSIM, field of view",
    "lpips": "LPIPS",
}
"""Field of ``Similarity`` -> its name."""
UPLOAD, RESTORED, GAIN, VALUE = "Upload", "Restored", "Gain", "Value"
IDENTICAL = "identical"
PROVENANCE = "How this picture was made"
PROVENANCE_ROWS = {
    "name": "Restorer",
    "sha256": "Weights sha256",
    "verified": "Weights verified",
    "readability_sha256": "Readability weights sha256",
    "licence": "Licence of the weights",
    "seed": "Seed",
    "steps": "Steps",
    "device": "Device",
    "seconds": "Seconds",
    "versions": "Software",
}
"""Field of ``Provenance`` -> its name."""
YES, NO = "yes", "no"
MARK = (
    "AI-restored by RetinaRegen. Research use only: may invent detail. Model {name} {sha}, seed {seed}, {steps} steps."
)

# --- settings ----------------------------------------------------------------------------------------------------

ADVANCED = "Advanced"
RESTORER = "Restorer"
RESTORER_NAMES = {"flagship": "Flagship (512 px, few steps)", "paper": "Paper (256 px, as published)"}
STEPS = "Steps"
STEPS_INFO = "The default is the number this restorer was trained for."
SEED = "Seed"
SEED_INFO = "The same photograph, seed and steps give the same picture."
TRY_IT = "Try it: spoil a sharp photograph"
TRY_IT_INFO = "Spoils the open photograph, keeps the sharp one as reference, so that quality can be measured."
KIND = "Trouble"
KINDS = {
    "111": "Light, spots and blur",
    "011": "Light and spots",
    "101": "Light and blur",
    "110": "Spots and blur",
    "001": "Uneven light",
    "010": "Spots",
    "100": "Blur",
    "cataract": "Cataract",
}
"""Row of ``DEGRADATIONS`` -> its name."""
DEGRADE = "Spoil it"

# --- errors ------------------------------------------------------------------------------------------------------

NOTHING_OPEN = ("No photograph is open.", "Open one first.")
EXPIRED = ("The photograph was deleted from the server, 10 minutes after it was opened.", "Open it again.")
REFERENCE_SIZE = (
    "The reference has {reference} pixels and the photograph has {photograph}.",
    "Use a reference of the same size.",
)
UNEXPECTED = (
    "Something failed on our side; your photograph and the last result are unchanged.",
    "Try again, and tell us if it happens again.",
)
OUT_OF_MEMORY = ("The machine ran out of memory.", "Wait a moment and try again, or use a smaller photograph.")
NO_WEIGHTS_TITLE = "The networks are not installed yet"
NO_WEIGHTS = "The page is running, but it has no weights to work with. It never runs with random weights."

# --- footer ------------------------------------------------------------------------------------------------------

FOOTER_WEIGHTS = "Weights: {weights}. Runs on: {device}."
VERIFIED, UNVERIFIED = "verified", "not verified"
FOOTER_PRIVACY = (
    "Privacy: nothing is recorded, no request leaves this server, "
    "and every file is deleted 10 minutes after it was made."
)
