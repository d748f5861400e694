"""A scatter chart with curves as SVG text: no script, no library, readable without colour."""

import html
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

WIDTH, HEIGHT = 760.0, 380.0
LEFT, RIGHT, TOP, BOTTOM = 70.0, 190.0, 12.0, 46.0
COLOURS: Final = ("#1f6f8b", "#b8561b", "#5d7a2a", "#7b4fa3", "#a3344a", "#4a6572", "#8a6d1a")
GAP_PX: Final = 16.0
MOST_TICKS: Final = 7
Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Series:
    """A curve, points, or both, under one name."""

    name: str
    line: tuple[Point, ...] = ()
    dots: tuple[Point, ...] = ()
    bars: tuple[tuple[float, float, float], ...] = ()
    """Vertical intervals: position, low, high."""


@dataclass(frozen=True, slots=True)
class _Axis:
    low: float
    high: float
    start_px: float
    end_px: float
    log: bool

    def px(self, value: float) -> float:
        low, high, here = self.low, self.high, value
        if self.log:
            low, high, here = math.log(low), math.log(high), math.log(max(value, 1e-12))
        return self.start_px + (here - low) / (high - low) * (self.end_px - self.start_px)

    def ticks(self) -> list[float]:
        if self.log:
            first, last = math.floor(math.log10(self.low)), math.ceil(math.log10(self.high))
            steps = (1, 2, 5) if last - first <= 3 else (1,)
            found = [s * 10.0**e for e in range(first, last + 1) for s in steps]
        else:
            rough = (self.high - self.low) / MOST_TICKS
            size = 10.0 ** math.floor(math.log10(rough))
            step = next(size * m for m in (1, 2, 5, 10) if size * m >= rough)
            count = math.floor(self.high / step) - math.ceil(self.low / step)
            found = [(math.ceil(self.low / step) + i) * step for i in range(count + 1)]
        return [tick for tick in found if self.low <= tick <= self.high]


def scatter(
    series: Sequence[Series],
    *,
    x_label: str,
    y_label: str,
    log_x: bool = False,
    log_y: bool = False,
) -> str:
    """Draw the series; an empty text where there is nothing to draw."""
    points = [p for one in series for p in _all_points(one)]
    if not points:
        return ""
    x = _axis([p[0] for p in points], LEFT, WIDTH - RIGHT, log_x)
    y = _axis([p[1] for p in points], HEIGHT - BOTTOM, TOP, log_y)
    body = [*_grid(x, y, x_label, y_label)]
    for number, one in enumerate(series):
        body += _drawn(one, x, y, COLOURS[number % len(COLOURS)], number)
    label = html.escape(f"{y_label} by {x_label}")
    return (
        f'<svg viewBox="0 0 {WIDTH:g} {HEIGHT:g}" role="img" aria-label="{label}" '
        f'font-size="12" fill="currentColor">{"".join(body)}</svg>'
    )


def _all_points(one: Series) -> Iterator[Point]:
    yield from one.line
    yield from one.dots
    for x, low, high in one.bars:
        yield x, low
        yield x, high


def _axis(values: Sequence[float], start_px: float, end_px: float, log: bool) -> _Axis:
    low, high = min(values), max(values)
    if log:
        low, high = max(low, 1e-9) / 1.15, max(high, 1e-9) * 1.15
    else:
        pad = 0.08 * (high - low) or max(abs(high), 1.0) * 0.1
        low, high = low - pad, high + pad
    return _Axis(low, high, start_px, end_px, log)


def _grid(x: _Axis, y: _Axis, x_label: str, y_label: str) -> Iterator[str]:
    for tick in x.ticks():
        px = x.px(tick)
        yield _line(px, TOP, px, HEIGHT - BOTTOM, "opacity='.15'")
        yield _text(px, HEIGHT - BOTTOM + 16, f"{tick:g}", "middle")
    for tick in y.ticks():
        py = y.px(tick)
        strong = "opacity='.5'" if tick == 0 else "opacity='.15'"
        yield _line(LEFT, py, WIDTH - RIGHT, py, strong)
        yield _text(LEFT - 6, py + 4, f"{tick:,g}", "end")
    yield _text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 8, x_label, "middle")
    middle = (TOP + HEIGHT - BOTTOM) / 2
    yield (
        f'<text x="14" y="{middle:.1f}" text-anchor="middle" '
        f'transform="rotate(-90 14 {middle:.1f})">{html.escape(y_label)}</text>'
    )


def _drawn(one: Series, x: _Axis, y: _Axis, colour: str, number: int) -> Iterator[str]:
    if one.line:
        path = " ".join(f"{x.px(a):.1f},{y.px(b):.1f}" for a, b in one.line)
        yield f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>'
    for a, low, high in one.bars:
        yield _line(x.px(a), y.px(low), x.px(a), y.px(high), "stroke-width='1.5'", colour)
    for a, b in one.dots:
        yield (
            f'<circle cx="{x.px(a):.1f}" cy="{y.px(b):.1f}" r="4.5" fill="{colour}">'
            f"<title>{html.escape(one.name)}: {a:g}, {b:,.4g}</title></circle>"
        )
    top = TOP + 12 + GAP_PX * number
    yield (
        f'<rect x="{WIDTH - RIGHT + 12:.1f}" y="{top - 8:.1f}" width="10" height="10" '
        f'fill="{colour}"/>'
    )
    yield _text(WIDTH - RIGHT + 28, top + 1, one.name, "start")


def _line(x1: float, y1: float, x2: float, y2: float, more: str, colour: str = "") -> str:
    stroke = colour or "currentColor"
    return (
        f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{stroke}" {more}/>'
    )


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{html.escape(text)}</text>'
