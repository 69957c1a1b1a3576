"""The errors a user can meet. Each says what is wrong and what to do about it."""


class RetinaRegenError(Exception):
    """Base of every error that is the input's or the installation's fault, never ours.

    Args:
        what: one sentence: what is wrong, with the numbers.
        remedy: one sentence: what the reader can do now.
    """

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(f"{what} {remedy}")
        self.what = what
        self.remedy = remedy


class ImageError(RetinaRegenError):
    """The file or array is not a photograph that can be read."""


class FieldOfViewError(ImageError):
    """The picture holds no bright disc that could be a fundus photograph's field of view."""


class WeightsError(RetinaRegenError):
    """Weights are missing, incomplete, altered or cannot be reached."""


class SpecError(RetinaRegenError):
    """A specification names something unknown or asks for an impossible combination."""
