"""The errors a user can meet. Each says what is wrong and what to do about it."""


class RetinaRegenError(Exception):
    """Base of every error that is the input's or the installation's fault, never ours.

    Args:
        what: one sentence: what is wrong. Numbers and names stand in it as ``{fact}``, so that it can be translated.
        remedy: one sentence: what the reader can do now; the same.
        facts: what is put into both sentences; without any, braces mean nothing.
    """

    def __init__(self, what: str, remedy: str, **facts: object) -> None:
        self.sentences = (what, remedy)
        self.facts = facts
        self.what, self.remedy = (sentence.format(**facts) if facts else sentence for sentence in self.sentences)
        super().__init__(f"{self.what} {self.remedy}")


class ImageError(RetinaRegenError):
    """The file or array is not a photograph that can be read."""


class FieldOfViewError(ImageError):
    """The picture holds no bright disc that could be a fundus photograph's field of view."""


class WeightsError(RetinaRegenError):
    """Weights are missing, incomplete, altered or cannot be reached."""


class SpecError(RetinaRegenError):
    """A specification names something unknown or asks for an impossible combination."""


class MemoryShortage(RetinaRegenError):
    """The machine has too little memory for this photograph, or for all that it is doing."""

    def __init__(self) -> None:
        super().__init__("The machine ran out of memory.", "Wait a moment and try again, or use a smaller photograph.")


LACK = ("allocate memory", "enough memory", "Insufficient memory", "Unable to allocate")
"""What PyTorch and OpenCV say on a CPU, where neither has an exception of its own for it, and what NumPy says, of whose
exceptions pydicom makes others."""


def lacks_memory(error: Exception) -> bool:
    """Whether an exception of Python, NumPy, PyTorch or OpenCV means that memory could not be had."""
    own = isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError"
    return own or any(words in str(error) for words in LACK)
