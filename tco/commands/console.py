"""The answer in a terminal: a verdict, the bills side by side, break-even with its reasons."""

from collections.abc import Mapping, Sequence
from typing import Final

from hardware_profiles.calibration import UNMEASURED
from tco.answer.old_figures import told_ages
from tco.answer.own_findings import told_of_own
from tco.answer.worked import Evaluation
from tco.commands.tables import print_table
from tco.commands.terminal import Terminal
from tco.question.scenario import Scenario
from tco.results.answer import BreakEven
from tco.results.bill import KEPT_OUT, Finding
from tco.words.figures import NOT_ESTIMATED, band, count, milliseconds, plural, share, span, whole

MOST_SPANS: Final = 5
MOST_LABELS: Final = 3
OF_OWN: Final = frozenset({"rented", "owned", "hybrid"})
NONE_OF_OWN: Final = (
    "The scenario names no servers of your own: there is nothing to break even. Add one under "
    "[[self_hosted]], or ask `tco rank FILE` which there are."
)
PART_OF: Final = {
    "tokens": "tokens or machines", "machines": "tokens or machines", "people": "people"
}  # fmt: skip
"""Column of a group of lines in the first month's table; all others are the rest."""
NEXT: Final = (
    "Next: `tco sensitivity FILE` shows what would turn this, `tco rank FILE` what else is sold, "
    "`tco export FILE --to report.html` makes a report. `--json` has the source of every line."
)


def print_evaluation(scenario: Scenario, evaluation: Evaluation) -> None:
    """Print verdict, bills, findings and stamp."""
    terminal = Terminal()
    said = evaluation.verdict
    terminal.say(scenario.name, "dim")
    terminal.say(said.headline, "bold")
    for sentence in (said.sentence, said.own, said.also):
        if sentence:
            terminal.say(sentence)
    for old in told_ages(evaluation):
        terminal.say(old, "yellow")
    for own in told_of_own(evaluation.findings):
        terminal.say(own)
    terminal.print()
    _print_bills(evaluation)
    _print_horizon(scenario, evaluation)
    missing = dict.fromkeys(
        line.name.lower()
        for a in evaluation.alternatives
        for line in a.lines
        if line.cost_usd is None
    )
    if missing:
        terminal.say(f"{NOT_ESTIMATED.capitalize()}: {', '.join(missing)}.")
    for told, labels in _findings(evaluation).items():
        terminal.say(f"• {_some(labels)}: {told}", "yellow", hanging=2)
    stamp = evaluation.stamp
    terminal.say(
        f"Prices of {stamp.prices_on} (catalogue {stamp.catalogue_version}), "
        f"{whole(stamp.hours_per_month)} hours a month, mean TTFT "
        f"{milliseconds(stamp.mean_ttft_ms)} and mean TPOT {milliseconds(stamp.mean_tpot_ms)}.",
        "dim",
    )
    terminal.say(NEXT, "dim")


def _findings(evaluation: Evaluation) -> Mapping[str, Sequence[str]]:
    """What is to be known, with the alternatives it is about."""
    found: dict[str, list[str]] = {}
    for a in evaluation.alternatives:
        for told in dict.fromkeys(_told(f) for f in a.findings if f.severity != "remark"):
            found.setdefault(told, []).append(a.label)
    return found


def _told(finding: Finding) -> str:
    """Say a finding; of one that keeps an alternative out that it does, and what to do.

    Of a speed that nobody measured, how to measure it is said too.
    """
    if finding.code in UNMEASURED:
        return f"{finding.message} {finding.remedy}".strip()
    if finding.severity not in KEPT_OUT:
        return finding.message
    barred = "May not be chosen: " if finding.severity == "barred" else ""
    return f"{barred}{finding.message} {finding.remedy}".strip()


def _some(labels: Sequence[str]) -> str:
    named = "; ".join(labels[:MOST_LABELS])
    more = len(labels) - MOST_LABELS
    return f"{named}; {more} more" if more > 0 else named


def _print_horizon(scenario: Scenario, evaluation: Evaluation) -> None:
    """Show the whole horizon in the scenario's currency, its conventions below."""
    code, rate = scenario.currency.code, scenario.currency.per_usd
    worth = f"worth of moving{evaluation.basis}"
    columns = (
        "Alternative", "total", "present_value", worth, "at_the_start", "IRR",
        "paid back, discounted",
    )  # fmt: skip
    rows = []
    for row in sorted(evaluation.appraisals, key=lambda row: row.present_usd):
        amounts = (row.total_usd, row.present_usd, row.npv_usd, row.capital_usd)
        cells = (
            evaluation.alternative(row.alternative).label,
            *(whole(amount * rate) for amount in amounts),
            "not defined" if row.irr is None else share(row.irr),
            "not paid back"
            if row.discounted_payback is None
            else f"month {row.discounted_payback}",
        )
        rows.append(dict(zip(columns, cells, strict=True)))
    title = f"{plural(scenario.finance.horizon_months, 'month')}, {code}"
    print_table(title, columns, rows, " ".join(evaluation.conventions))


def _print_bills(evaluation: Evaluation) -> None:
    money = evaluation.money
    rows = []
    for a in sorted(evaluation.alternatives, key=lambda a: a.monthly_usd or float("inf")):
        parts = dict.fromkeys(("tokens or machines", "people", "the rest"), 0.0)
        for line in a.lines:
            parts[PART_OF.get(line.group, "the rest")] += line.cost_usd or 0.0
        priced = a.monthly_usd is not None
        rows.append(
            {
                "Alternative": a.label,
                f"{money.code}/month": money(a.monthly_usd) if priced else "refused",
                f"{money.code}/Mtok": money.unit_price(a.usd_per_mtok) if a.usd_per_mtok else "",
                "busy": share(a.serving.utilisation) if a.serving else "",
                **{part: money(usd) if priced else "" for part, usd in parts.items()},
            }
        )
    print_table("A first month, cheapest first", tuple(rows[0]), rows)


def print_break_even(evaluation: Evaluation) -> None:
    """Print the three coordinates of each self-hosted option."""
    terminal = Terminal()
    terminal.say(f"Against {evaluation.alternatives[0].label}", "bold")
    if all(alternative.kind not in OF_OWN for alternative in evaluation.alternatives):
        terminal.say(NONE_OF_OWN)
    for alternative in evaluation.alternatives:
        if alternative.kind not in OF_OWN:
            continue
        terminal.say(f"\n{alternative.label}", "bold")
        answer = evaluation.break_even(alternative.key)
        if answer is None:
            refused = alternative.refused
            terminal.say(f"refused: {refused.message if refused else ''}", indent=2)
            continue
        for name, said in _coordinates(answer, evaluation):
            terminal.say(f"{name.ljust(13)}{said}", indent=2, hanging=15)


def _coordinates(answer: BreakEven, evaluation: Evaluation) -> list[tuple[str, str]]:
    at, volume, month = answer.utilisation, answer.volume, answer.month
    reason = f" ({at.reason})" if at.reason else ""
    lines = [("utilisation", at.why_none)]
    if at.value is not None:
        between = f", {band(at.p10, at.p90)}" if at.p10 is not None else ""
        told = f"from {share(at.value)}{between}; yours {share(at.own)}{reason}"
        lines = [("utilisation", told)]
    spans = [
        span(low, high, least)
        for (low, high), least in zip(volume.spans, volume.up_to, strict=True)
    ]
    shown = "; ".join(spans[:MOST_SPANS] + (["…"] if len(spans) > MOST_SPANS else []))
    searched = f"at no volume up to {count(volume.searched_up_to)}"
    told = f"cheaper {shown or searched} requests a month"
    lines.append(("volume", told if volume.is_defined else str(volume.reason)))
    if volume.crossings:
        changes = plural(len(volume.crossings), "time")
        up_to = count(volume.searched_up_to)
        told = (
            f"the cheaper side changes {changes} up to {up_to} requests a month; --json lists them"
        )
        lines.append(("", told))
    if volume.cheaper_for_good_from is not None:
        lines.append(("", f"for good from {count(volume.cheaper_for_good_from)}"))
    if volume.reason and volume.is_defined:
        lines.append(("", f"not for good ({volume.reason})"))
    bill = "in no month" if month.bill_from is None else f"from month {month.bill_from}"
    paid = month.discounted_payback
    pays = "not within the horizon" if paid is None else f"in month {paid} (discounted)"
    why = f" ({month.reason})" if month.reason else ""
    worth = f"{evaluation.money(month.npv_usd)} in present value{evaluation.basis}"
    lines.append(("month", f"lower bill {bill}, paid back {pays}{why}; worth {worth}"))
    return lines
