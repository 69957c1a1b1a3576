"""The door of the page, here and on a Hugging Face Space: ``python app.py`` opens http://127.0.0.1:7860."""

import os

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")  # read once, when gradio is imported

from demo.interface import LAUNCH, build

if __name__ == "__main__":
    build().launch(**LAUNCH)
