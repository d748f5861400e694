"""Calibration records as text: whose, how old, how good, and which options rest on them."""

from collections.abc import Iterable, Set

from pandas import DataFrame

from hardware_profiles.calibration import CalibrationRecord
from tco.scenario import Scenario
from tco.ui.records import flags
from tco.ui.wording import NO_VALUE, share


def records_table(
    records: Iterable[CalibrationRecord], scenario: Scenario, uploaded: Set[str]
) -> DataFrame:
    """One row per record; those this scenario rests on come first."""
    used = {option.calibration: option.name for option in reversed(scenario.self_hosted)}
    ordered = sorted(records, key=lambda r: (r.id not in uploaded, r.id not in used, r.id))
    return DataFrame([_row(r, scenario, used.get(r.id, ""), r.id in uploaded) for r in ordered])


def _row(
    record: CalibrationRecord, scenario: Scenario, used: str, uploaded: bool
) -> dict[str, object]:
    held_out = record.cross_validation
    return {
        "Record": record.id,
        "Kind": record.kind,
        "Used by": used,
        "Flags": "; ".join(flags(record, scenario, uploaded=uploaded)),
        "Model": record.model,
        "Precision": record.precision,
        "Replica": f"{record.gpus_per_replica} × {record.accelerator}",
        "Points": record.points,
        "Throughput error": share(held_out.throughput_mape) if held_out else NO_VALUE,
        "Time per token error": _error(held_out.tpot_mape) if held_out else NO_VALUE,
        "First token error": _error(held_out.ttft_mape) if held_out else NO_VALUE,
        "Measured": record.measured_on,
        "By": record.measured_by,
        "Engine": f"{record.versions.engine} {record.versions.engine_version}".strip(),
        "Source": record.source.name,
    }


def _error(mape: float | None) -> str:
    return NO_VALUE if mape is None else share(mape)
