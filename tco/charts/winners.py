"""Who is cheapest over two inputs: a map with a letter in every cell."""

from typing import Any, Final

from tco.analysis.factor import Factor
from tco.analysis.factors import factor_of, factors
from tco.analysis.winners import ACROSS, DOWN, MAP_COLUMNS, MAP_ROWS, WinnerMap, winner_map
from tco.answer.worked import Evaluation
from tco.charts.chart import Case, Chart
from tco.charts.frame import LABEL_CHARACTERS, frame, legend
from tco.charts.style import OWN_NAME, Palette, Spec, styles
from tco.exports.axis import Axis
from tco.words.figures import amount, share, share_tick, significant
from tco.words.formats import PLOT_NUMBER, PLOT_STEP_WORD, plotted
from tco.words.markdown import chart_text, cut

LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
NO_WINNER: Final = "nothing is answered"
WIDE: Final = 4.0
KILO: Final = 1_000.0


def winner_chart(found: WinnerMap, colours: dict[str, str], palette: Palette) -> Spec:
    """Draw a cell per pair of values; colour and letter both name the cheapest.

    Parameters
    ----------
    colours
        Colour of each alternative, by key, as in the other charts.
    """
    layers = [
        _layer(found, key, letter, colours.get(key or "", palette.muted))
        for key, letter in winners_of(found).items()
    ]
    across, down = _axis(found, across=True), _axis(found, across=False)
    return {
        "data": [*layers, _you(found, palette)],
        "layout": frame(
            460,
            (8, 16, 34, 48),
            legend=legend(-0.18),
            xaxis=across,
            yaxis={**down, "automargin": True},
        ),
    }


def winners_of(found: WinnerMap) -> dict[str | None, str]:
    """Letter of every winner on the map, most cells first."""
    cells = [key for row in found.winners for key in row]
    keys = sorted(dict.fromkeys(cells), key=cells.count, reverse=True)
    return dict(zip(keys, LETTERS, strict=False))


def letters_told(found: WinnerMap) -> str:
    """Which alternative each letter stands for."""
    labels = dict(found.labels)
    return "; ".join(
        f"{letter} {labels.get(key or '', NO_WINNER)}" for key, letter in winners_of(found).items()
    )


def winner_finding(found: WinnerMap) -> str:
    """Say who wins how much of the map, and who wins where you are."""
    labels = dict(found.labels)
    cells = [key for row in found.winners for key in row]
    parts = [
        f"{labels.get(key or '', NO_WINNER)} in {share(cells.count(key) / len(cells))}"
        for key in winners_of(found)
    ]
    over = f"“{found.x.label}” and “{found.y.label}”"
    return f"Least present value over {over}: {'; '.join(parts)} of the cells."


def _layer(found: WinnerMap, key: str | None, letter: str, colour: str) -> dict[str, Any]:
    labels = dict(found.labels)
    name = labels.get(key, key) if key else NO_WINNER
    return {
        "type": "heatmap",
        "x": [significant(x, 5) for x in found.x_values],
        "y": [significant(y, 5) for y in found.y_values],
        "z": [[1 if winner == key else None for winner in row] for row in found.winners],
        "text": [[letter if winner == key else "" for winner in row] for row in found.winners],
        "texttemplate": "%{text}",
        "colorscale": [[0, colour], [1, colour]],
        "opacity": 0.62,
        "showscale": False,
        "showlegend": True,
        "name": f"{letter}: {chart_text(cut(name, LABEL_CHARACTERS))}",
        "xgap": 1,
        "ygap": 1,
        "hoverongaps": False,
        "hovertemplate": f"{plotted('x', PLOT_NUMBER)}, {plotted('y', PLOT_NUMBER)}{OWN_NAME}",
    }


def _you(found: WinnerMap, palette: Palette) -> dict[str, Any]:
    return {
        "type": "scatter",
        "x": [found.x.value],
        "y": [found.y.value],
        "mode": "markers",
        "name": f"you: {amount(found.x.value, found.x.unit)}, "
        f"{amount(found.y.value, found.y.unit)}",
        "marker": {
            "symbol": "x",
            "size": 15,
            "color": palette.text,
            "line": {"color": palette.paper, "width": 2},
        },
        "hovertemplate": "%{fullData.name}<extra></extra>",
    }


def ticks_of(factor: Factor, *, log: bool = False) -> Spec:
    """How the values of an input are written along an axis."""
    if factor.unit == "1" and factor.high <= 1:
        ticks = Axis(factor.low, factor.high, "", share_tick, log).ticks()
        return {"tickvals": ticks, "ticktext": [share_tick(tick) for tick in ticks]}
    return {"tickformat": PLOT_STEP_WORD if factor.high >= KILO else PLOT_NUMBER}


def _axis(found: WinnerMap, *, across: bool) -> dict[str, Any]:
    factor = found.x if across else found.y
    unit = "" if factor.unit == "1" else f", {factor.unit}"
    wide = factor.low > 0 and factor.high / factor.low >= WIDE
    return {
        "title": {"text": chart_text(f"{factor.label}{unit}")},
        "type": "log" if wide else "linear",
        **ticks_of(factor, log=wide),
        "tickangle": 0,
        "showgrid": False,
        "zeroline": False,
        "fixedrange": True,
    }


Winners = tuple[WinnerMap, Evaluation]


def _subject(case: Case) -> Winners:
    known = factors(case.question)
    across, down = factor_of(known, ACROSS), factor_of(known, DOWN)
    found = winner_map(case.question, across, down, columns=MAP_COLUMNS, rows=MAP_ROWS)
    return found, case.evaluation


def _drawn(of: Winners, palette: Palette) -> Spec:
    found, evaluation = of
    colours = {key: style.colour for key, style in styles(evaluation, palette).items()}
    return winner_chart(found, colours, palette)


MAP_CHART: Final[Chart[Winners]] = Chart(
    "map",
    lambda of: f"Which alternative costs least, by “{of[0].x.label}” and “{of[0].y.label}”",
    _subject,
    _drawn,
    lambda of: winner_finding(of[0]),
)
