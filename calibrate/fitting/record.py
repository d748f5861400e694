"""A fit into the record that the planner reads."""

import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from calibrate.fitting.crossval import FOLDS, Score
from calibrate.fitting.fit import Fit
from calibrate.fitting.library_names import Replica
from calibrate.fitting.points import PointSet
from hardware_profiles import CalibrationRecord
from hardware_profiles.calibration import Kind
from hardware_profiles.record_digest import with_digest
from pricing.errors import Problem, StorageError
from pricing.provenance import Source

SAME_DIMENSIONS: Final = {"Llama 3.1 70B": ("Llama 3.3 70B",)}
_DIGITS: Final = 6


@dataclass(frozen=True, slots=True)
class Origin:
    """Who measured the points, when, on what, and how that is told."""

    kind: Kind
    label: str
    measured_by: str
    measured_on: str
    engine_version: str
    image: str
    source: Source
    notes: tuple[str, ...] = ()
    own: bool = False
    """Whether whoever fits it measured it."""


def build_record(
    replica: Replica,
    fit: Fit,
    points: PointSet,
    origin: Origin,
    held_out: Score | None,
    *,
    folds: int = FOLDS,
    smallest_residual: float = 0.0,
    cached_share: float = 0.0,
    kv_basis: str = "",
) -> CalibrationRecord:
    """Put a fit, its error and its provenance into one record.

    Parameters
    ----------
    smallest_residual
        Relative standard deviation that the record states at least [1].
    cached_share
        Share of prompt tokens that the points found in the prefix cache [1].
    kv_basis
        How the memory for context is known; arithmetic where left empty.
    """
    model = replica.model
    step, limits = fit.step, fit.limits
    serves = SAME_DIMENSIONS.get(model.name, ())
    notes = [f"Serves {name} as well: its dimensions are the same." for name in serves]
    return CalibrationRecord.model_validate(
        {
            "schema_version": 1,
            "id": record_id(replica),
            "kind": origin.kind,
            "label": origin.label,
            "model": model.name,
            "also_serves": serves,
            "precision": replica.precision,
            "accelerator": replica.accelerator.name,
            "gpus_per_replica": replica.gpus,
            "experts": step.experts,
            "experts_active": step.experts_active,
            "parameters": {
                **{name: rounded(getattr(step, name)) for name in fit.order},
                "wide_above": step.wide_above,
                "overlap": step.overlap,
            },
            "covariance_order": fit.order,
            "covariance": tuple(tuple(rounded(x) for x in row) for row in fit.log_covariance),
            "residual_sd": rounded(max(fit.residual_sd, smallest_residual)),
            "rate_residual_sd": rounded(max(fit.rate_residual_sd, smallest_residual)),
            "ttft_residual_sd": rounded(fit.ttft_residual_sd)
            if points.first_token_known.any()
            else None,
            "prior_dominated": fit.prior_dominated,
            "limits": {
                "max_num_seqs": int(np.max(limits.max_num_seqs)),
                "max_num_batched_tokens": int(np.max(limits.max_num_batched_tokens)),
                "kv_tokens": float(np.floor(np.max(limits.kv_tokens))),
                "kv_tokens_basis": kv_basis or _arithmetic(replica),
            },
            "span": _span(points, cached_share),
            "cross_validation": None if held_out is None else _errors(held_out, folds),
            "points": fit.points,
            "points_sha256": digest(points),
            "measured_by": origin.measured_by,
            "measured_on": origin.measured_on,
            "versions": {"engine_version": origin.engine_version, "image": origin.image},
            "source": origin.source,
            "own": origin.own,
            "notes": (*notes, *origin.notes),
        }
    )


def record_id(replica: Replica) -> str:
    """Name a record after what it measures, such as ``"llama-3.1-70b-fp8-h100-tp2"``."""
    model = replica.model.name.lower().replace(" ", "-")
    accelerator = replica.accelerator.name.split()[0].lower()
    return f"{model}-{replica.precision}-{accelerator}-tp{replica.gpus}"


def record_document(record: CalibrationRecord) -> dict[str, object]:
    """A record as JSON holds it, with its digest; one of the first schema has no run."""
    missing = {"run"} if record.run is None else set()
    missing |= set() if record.own else {"own"}
    return with_digest(record.model_dump(mode="json", exclude=missing))


def record_text(record: CalibrationRecord) -> str:
    """JSON of a record, one row of the covariance per line."""
    text = json.dumps(record_document(record), indent=1)
    return re.sub(r"\[\s+(-?\d[^\[\]{}\"]*?)\s+\]", _on_one_line, text) + "\n"


def write_records(records: Iterable[CalibrationRecord], folder: Path) -> tuple[Path, ...]:
    """Write one file per record, each whole or not at all.

    Raises
    ------
    StorageError
        If the folder cannot be written.
    """
    written = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for record in records:
            path = folder / f"{record.id}.json"
            part = path.with_suffix(".part")
            part.write_text(record_text(record), encoding="utf-8")
            part.replace(path)
            written.append(path)
    except OSError as error:
        raise StorageError(
            Problem("out", str(folder), f"cannot be written: {error}", "Choose another folder.")
        ) from None
    return tuple(written)


def digest(points: PointSet) -> str:
    """Digest of the points as a fit reads them."""
    rows = zip(
        np.asarray(points.mix.input_tokens),
        np.asarray(points.mix.output_tokens),
        points.clients,
        points.requests_per_second,
        points.ttft_ms,
        points.tpot_ms,
        strict=True,
    )
    lines = sorted(" ".join(f"{float(value):.9g}" for value in row) for row in rows)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def span_of_days(days: Iterable[str]) -> str:
    """First and last of some ISO dates; 'undated' where there are none."""
    known = sorted(day for day in days if day)
    if not known:
        return "undated"
    return known[0] if known[0] == known[-1] else f"{known[0]}..{known[-1]}"


def named(values: Iterable[str]) -> str:
    """Distinct texts in order, with the gaps owned up to."""
    texts = list(values)
    known = sorted({text for text in texts if text})
    if known and any(not text for text in texts):
        known.append("partly not recorded")
    return ", ".join(known)


def _arithmetic(replica: Replica) -> str:
    size = "1 byte" if replica.kv_bytes_per_element == 1 else "2 bytes"
    return (
        f"arithmetic: memory less weights and 3.5 GB per GPU, {size} per key or value, "
        "every layer counted for every token"
    )


def _span(points: PointSet, cached_share: float) -> dict[str, object]:
    inputs = [float(x) for x in np.asarray(points.mix.input_tokens)]
    outputs = [float(x) for x in np.asarray(points.mix.output_tokens)]
    shapes = sorted(set(zip(inputs, outputs, strict=True)))
    return {
        "input_tokens": _reach(inputs),
        "output_tokens": _reach(outputs),
        "concurrency": _reach(points.clients.tolist()),
        "cached_share": {"low": cached_share, "high": cached_share},
        "shapes": tuple(
            {"input_tokens": rounded(i), "output_tokens": rounded(o)} for i, o in shapes
        ),
    }


def _reach(values: Sequence[float]) -> dict[str, float]:
    return {"low": rounded(min(values)), "high": rounded(max(values))}


def _errors(held_out: Score, folds: int) -> dict[str, object]:
    return {
        "folds": folds,
        "throughput_mape": rounded(held_out.throughput_mape),
        "throughput_bias": rounded(held_out.throughput_bias),
        "tpot_mape": None if held_out.tpot_mape is None else rounded(held_out.tpot_mape),
        "ttft_mape": None if held_out.ttft_mape is None else rounded(held_out.ttft_mape),
        "coverage_90": rounded(held_out.coverage_90),
    }


def rounded(value: object) -> float:
    """Six significant digits: more would claim what the points do not say."""
    return float(f"{float(np.asarray(value)):.{_DIGITS}g}")


def _on_one_line(match: "re.Match[str]") -> str:
    return "[" + ", ".join(part.strip() for part in match.group(1).split(",")) + "]"
