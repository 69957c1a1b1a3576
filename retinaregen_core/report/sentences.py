"""Every sentence of a report. English, plain, short, never a diagnosis."""

USE = (
    "Research use only. Not a medical device. The AI-restored picture may contain invented detail: "
    "do not diagnose from it. Read the original."
)
TITLE = "RetinaRegen report"
SUBTITLE = "Readability and restoration of one fundus photograph"
MADE = "Report made {made:%Y-%m-%d %H:%M} UTC"

ORIGINAL, DAMAGED, RESTORED = "ORIGINAL", "DAMAGED ON PURPOSE", "AI-RESTORED"
DETAIL_CHANGED, LIGHT_CHANGED = "DETAIL CHANGED", "LIGHT CHANGED"
EXPECTED_ERROR = "EXPECTED ERROR"
SPREAD = "SAMPLES DIFFER"
MARK = (
    "AI-restored by RetinaRegen. Research use only: may invent detail. Model {name} {sha}, seed {seed}, {steps} steps."
)
CAUTION = "Caution: {meaning}"
STRIP = "RetinaRegen · research use only · may contain invented detail"
PICTURES_NOTE = (
    "Shown at {width} × {height} px, compressed for reading; the photograph has {full_width} × {full_height} px. "
    "All numbers come from the uncompressed pictures."
)
CHANGE_NOTE = (
    "Where the AI altered the photograph. Detail: fine structure that may be invented or lost; do not trust it where "
    "the map is bright. Light: brightness and colour. Numbers: Delta E in CIELAB, 2 is just visible."
)
SPOTS_NOTE = " Circled on the map of detail: small bright spots that are fainter in the restored picture."

EXPECTED_ERROR_NOTE = (
    " Expected error: how far from the truth such pixels were on degraded photographs whose truth is known, in grey "
    "levels; here {expected:.1f} on average, and for nine of ten less than {bound:.1f}. It cannot know what such "
    "photographs never showed."
)

SPREAD_NOTE = (
    " Samples differ: standard deviation over {samples} restorations whose mean is the result, in grey levels; here "
    "{mean:.2f} on average. Where they agree the result may still be wrong."
)

READABILITY = "Readability"
LABELS = {"fundus": "Fundus photograph", "macula": "Macula", "optic_disc": "Optic disc", "retina": "Retinal region"}
"""``specs.LABELS`` -> what a reader calls them."""
LABEL_HEADS = ("Label", "Before", "After", "Threshold")
READABLE, UNREADABLE, DOUBTFUL = "readable", "unreadable", "doubtful"
SCORED = {"good": READABLE, "warn": DOUBTFUL, "bad": UNREADABLE}
"""How grave what a label says is (``verdict.Kind``) -> its word."""
READABILITY_NOTE = (
    "Estimated probability that the region can be read, before and after restoration. "
    "Line across the bar: the classifier's threshold."
)
SHARES_NOTE = " Place by place, {before:.0%} of the field of view can be read, of the restored picture {after:.0%}."
FINDINGS = {
    "spots_weakened": "Small bright spots that are fainter in the restored picture: {count}. Dust or lesions: look at "
    "them in the original.",
    "lowered": "Readable before, not readable any more: {labels}. Do not use the restored picture.",
    "still_unreadable": "Still unreadable: {labels}. Retake the photograph.",
    "became_readable": "The classifier now calls readable: {labels}. Compare with the original.",
    "stayed_readable": "All four labels were readable before and still are; the restoration was not needed.",
}
"""What ``verdict.findings`` finds besides ``CAUTIONS`` -> what is said of it."""

METRICS = "Measurements"
MEASURES = {
    "psnr": "PSNR, whole frame",
    "psnr_fov": "PSNR, field of view",
    "ssim": "SSIM, whole frame",
    "ssim_fov": "SSIM, field of view",
    "lpips": "LPIPS",
}
"""Field of ``Similarity`` -> its name."""
VESSELS = {
    "kept": "Vessels kept",
    "supported": "Vessels supported",
    "faded": "Vessels fainter",
    "dice": "Vessels, overlap",
}
"""Field of ``Structure`` -> its name."""
NO_VESSELS = "no vessels"
MEASURE, DEFINITION = "Measure", "Definition"
CHANGE = "Change from upload"
QUALITY = ("Upload to reference", "Restored to reference", "Gain")
IDENTICAL, NOT_MEASURED = "identical", "not measured"
WITHOUT_REFERENCE = (
    "No reference picture was given: the numbers say how much was altered (high PSNR and SSIM, low LPIPS: little), "
    "not how good the result is."
)
WITH_REFERENCE = (
    "Closeness to the reference is quality; the change from the upload only says how much was altered. "
    "PSNR and SSIM: higher is closer. LPIPS: lower is closer."
)

MAKING = "How the picture was made"
FACTS = {
    "photograph": "Photograph",
    "eye": "Eye",
    "damage": "Damaged on purpose",
    "model": "Model",
    "source": "Source of the weights",
    "sha256": "Weights sha256",
    "readability": "Readability weights sha256",
    "calibration": "Readability calibration sha256",
    "licence": "Licence of the weights",
    "settings": "Settings and time",
    "software": "Software",
}
VERIFIED, UNVERIFIED = "verified against the project's manifest", "NOT verified"
SIZE = "{width} × {height} px; field of view: radius {radius:.0f} px, {coverage:.0%} of the frame"
EYES = {"OD": "right (OD)", "OS": "left (OS)", None: "not stated"}
DAMAGE = "by RetinaRegen: type {kind}, seed {seed}, drawn onto the photograph that was open, or its reference"
LOCAL = "local folder"
SETTINGS = "seed {seed}, steps {steps}, start strength {strength:g}, samples {samples}; {seconds:.1f} s on {device}"
REPEAT = "The same photograph, weights, settings and software give the same picture."

STEP = "step {index} of {total} · t = {t}"
