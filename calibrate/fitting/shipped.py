"""The records that ship: fitted to the public points in ``calibrate/data``, and how well."""

from collections.abc import Sequence
from dataclasses import replace
from importlib.resources import files
from typing import Final

from calibrate.fitting import published
from calibrate.fitting.crossval import FOLDS, hold_out, score
from calibrate.fitting.fit import fit_points
from calibrate.fitting.library_names import Ready, Replica, engine_limits, make_ready
from calibrate.fitting.points import LoadPoint, by_group, parse_points
from calibrate.fitting.priors import roofline
from calibrate.fitting.published import Published, by_replica, figure_set, parse_published
from calibrate.fitting.record import Origin, build_record, named, span_of_days
from hardware_profiles import CalibrationRecord, Library
from hardware_profiles.language_model import Precision
from pricing.errors import InputError, Problem
from pricing.provenance import Source

POINTS_FILE: Final = "vllm_closed_loop.csv"
PUBLISHED_FILE: Final = "published_throughput.csv"
PUBLISHED_PRECISION: Final[dict[str, Precision]] = {"bf16": "bf16", "fp8": "fp8"}
_SAMPLE: Final = "NVIDIA aiconfigurator-core 0.12.0, systems/silicon_sample.csv (Apache-2.0)"
_SAMPLE_URL: Final = "https://github.com/ai-dynamo/aiconfigurator"


def shipped_records(library: Library) -> tuple[CalibrationRecord, ...]:
    """Fit every record that ships, in the order of their ids."""
    data = files("calibrate") / "data"
    figures = by_replica(parse_published((data / PUBLISHED_FILE).read_text(encoding="utf-8")))
    records = [
        *records_of((data / POINTS_FILE).read_text(encoding="utf-8"), library),
        *(published_record(rows, library) for rows in figures.values()),
    ]
    return tuple(sorted(records, key=lambda record: record.id))


def records_of(table: str, library: Library) -> tuple[CalibrationRecord, ...]:
    """Fit every group of a table whose model and accelerator are known.

    Raises
    ------
    InputError
        If there is none, or one has too few points to be held out.
    """
    ready = [make_ready(g, rows, library) for g, rows in by_group(parse_points(table)).items()]
    known = [one for one in ready if one.replica is not None]
    if not known:
        names = ", ".join(sorted({one.group.model for one in ready})) or "no rows"
        raise InputError(
            Problem("points", names, "no model is in the library", "Add its facts first.")
        )
    few = [one for one in known if len(one.used) < FOLDS]
    if few:
        raise InputError(*(_too_few(one) for one in few))
    return tuple(sorted((measured_record(one) for one in known), key=lambda record: record.id))


def measured_record(ready: Ready) -> CalibrationRecord:
    """Fit one measured group that the library knows."""
    if ready.replica is None:
        msg = f"no facts are known behind {ready.group}"
        raise ValueError(msg)
    fit = fit_points(ready.points, ready.prior, ready.limits)
    held_out = score([hold_out(ready.points, ready.prior, ready.limits)])
    return build_record(
        ready.replica,
        fit,
        ready.points,
        _origin(ready),
        held_out,
        cached_share=1.0 if ready.cached_prompts else 0.0,
    )


def published_record(figures: Sequence[Published], library: Library) -> CalibrationRecord:
    """Fit one replica of which only rates were published."""
    first = figures[0]
    replica = Replica(
        model=library.model(first.model),
        precision=PUBLISHED_PRECISION[first.precision],
        accelerator=library.accelerator(first.accelerator),
        gpus=first.gpus,
        kv_bytes_per_element=2.0,
    )
    prior = roofline(replica.model, replica.precision, replica.accelerator, replica.gpus)
    points = figure_set(figures)
    limits = replace(engine_limits(replica), kv_tokens=first.kv_tokens)
    fit = fit_points(points, prior, limits, noise=published.FIGURE_NOISE)
    folds = len(figures)
    held_out = hold_out(points, prior, limits, folds=folds, noise=published.FIGURE_NOISE)
    return build_record(
        replica,
        fit,
        points,
        Origin(
            kind="published",
            label="published points, not your measurement",
            measured_by="vLLM project",
            measured_on=first.source_date,
            engine_version=first.engine_version,
            image="",
            source=Source(
                name=first.source,
                url="https://blog.vllm.ai/2025/04/05/llama4.html",
                as_of=first.source_date,
                confidence="low",
                note=first.note,
            ),
            notes=(
                f"{len(figures)} rates at one concurrency: the split over the parameters is the "
                "data sheet's, and the band is at least 15 %.",
            ),
        ),
        score([held_out]),
        folds=folds,
        smallest_residual=published.SMALLEST_RESIDUAL,
        kv_basis="longest context that the publisher says was served",
    )


def _too_few(ready: Ready) -> Problem:
    group = ready.group
    return Problem(
        f"points of {group.model} {group.system} tp{group.tp}",
        str(len(ready.used)),
        f"a record needs at least {FOLDS} different points",
        "Measure more points, or remove the group.",
    )


def _origin(ready: Ready) -> Origin:
    rows = ready.used
    by_inferencex = all(row.drawn_lengths for row in rows)
    who = "SemiAnalysis InferenceX, unofficial copy" if by_inferencex else "NVIDIA"
    return Origin(
        kind="measured",
        label=f"public vLLM measurements ({'InferenceX' if by_inferencex else 'NVIDIA'})",
        measured_by=who,
        measured_on=span_of_days(row.measured_on for row in rows),
        engine_version=named(row.version for row in rows),
        image="",
        source=Source(
            name=_SAMPLE,
            url=_SAMPLE_URL,
            as_of="2026-09",
            confidence="medium",
            note="a copy of public benchmark runs; not measured by this project",
        ),
        notes=tuple(_notes(ready, rows)),
    )


def _notes(ready: Ready, rows: Sequence[LoadPoint]) -> Sequence[str]:
    notes = []
    if not all(row.version for row in rows):
        notes.append("The engine version of some or all runs was not recorded.")
    if ready.cached_prompts:
        notes.append(
            "Some runs imply more arithmetic than the chip can do: their prompts came from the "
            f"prefix cache. {ready.left_out} such runs are left out, and the rest are read as "
            "decoding alone; how quickly prompts are read is the data sheet's."
        )
    return notes
