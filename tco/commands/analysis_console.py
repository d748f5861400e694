"""Sensitivities, solutions, maps, draws and comparisons as tables in a terminal."""

import math
from collections.abc import Callable, Mapping, Sequence
from string import ascii_uppercase
from typing import Final

from tco.analysis.assumed import Assumed, what_turns
from tco.analysis.change_words import before_and_after, words_of
from tco.analysis.compare import Effect, ScenarioComparison
from tco.analysis.decision import MOVING, Decision
from tco.analysis.drivers import DriverCurve
from tco.analysis.factor import Factor
from tco.analysis.scenario_diff import Change
from tco.analysis.sensitivity import Swing, Tornado
from tco.analysis.solve import Solution
from tco.analysis.winners import WinnerMap
from tco.answer.uncertainty import Uncertainty
from tco.commands.tables import print_table
from tco.commands.terminal import Terminal
from tco.results.answer import Band
from tco.words.figures import number, plural, share
from tco.words.money import expected_loss
from tco.words.shown_money import ShownMoney

BAR: Final = 24


def print_tornado(tornado: Tornado) -> None:
    """Print the inputs that move the answer, widest first; those that do not in one line."""
    money = tornado.money
    widest = max((s.swing_usd or 0.0 for s in tornado.swings), default=0.0)
    moving = [s for s in tornado.swings if s.swing_usd != 0]
    print_table(
        f"Present value over the horizon of {MOVING[tornado.of]} less staying; as given "
        f"{_gap(tornado.given, money)}",
        ("input", "from", "to", "at_low", "at_high", "swing", "u*", "turns_at", "bar"),
        [_tornado_row(swing, widest, money) for swing in moving],
    )
    still = [s.factor.label for s in tornado.swings if s.swing_usd == 0]
    if still:
        _say(f"Do not move the first figure: {', '.join(still)}.")


def _tornado_row(swing: Swing, widest: float, money: ShownMoney) -> dict[str, str]:
    factor = swing.factor
    width = 0.0 if not widest or swing.swing_usd is None else swing.swing_usd / widest
    thresholds = swing.threshold_low, swing.threshold_high
    return {
        "input": f"{factor.label} [{factor.unit}]",
        "from": number(factor.low),
        "to": number(factor.high),
        "at_low": _gap(swing.at_low, money),
        "at_high": _gap(swing.at_high, money),
        "swing": "no answer" if swing.swing_usd is None else money(swing.swing_usd),
        "bar": "█" * round(width * BAR),
        "u*": " to ".join(share(t) for t in thresholds if t is not None),
        "turns_at": number(swing.flip.value) if swing.flip else "no flip in its range",
    }


def print_assumed(found: Sequence[Assumed], money: ShownMoney) -> None:
    """Print the answer under each set of assumptions and each path of prices."""
    print_table(
        "Under other assumptions: saved over staying, present value over the horizon",
        ("assumed", "of", "costs_least", "best_other", "own_GPUs"),
        [
            {
                "assumed": one.name,
                "of": one.kind,
                "costs_least": one.chosen or one.reason,
                "best_other": "" if one.worth_usd is None else money(one.worth_usd),
                "own_GPUs": "" if one.own_worth_usd is None else money(one.own_worth_usd),
            }
            for one in found
        ],
    )
    _say(what_turns(found))


def _gap(decision: Decision, money: ShownMoney) -> str:
    return "no answer" if decision.gap_usd is None else money(decision.gap_usd)


def print_drivers(curves: Sequence[DriverCurve]) -> None:
    """Print u* at the ends and the middle of each driver, beside the scenario's own."""
    rows = []
    for curve in curves:
        points = curve.points
        picked = {
            "low": points[0],
            "middle": points[len(points) // 2],
            "high": points[-1],
            "yours": curve.given,
        }
        rows.append(
            {"input": curve.factor.label, "option": curve.alternative.removeprefix("self-hosted/")}
            | {
                name: f"{number(point.value)}: {_share(point.threshold)}"
                for name, point in picked.items()
            }
        )
    columns = ("input", "option", "low", "middle", "high", "yours")
    print_table(
        "Utilisation u* from which a month on own GPUs costs less than staying", columns, rows
    )


def print_uncertainty(found: Uncertainty, money: ShownMoney) -> None:
    """Print the bands of the bills and the odds of each option."""
    print_table(
        f"First month, {money.code}, over {plural(found.draws, 'draw')} (seed {found.seed})",
        ("alternative", "P10", "P50", "P90", "cannot_serve"),
        [
            {
                "alternative": bill.label,
                **_three(bill.first_month, money),
                "cannot_serve": share(bill.unserved) if bill.unserved else "",
            }
            for bill in found.bills
        ],
    )
    labels = {bill.alternative: bill.label for bill in found.bills}
    print_table(
        "Share of the draws in which an alternative costs less than staying",
        ("alternative", "first_month", "horizon", "expected_loss", "u* P10", "u* P50", "u* P90"),
        [
            {
                "alternative": labels[odds.alternative],
                "first_month": f"{share(odds.cheaper_first_month)} ± {share(odds.standard_error)}",
                "horizon": share(odds.cheaper_over_horizon),
                "expected_loss": expected_loss(odds.expected_loss_usd, odds.unserved, money),
                **{f"u* {name}": cell for name, cell in _three(odds.threshold, share).items()},
            }
            for odds in found.odds
        ],
    )
    for said in found.carried:
        _say(said)


def _three(band: Band | None, write: Callable[[float], str]) -> dict[str, str]:
    if band is None:
        return dict.fromkeys(("P10", "P50", "P90"), "")
    values = {"P10": band.p10, "P50": band.p50, "P90": band.p90}
    return {
        name: write(value) if math.isfinite(value) else "none" for name, value in values.items()
    }


def print_winners(found: WinnerMap) -> None:
    """Print the map with a letter for each winner, the highest row first."""
    keys = list(dict.fromkeys(key for row in found.winners for key in row if key is not None))
    letters = dict(zip(keys, ascii_uppercase, strict=False))
    _say("The least present value over the horizon wins.")
    _say(f"{found.y.label} [{found.y.unit}] upward, {found.x.label} [{found.x.unit}] to the right")
    for value, row in reversed(list(zip(found.y_values, found.winners, strict=True))):
        cells = " ".join(letters.get(key, "?") if key else "·" for key in row)
        _say(f"{number(value).rjust(12)}  {cells}")
    _say(f"{' ' * 12}  from {number(found.x_values[0])} to {number(found.x_values[-1])}")
    labels = dict(found.labels)
    for key, letter in letters.items():
        _say(f"{letter}  {labels[key]}")


def print_solutions(solutions: Sequence[Solution], money: ShownMoney) -> None:
    """Print where both present values are equal, or why nowhere."""
    rows = [
        {
            "input": f"{s.label} [{s.unit}]",
            "option": s.alternative.removeprefix("self-hosted/"),
            "yours": number(s.given, 6),
            "equal_at": _equal_at(s, money),
            "others": ", ".join(number(f.value) for f in s.found if f.value != s.value)[:60],
            "remark": s.reason,
        }
        for s in solutions
    ]
    columns = ("input", "option", "yours", "equal_at", "others", "remark")
    print_table(
        "Where own GPUs and staying cost the same over the horizon, in present value", columns, rows
    )


def _equal_at(solution: Solution, money: ShownMoney) -> str:
    if solution.value is None:
        return "nowhere"
    price, at = solution.usd_per_gpu_hour, number(solution.value, 6)
    return at if price is None else f"{at} ({money.each(price)} per GPU hour)"


def print_comparison(compared: ScenarioComparison, known: Mapping[str, Factor]) -> None:
    """Print both headlines and what each difference contributes, in order and alone."""
    terminal = Terminal()
    terminal.say(f"Before: {compared.before_headline}", hanging=8)
    terminal.say(f"After:  {compared.after_headline}", hanging=8)
    if not compared.contributions:
        _say("The two scenarios ask the same question.")
        return
    money = compared.money
    rows = [
        {
            "difference": "; ".join(
                _changed(change, known.get(change.path)) for change in step.changes
            ),
            **_effect(step.in_order, money),
            "alone": _change(step.alone.gap_usd, money)
            if not step.alone_reason
            else step.alone_reason,
        }
        for step in compared.contributions
    ]
    rows.append({"difference": "Sum", **_effect(compared.difference, money), "alone": ""})
    columns = ("difference", "staying", "best_other", "gap", "alone")
    print_table("What each difference adds to present values, in order", columns, rows)


def _effect(effect: Effect, money: ShownMoney) -> dict[str, str]:
    return {
        "staying": _change(effect.staying_usd, money),
        "best_other": _change(effect.best_usd, money),
        "gap": _change(effect.gap_usd, money),
    }


def _change(value_usd: float | None, money: ShownMoney) -> str:
    return "no answer" if value_usd is None else money.change(value_usd)


def _share(value: float | None) -> str:
    return "none" if value is None else share(value)


def _changed(change: Change, factor: Factor | None) -> str:
    before, after = before_and_after(change, factor.unit if factor else "")
    return f"{factor.label if factor else words_of(change.path)}: {before} → {after}"


def _say(text: str) -> None:
    Terminal().say(text)
