"""What the page about the project says."""

TITLE = "About RetinaRegen"
BACK = "To the reading desk"
INTRO = (
    "RetinaRegen says whether a fundus photograph can be read, which part of it cannot, tries to restore it, and shows "
    "what was changed. It is a research project, not a medical device: never diagnose from a restored picture."
)

LABELS_TITLE = "What the four labels mean"
LABELS_INTRO = (
    "Each label is a probability between 0 and 1, from a classifier (InceptionV3) that sees the photograph at "
    "224 × 224 pixels. At or above its threshold the label counts as readable. The four are independent of each other."
)
LABELS = {
    "fundus": "The picture is a photograph of the back of the eye: colour, grey or red-free.",
    "macula": "Around the centre of the macula, vessels and texture keep enough of the contrast of a sharp photograph.",
    "optic_disc": "The same for the optic disc and the vessels at its rim.",
    "retina": "At least three quarters of the visible retina are readable by the same rule.",
}
"""``specs.LABELS`` -> its meaning."""
OPERATING_POINT = (
    "Threshold {threshold:.2f}: of held-out photographs it keeps {kept:.0f} % of the readable ones and finds "
    "{caught:.0f} % of the unreadable ones."
)
LABELS_LIMIT = (
    "Most labels for training came from that rule, applied to photographs that were damaged on purpose; "
    "no grader looked at them."
)
PLACES = (
    "Which places cannot be read is told by a second, small network, for 12 × 12 places, by the same rule; it learned "
    "from damage whose place is known. It also says where macula and optic disc may lie, and the labels heed what it "
    "says of the places there."
)

HOW_TITLE = "How the restoration works"
DIAGRAM_ALT = (
    "Diagram. The photograph is framed around its field of view and scored with four labels. If it is unreadable, a "
    "condition is computed from it, and a network walks from the photograph to a clean picture in several steps, each "
    "time seeing the current picture, the condition and some chance. The result is pasted back and scored again."
)
DIAGRAM = {
    "photograph": "Photograph",
    "any_size": "any size",
    "framing": "Framing",
    "square": "square around the eye",
    "readability": "Readability",
    "classifier": "InceptionV3, four labels",
    "all_readable": "All readable",
    "leave": "leave it as it is",
    "condition": "Condition",
    "features": "features of the photograph",
    "scores": "and its four scores",
    "unreadable": "unreadable",
    "reverse": "Reverse diffusion: repeated for every step",
    "picture": "Picture x",
    "before": "before the step",
    "encoder": "Encoder",
    "bottleneck": "Bottleneck",
    "chance": "μ, σ and chance",
    "decoder": "Decoder",
    "guess": "Guess of",
    "clean": "the clean eye",
    "towards": "move a part of the way towards the guess",
    "paste": "Paste back",
    "only": "only the change, only inside",
    "again": "Readability again",
    "became": "did it become readable?",
    "result": "Result",
    "told": "verdict, change, report",
}
"""Field of ``diagram.svg`` -> what is written there."""
HOW = (
    "The method follows Tang et al., “RetinaRegen: A Hybrid Model for Readability and Detail Restoration in Fundus "
    "Images”: a readability classifier, features as a condition, a diffusion process, and a network with a stochastic "
    "bottleneck in between (a variational autoencoder).",
    "The paper drowns the photograph in noise and walks back. The flagship of this page walks along a straight bridge "
    "from the photograph itself, so that no detail is drowned first, and looks at this photograph for its condition. "
    "The restorer called “Paper” does it as published.",
    "Only the change is carried back to the photograph's own size, and only inside the field of view: every other "
    "pixel stays as it was.",
)

LIMITS_TITLE = "What it cannot do"
LIMITS = (
    "It cannot know what the camera did not see. Detail that appears may be invented, and a lesion may be weakened or "
    "lost. Look at the overlay “Detail changed” before you trust a place.",
    "It corrects uneven light and haze and hardly undoes blur. Of realistic damage more than one result in five was "
    "further from the truth than the photograph; of real unreadable photographs few became readable. "
    "Leave readable ones alone.",
    "Higher probabilities after the restoration are the classifier's opinion, not a proof that the detail is true.",
    "Without a reference photograph it measures how much was changed, never how good the result is.",
    "It was trained on few cameras and without any measured clinical benefit.",
)

NUMBERS_TITLE = "Measured numbers"
NUMBERS_INTRO = (
    "Read from the training record of the weights that are loaded here. Validation photographs are of patients that "
    "training did not see."
)
NUMBERS_HEAD = ("Network", "Measure", "Photographs", "Value")
AUC = "Area under the ROC curve, {label}"
PSNR = "PSNR against the sharp photograph, type {kind}: input → output"
PSNR_VALUE = "{input:.2f} → {output:.2f} dB"
NOT_RECORDED = "No validation is recorded with these weights."
MORE_NUMBERS = "The README holds the evaluation on photographs of a source that training never saw, with intervals."

DATA_TITLE = "Data and licences"
DATA_HEAD = ("Network", "Trained on (photographs)", "Steps", "Hours", "Licence of the weights")
DATA = (
    "No photograph of these collections is part of the project, and the drawings on this page are drawings. "
    "The code is free under the Apache License 2.0. The weights are for research use only."
)
PRIVACY_TITLE = "What happens to your photograph"
PRIVACY = (
    "Camera data are removed as soon as a file is opened. The name of a single photograph stays in your browser; "
    "those of many are kept with their table, so that you know which is which. All of it is deleted when you leave: "
    "pictures ten minutes after they were made at the latest, a batch ten minutes after its end. Nothing is recorded, "
    "and no request leaves the server."
)
