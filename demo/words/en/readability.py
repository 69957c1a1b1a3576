"""The four labels and the verdict on them."""

TITLE = "Readability"
LABELS = {"fundus": "Fundus photograph", "macula": "Macula", "optic_disc": "Optic disc", "retina": "Retinal region"}
"""``specs.LABELS`` -> what a reader calls them."""
LABELS_INSIDE = {
    "fundus": "fundus photograph",
    "macula": "macula",
    "optic_disc": "optic disc",
    "retina": "retinal region",
}
"""The same inside a sentence, and what stands between several."""
COMMA = ", "
BEFORE, AFTER = "Before", "After"
READABLE, UNREADABLE = "readable", "unreadable"
THRESHOLD_NOTE = "Bar: probability that the region can be read. Tick: this model's threshold."
NOT_SCORED = "Scores appear here as soon as a photograph is open."
BECAME_READABLE = "Became readable: {labels}."
STILL_UNREADABLE = "Still unreadable: {labels}. Retake the photograph."
LOWERED = "Warning: readable before, not readable any more: {labels}. Do not use the restored picture."
STAYED_READABLE = "All four regions were readable before and still are. The restoration was not needed."
ALL_READABLE = "All four regions are readable. A restoration is not needed."
SOME_UNREADABLE = "Not readable: {labels}."
