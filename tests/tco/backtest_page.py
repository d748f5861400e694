"""Writes docs/backtest.md: the planner on past days, over every dated price on record.

Run ``python -m tests.tco.backtest_page`` to write the page anew; a test holds it to the product.
"""

import textwrap
from pathlib import Path

from tco.analysis.backtest import backtest
from tco.analysis.decision import Question
from tco.commands.backtest_documents import band_rows, limits, quarter_rows
from tco.question.files import load_scenario
from tco.words.figures import share

PAGE = Path(__file__).parents[2] / "docs" / "backtest.md"
SCENARIO = PAGE.parent / "examples" / "since-gpt-4o.toml"
WIDTH = 124

TEXT = """# What it would have said

`tco backtest SCENARIO` asks a question on the first day of each quarter since its baseline was
first sold, with the token prices known on that day, and prices the same months as they became. A
price that began, changed or ended later is not known; the end of a model is not known until it
comes. Written by `python -m tests.tco.backtest_page`, compared by a test.

## One question since 2024

{note} `docs/examples/{file}`, until {until}.

{quarters}

*Sure* is the share of draws of prices in which the choice costs less than staying, *promised* its
worth from P10 to P90 over the months, *became* its worth at the prices as they became, *best* what
has cost least since, of the options known on the day, *cheapest month* the first bill of the
cheapest of them.

## Were 80 % eighty?

Every offer sold on the day in the standard tier against staying, {offers} in all:

{bands}

No: {kept} of what became lies in bands that are meant to hold 80 %. The list price of a model
hardly moves while it is sold, as far as it is on record; what falls is the price of the next model,
as the last column of the first table shows. The bands are drawn for the market as a whole, ±15 % a
year, and are too wide for one model that is kept. A move to a successor belongs in `successors`,
and a fall of the market in `finance.api_price_change_per_year`.

Of {rates} standard rates on record, {dated} say the day they began or ended. Of the others no
change is known, which is not the same as none: the share that was kept is an upper estimate.
{limits}
"""


def page() -> str:
    """Text of the whole page."""
    scenario = load_scenario(SCENARIO)
    question = Question.of(scenario)
    found = backtest(question)
    dated, rates = _dated_rates(question.data.catalogue)
    text = TEXT.format(
        note=scenario.note,
        file=SCENARIO.name,
        until=found.until,
        quarters=_table(quarter_rows(found, scenario.currency.money)),
        offers=len(found.promises),
        bands=_table(band_rows(found)),
        kept=share(sum(one.kept for one in found.promises) / len(found.promises)),
        rates=rates,
        dated=dated,
        limits=limits(),
    )
    return "\n\n".join(map(_filled, text.strip().split("\n\n"))) + "\n"


def _filled(paragraph):
    if paragraph.startswith("|"):
        return paragraph
    return textwrap.fill(paragraph, WIDTH, break_long_words=False, break_on_hyphens=False)


def _dated_rates(catalogue):
    """Standard rates with a day of their own, and all of them."""
    cards = [
        item.card
        for offer in catalogue.offers()
        for item in offer.price_sets
        if item.card.tier == "standard" and item.card.residency == "global"
    ]
    return sum(card.since is not None or card.until is not None for card in cards), len(cards)


def _table(rows):
    heads = [head.replace("_", " ") for head in rows[0]]
    lines = [f"| {' | '.join(heads)} |", f"|{'---|' * len(heads)}"]
    return "\n".join([*lines, *(f"| {' | '.join(row.values())} |" for row in rows)])


if __name__ == "__main__":
    PAGE.write_text(page())
