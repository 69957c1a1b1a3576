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
SHARE = "Readable share"
"""Of the field of view, place by place, in percent."""
BEFORE, AFTER = "Before", "After"
READABLE, UNREADABLE, DOUBTFUL = "readable", "unreadable", "doubtful"
THRESHOLD_NOTE = "Bar: probability that the region can be read. Tick: this model's threshold."
NOT_SCORED = "Scores appear here as soon as a photograph is open."
FINDINGS = {
    "spots_weakened": "Small bright spots that are fainter in the restored picture: {count}. Dust or lesions: look "
    "at them in the original.",
    "became_readable": "The classifier now calls readable: {labels}. Compare with the original.",
    "still_unreadable": "Still unreadable: {labels}. Retake the photograph.",
    "lowered": "Warning: readable before, not readable any more: {labels}. Do not use the restored picture.",
    "stayed_readable": "All four labels were readable before and still are. The restoration was not needed.",
}
"""Row of ``report.sentences.FINDINGS`` -> what the page says of it."""
ALL_READABLE = "All four labels say readable. A restoration is not needed."
SOME_UNREADABLE = "Not readable: {labels}. The viewer's overlays show where."
