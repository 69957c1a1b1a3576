"""The door of the page, here and on a Hugging Face Space: ``python app.py`` opens http://127.0.0.1:7860."""

import os
import signal
from contextlib import suppress

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")  # read once, when gradio is imported

from demo import fetching
from demo.interface import LAUNCH, build

if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # a stopped page clears up like an interrupted one
    with suppress(KeyboardInterrupt):  # also while it starts: no traceback for who changes their mind
        with fetching.announced():
            page = build()
        page.launch(**LAUNCH)
