"""Charts as SVG that needs neither script nor network: lines over two axes, and stacked bars."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from tco.exports.axis import Axis
from tco.exports.markup import Markup, element, in_sequence

WIDTH: Final = 960.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 74.0, 30.0, 14.0, 46.0
_INK, _MUTED = "#18212f", "#5b6677"
_FAINT: Final = 0.25
COLOURS: Final = (
    "#1d4ed8",
    "#b45309",
    "#047857",
    "#7c3aed",
    "#be123c",
    "#0e7490",
    "#854d0e",
    "#a21caf",
    "#475569",
    "#4d7c0f",
)
_DASHES: Final = ("none", "8 4", "2 3", "10 3 2 3", "14 5")


@dataclass(frozen=True, slots=True)
class Line:
    """One named line, dots, or both; colour and dash are those of its place."""

    label: str
    points: Sequence[tuple[float, float]]
    place: int
    dots: Sequence[tuple[float, float]] = ()


def line_chart(
    lines: Sequence[Line],
    x: Axis,
    y: Axis,
    finding: str,
    *,
    upright: Sequence[tuple[float, str]] = (),
    height: float = 360.0,
) -> Markup:
    """Draw lines, with a legend that tells them apart without colour.

    Parameters
    ----------
    upright
        Values of x to mark, each with its name.
    """
    frame = _Frame(x, y, height)
    drawn = [frame.grid(), *(frame.polyline(line) for line in lines if line.points)]
    drawn += [frame.dot(line, dot) for line in lines for dot in line.dots]
    drawn += [frame.upright(value, name, row) for row, (value, name) in enumerate(upright)]
    picture = _picture(finding, height, *drawn)
    return element("figure", picture, _legend(lines), element("figcaption", finding))


def stacked_bars(
    bars: Sequence[tuple[str, Sequence[float]]],
    parts: Sequence[str],
    write: Callable[[float], str],
    finding: str,
) -> Markup:
    """Draw one level bar per alternative, its parts side by side, its sum at the end."""
    most = max((sum(amounts) for _, amounts in bars), default=0.0) or 1.0
    room, row = WIDTH - 300.0 - 110.0, 26.0
    drawn = []
    for number, (label, amounts) in enumerate(bars):
        top, left = number * row + 4, 300.0
        drawn.append(_words(label[:44], 292.0, top + 14, "end"))
        for part, amount in enumerate(amounts):
            width = amount / most * room
            if width > 0:
                colour = COLOURS[part % len(COLOURS)]
                shape = element("rect", x=left, y=top, width=width, height=18.0, fill=colour)
                drawn.append(shape)
            left += width
        drawn.append(_words(write(sum(amounts)), left + 6, top + 14, "start"))
    used = [Line(name, (), number) for number, name in enumerate(parts)]
    picture = _picture(finding, len(bars) * row + 8, *drawn)
    return element("figure", picture, _legend(used, filled=True), element("figcaption", finding))


@dataclass(frozen=True, slots=True)
class _Frame:
    x: Axis
    y: Axis
    height: float

    def at(self, x: float, y: float) -> tuple[float, float]:
        across = _LEFT + self.x.share(x) * (WIDTH - _LEFT - _RIGHT)
        down = self.height - _BOTTOM - self.y.share(y) * (self.height - _TOP - _BOTTOM)
        return across, down

    def grid(self) -> Markup:
        drawn = []
        for value in self.y.ticks():
            left, down = self.at(self.x.low, value)
            drawn += [
                element(
                    "line",
                    x1=left,
                    x2=WIDTH - _RIGHT,
                    y1=down,
                    y2=down,
                    stroke=_MUTED,
                    opacity=1.0 if value == 0 else _FAINT,
                ),
                _words(self.y.write(value), left - 8, down + 4, "end"),
            ]
        bottom = self.height - _BOTTOM
        for value in self.x.ticks():
            across, _ = self.at(value, self.y.low)
            drawn += [
                element(
                    "line", x1=across, x2=across, y1=_TOP, y2=bottom, stroke=_MUTED, opacity=_FAINT
                ),
                _words(self.x.write(value), across, bottom + 16, "middle"),
            ]
        drawn.append(_words(self.x.title, WIDTH / 2, self.height - 8, "middle"))
        return in_sequence(*drawn, _words(self.y.title, 4.0, _TOP - 2, "start"))

    def polyline(self, line: Line) -> Markup:
        inside = [point for point in line.points if self._holds(point)]
        places = (self.at(*point) for point in inside)
        rounded = [(round(across, 1), round(down, 1)) for across, down in places]
        return element(
            "polyline",
            points=" ".join(f"{across},{down}" for across, down in rounded),
            fill="none",
            stroke=COLOURS[line.place % len(COLOURS)],
            stroke_width=2.0,
            stroke_dasharray=_dash(line.place),
        )

    def dot(self, line: Line, dot: tuple[float, float]) -> Markup:
        across, down = self.at(*dot)
        x, y = (axis.write(value) for axis, value in zip((self.x, self.y), dot, strict=True))
        told = element("title", f"{line.label}: {x}, {y}")
        colour = COLOURS[line.place % len(COLOURS)]
        return element("circle", told, cx=round(across, 1), cy=round(down, 1), r=4.5, fill=colour)

    def upright(self, value: float, name: str, row: int) -> Markup:
        across, _ = self.at(value, self.y.low)
        anchor = "end" if across > WIDTH * 0.6 else "start"
        beside = -6.0 if anchor == "end" else 6.0
        bottom = self.height - _BOTTOM
        return in_sequence(
            element(
                "line",
                x1=across,
                x2=across,
                y1=_TOP,
                y2=bottom,
                stroke=_INK,
                stroke_dasharray="3 3",
            ),
            _words(name, across + beside, _TOP + 12 + 16 * row, anchor),
        )

    def _holds(self, point: tuple[float, float]) -> bool:
        (x, y), tiny = point, 1e-9
        return all(-tiny <= axis.share(v) <= 1 + tiny for axis, v in ((self.x, x), (self.y, y)))


def _picture(finding: str, height: float, *drawn: Markup) -> Markup:
    return element(
        "svg",
        element("title", finding),
        *drawn,
        viewBox=f"0 0 {WIDTH} {height}",
        role="img",
    )


def _dash(place: int) -> str:
    """Dash that differs where colours begin anew."""
    return _DASHES[(place + place // len(COLOURS)) % len(_DASHES)]


def _words(text: str, x: float, y: float, anchor: str) -> Markup:
    return element("text", text, x=x, y=y, text_anchor=anchor, fill=_MUTED, font_size=12.0)


def _legend(lines: Sequence[Line], *, filled: bool = False) -> Markup:
    """Name each line beside a piece of it."""
    items = []
    for line in lines:
        colour = COLOURS[line.place % len(COLOURS)]
        dash = "none" if filled else _dash(line.place)
        width = 10.0 if filled else 2.0
        piece = element(
            "line",
            x1=0.0,
            x2=34.0,
            y1=6.0,
            y2=6.0,
            stroke=colour,
            stroke_width=width,
            stroke_dasharray=dash,
        )
        picture = element("svg", piece, width=34.0, height=12.0, aria_hidden="true")
        items.append(element("li", picture, f" {line.label}"))
    return element("ul", *items, class_="legend")
