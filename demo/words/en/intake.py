"""Where photographs come in, and what a file says of itself."""

FILE_LIMIT_MB = 100
PHOTOGRAPH = {
    "title": "Fundus photograph",
    "drop": "Drop a photograph here",
    "browse": "or choose a file",
    "formats": f"JPEG, PNG, TIFF, BMP or DICOM, 8 or 16 bit, up to {FILE_LIMIT_MB} MB and 64 megapixels",
    "privacy": "File name and file data (camera, patient) are removed. Text inside the picture stays: crop it off "
    "first. Deleted when you leave, after 10 minutes at most.",
    "sending": "Sending the photograph ...",
    "too_large": f"This file is larger than {FILE_LIMIT_MB} MB. Export it at a smaller size and drop it again.",
    "only_one": "These are several files, and nothing was opened. "
    "Drop one, or all of them under “Many photographs” at the top.",
    "failed": "The photograph did not reach the server. Check the connection and drop it again.",
    "examples": "Or try a drawing (with its sharp original as reference)",
}
REFERENCE = {
    "title": "Reference photograph",
    "drop": "Optional: the same eye, sharp, same size",
    "browse": "choose a reference",
    "formats": "With it, the page can measure quality and not only change.",
    "privacy": "",
    "sending": PHOTOGRAPH["sending"],
    "only_one": "These are several files. The reference is a single one: drop the sharp photograph of this eye alone.",
    "too_large": PHOTOGRAPH["too_large"],
    "failed": PHOTOGRAPH["failed"],
    "examples": "",
}
BATCH = {
    "title": "Fundus photographs",
    "drop": "Drop photographs or a ZIP here",
    "browse": "or choose files",
    "formats": f"Up to 100 files of {FILE_LIMIT_MB} MB each; a ZIP may hold up to 1000 photographs.",
    "privacy": "File names are shown in your table and written into your CSV only. Text inside a picture stays: "
    "crop it off first. Leaving this page ends the batch: save its results first. Files are deleted from the server "
    "after 10 minutes, those of a waiting or running batch when it ends; results 10 minutes after that.",
    "sending": "Sending",
    "too_many": "These are more than 100 files. Put them into a ZIP, or make several batches, one after the other.",
    "too_large": PHOTOGRAPH["too_large"],
    "failed": "The photographs did not reach the server. Check the connection and drop them again.",
}
EXAMPLES = {
    "cataract": "Cataract haze",
    "uneven_light": "Uneven light",
    "blur_spots": "Blur and spots",
    "sharp": "Sharp",
}
"""File name in ``assets/examples`` -> what is wrong with that drawing."""
FRAME, FRAME_OF, FRAME_SHOWN = "Frame", "{frame} of {frames}", "Frame {frame} of {frames}."
EYES = {"OD": "Right eye (OD), says the file.", "OS": "Left eye (OS), says the file."}
BURNED_IN = "Caution: the file says that text is part of the picture. It may name the patient, and it stays there."
NO_DICOM = (
    "The file's description is damaged: its picture can be restored, but no DICOM file can be made of the result."
)
