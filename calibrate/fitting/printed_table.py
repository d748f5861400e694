"""The table of records that the documentation prints, written from the records themselves."""

from collections.abc import Iterable
from typing import Final

from hardware_profiles import CalibrationRecord

START: Final = "<!-- records: written by tco-calibrate table -->"
END: Final = "<!-- end of records -->"
_HEAD: Final = (
    "| record | kind | points | throughput | time per token | first token | 90 % interval covers "
    "| concurrency | engine | measured |",
    "|---|---|--:|--:|--:|--:|--:|--:|---|---|",
)


def markdown_table(records: Iterable[CalibrationRecord]) -> str:
    """Held-out errors of every record, one line each."""
    return "\n".join([*_HEAD, *(_line(record) for record in records)])


def with_table(page: str, records: Iterable[CalibrationRecord]) -> str:
    """Replace the table between its two marks in a page."""
    before, _, rest = page.partition(START)
    _, _, after = rest.partition(END)
    return f"{before}{START}\n{markdown_table(records)}\n{END}{after}"


def _line(record: CalibrationRecord) -> str:
    errors, reach = record.cross_validation, record.span.concurrency
    cells = [
        f"`{record.id}`",
        record.kind,
        str(record.points),
        _percent(errors.throughput_mape if errors else None),
        _percent(errors.tpot_mape if errors else None),
        _percent(errors.ttft_mape if errors else None),
        _percent(errors.coverage_90 if errors else None, digits=0),
        f"{reach.low:g}" if reach.low == reach.high else f"{reach.low:g}–{reach.high:g}",
        f"{record.versions.engine} {record.versions.engine_version or 'not recorded'}",
        record.measured_on,
    ]
    return "| " + " | ".join(cells) + " |"


def _percent(share: float | None, *, digits: int = 1) -> str:
    return "not scored" if share is None else f"{share * 100:.{digits}f} %"
