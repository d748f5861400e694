"""The back-test as a JSON document, as tables in a terminal, and its sums in words."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Final

from tco.analysis.backtest import Backtest, Promise, Quarter
from tco.answer.verdict_words import SURE
from tco.commands.tables import print_table
from tco.question.files import Document
from tco.question.scenario import Scenario
from tco.words.figures import share
from tco.words.shown_money import ShownMoney

BACKTEST_SCHEMA: Final = "tco.backtest/1"
BY_MONTHS_AHEAD: Final = ((1, 6), (7, 12), (13, 120))
"""Months from the day of the question to the newest price, in rows."""


def backtest_document(stamp: dict[str, Any], found: Backtest) -> Document:
    """Every quarter with what was promised of every offer, and what became of it."""
    return {
        "schema": BACKTEST_SCHEMA,
        "stamp": stamp,
        "until": found.until.isoformat(),
        "quarters": [_plain(quarter) for quarter in found.quarters],
    }


def print_backtest(scenario: Scenario, found: Backtest) -> None:
    """Print what would have been said each quarter, and how well the bands held."""
    rows = quarter_rows(found, scenario.currency.money)
    print_table(
        f"Asked on the first day of each quarter, and priced as it became until {found.until}",
        list(rows[0]),
        rows,
    )
    kept = band_rows(found)
    print_table("Every offer on record against staying", list(kept[0]), kept, limits())


def quarter_rows(found: Backtest, money: ShownMoney) -> list[dict[str, str]]:
    """One row a quarter, under names for people."""
    return [_row(quarter, money) for quarter in found.quarters]


def band_rows(found: Backtest) -> list[dict[str, str]]:
    """How often what became lies in its band, and what was likely came true, by months ahead."""
    rows = []
    for low, high in BY_MONTHS_AHEAD:
        ahead = [
            one
            for quarter in found.quarters
            if low <= quarter.months <= high
            for one in quarter.promises
        ]
        if ahead:
            name = f"{low} to {high}" if high < BY_MONTHS_AHEAD[-1][1] else f"{low} and more"
            rows.append({"months": name} | _kept(ahead))
    return [*rows, {"months": "all"} | _kept(found.promises)]


def limits() -> str:
    """What a back-test of a price list cannot tell."""
    return (
        "A price without a first day on record is taken to have held since its model's first day. "
        "Volume and work are taken as planned: prices alone are drawn. Rents and servers have one "
        "day each on record, so that only what is sold by the token takes part."
    )


def _row(quarter: Quarter, money: ShownMoney) -> dict[str, str]:
    chosen = quarter.chosen
    row = {
        "day": quarter.day.isoformat(),
        "months": str(quarter.months),
        "said": f"stay on {quarter.staying}",
        "sure": "",
        "promised": "",
        "became": "",
    }
    if chosen is not None:
        sure = chosen.cheaper >= SURE
        row |= {
            "said": f"switch to {chosen.label}" if sure else f"too close: {chosen.label}",
            "sure": share(chosen.cheaper),
            "promised": f"{money(chosen.promised.p10)} to {money(chosen.promised.p90)}",
            "became": money(chosen.became_usd),
        }
    best = f"{quarter.best}, by {money(quarter.missed_usd)}" if quarter.missed_usd > 0 else "it"
    return row | {"best": best, "cheapest_month": money(quarter.cheapest_month_usd)}


def _kept(promises: Sequence[Promise]) -> dict[str, str]:
    likely = [one for one in promises if one.cheaper >= SURE]
    unlikely = [one for one in promises if one.cheaper <= 1 - SURE]
    return {
        "offers": str(len(promises)),
        "in_the_80_%_band": _share(sum(one.kept for one in promises), len(promises)),
        "likely_(80_%_or_more)": str(len(likely)),
        "came_true": _share(sum(one.became_usd > 0 for one in likely), len(likely)),
        "unlikely_(20_%_or_less)": str(len(unlikely)),
        "came_all_the_same": _share(sum(one.became_usd > 0 for one in unlikely), len(unlikely)),
    }


def _share(part: int, whole: int) -> str:
    return share(part / whole) if whole else ""


def _plain(quarter: Quarter) -> Document:
    chosen = quarter.chosen
    return {
        "day": quarter.day.isoformat(),
        "months": quarter.months,
        "staying": quarter.staying,
        "chosen": None if chosen is None else chosen.key,
        "best": quarter.best,
        "missed_usd": quarter.missed_usd,
        "cheapest_month_usd": quarter.cheapest_month_usd,
        "offers": [asdict(one) | {"kept": one.kept} for one in quarter.promises],
    }
