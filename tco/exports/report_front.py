"""The first two pages of the report: what a board signs, without the evidence behind it."""

from typing import Final

from tco.answer.old_figures import told_ages
from tco.answer.tiles import tiles
from tco.answer.worked import Evaluation
from tco.exports.markup import Markup, element, in_sequence, link
from tco.exports.report_charts import break_even_drawing
from tco.exports.report_tables import capital_section, summary_section, table_of
from tco.question.scenario import Scenario
from tco.results.bill import Alternative, CostLine
from tco.words.figures import amount, quantity, share

LARGE_SHARE: Final = 0.1
"""A line of at least this share of its bill matters [1]."""
SIGNED_BY: Final = ("Decided", "Name", "Date", "Signature")


def board_summary(scenario: Scenario, evaluation: Evaluation) -> Markup:
    """The first page: the answer, its six figures, its chart, and where it is signed."""
    verdict = evaluation.verdict
    return element(
        "section",
        element("p", scenario.name, class_="stamp"),
        element("h1", verdict.headline),
        *(element("p", text) for text in (verdict.sentence, verdict.own, verdict.also)),
        *(element("p", element("strong", old)) for old in told_ages(evaluation)),
        element("p", element("small", scenario.note)) if scenario.note else in_sequence(),
        element("dl", *_tiles(evaluation)),
        element("h2", "Break-even by utilisation"),
        in_sequence(break_even_drawing(evaluation)),
        element("p", *(element("span", f"{part}:") for part in SIGNED_BY), class_="sign"),
        class_="sheet",
    )


def board_evidence(evaluation: Evaluation) -> Markup:
    """The second page: every bill, the capital, and what the answer rests on most."""
    return element(
        "section",
        element("h2", "The alternatives"),
        summary_section(evaluation),
        element("h2", "Capital of the choice"),
        capital_section(evaluation),
        element("h2", "What the answer rests on most"),
        _turning(evaluation),
        _large_lines(evaluation),
        class_="sheet",
    )


def _tiles(evaluation: Evaluation) -> list[Markup]:
    return [
        element(
            "div",
            element("dt", tile.label),
            element("dd", tile.value),
            element("small", tile.about),
        )
        for tile in tiles(evaluation)
    ]


def _turning(evaluation: Evaluation) -> Markup:
    """Inputs that turn the answer, and at which value."""
    deciders = evaluation.verdict.deciders
    if not deciders:
        return element("p", "No single input turns the answer within what is held possible.")
    rows = [
        element(
            "tr",
            element("th", one.label, scope="row"),
            element("td", amount(one.given, one.unit), class_="figure"),
            element("td", amount(one.turns_at, one.unit), class_="figure"),
        )
        for one in deciders
    ]
    return table_of(("Input", "As given", "The answer turns at"), rows)


def _large_lines(evaluation: Evaluation) -> Markup:
    """Lines that make most of the bills told of, each with its price and who says so."""
    verdict = evaluation.verdict
    told = dict.fromkeys((evaluation.alternatives[0].key, verdict.chosen, verdict.best_own))
    rows = [
        _line_row(evaluation, alternative, line, line.cost_usd / alternative.monthly_usd)
        for alternative in map(evaluation.alternative, filter(None, told))
        for line in alternative.lines
        if alternative.monthly_usd
        and line.cost_usd is not None
        and line.cost_usd >= LARGE_SHARE * alternative.monthly_usd
    ]
    price = f"{evaluation.money.code} per unit"
    heads = ("Alternative", "Line", "Of its bill", "Quantity", price, "Source")
    return table_of(heads, rows)


def _line_row(
    evaluation: Evaluation, alternative: Alternative, line: CostLine, part: float
) -> Markup:
    source = in_sequence(link(line.basis.source, line.basis.url), f", {line.basis.as_of}")
    return element(
        "tr",
        element("th", alternative.label, scope="row"),
        element("td", line.name),
        element("td", share(part), class_="figure"),
        element("td", f"{quantity(line.quantity)} {line.unit}", class_="figure"),
        element("td", evaluation.money.unit_price(line.unit_price_usd), class_="figure"),
        element("td", source),
    )
