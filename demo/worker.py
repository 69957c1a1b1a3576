"""One thread for all networks: every further thread that computes keeps about 15 MB, and does not give them back.

Gradio answers each visitor from a thread of its own, and twenty at once would cost 300 MB. Visitors lose little: the
processor is shared in any case, and a restoration comes step by step between those of others.
"""

from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import wraps
from typing import Any, ParamSpec, TypeVar

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")

_WORKER = ThreadPoolExecutor(1, thread_name_prefix="networks")
_END: Any = object()


def called(function: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
    """Decorate a function that computes; it must not call another one so decorated."""

    @wraps(function)
    def there(*arguments: Arguments.args, **options: Arguments.kwargs) -> Result:
        return _do(function, *arguments, **options)

    return there


def stepped(function: Callable[Arguments, Iterator[Result]]) -> Callable[Arguments, Generator[Result, None, None]]:
    """Decorate a generator function that computes; between two of its steps others have their turn."""

    @wraps(function)
    def there(*arguments: Arguments.args, **options: Arguments.kwargs) -> Generator[Result, None, None]:
        steps: Any = _do(function, *arguments, **options)
        try:
            while (step := _do(next, steps, _END)) is not _END:
                yield step
        finally:
            _do(steps.close)

    return there


def _do(function: Callable[..., Result], *arguments: Any, **options: Any) -> Result:
    """Call it in the worker, which knows for whom."""
    return _WORKER.submit(copy_context().run, function, *arguments, **options).result()
