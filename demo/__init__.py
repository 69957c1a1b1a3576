"""The web page. Nothing below this floor knows that it exists."""
