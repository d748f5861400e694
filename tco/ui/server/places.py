"""Where a mistake of ours happened, without the words of its error: those may quote a scenario."""

import traceback
from collections.abc import Iterator


def places_of(error: BaseException | None) -> Iterator[str]:
    """Kind of an error and of each of its causes, with the lines it came by and its notes.

    Examples
    --------
    >>> list(places_of(ValueError("the plan of Ann")))
    ['ValueError']
    """
    while error is not None:
        yield type(error).__qualname__
        for frame in traceback.extract_tb(error.__traceback__):
            yield f"  {frame.filename}:{frame.lineno} in {frame.name}"
        yield from getattr(error, "__notes__", ())
        error = error.__cause__ or error.__context__
