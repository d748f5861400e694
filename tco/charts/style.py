"""How options look: each keeps its colour, dash and marker in every chart.

Colour is never the only sign: dash and marker differ too, and lines carry their names.
"""

from dataclasses import dataclass
from typing import Any, Final

from tco.answer.worked import Evaluation
from tco.exports.svg import COLOURS
from tco.words.figures import significant

BARE: Final[dict[str, Any]] = {"data": {"scatter": [{"type": "scatter"}]}}
"""Template of a figure: the page brings its own, and plotly's would travel for nothing."""
OWN_NAME: Final = "<extra>%{fullData.name}</extra>"
"""End of what a point says on hover: the name of its line."""
Spec = dict[str, Any]
"""A figure as plain data, as it is sent; that plotly accepts it is for the tests to hold.

A trace without a type is a scatter, as plotly has it.
"""
DASHES: Final = ("dash", "dot", "dashdot", "longdash", "longdashdot")
MARKERS: Final = (
    "circle",
    "square",
    "diamond",
    "triangle-up",
    "triangle-down",
    "pentagon",
    "hexagon",
    "star",
    "hourglass",
    "bowtie",
)


_KEEPS_TOGETHER: Final = str.maketrans({"\N{NO-BREAK SPACE}": " ", "\N{WORD JOINER}": None})
COORDINATE_DIGITS: Final = 5
"""Significant digits of a coordinate: below a tenth of a pixel, and less than half the bytes."""

LIGHT_SERIES: Final = COLOURS
"""The colours of the report, so that a line is the same on the page and on paper."""
DARK_SERIES: Final = (
    "#7aa7ff",
    "#f6a54a",
    "#4fd1a1",
    "#b79cff",
    "#ff8aa5",
    "#5cd0e6",
    "#e0c060",
    "#ee8ff2",
    "#a9b4c4",
    "#b3d65c",
)


@dataclass(frozen=True, slots=True)
class Palette:
    """Colours of a figure: ten for options, one for text, one for helping lines, one for paper."""

    series: tuple[str, ...]
    text: str
    muted: str
    paper: str


LIGHT: Final = Palette(LIGHT_SERIES, "#18212f", "#5b6677", "#ffffff")
# Streamlit's chart theme swaps these stand-ins for the colours of the theme the reader has on,
# without a rerun when it is switched. A browser test holds this.
THEMED: Final = Palette(
    tuple(f"#0000{str(place).zfill(2)}" for place in range(1, 11)), "#000037", "#000036", "#000038"
)


@dataclass(frozen=True, slots=True)
class Style:
    """How one option is drawn, in every chart."""

    colour: str
    dash: str
    marker: str


def styles(evaluation: Evaluation, palette: Palette) -> dict[str, Style]:
    """Colour, dash and marker of each alternative, by its place in the evaluation."""
    return {
        alternative.key: Style(
            palette.series[_colour_place(place, len(palette.series))],
            DASHES[place % len(DASHES)],
            MARKERS[place % len(MARKERS)],
        )
        for place, alternative in enumerate(evaluation.alternatives)
    }


def _colour_place(place: int, colours: int) -> int:
    """Place in the palette; the first colour is the baseline's alone."""
    return place if place < colours else 1 + (place - 1) % (colours - 1)


def name_of(evaluation: Evaluation, key: str) -> str:
    """Label of an alternative; batch says how long it may take."""
    alternative = evaluation.alternative(key)
    return alternative.label + ("" if alternative.interactive else " (answers within 24 h)")


def today_of(evaluation: Evaluation) -> str:
    """Label of what answers today, which every move is held against."""
    return evaluation.alternatives[0].label


def light(part: Any) -> Any:  # noqa: ANN401 - any part of a figure: plain lists, maps, figures
    """Shorten a figure to what can be seen, for the way to the browser.

    Coordinates lose digits. Words lose what keeps a line from breaking, for no line of a figure
    breaks by itself. What is None is left to the defaults of the template.
    """
    kind = type(part)  # asked first: a figure has three hundred parts, nearly all of these
    if kind is str:
        return part if part.isascii() else part.translate(_KEEPS_TOGETHER)
    if kind is dict:
        return {key: light(value) for key, value in part.items() if value is not None}
    if kind is list:
        return [light(value) for value in part]
    if kind is int or kind is bool:
        return part
    if isinstance(part, float):
        figure = significant(part, COORDINATE_DIGITS)
        return int(figure) if figure.is_integer() else figure
    if isinstance(part, dict):
        return {key: light(value) for key, value in part.items() if value is not None}
    if isinstance(part, list | tuple):
        return [light(value) for value in part]
    return part
