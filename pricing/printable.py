"""Text that a terminal only prints: control characters are refused or escaped.

A terminal obeys control characters: they move the cursor, change its title, overwrite what stands
there, or turn the direction of the line. Here a name is a name and nothing else.
"""

import json
import re
from typing import Final

_CONTROLS: Final = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)
"""C0 and C1 but for tab and line feed, line separators, turns of direction, lone surrogates."""


def has_controls(text: str) -> bool:
    r"""Whether a text holds a character that does something else than being shown.

    Examples
    --------
    >>> has_controls("two\nlines"), has_controls("\x1b[2J")
    (False, True)
    """
    return not text.isprintable() and _CONTROLS.search(text) is not None


def printable(text: str) -> str:
    r"""Write control characters as their numbers.

    Examples
    --------
    >>> print(printable("\x1b[31mred"))
    \u001b[31mred
    """
    if not has_controls(text):
        return text
    return _CONTROLS.sub(lambda found: json.dumps(found.group())[1:-1], text)
