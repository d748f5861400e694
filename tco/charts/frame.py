"""What the figures share: the frame around them, their axes, and what is drawn across them."""

from typing import Any, Final

from tco.charts.style import BARE, Palette, Spec
from tco.words.formats import PLOT_STEP_WORD, PLOT_USD_STEP_WORD
from tco.words.markdown import chart_text, cut
from tco.words.shown_money import ShownMoney

LABEL_CHARACTERS: Final = 34
"""Longest name of an alternative."""
LINE_CHARACTERS: Final = 24
"""Longest line of a name beside a bar: on a phone it leaves the bars half the width."""
ROW_PX: Final = 34
"""Height of a bar with the space around it."""
BARS_PX: Final = 96
"""Height of a chart of bars beyond its rows."""
NAMES_DOWN: Final[Spec] = {
    "autorange": "reversed",
    "automargin": True,
    "fixedrange": True,
    "showgrid": False,
}
DOLLAR_TICKS: Final[Spec] = {"tickformat": PLOT_USD_STEP_WORD}
MONTHS: Final[Spec] = {"title": {"text": "Month"}, "tickangle": 0, "fixedrange": True}


def frame(height: int, margins: tuple[int, int, int, int], **parts: Any) -> Spec:  # noqa: ANN401 - any part of a layout
    """Lay a figure out.

    Parameters
    ----------
    height
        Of the whole figure [px].
    margins
        Left, right, top and bottom [px].
    """
    left, right, top, bottom = margins
    margin = {"l": left, "r": right, "t": top, "b": bottom}
    return {"template": BARE, "height": height, "margin": margin, "font": {"size": 13}, **parts}


def two_lines(name: str) -> str:
    """Write a name in two lines where one would take half the width of a phone.

    Examples
    --------
    >>> two_lines("Requests"), two_lines("One-off switch of model or provider")
    ('Requests', 'One-off switch of model<br>or provider')
    """
    if len(name) <= LINE_CHARACTERS:
        return chart_text(name)
    first = name[: LINE_CHARACTERS + 1].rsplit(" ", 1)[0][:LINE_CHARACTERS]
    rest = cut(name[len(first) :].strip(), LINE_CHARACTERS)
    return f"{chart_text(first)}<br>{chart_text(rest)}"


def legend(y: float) -> Spec:
    """Name what is drawn, in a row below the figure."""
    return {"orientation": "h", "y": y, "yanchor": "top", "x": 0, "title": {"text": ""}}


def money_axis(
    title: str,
    money: ShownMoney,
    **parts: Any,  # noqa: ANN401 - any part of an axis
) -> Spec:
    """Axis of money, its currency in the title."""
    named = {"text": title if money.code in title else f"{title}, {money.code}"}
    ticks = {"tickformat": PLOT_STEP_WORD, "tickprefix": money.sign}
    shown = {"title": named, **(DOLLAR_TICKS if money.code == "USD" else ticks), "fixedrange": True}
    return {**shown, "automargin": True, **parts}


def hatched(colour: str, shape: str, palette: Palette, **parts: Any) -> Spec:  # noqa: ANN401 - any part of a marker
    """Look of a bar that its hatching tells from others without colour."""
    pattern = {"shape": shape, "solidity": 0.25, "fgcolor": palette.paper, "fillmode": "overlay"}
    return {"color": colour, "pattern": pattern, "line": {"width": 0}, **parts}


def upright(x: float, palette: Palette, dash: str = "dot", width: float = 1.4) -> Spec:
    """Line over the whole height."""
    line = {"color": palette.text, "width": width, "dash": dash}
    return {"type": "line", "x0": x, "x1": x, "yref": "paper", "y0": 0, "y1": 1, "line": line}


def level(palette: Palette) -> Spec:
    """Line over the whole width where nothing is gained or lost."""
    line = {"color": palette.text, "width": 1.4}
    return {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": 0, "y1": 0, "line": line}


def above(x: float, text: str, palette: Palette, **parts: Any) -> Spec:  # noqa: ANN401 - any part of a text
    """Text over the top of the plot."""
    font = {"color": palette.text, "size": 12}
    place = {"x": x, "y": 1.0, "yref": "paper", "yanchor": "bottom"}
    return {**place, "text": text, "showarrow": False, "font": font, **parts}
