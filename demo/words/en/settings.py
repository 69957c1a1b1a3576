"""Buttons and settings of a restoration, and of spoiling a sharp photograph."""

RESTORE = "Restore"
RESTORE_ANYWAY = "Already readable – restore anyway"
RESTORE_REFUSED = "Refused – restore anyway"
ADVANCED, RESTORER = "Advanced", "Restorer"
RESTORER_NAMES = {"flagship": "Flagship (512 px, few steps)", "paper": "Paper (256 px, as published)"}
PRESET = "How far"
PRESETS = {"faithful": "Faithful", "standard": "Standard", "finer": "More steps"}
PRESET_INFO = "Faithful begins nearer to your upload. More steps show smaller ones and hardly change the result."
STEPS = "Steps"
STEPS_INFO = "More steps take longer; the flagship's result hardly changes with them."
STRENGTH = "Start strength"
STRENGTH_INFO = "1: the whole way back. Less: begins nearer to your upload, which often, not always, changes less."
SAMPLES = "Samples"
SAMPLES_INFO = "The mean of so many restorations, and a map of where they differ. It takes as many times as long."
DICE = "⚄ Draw a seed"
REFERENCE_PART, WITHOUT_REFERENCE = "Compare with a reference", "Remove the reference"
SEED = "Seed"
SEED_INFO = "The same photograph, seed, steps, strength and samples give the same picture."
TRY_IT = "Try it: spoil a sharp photograph"
TRY_IT_INFO = (
    "Spoils the open photograph, or its reference where there is one, as a square of 512 pixels, "
    "and keeps the sharp one as reference: so quality can be measured."
)
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
    "focus": "Out of focus, shaken, noisy or strongly compressed",
    "clinic": "As it happens in clinics",
}
"""Row of the degradations' ``KINDS`` -> its name."""
DEGRADE = "Spoil it"
