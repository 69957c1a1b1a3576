"""The page that stands in for the page while weights are fetched."""

PAGE = {
    "why": "The networks are being fetched. This happens once; they are checked before they are used.",
    "label": "Downloaded so far",
    "then": "The page opens here by itself.",
}
PROGRESS = "{file}: {here:.1f} of {total:.1f} MB"
LATER = "The networks are being fetched. Ask again in a minute."
