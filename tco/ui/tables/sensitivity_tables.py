"""Sensitivity as text: ranges and flips, odds and bands, and who wins where."""

import math
from collections.abc import Sequence
from typing import Final

from pandas import DataFrame

from tco.analysis.assumed import Assumed
from tco.analysis.decision import Decision
from tco.analysis.sensitivity import Tornado
from tco.analysis.winners import WinnerMap
from tco.answer.uncertainty import Uncertainty
from tco.answer.worked import Evaluation
from tco.charts.winners import winners_of
from tco.results.answer import Band
from tco.words.figures import NBSP, NO_VALUE, amount, share, significant
from tco.words.markdown import cut, literal
from tco.words.money import expected_loss
from tco.words.shown_money import ShownMoney

NO_TURN: Final = f"no{NBSP}turn"
"""Both gaps of the row then lie on one side of nothing."""
RANGE_CHARACTERS: Final = 64
"""Of who says how far an input ranges; *Assumptions* has it whole."""


def swings(found: Tornado) -> DataFrame:
    """Every input: its range, what it does to the gap, where the answer turns. Markdown-safe."""
    rows = []
    for swing in found.swings:
        factor, flip = swing.factor, swing.flip
        rows.append(
            {
                "Input": literal(factor.label),
                "As given": amount(factor.value, factor.unit),
                "Low": amount(factor.low, factor.unit),
                "High": amount(factor.high, factor.unit),
                "Turns at": amount(flip.value, factor.unit) if flip else NO_TURN,
                "Gap at low": literal(_gap(swing.at_low, found.money)),
                "Gap at high": literal(_gap(swing.at_high, found.money)),
                "Swing": NO_VALUE
                if swing.swing_usd is None
                else literal(found.money(swing.swing_usd)),
                "Range by": literal(cut(factor.basis, RANGE_CHARACTERS)),
            }
        )
    return DataFrame(rows)


def assumed(found: Sequence[Assumed], money: ShownMoney) -> DataFrame:
    """The answer under each set of assumptions and each path of prices."""
    rows = [
        {
            "Assumed": one.name,
            "Of": one.kind,
            "Costs least": one.chosen or one.reason,
            "Saved by the best other": NO_VALUE if one.worth_usd is None else money(one.worth_usd),
            "Saved by own GPUs": NO_VALUE
            if one.own_worth_usd is None
            else money(one.own_worth_usd),
            "In detail": one.said,
        }
        for one in found
    ]
    return DataFrame(rows)


def odds(evaluation: Evaluation, found: Uncertainty) -> DataFrame:
    """How sure each option's threshold and advantage are. Markdown-safe."""
    rows = [
        {
            "Option": literal(evaluation.alternative(one.alternative).label),
            "Pays from, P10 / P50 / P90": literal(_shares(one.threshold)),
            "Your utilisation, P10 / P50 / P90": literal(_shares(one.utilisation)),
            "Cheaper in month 1": literal(
                f"{share(one.cheaper_first_month)} ± {share(one.standard_error)}"
            ),
            "Cheaper over the horizon": literal(share(one.cheaper_over_horizon)),
            "Expected loss": literal(
                expected_loss(one.expected_loss_usd, one.unserved, evaluation.money)
            ),
        }
        for one in found.odds
    ]
    return DataFrame(rows)


def map_cells(found: WinnerMap) -> DataFrame:
    """Winner of every cell by letter: a row per value down, a column per value across."""
    letters = winners_of(found)
    columns = {
        f"{found.y.label} \\ {found.x.label}": [
            amount(value, found.y.unit) for value in found.y_values
        ]
    }
    for place, value in enumerate(found.x_values):
        head = amount(significant(value, 3), found.x.unit)
        columns[head] = [letters.get(row[place], "") for row in found.winners]
    return DataFrame(columns)


def _gap(decision: Decision, money: ShownMoney) -> str:
    gap = decision.gap_usd
    return f"no answer: {decision.reason}" if gap is None else money(gap)


def _shares(band: Band | None) -> str:
    if band is None:
        return NO_VALUE
    return " / ".join(
        share(value) if math.isfinite(value) else "out of reach"
        for value in (band.p10, band.p50, band.p90)
    )
