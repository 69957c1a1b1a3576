"""The viewer: buttons, marks, overlays, keys."""

TEXTS = {
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
    "damaged_mark": "DAMAGED ON PURPOSE",
    "reference_mark": "REFERENCE",
    "restored_mark": "AI-RESTORED",
    "difference_original_mark": "DIFFERENCE FROM ORIGINAL",
    "difference_damaged_mark": "DIFFERENCE FROM DAMAGED",
    "difference_reference_mark": "DIFFERENCE FROM REFERENCE",
    "difference_scale": "full from a change of",
    "original_alt": "Original photograph",
    "restored_alt": "AI-restored photograph",
    "reference_alt": "Reference photograph",
    "lost": "Could not be loaded and is left out; check the connection and restore again:",
    "lost_opened": "Could not be loaded and is left out; check the connection and open the photograph again:",
    "download": "Download restored PNG",
    "warning": "Warning.",
    "original_first": "The original is offered first.",
    "download_original": "Download original PNG",
    "anyway": "Restored picture, despite the warning",
    "empty_title": "No photograph yet",
    "empty": "Drop one anywhere on this page, paste it, or open one of the drawings.",
    "swap": "Press X or click the picture to swap.",
    "close": "Close",
    "overlay": "Overlay",
    "overlay_none": "none",
    "opacity": "Opacity",
}
LOOKED = (
    "What this label is made of; “Where it cannot be read” shows damage better. Cyan speaks for readable, magenta "
    "against; coarse, each picture by itself. Full colour: {full:.1f} log odds."
)
OVERLAYS = {
    "detail": (
        "Detail changed",
        "Where fine structure was altered: it may be invented or lost. Full colour: {full:.0f} ΔE.",
    ),
    "light": ("Light changed", "Where light and colour were altered. Full colour: {full:.0f} ΔE; 2 is just visible."),
    "vessels": (
        "Vessels kept, lost, new",
        "White: in both pictures. Magenta: lost, no trace in the restored one. Cyan: new, no trace in the original. "
        "Found by a filter.",
    ),
    "spots": (
        "Bright spots weakened",
        "Circled: {count} small bright spots that are fainter in the restored picture than in the original: dust, "
        "lesions such as exudates or laser scars, or mere texture.",
    ),
    "spread": (
        "Where samples differ",
        "Standard deviation over the {samples} samples whose mean is shown; here {mean:.2f} grey levels on average. "
        "Where they agree the picture may still be wrong. Full colour: {full:.0f}.",
    ),
    "error": (
        "Expected error",
        "How far from the truth such pixels were in pairs whose truth is known. Here {expected:.0f} grey levels on "
        "average, 9 of 10 below {bound:.0f}. Full colour: {full:.0f}.",
    ),
    "readable": (
        "Where it cannot be read",
        "Magenta: nothing can be read there, the fuller the surer. Of the field of view {before:.0f} % can be read "
        "before, {after:.0f} % after; a picture made clearer is not yet true.",
    ),
    "looked_fundus": ("Looked for: fundus photograph", LOOKED),
    "looked_macula": ("Looked for: macula", LOOKED),
    "looked_optic_disc": ("Looked for: optic disc", LOOKED),
    "looked_retina": ("Looked for: retinal region", LOOKED),
    "landmarks": (
        "Disc and macula",
        "Circle: optic disc. Cross: macula. Found by a filter and a network; broken lines: not sure. "
        "Confidence before, after (sure from {least}): disc {disc_before:.2f}, {disc_after:.2f}; "
        "macula {macula_before:.2f}, {macula_after:.2f}.",
    ),
}
"""Name of an overlay -> its title in the menu, and what its colours mean; ``full`` is the value of the last colour.
``looked_*`` are the rows of ``specs.LABELS``."""
READABLE_ALONE = (
    "Magenta: nothing can be read there, the fuller the surer. Of the field of view {before:.0f} % can be read."
)
LOOKED_ALONE = (
    "What this label is made of; “Where it cannot be read” shows damage better. Cyan speaks for readable, magenta "
    "against; coarse. Full colour: {full:.1f} log odds."
)
LOOKED_UNREADABLE = (
    "This label says unreadable. What it is made of: magenta speaks against readable, cyan for; “Where it cannot be "
    "read” shows damage better. Coarse. Full colour: {full:.1f} log odds."
)
LOOKED_REFUSED = (
    "The picture is refused, so only this label is shown. Cyan looks like a fundus photograph, magenta does not; "
    "coarse. Full colour: {full:.1f} log odds."
)
LANDMARKS_ALONE = (
    "Circle: optic disc. Cross: macula. Found by a filter and a network; broken lines: not sure. "
    "Confidence (sure from {least}): disc {disc:.2f}, macula {macula:.2f}."
)
"""What the colours mean before anything is restored."""
UNREADABLE = "{title} – unreadable"
"""How the menu names the map of a label that says so."""
KEYS = (
    ("W  S  B  D", "wipe, side by side, blink, difference"),
    ("X", "swap the two pictures (in blink)"),
    ("G  I", "red-free, inverted"),
    ("+  −  0  1", "zoom in, out, fit, one to one"),
    ("Arrow keys", "move the picture when zoomed; with Shift, move the divider"),
    ("[  ]", "step back, step on"),
    ("Home  End", "first step, result"),
    ("P", "play the steps"),
    ("O", "next overlay, then none"),
    ("F", "full screen"),
    ("Esc", "cancel a running restoration"),
    ("?", "this list"),
    ("Wheel, pinch", "zoom at that place, up to 16x"),
    ("Drag", "move the divider; when zoomed, the picture (two fingers move it always)"),
    ("Double click", "zoom in there, and out again"),
)
"""What is pressed or done, and what it does."""
