"""What is said when something fails: nobody is left with silence."""

import logging

from retinaregen_core.errors import MemoryShortage, RetinaRegenError, lacks_memory


def in_words(error: Exception, where: str, otherwise: tuple[str, str]) -> RetinaRegenError:
    """The error itself if it has words, else the lack of memory, else what is wrong and what to do ``otherwise``.

    Only the last is our fault, and only that goes to the log, with ``where`` it happened.
    """
    if isinstance(error, RetinaRegenError):
        return error
    if lacks_memory(error):
        return MemoryShortage()
    logging.error("unexpected failure in %s", where, exc_info=error)
    return RetinaRegenError(*otherwise)
