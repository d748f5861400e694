"""The answer as a workbook with live formulas, in the same figures as the page."""

from collections.abc import Sequence
from datetime import UTC, datetime, time
from typing import Final

from pricing.units import MONTHS_PER_YEAR, TOKENS_PER_MTOK
from tco.answer.old_figures import told_ages
from tco.answer.worked import Evaluation
from tco.bill.base_fleet import BaseFleet
from tco.exports import workbook_bills
from tco.exports.sheets import Bold, Book, Cell, Formula
from tco.exports.workbook_break_even import BREAK_EVEN_SHEET, write_break_even
from tco.exports.workbook_fiscal import MONTHS_SHEET, YEARS_SHEET, write_fiscal
from tco.exports.workbook_inputs import CHANGED, INPUTS_SHEET, Inputs
from tco.facts.cost_facts import YOURS
from tco.kernel.autoscale import AutoscaleRule
from tco.question.scenario import Scenario
from tco.results.bill import Alternative
from tco.words.figures import milliseconds
from tco.words.formats import SHEET_MONEY, SHEET_NUMBER
from tco.words.shown_money import ShownMoney

_TOKENS: Final = round(TOKENS_PER_MTOK)
ANSWER: Final = "Answer"
FINDINGS: Final = "Findings"
OF_REQUESTS: Final = (
    "Bills and Break-even are of as many requests on each side, tries included; where acceptance "
    "was measured for both sides, the words above compare as many accepted answers."
)


def workbook(scenario: Scenario, evaluation: Evaluation) -> bytes:
    """Inputs, bills, break-even, fiscal years and findings as the bytes of an XLSX file.

    Formulas carry their values, so that a viewer that does not calculate shows the figures of the
    evaluation. Text is never taken for a formula.
    """
    made = datetime.combine(scenario.prices_on, time(), UTC).replace(tzinfo=None)
    sheets = (
        ANSWER,
        INPUTS_SHEET,
        workbook_bills.BILLS_SHEET,
        BREAK_EVEN_SHEET,
        YEARS_SHEET,
        MONTHS_SHEET,
        FINDINGS,
    )
    book = Book(sheets, created=made)
    inputs = Inputs(scenario.currency)
    volume = scenario.workload.requests_per_month
    inputs.add(workbook_bills.REQUESTS, "Requests a month", volume, "request/month", YOURS)
    hosts = _hosts(evaluation)
    _fleet_inputs(inputs, hosts)
    workbook_bills.start(book)
    blocks = {
        alternative.key: workbook_bills.write_bill(
            book, inputs, alternative, hosts.get(alternative.key)
        )
        for alternative in evaluation.alternatives
        if alternative.refused is None
    }
    write_break_even(book, evaluation, list(blocks.values()))
    write_fiscal(book, evaluation)
    inputs.write(book)
    _write_answer(book, scenario, evaluation, blocks)
    _write_findings(book, evaluation)
    return book.content()


def _hosts(evaluation: Evaluation) -> dict[str, workbook_bills.Host]:
    """Every self-hosted option that is not refused, with the rule of its fleet."""
    found = {}
    for number, option in enumerate(evaluation.asked.resolved.hosts, 1):
        worked = evaluation.worked.get(f"self-hosted/{option.option.name}")
        if worked is not None and worked.fleet is not None:
            assert not isinstance(worked.fleet.rule, BaseFleet)
            found[worked.alternative.key] = workbook_bills.Host(number, option, worked.fleet.rule)
    return found


def _fleet_inputs(inputs: Inputs, hosts: dict[str, workbook_bills.Host]) -> None:
    """Take up what sizes every fleet alike."""
    for host in hosts.values():
        rule = host.rule.base if isinstance(host.rule, AutoscaleRule) else host.rule
        for name, label, value, unit in (
            ("allowed_load", "Planned load of a replica in its peak", rule.allowed_load, "1"),
            ("peak_to_mean", "Busiest minute of the week over its mean", rule.peak_to_mean, "1"),
            ("spare_replicas", "Spare replicas", rule.spare_replicas, "replica"),
            ("min_replicas", "Least number of replicas", rule.min_replicas, "replica"),
        ):
            inputs.add(name, label, float(value), unit, YOURS)


def _write_answer(
    book: Book, scenario: Scenario, evaluation: Evaluation, blocks: dict[str, workbook_bills.Block]
) -> None:
    book.widths(ANSWER, 52, 18, 18, 18, 18, 18, 18, 40)
    verdict, stamp = evaluation.verdict, evaluation.stamp
    for text in (scenario.name, verdict.headline, verdict.sentence, verdict.own, verdict.also):
        book.row(ANSWER, Bold(text, title=True) if text is verdict.headline else text)
    for old in told_ages(evaluation):
        book.row(ANSWER, Bold(old))
    stale = (
        "Inputs were changed: the words above are those of the export, the figures below follow."
    )
    book.row(ANSWER, Formula(f'IF({CHANGED}=0,"","{stale}")', ""))
    book.row(ANSWER)
    money = evaluation.money
    heads = ("Alternative", f"{money.code} a month", f"{money.code} a year")
    book.heading(
        ANSWER,
        *heads,
        "Less than staying, a month",
        f"{money.code} per request",
        f"{money.code} per Mtok",
        f"{money.code} per accepted answer",
        "Refused because",
    )
    stay = blocks[evaluation.alternatives[0].key]
    for alternative in evaluation.alternatives:
        book.row(ANSWER, *_answer_row(alternative, blocks.get(alternative.key), stay, money))
    if any(alternative.accepted_share is not None for alternative in evaluation.alternatives):
        book.row(ANSWER, OF_REQUESTS)
    book.row(ANSWER)
    for label, value in (
        ("Planner", stamp.model_version),
        ("Prices", f"{stamp.catalogue_version}, of {stamp.prices_on}"),
        ("Hours in a month", stamp.hours_per_month),
        ("Calibrations", ", ".join(stamp.calibrations)),
        (
            "Objective",
            f"{milliseconds(stamp.mean_ttft_ms)} to the first token, "
            f"{milliseconds(stamp.mean_tpot_ms)} each",
        ),
    ):
        book.row(ANSWER, label, value)
    for said in evaluation.conventions:
        book.row(ANSWER, said)


def _answer_row(
    alternative: Alternative,
    block: workbook_bills.Block | None,
    stay: workbook_bills.Block,
    money: ShownMoney,
) -> Sequence[Cell]:
    if block is None or alternative.monthly_usd is None or stay.alternative.monthly_usd is None:
        refused = alternative.refused
        reason = refused.message if refused else ""
        return (alternative.label, *[None] * 6, reason)
    monthly = money.amount(alternative.monthly_usd)
    staying = money.amount(stay.alternative.monthly_usd)
    cell, volume = block.total_cell, alternative.requests_per_month
    tokens = alternative.input_tokens_per_request + alternative.output_tokens_per_request
    per_request = monthly / volume
    million = f"{cell}/{workbook_bills.REQUESTS}/{tokens!r}*{_TOKENS}"
    accepted = alternative.accepted_share
    return (
        alternative.label,
        Formula(cell, monthly),
        Formula(f"{cell}*{MONTHS_PER_YEAR}", monthly * MONTHS_PER_YEAR),
        Formula(f"{stay.total_cell}-{cell}", staying - monthly, SHEET_MONEY),
        Formula(f"{cell}/{workbook_bills.REQUESTS}", per_request, SHEET_NUMBER),
        Formula(million, per_request / tokens * TOKENS_PER_MTOK, SHEET_NUMBER),
        None
        if accepted is None
        else Formula(
            f"{cell}/{workbook_bills.REQUESTS}/{accepted!r}", per_request / accepted, SHEET_NUMBER
        ),
    )


def _write_findings(book: Book, evaluation: Evaluation) -> None:
    book.widths(FINDINGS, 44, 12, 90, 60, 44)
    book.heading(FINDINGS, "About", "Severity", "Finding", "What to do", "Source")
    about = [("The whole comparison", finding) for finding in evaluation.findings]
    about += [(a.label, finding) for a in evaluation.alternatives for finding in a.findings]
    for label, found in about:
        book.row(FINDINGS, label, found.severity, found.message, found.remedy, found.source)
