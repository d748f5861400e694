"""The ranking of every offer on record as a JSON document, a CSV, and a table in a terminal."""

import csv
import io
from collections.abc import Mapping
from typing import Any, Final

from tco.analysis.rank import Ranked, Ranking
from tco.analysis.undercutting import undercutting
from tco.answer.documents import csv_cell
from tco.commands.tables import print_table
from tco.question.files import Document
from tco.question.scenario import Scenario
from tco.words.figures import plural

RANK_SCHEMA: Final = "tco.rank/1"
RANK_COLUMNS: Final = (
    "place",
    "key",
    "label",
    "kind",
    "model",
    "present_value_usd",
    "monthly_usd",
    "usd_per_accepted",
    "eligible",
    "why_not",
    "availability",
    "confidence",
    "price_as_of",
    "served_as",
    "in_scenario",
)


def rank_document(stamp: Mapping[str, Any], ranking: Ranking) -> Document:
    """Every offer with what it costs, what keeps it out, and the option to add to a scenario."""
    return {
        "schema": RANK_SCHEMA,
        "stamp": stamp,
        "staying_present_value_usd": ranking.staying_usd,
        "offers": [
            _plain(place, row)
            | {
                "why_not": [
                    {"kind": bar.kind, "message": bar.message, "remedy": bar.remedy}
                    for bar in row.alternative.why_not
                ],
                "option": row.option.model_dump(mode="json", exclude_defaults=True),
            }
            for place, row in enumerate(ranking.rows, start=1)
        ],
    }


def rank_csv(ranking: Ranking) -> str:
    """One row an offer: RFC 4180, UTF-8, dot decimals; reasons are joined by semicolons."""
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, RANK_COLUMNS, lineterminator="\r\n")
    writer.writeheader()
    for place, row in enumerate(ranking.rows, start=1):
        writer.writerow({key: csv_cell(value) for key, value in _plain(place, row).items()})
    return out.getvalue()


def print_ranking(scenario: Scenario, ranking: Ranking, most: int) -> None:
    """Print the cheapest offers, and how many undercut staying."""
    money = scenario.currency.money
    columns = ("place", "offer", "present_value", "a_month", "kept_out_by", "sold", "price_is")
    rows = [
        {
            "place": place,
            "offer": row.alternative.label + (" ✓" if row.in_scenario else ""),
            "present_value": "no bill" if row.present_usd is None else money(row.present_usd),
            "a_month": "" if row.present_usd is None else money(row.alternative.monthly_usd),
            "kept_out_by": ", ".join(dict.fromkeys(b.kind for b in row.alternative.why_not)),
            "sold": row.availability,
            "price_is": f"{row.confidence}, {row.price_as_of}",
        }
        for place, row in enumerate(ranking.rows[:most], start=1)
    ]
    cheaper = len(undercutting(scenario, ranking))
    print_table(
        f"Staying costs {money(ranking.staying_usd)} over the horizon; of "
        f"{plural(len(ranking.rows), 'offer')}, {cheaper} could take part and cost less (✓ in the "
        "scenario)",
        columns,
        rows,
    )


def _plain(place: int, row: Ranked) -> dict[str, object]:
    found = row.alternative
    return {
        "place": place,
        "key": found.key,
        "label": found.label,
        "kind": found.kind,
        "model": found.model,
        "present_value_usd": row.present_usd,
        "monthly_usd": None if row.present_usd is None else found.monthly_usd,
        "usd_per_accepted": None if row.present_usd is None else found.usd_per_accepted,
        "eligible": found.eligible,
        "why_not": "; ".join(bar.message for bar in found.why_not),
        "availability": row.availability,
        "confidence": row.confidence,
        "price_as_of": row.price_as_of,
        "served_as": row.served_as,
        "in_scenario": row.in_scenario,
    }
