"""Bills and shapes of usage files as versioned JSON documents; amounts are decimal texts."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from decimal import Decimal
from typing import Any, Final

from pricing.catalogue import Catalogue
from pricing.figures import exact
from tco.analysis.usage_watch import UsageWatch
from tco.commands.catalogue_stamp import catalogue_stamp
from tco.own_data.usage.bill_lines import LINE_COUNTS, SetAside, UsageBill, UsageLine
from tco.own_data.usage.reconcile import Difference, Reconciliation
from tco.own_data.usage.scenario_of_log import LogScenario
from tco.own_data.usage.shape import Shape
from tco.question.files import document_of

USAGE_BILL_SCHEMA: Final = "tco.usage-bill/1"
USAGE_RECONCILIATION_SCHEMA: Final = "tco.usage-reconciliation/1"
USAGE_SQL_SCHEMA: Final = "tco.usage-sql/1"
USAGE_WATCH_SCHEMA: Final = "tco.usage-watch/1"
USAGE_SCENARIO_SCHEMA: Final = "tco.usage-scenario/2"
USAGE_SHAPES_SCHEMA: Final = "tco.usage-shapes/1"


def shapes_document(shapes: Iterable[Shape]) -> dict[str, Any]:
    """Every shape, by what it is recognised."""
    return {"schema": USAGE_SHAPES_SCHEMA, "shapes": [shape_row(shape) for shape in shapes]}


def shape_row(shape: Shape) -> dict[str, Any]:
    """One shape in plain values."""
    return {
        "shape": shape.key,
        "title": shape.title,
        "recognised_by": list(shape.marks),
        "row": shape.grain,
        "cached": shape.cached,
        "reasoning": shape.reasoning,
        "costs_only": shape.is_cost,
        "note": shape.note,
    }


def bill_document(bill: UsageBill, catalogue: Catalogue) -> dict[str, Any]:
    """A bill with its lines, its total, and what was set aside."""
    terms, total = bill.terms, bill.total
    return {
        "schema": USAGE_BILL_SCHEMA,
        **catalogue_stamp(catalogue),
        "files": list(bill.files),
        "shapes": list(bill.shapes),
        "by": list(terms.by),
        "prices": terms.prices_on.isoformat() if terms.prices_on else "actual",
        "at": f"{terms.at.offer.provider}/{terms.at.offer.model}/{terms.at.tier}"
        if terms.at
        else None,
        "rows": {
            "in": bill.rows,
            "priced": total.rows - total.bounded_rows,
            "bounded": total.bounded_rows,
            "set_aside": bill.set_aside_rows,
        },
        "total": line_row(total, ()),
        "lines": [line_row(line, terms.by) for line in bill.lines],
        "set_aside": [_aside_row(aside) for aside in bill.set_aside],
        "remarks": list(bill.remarks),
    }


def line_row(line: UsageLine, by: Sequence[str]) -> dict[str, Any]:
    """One line in plain values."""
    return {
        **dict(zip(by, line.group, strict=True)),
        **{name: getattr(line, name) for name in LINE_COUNTS},
        "lower_usd": exact(line.lower_usd),
        "upper_usd": exact(line.upper_usd),
        "charged_usd": exact_or_none(line.charged_usd),
    }


def scenario_document(made: LogScenario) -> dict[str, Any]:
    """A scenario from a log, and how far the log tells each of its values."""
    return {
        "schema": USAGE_SCENARIO_SCHEMA,
        "scenario": document_of(made.scenario),
        "findings": [
            {"field": f.field, "said": f.said, "from_log": f.from_log} for f in made.findings
        ],
        "about": [line_row(line, made.bill.terms.by) for line in made.lines],
        "lines": [line_row(line, made.bill.terms.by) for line in made.bill.lines],
        "set_aside": [_aside_row(aside) for aside in made.bill.set_aside],
        "remarks": list(made.bill.remarks),
    }


def reconciliation_document(found: Reconciliation, catalogue: Catalogue) -> dict[str, Any]:
    """Both books side by side, and what differs by its kind."""
    return {
        "schema": USAGE_RECONCILIATION_SCHEMA,
        **catalogue_stamp(catalogue),
        "by": list(found.by),
        "gap_usd_by_kind": {kind: exact(gap) for kind, gap in found.gap_by_kind.items()},
        "differences": [difference_row(one, found.by) for one in found.differences],
        "set_aside": [_aside_row(aside) for aside in found.bill.set_aside],
        "charges_set_aside": [_aside_row(aside) for aside in found.set_aside],
        "remarks": list(found.remarks),
    }


def difference_row(one: Difference, by: Sequence[str]) -> dict[str, Any]:
    """One line of both books in plain values."""
    return {
        **dict(zip(by, one.group, strict=True)),
        "lower_usd": exact(one.lower_usd),
        "upper_usd": exact(one.upper_usd),
        "charged_usd": exact(one.charged_usd),
        "gap_usd": exact(one.gap_usd),
        "kind": one.kind,
        "detail": one.detail,
    }


def watch_document(found: UsageWatch) -> dict[str, Any]:
    """Months as used and as planned, and both verdicts."""
    return {
        "schema": USAGE_WATCH_SCHEMA,
        "months": [asdict(month) for month in found.months],
        "planned": {
            "input_tokens_per_request": found.planned_input_tokens,
            "output_tokens_per_request": found.planned_output_tokens,
            "cached_share": found.planned_cached_share,
        },
        "stands": found.stands,
        "before": {"headline": found.before.headline, "sentence": found.before.sentence},
        "after": {"headline": found.after.headline, "sentence": found.after.sentence},
        "set_aside": [_aside_row(aside) for aside in found.bill.set_aside],
        "remarks": list(found.bill.remarks),
    }


def exact_or_none(amount: Decimal | None) -> str | None:
    """Exact amount as text; None where it is not known."""
    return None if amount is None else exact(amount)


def _aside_row(aside: SetAside) -> dict[str, Any]:
    return {
        "reason": aside.reason,
        "remedy": aside.remedy,
        "rows": aside.rows,
        "examples": [{"file": e.file, "row": e.row} for e in aside.examples],
    }
