"""Text as text: nothing in it is taken for Markdown, HTML or an emoji code."""

import html
import re
from functools import lru_cache
from typing import Final

from tco.words.figures import JOINER, NBSP

_MARKDOWN: Final = re.compile(r"([\\`*_{}\[\]<>#+!|~$^=&]|(?<!\w)-|-(?!\w)|(?<!\d)\.|\.(?!\d))")
"""Brackets of a link follow a square one, which is no longer one; a hyphen within a word and the
point of a number mean nothing to Markdown."""
_CODE: Final = re.compile(r":(?=\S)")
_ENDS_A_LINE: Final = re.compile(r"−(?=\S)")
"""Minus of a figure: a browser would end a line there. A name is left as it is typed and sought."""
_BEFORE_UNIT: Final = re.compile(r"(?<=\d) (?=(?:%|k|M|bn|T)(?!\w))")
_LINE_ENDS: Final = re.compile(r"[\t\n\v\f\r]+")


@lru_cache(maxsize=2_048)  # a rerun says most of what the last one said
def literal(text: str) -> str:
    r"""Text as text: no Markdown, no directive, no emoji code; figures stay with their unit.

    A minus stays with its figure.

    Examples
    --------
    >>> literal("**a** <b>"), literal("- GPT-5.4.")
    ('\\*\\*a\\*\\* \\<b\\>', '\\- GPT-5.4\\.')
    """
    line = _BEFORE_UNIT.sub(NBSP, _LINE_ENDS.sub(" ", text))
    escaped = _MARKDOWN.sub(r"\\\1", line)
    whole = _ENDS_A_LINE.sub(rf"\g<0>{JOINER}", escaped)
    # A backslash does not stop ":name:" codes; an invisible character after the colon does.
    return _CODE.sub(f":{JOINER}", whole)


def chart_text(text: str) -> str:
    """Text of a user inside a figure, where a few HTML tags would be read.

    Examples
    --------
    >>> chart_text("<b>A & B</b>")
    '&lt;b&gt;A &amp; B&lt;/b&gt;'
    """
    return html.escape(text, quote=False)


def cut(text: str, most: int) -> str:
    """Text cut to `most` characters, with the cut marked.

    Examples
    --------
    >>> cut("Llama 3.3 70B, two H100", 16), cut("short", 16)
    ('Llama 3.3 70B…', 'short')
    """
    return text if len(text) <= most else text[: most - 1].rstrip(" ,") + "…"
