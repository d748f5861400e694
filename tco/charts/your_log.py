"""A log as it was read: the week, the lengths with the edges of prices, cost by day and model.

It is of a log and of no answer, so it stands in no list of an answer's charts.
"""

from collections import defaultdict
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from tco.charts.bills import PATTERNS
from tco.charts.chart import Chart
from tco.charts.frame import LABEL_CHARACTERS, above, frame, hatched, legend, upright
from tco.charts.style import Palette, Spec
from tco.words.figures import plural, significant, whole
from tco.words.markdown import chart_text, cut
from tco.words.money import usd

if TYPE_CHECKING:
    from tco.own_data.usage.log_picture import LogPicture

_WEEKDAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_SHAPES: Final = (*PATTERNS, "|")
"""Hatching of each bar; there are as many as plotly has."""
_OTHERS: Final = "Other models"


def log_costs(picture: "LogPicture", palette: Palette) -> Spec:
    """Draw what each model cost on each day, the upper of its bounds.

    Where there are more models than bars, the cheapest share the last one.
    """
    cost: dict[str, float] = defaultdict(float)
    for one in picture.costs:
        cost[one.model] += one.upper_usd
    named = sorted(cost, key=lambda model: -cost[model])
    if len(named) > len(_SHAPES):
        named = named[: len(_SHAPES) - 1]
    bars: dict[str, dict[str, float]] = {model: defaultdict(float) for model in named}
    for one in picture.costs:
        name = one.model if one.model in named else _OTHERS
        bars.setdefault(name, defaultdict(float))[one.day] += one.upper_usd
    axis = {"title": {"text": "USD a day, upper bound"}, "automargin": True, "fixedrange": True}
    return {
        "data": [
            _costs(name, days, place, palette) for place, (name, days) in enumerate(bars.items())
        ],
        "layout": {
            **frame(260, (8, 20, 16, 40), legend=legend(-0.25)),
            "barmode": "stack",
            "xaxis": {"type": "date", "fixedrange": True},
            "yaxis": axis,
        },
    }


def _costs(name: str, by_day: Mapping[str, float], place: int, palette: Palette) -> Spec:
    return {
        "type": "bar",
        "name": chart_text(cut(name, LABEL_CHARACTERS)),
        "x": list(by_day),
        "y": [significant(one, 5) for one in by_day.values()],
        "marker": hatched(palette.series[place], _SHAPES[place], palette),
    }


def log_week(picture: "LogPicture", palette: Palette) -> Spec:
    """Draw the requests of each hour of the week."""
    ticks = list(range(0, 168, 24))
    return {
        "data": [{"type": "bar", "x": list(range(len(picture.week))), "y": list(picture.week)}],
        "layout": {
            **frame(220, (8, 20, 16, 40)),
            "bargap": 0,
            "xaxis": {"tickvals": ticks, "ticktext": list(_WEEKDAYS), "fixedrange": True},
            "yaxis": {"title": {"text": "Requests"}, "automargin": True, "fixedrange": True},
        },
    }


def log_lengths(picture: "LogPicture", palette: Palette) -> Spec:
    """Draw how many prompts have which length, and where a request is rated anew."""
    names = [whole(length) for length, _ in picture.lengths]
    beside = [
        (sum(length <= edge for length, _ in picture.lengths) - 0.5, edge)
        for edge in picture.edges
        if picture.lengths and edge < picture.lengths[-1][0]
    ]
    return {
        "data": [{"type": "bar", "x": names, "y": [count for _, count in picture.lengths]}],
        "layout": {
            **frame(220, (8, 20, 30, 40)),
            "bargap": 0.05,
            "shapes": [upright(place, palette) for place, _ in beside],
            "annotations": [above(p, f"edge: {whole(edge)}", palette) for p, edge in beside],
            "xaxis": {"title": {"text": "Prompt, tokens up to"}, "type": "category"},
            "yaxis": {"title": {"text": "Requests"}, "automargin": True, "fixedrange": True},
        },
    }


def costs_finding(picture: "LogPicture") -> str:
    """Say what the log cost in all."""
    lower = sum(one.lower_usd for one in picture.costs)
    upper = sum(one.upper_usd for one in picture.costs)
    days = plural(len({one.day for one in picture.costs}), "day")
    if upper - lower < upper / 1000:
        return f"The log cost {usd(upper)} on {days}."
    return f"The log cost {usd(lower)} to {usd(upper)} on {days}."


def week_finding(picture: "LogPicture") -> str:
    """Say which hour of the week has the most requests."""
    hour = max(range(len(picture.week)), key=picture.week.__getitem__)
    return (
        f"The busiest hour of the week is {_WEEKDAYS[hour // 24]} {hour % 24}:00 UTC with "
        f"{plural(picture.week[hour], 'request')}."
    )


def lengths_finding(picture: "LogPicture") -> str:
    """Say how long most prompts are."""
    length, count = max(picture.lengths, key=lambda pair: pair[1])
    return f"Most prompts, {whole(count)}, have up to {whole(length)} tokens."


LOG_COSTS_CHART: "Final[Chart[LogPicture]]" = Chart(
    "log-costs", lambda _: "Your log: cost by day and model", None, log_costs, costs_finding
)
LOG_WEEK_CHART: "Final[Chart[LogPicture]]" = Chart(
    "log-week", lambda _: "Your log: requests by hour of the week", None, log_week, week_finding
)
LOG_LENGTHS_CHART: "Final[Chart[LogPicture]]" = Chart(
    "log-lengths", lambda _: "Your log: prompts by length", None, log_lengths, lengths_finding
)
