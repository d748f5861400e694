"""Six figures that are told first, each with the alternative it is about."""

from dataclasses import dataclass

from tco.answer.worked import Evaluation
from tco.results.answer import UtilisationAnswer, Verdict
from tco.words.figures import NO_VALUE, band, plural, share
from tco.words.shown_money import ShownMoney


@dataclass(frozen=True, slots=True)
class Tile:
    """One figure, its name, and whom it is about."""

    label: str
    value: str
    about: str


def tiles(evaluation: Evaluation) -> tuple[Tile, ...]:
    """Name, figure and whom it is about, of the six figures that are told first."""
    verdict, of = evaluation.verdict, evaluation.alternative
    money = evaluation.asked.scenario.currency.money
    baseline, chosen = evaluation.alternatives[0], of(verdict.chosen)
    about = of(verdict.worth_of).label if verdict.worth_of else "nothing else may be chosen"
    sure = verdict.probability_cheaper_than_staying
    drawn = plural(evaluation.uncertainty.draws, "draw")
    best = of(verdict.best_own) if verdict.best_own else None
    answer = evaluation.break_even(best.key) if best else None
    u = answer.utilisation if answer else None
    return (
        Tile("Your bill, a month", money.short(baseline.monthly_usd), baseline.label),
        Tile("The choice, a month", money.short(chosen.monthly_usd), chosen.label),
        Tile("Moving is worth", _worth(verdict, money), f"a year: {about}"),
        Tile(
            "Cheaper than staying",
            NO_VALUE if sure is None else share(sure),
            f"of {drawn}: {about}",
        ),
        Tile(
            "Own GPUs, a month",
            money.short(best.monthly_usd) if best else NO_VALUE,
            best.label if best else "none may be chosen",
        ),
        Tile("Break-even utilisation", _needed(u), _where(u)),
    )


def _worth(verdict: Verdict, money: ShownMoney) -> str:
    year = verdict.worth_usd_per_year
    return NO_VALUE if year is None else money.short(year)


def _needed(u: UtilisationAnswer | None) -> str:
    if u is None:
        return NO_VALUE
    return u.instead if u.value is None else share(u.value)


def _where(u: UtilisationAnswer | None) -> str:
    """Say where your traffic is, and how sure the threshold is."""
    if u is None:
        return "none may be chosen"
    if u.value is None:
        return str(u.reason)
    return f"yours {share(u.own)}; P10–P90: {band(u.p10, u.p90)}"
