"""Text that a terminal only prints: control characters are refused or escaped.

A terminal obeys control characters: they move the cursor, change its title, overwrite what stands
there, or turn the direction of the line. Here a name is a name and nothing else.
"""

import codecs
import json
import re
from io import TextIOWrapper
from typing import Final, TextIO

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


PLAIN: Final = str.maketrans(
    {
        "\u00a0": " ", "\u2060": "", "−": "-", "–": "-", "→": "->", "×": "x", "±": "+/-", "≥": ">=",
        "≤": "<=", "≠": "!=", "…": "...", "·": ".", "•": "*", "█": "#", "✓": "*", "€": "EUR ",
        "’": "'", "“": '"', "”": '"',
    }
)  # fmt: skip
"""What stands for a sign in a terminal that shows no Unicode."""


def escape_what_cannot_be_encoded(stream: TextIO) -> None:
    """Let a stream write what its encoding has no sign for as JSON does, instead of failing."""
    if isinstance(stream, TextIOWrapper):
        stream.reconfigure(errors=_AS_JSON)


def _as_json(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeEncodeError)
    return json.dumps(error.object[error.start : error.end])[1:-1], error.end


_AS_JSON: Final = "as-json"
codecs.register_error(_AS_JSON, _as_json)
