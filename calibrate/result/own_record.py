"""Files of a finished run: the planner's record, and everything behind it."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Final

import numpy as np

from calibrate.files import digest_of, refusing_io, write_whole
from calibrate.fitting.crossval import FOLDS, hold_out, score
from calibrate.fitting.record import digest, record_text, rounded
from calibrate.result.assemble import Assembled, assemble
from calibrate.result.capacity import capacity_of
from calibrate.result.run_facts import driver_of, last_server, run_facts, served_of
from calibrate.run.journal import JOURNAL
from calibrate.run.point import Reason
from calibrate.run.run import Outcome
from hardware_profiles import CalibrationRecord, Library
from hardware_profiles.calibration import NEWEST_SCHEMA
from pricing.provenance import Source

RUN: Final = "run.json"
RUN_SCHEMA: Final = "calibrate.run/1"


def write_results(
    outcome: Outcome, folder: Path, library: Library, *, home: Path | None = None
) -> tuple[Reason, ...]:
    """Write the run's account, and the record where it is VALID; the reasons where it is not.

    Parameters
    ----------
    home
        Folder of records of one's own, which the planner reads; the record is put there too.

    Raises
    ------
    StorageError
        If a file cannot be written.
    """
    found = () if outcome.reasons else assemble(outcome, library)
    if isinstance(found, tuple):
        reasons = (*outcome.reasons, *found)
        account = run_document(outcome, None, reasons, folder)
    else:
        reasons = found.reasons
        account = run_document(outcome, found, reasons, folder)
        if not reasons:
            record = own_record(outcome, found)
            content = record_text(record).encode()
            write_whole(folder / f"{record.id}.json", content)
            if home is not None:
                with refusing_io(home, "library"):
                    home.mkdir(parents=True, exist_ok=True)
                write_whole(home / f"{record.id}.json", content)
            account["record_sha256"] = hashlib.sha256(content).hexdigest()
    write_whole(folder / RUN, (json.dumps(account, indent=1) + "\n").encode())
    return reasons


def run_document(
    outcome: Outcome, found: Assembled | None, reasons: Sequence[Reason], folder: Path
) -> dict[str, object]:
    """Everything about a run, as one versioned document."""
    servers = [entry for entry in outcome.entries if entry["kind"] == "server"]
    document: dict[str, object] = {
        "schema": RUN_SCHEMA,
        "verdict": "INVALID" if reasons else "VALID",
        "reasons": [reason.model_dump() for reason in reasons],
        "plan": outcome.plan.model_dump(mode="json"),
        "plan_id": outcome.plan.id,
        "journal_sha256": digest_of(folder / JOURNAL, JOURNAL),
        "servers": servers,
        "points": [entry for entry in outcome.entries if entry["kind"] == "point"],
        "retries": [entry for entry in outcome.entries if entry["kind"] == "lost"],
    }
    if found is not None:
        capacity = capacity_of(found.fit, found.used)
        document |= {
            "grade": found.grade,
            "remarks": list(found.remarks),
            "saturated": found.saturated,
            "capacity": capacity and {**asdict(capacity), "said": str(capacity)},
            "record": record_name(outcome),
            "held_out": [asdict(point) for point in found.held_out.points],
            "held_out_errors": found.held_out.errors,
        }
    return document


def own_record(outcome: Outcome, found: Assembled) -> CalibrationRecord:
    """The record that the planner reads."""
    plan, fit = outcome.plan, found.fit
    step, limits = fit.step, fit.limits
    server = last_server(outcome.entries)
    driver, cuda = driver_of(outcome.entries)
    day = str(server["at"])[:10]
    return CalibrationRecord.model_validate(
        {
            "schema_version": NEWEST_SCHEMA,
            "id": record_name(outcome),
            "kind": "measured",
            "label": f"own measurement, {found.grade}",
            "model": plan.model,
            "precision": plan.precision,
            "accelerator": plan.accelerator,
            "gpus_per_replica": plan.gpus,
            "experts": step.experts,
            "experts_active": step.experts_active,
            "parameters": {
                **{name: rounded(getattr(step, name)) for name in fit.order},
                "wide_above": step.wide_above,
                "overlap": step.overlap,
            },
            "covariance_order": fit.order,
            "covariance": tuple(tuple(rounded(x) for x in row) for row in fit.log_covariance),
            "residual_sd": rounded(max(fit.residual_sd, found.held_out.smallest_residual)),
            "rate_residual_sd": rounded(
                max(fit.rate_residual_sd, found.held_out.smallest_residual)
            ),
            "ttft_residual_sd": rounded(fit.ttft_residual_sd),
            "prior_dominated": fit.prior_dominated,
            "limits": {
                "max_num_seqs": int(limits.max_num_seqs),
                "max_num_batched_tokens": int(limits.max_num_batched_tokens),
                "kv_tokens": found.kv_tokens,
                "kv_tokens_basis": "read from the server",
            },
            "span": _span(found),
            "cross_validation": _cross_validation(found),
            "points": fit.points,
            "points_sha256": digest(found.used.points),
            "measured_by": "own run",
            "measured_on": day,
            "versions": {
                "engine_version": str(served_of(server).get("version", "")),
                "driver": driver,
                "cuda": cuda,
            },
            "source": Source(
                name=f"tco-calibrate run of plan {plan.id}",
                as_of=day,
                note="raw rows lie beside the record",
            ),
            "notes": (*found.remarks, *found.notes, *_notes(outcome)),
            "run": run_facts(outcome, found),
        }
    )


def record_name(outcome: Outcome) -> str:
    """Id of the record: what was measured, and by which plan."""
    plan = outcome.plan
    model = plan.model.lower().replace(" ", "-").replace("/", "-")
    accelerator = plan.accelerator.split()[0].lower()
    return f"{model}-{plan.precision}-{accelerator}-tp{plan.gpus}-{plan.id[:8]}"


def _notes(outcome: Outcome) -> Iterator[str]:
    plan = outcome.plan
    if plan.server.load_format == "dummy":
        yield "The weights were made up on load; a dense model is as quick with them."
    if not any(entry["kind"] == "device" for entry in outcome.entries):
        yield f"The accelerators were not read; the plan says {plan.gpus} x {plan.accelerator}."


def _span(found: Assembled) -> dict[str, object]:
    points = found.used.points
    inputs = [float(x) for x in np.asarray(points.mix.input_tokens)]
    outputs = [float(x) for x in np.asarray(points.mix.output_tokens)]
    shapes = sorted({(load.input_tokens, load.output_tokens) for load in found.used.loads})
    return {
        "input_tokens": _reach(inputs),
        "output_tokens": _reach(outputs),
        "concurrency": _reach(points.clients.tolist()),
        "cached_share": _reach(found.used.cached_share.tolist()),
        "shapes": [{"input_tokens": float(i), "output_tokens": float(o)} for i, o in shapes],
    }


def _reach(values: Sequence[float]) -> dict[str, float]:
    return {"low": rounded(min(values)), "high": rounded(max(values))}


def _cross_validation(found: Assembled) -> dict[str, object] | None:
    """Errors of points held out in turn; None where there are too few."""
    if len(found.used) < FOLDS:
        return None
    folds = score([hold_out(found.used.points, found.prior, found.fit.limits)])
    return {
        "folds": FOLDS,
        "throughput_mape": rounded(folds.throughput_mape),
        "tpot_mape": None if folds.tpot_mape is None else rounded(folds.tpot_mape),
        "ttft_mape": None if folds.ttft_mape is None else rounded(folds.ttft_mape),
        "coverage_90": rounded(folds.coverage_90),
    }
