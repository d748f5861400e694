"""Every chart of an answer, as it stands on paper: light, with a title of its own."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import plotly.graph_objects as go

from pricing.errors import PlannerError
from tco.analysis.decision import Question
from tco.analysis.drivers import DRIVER_POINTS, driver_curves
from tco.analysis.factors import factor_of, factors
from tco.analysis.sensitivity import tornado
from tco.analysis.uncertainty import uncertainty
from tco.analysis.winners import ACROSS, DOWN, MAP_COLUMNS, MAP_ROWS, winner_map
from tco.answer.price_by_length import length_prices, mean_prompt
from tco.answer.worked import Evaluation
from tco.charts import (
    LIGHT,
    bill_chart,
    break_even_chart,
    calibration_chart,
    cash_chart,
    driver_chart,
    fan_chart,
    length_chart,
    saving_chart,
    tornado_chart,
    use_chart,
    volume_chart,
    winner_chart,
)
from tco.charts.calibration import SHAPES
from tco.charts.style import styles
from tco.facts.data import Data
from tco.question.scenario import Scenario
from tco.serving.records import load_curves, points_of
from tco.words.markdown import chart_text

TITLE_PX: Final = 44
FONT: Final = "Source Sans Pro, Arial, DejaVu Sans, sans-serif"


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, its answer, and the data behind both."""

    scenario: Scenario
    evaluation: Evaluation
    data: Data

    @property
    def question(self) -> Question:
        """The question as the analyses take it."""
        return Question(self.scenario, self.data)

    def preferred(self, among: list[str]) -> str | None:
        """Best option of the verdict where it is among those, else their first."""
        best = self.evaluation.verdict.best
        return best if best in among else next(iter(among), None)


def answer_charts(asked: Asked) -> Iterator[tuple[str, go.Figure]]:
    """Names and figures; a chart that this answer has nothing for is left out."""
    for name, (title, draw) in _CHARTS.items():
        try:
            figure = draw(asked)
        except PlannerError:  # its page says why it has nothing to show
            continue
        if figure is not None:
            yield name, _titled(figure, f"{title}. {asked.scenario.name}")


def _titled(figure: go.Figure, title: str) -> go.Figure:
    top = figure.layout.margin.t or 0
    height = figure.layout.height
    figure.update_xaxes(automargin=True).update_yaxes(automargin=True)
    return figure.update_layout(
        title={"text": chart_text(title), "x": 0, "xref": "container", "xanchor": "left"},
        title_pad={"l": 12, "t": 12},
        title_yanchor="top",
        title_y=1,
        title_font_size=17,
        margin_t=top + TITLE_PX,
        height=None if height is None else height + TITLE_PX,
        font_family=FONT,
        font_color=LIGHT.text,
        paper_bgcolor=LIGHT.paper,
        plot_bgcolor=LIGHT.paper,
    )


def _volume(asked: Asked) -> go.Figure | None:
    return volume_chart(asked.evaluation, LIGHT) if asked.evaluation.break_evens else None


def _month(asked: Asked) -> go.Figure | None:
    return saving_chart(asked.evaluation, LIGHT) if asked.evaluation.break_evens else None


def _use(asked: Asked) -> go.Figure | None:
    served = any(alternative.serving for alternative in asked.evaluation.alternatives)
    return use_chart(asked.evaluation, LIGHT) if served else None


def _cash(asked: Asked) -> go.Figure | None:
    evaluation = asked.evaluation
    answers = {
        answer.alternative: answer
        for answer in (*evaluation.break_evens, *evaluation.hybrid_break_evens)
    }
    chosen = asked.preferred(list(answers))
    return cash_chart(evaluation, answers[chosen], LIGHT) if chosen else None


def _tornado(asked: Asked) -> go.Figure | None:
    found = tornado(asked.question, by="month")
    return tornado_chart(found, LIGHT) if found.given.gap_usd is not None else None


def _drivers(asked: Asked) -> go.Figure | None:
    curves = driver_curves(asked.question, points=DRIVER_POINTS)
    chosen = asked.preferred([curve.alternative for curve in curves])
    return driver_chart([c for c in curves if c.alternative == chosen], LIGHT) if chosen else None


def _map(asked: Asked) -> go.Figure:
    known = factors(asked.question)
    found = winner_map(
        asked.question, factor_of(known, ACROSS), factor_of(known, DOWN),
        columns=MAP_COLUMNS, rows=MAP_ROWS, among="own",
    )  # fmt: skip
    looks = styles(asked.evaluation, LIGHT)
    return winner_chart(found, {key: look.colour for key, look in looks.items()}, LIGHT)


def _fan(asked: Asked) -> go.Figure | None:
    found = uncertainty(asked.question)
    chosen = asked.preferred([one.alternative for one in found.odds])
    return fan_chart(asked.evaluation, found, chosen, LIGHT) if chosen else None


def _length(asked: Asked) -> go.Figure | None:
    curves = length_prices(asked.scenario, asked.evaluation, asked.data.catalogue)
    mean = mean_prompt(asked.scenario)
    return length_chart(asked.evaluation, curves, mean, LIGHT) if curves else None


def _calibration(asked: Asked) -> go.Figure | None:
    chosen = asked.preferred([a.key for a in asked.evaluation.alternatives if a.serving])
    serving = asked.evaluation.alternative(chosen).serving if chosen else None
    record = asked.data.library.calibrations.get(serving.calibration) if serving else None
    if record is None:
        return None
    return calibration_chart(record, load_curves(record, SHAPES), points_of(record), LIGHT)


_CHARTS: Final[dict[str, tuple[str, Callable[[Asked], go.Figure | None]]]] = {
    "break-even-by-utilisation": (
        "Break-even by utilisation", lambda asked: break_even_chart(asked.evaluation, LIGHT),
    ),
    "volume": ("Where each option costs less than staying", _volume),
    "month": ("Saved so far, month by month", _month),
    "bills": ("Bills of one month", lambda asked: bill_chart(asked.evaluation, LIGHT)),
    "use": ("Where the paid capacity goes", _use),
    "cash": ("Cash flow of the move", _cash),
    "tornado": ("What moves the answer", _tornado),
    "drivers": ("Threshold by driver", _drivers),
    "map": ("Who wins where", _map),
    "fan": ("How sure", _fan),
    "length": ("One request, by the length of its prompt", _length),
    "calibration": ("Speed of one replica", _calibration),
}  # fmt: skip
