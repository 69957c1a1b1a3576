"""What frames the page: its name, its limits of use, its footer."""

TITLE = "RetinaRegen"
TAGLINE = "Readability and restoration of fundus photographs"
ABOUT, ABOUT_LINK = "About", "What the labels mean, how it works, what it cannot do"
BANNER = "Research use only. Not a medical device. An AI-restored picture may invent detail: do not diagnose from it."
LANGUAGE = "Language"
LANGUAGE_NOTE = "In another language the page starts anew: save your results first."
MAIN_PAGE, BATCH_PAGE = "One photograph", "Many photographs"
LEAVING = "The other page ends the work on this one, and its results are deleted. Save them first. Leave all the same?"
CANCEL = "Cancel"
NO_WEIGHTS_TITLE = "The networks are not installed yet"
NO_WEIGHTS = "The page is running, but it has no weights to work with. It never runs with random weights."
FOOTER_WEIGHTS = "Weights: {weights}. Runs on: {device}."
VERIFIED, UNVERIFIED = "verified", "not verified"
FOOTER_PRIVACY = (
    "Privacy: nothing is recorded, no request leaves this server, "
    "and every file is deleted when you leave, 10 minutes after it was made at the latest."
)
