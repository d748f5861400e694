"""Calibration records as text: whose, how old, how good, and which options rest on them."""

from collections.abc import Iterable, Set

from pandas import DataFrame

from hardware_profiles.calibration import CalibrationRecord
from hardware_profiles.run_facts import AcceleratorState, MeasuredLoad, RunFacts
from tco.question.scenario import Scenario
from tco.serving.records import flags
from tco.words.figures import NBSP, NO_VALUE, number, plural, share, share_change, whole


def records_table(
    records: Iterable[CalibrationRecord], scenario: Scenario, uploaded: Set[str]
) -> DataFrame:
    """One row per record; those this scenario rests on come first."""
    used = used_by(scenario)
    ordered = sorted(records, key=lambda r: (r.id not in uploaded, r.id not in used, r.id))
    return DataFrame([_row(r, scenario, r.id in uploaded) for r in ordered])


def used_by(scenario: Scenario) -> dict[str, list[str]]:
    """Options of a scenario by the record that each rests on."""
    used: dict[str, list[str]] = {}
    for option in scenario.self_hosted:
        used.setdefault(option.record_id, []).append(option.name)
    return used


def loads_table(run: RunFacts) -> DataFrame:
    """Every load of an own run: what was measured, what the curve says, how far apart."""
    return DataFrame([_load(load) for load in run.loads])


def circumstances(record: CalibrationRecord, run: RunFacts) -> DataFrame:
    """On what, with what and under which settings a run was made."""
    versions = record.versions
    rows = {
        "Engine": f"{versions.engine} {versions.engine_version}",
        "Driver, CUDA": ", ".join(filter(None, (versions.driver, versions.cuda))),
        "Server": " ".join(run.argv) or run.base_url,
        "Revision": run.revision,
        "Tokens of context in memory": whole(record.limits.kv_tokens),
        "Cache settings": ", ".join(f"{s.name} {s.value}" for s in run.cache_config),
        **{f"{gpu.count} × {gpu.name}": _state(gpu) for gpu in run.accelerators},
        "Plan": run.plan,
    }
    shown = {name: text for name, text in rows.items() if text}
    return DataFrame({"What": list(shown), "How": list(shown.values())})


def run_findings(run: RunFacts) -> tuple[str, ...]:
    """Held-out errors, why a run is no better than it is, and what to do next."""
    errors = run.held_out_errors
    held_out = (
        "Loads that the fit never saw are met within "
        f"{share(errors.throughput)} in throughput, {share(errors.tpot)} in time per token and "
        f"{share(errors.ttft)} in time to first token, on average."
        if errors
        else "No load was held out: the error is not checked."
    )
    return (held_out, *(f"Provisional: {why}." for why in run.remarks), *run.next_steps)


def _load(load: MeasuredLoad) -> dict[str, object]:
    said = load.predicted
    rate_said, token_said, first_said = (
        (said.requests_per_second, said.mean_tpot_ms, said.mean_ttft_ms) if said else (None,) * 3
    )
    clients, rate = load.concurrency, load.requests_per_second
    return {
        "Load": load.id,
        "Role": load.role.replace("_", " "),
        "Tokens in/out": f"{whole(load.input_tokens)}/{whole(load.output_tokens)}",
        "Sent by": f"{number(rate)} requests/s" if rate else plural(clients or 0, "client"),
        "Cached": share(load.cached_share) if load.cached_share else "",
        "Requests/s": _figure(load.answered_per_second),
        "Curve": _figure(rate_said),
        "Error": _apart(rate_said, load.answered_per_second),
        "ms per token": _figure(load.mean_tpot_ms),
        "Error, ms per token": _apart(token_said, load.mean_tpot_ms),
        "First token, ms": _figure(load.mean_ttft_ms),
        "Error, first token": _apart(first_said, load.mean_ttft_ms),
        "Goodput": share(load.goodput_share),
        "Attempts": load.attempts,
    }


def _figure(value: float | None) -> str:
    return NO_VALUE if value is None else number(value, 3)


def _apart(said: float | None, measured: float | None) -> str:
    """How far the curve lies above or below what was measured."""
    return NO_VALUE if said is None or not measured else share_change(said / measured - 1)


def _state(gpu: AcceleratorState) -> str:
    clocks = (
        f"{whole(gpu.sm_mhz_low)}–{whole(gpu.sm_mhz_high)} of {whole(gpu.sm_mhz_most)}{NBSP}MHz"
        if gpu.sm_mhz_low and gpu.sm_mhz_high and gpu.sm_mhz_most
        else ""
    )
    power = (
        f"up to {whole(gpu.power_high_w)} of {whole(gpu.power_limit_w)}{NBSP}W"
        if gpu.power_high_w and gpu.power_limit_w
        else ""
    )
    heat = f"up to {whole(gpu.temperature_high_c)}{NBSP}°C" if gpu.temperature_high_c else ""
    return ", ".join(filter(None, (clocks, power, heat)))


def _row(record: CalibrationRecord, scenario: Scenario, uploaded: bool) -> dict[str, object]:
    held_out = record.cross_validation
    return {
        "Record": record.id,
        "Kind": record.kind,
        "Flags": "; ".join(flags(record, scenario, uploaded=uploaded)),
        "Model": record.model,
        "Precision": record.precision,
        "Replica": f"{record.gpus_per_replica} × {record.accelerator}",
        "Points": record.points,
        "Throughput error": share(held_out.throughput_mape) if held_out else NO_VALUE,
        "Time per token error": share(held_out.tpot_mape) if held_out else NO_VALUE,
        "First token error": share(held_out.ttft_mape) if held_out else NO_VALUE,
        "Measured": record.measured_on,
        "By": record.measured_by,
        "Engine": f"{record.versions.engine} {record.versions.engine_version}".strip(),
        "Source": record.source.name,
    }
