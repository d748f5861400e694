"""Markup that is built and never pasted: every text and attribute is escaped on its way in."""

import html
import re
from dataclasses import dataclass
from typing import Final

from tco.words.figures import significant

_NOT_IN_MARKUP: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_EMPTY: Final = frozenset({"meta", "br", "col", "line", "rect", "polyline"})


@dataclass(frozen=True, slots=True)
class Markup:
    """Finished markup; anything else is text."""

    text: str


Content = Markup | str | None


def element(tag: str, *contents: Content, **attributes: str | float) -> Markup:
    """Build one element; ``class_`` and ``stroke_width`` become ``class`` and ``stroke-width``.

    Examples
    --------
    >>> element("td", "<b> & co", class_="text").text
    '<td class="text">&lt;b&gt; &amp; co</td>'
    """
    given = "".join(
        f' {name.rstrip("_").replace("_", "-")}="{escaped(_shown(value))}"'
        for name, value in attributes.items()
    )
    if tag in _EMPTY:
        return Markup(f"<{tag}{given}>" if tag in {"meta", "br", "col"} else f"<{tag}{given}/>")
    return Markup(f"<{tag}{given}>{in_sequence(*contents).text}</{tag}>")


def in_sequence(*contents: Content) -> Markup:
    """Put contents one after the other."""
    return Markup(
        "".join(
            content.text if isinstance(content, Markup) else escaped(content)
            for content in contents
            if content is not None
        )
    )


def escaped(text: str) -> str:
    """Text as it may stand between tags and within quotes."""
    return html.escape(_NOT_IN_MARKUP.sub("\N{REPLACEMENT CHARACTER}", text), quote=True)


def link(text: str, url: str) -> Markup:
    """Link to a page of the web; any other address is shown as text alone."""
    if url.startswith(("https://", "http://")):
        return element("a", text, href=url, rel="noreferrer")
    return in_sequence(text)


def _shown(value: str | float) -> str:
    return value if isinstance(value, str) else str(significant(value, 6)).removesuffix(".0")
