"""The records that ship: fitted to the public points in ``calibrate/data``, and how well."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.resources import files
from typing import Final

from calibrate.fitting import published
from calibrate.fitting.crossval import FOLDS, hold_out, score
from calibrate.fitting.fit import fit_points
from calibrate.fitting.library_names import MOST_SEQUENCES, Ready, Replica, ready_groups
from calibrate.fitting.points import BATCHED_TOKENS, Layout, parse_points
from calibrate.fitting.priors import roofline
from calibrate.fitting.published import Published, by_replica, figure_set, parse_published
from calibrate.fitting.record import Origin, build_record, named, record_id, span_of_days
from hardware_profiles import CalibrationRecord, Library
from hardware_profiles.language_model import Precision
from pricing.errors import InputError, Problem
from pricing.provenance import Source
from tco.kernel.request_mix import EngineLimits

POINTS_FILE: Final = "vllm_closed_loop.csv"
OPEN_LOOP_FILE: Final = "vllm_open_loop.csv"
SHIPPED_MODELS: Final = ("Llama", "gpt-oss")
ENOUGH_POINTS: Final = 7
OWN_ID: Final = "own-"
"""Head of the ids of a user's records, which stand beside those that ship."""
WORST_ERROR: Final = 0.20
PUBLISHED_FILE: Final = "published_throughput.csv"
PUBLISHED_PRECISION: Final[dict[str, Precision]] = {"bf16": "bf16", "fp8": "fp8"}
_SAMPLE: Final = "NVIDIA aiconfigurator-core 0.12.0, systems/silicon_sample.csv (Apache-2.0)"
_SAMPLE_URL: Final = "https://github.com/ai-dynamo/aiconfigurator"


@dataclass(frozen=True, slots=True)
class Fitted:
    """What came of tables of points: records, and why some groups have none."""

    records: tuple[CalibrationRecord, ...]
    without: tuple[Problem, ...]
    """One per group that was fitted to no record, with the reason."""
    screened: Mapping[str, int]
    """Rows left out by reason."""


def shipped_groups(library: Library) -> dict[str, tuple[Ready, Origin]]:
    """Measured groups behind the records that ship, by the record's id.

    Of several engine versions of one replica the newest with enough points ships.
    """
    data = files("calibrate") / "data"
    found: dict[str, tuple[Ready, Origin]] = {}
    for file, origin in ((POINTS_FILE, _origin_of_sample), (OPEN_LOOP_FILE, _origin_of_rows)):
        points = parse_points((data / file).read_text(encoding="utf-8"))
        for one in sorted(ready_groups(points, library), key=_newness):
            if one.replica is not None and _ships(one):
                found[record_id(one.replica)] = one, origin(one)
    return dict(sorted(found.items()))


def shipped_records(library: Library) -> Fitted:
    """Fit every record that ships, in the order of their ids; groups without one are told."""
    table = (files("calibrate") / "data" / PUBLISHED_FILE).read_text(encoding="utf-8")
    records = [
        published_record(rows, library) for rows in by_replica(parse_published(table)).values()
    ]
    without: list[Problem] = []
    screened: Counter[str] = Counter()
    for ready, origin in shipped_groups(library).values():
        screened.update(ready.screened.counts)
        record = measured_record(ready, origin)
        if isinstance(record, Problem):
            without.append(record)
        else:
            records.append(record)
    ordered = tuple(sorted(records, key=lambda record: record.id))
    return Fitted(ordered, tuple(without), dict(screened))


def records_of(
    table: str, library: Library, *, measured_by: str = "", name: str = "points"
) -> Fitted:
    """Fit every group of a user's table that can be; the others are told with their reasons.

    Parameters
    ----------
    measured_by
        Who measured rows that do not say so themselves.
    name
        What the table is called in the records' source.

    Raises
    ------
    InputError
        If no group gives a record.
    """
    ready = ready_groups(parse_points(table), library)
    records: dict[str, CalibrationRecord] = {}
    without: list[Problem] = []
    for one in sorted(ready, key=_newness, reverse=True):
        found = measured_record(one, _origin_of_users(one, measured_by, name))
        if isinstance(found, Problem):
            without.append(found)
            continue
        name = OWN_ID + found.id
        name += f"-vllm-{one.group.engine or 'unknown'}" if name in records else ""
        records[name] = found.model_copy(update={"id": name})
    if not records:
        raise InputError(
            *(without or [Problem("points", "no rows", "is empty", "Measure some loads.")])
        )
    screened: Counter[str] = Counter()
    for one in ready:
        screened.update(one.screened.counts)
    ordered = tuple(sorted(records.values(), key=lambda record: record.id))
    return Fitted(ordered, tuple(without), dict(screened))


def measured_record(ready: Ready, origin: Origin) -> CalibrationRecord | Problem:
    """Fit one measured group; the reason where it gives no record."""
    where = f"points of {ready.group}"
    if ready.replica is None:
        return Problem(
            where,
            ready.group.model,
            "no facts are known: neither memory nor arithmetic could bound a fit",
            "Give the model's config.json with --config MODEL=FILE, or a name of the library.",
        )
    if ready.replica.layout.ranks > 1:
        limit = "a record holds one data-parallel rank with accelerators of its own"
        return Problem(where, ready.group.layout, limit, "Measure one rank.")
    if len(ready.used) < FOLDS:
        return Problem(
            where,
            f"{len(ready.used)} points{_told(ready)}",
            f"a record needs at least {FOLDS} different points",
            "Measure more loads.",
        )
    fit = fit_points(ready.points, ready.prior, ready.limits)
    errors = score([hold_out(ready.points, ready.prior, ready.limits)])
    worst = max(errors.throughput_mape, errors.tpot_mape or 0.0)
    if worst > WORST_ERROR:
        return Problem(
            where,
            f"held-out points are off by {worst:.0%}{_told(ready)}",
            f"a record may be off by at most {WORST_ERROR:.0%}",
            "Look for runs that were disturbed, cached or mixed up, and measure them again.",
        )
    return build_record(
        ready.replica,
        fit,
        ready.points,
        origin,
        errors,
        cached_share=1.0 if ready.cached_prompts else 0.0,
    )


def published_record(figures: Sequence[Published], library: Library) -> CalibrationRecord:
    """Fit one replica of which only rates were published."""
    first = figures[0]
    replica = Replica(
        model=library.model(first.model),
        precision=PUBLISHED_PRECISION[first.precision],
        accelerator=library.accelerator(first.accelerator),
        layout=Layout(first.gpus),
        kv_bytes_per_element=2.0,
    )
    prior = roofline(replica.model, replica.precision, replica.accelerator, replica.gpus)
    points = figure_set(figures)
    limits = EngineLimits(MOST_SEQUENCES, BATCHED_TOKENS, first.kv_tokens)
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
        smallest_residual=published.LEAST_PUBLISHED_RESIDUAL,
        kv_basis="longest context that the publisher says was served",
    )


def _ships(ready: Ready) -> bool:
    replica = ready.replica
    return (
        replica is not None
        and replica.layout.ranks == 1
        and not ready.group.layout
        and replica.model.name.startswith(SHIPPED_MODELS)
        and len(ready.used) >= FOLDS
    )


def _newness(ready: Ready) -> tuple[object, ...]:
    """Order of groups of one replica: enough points first, then by version."""
    parts = [int(part) for part in ready.group.engine.split(".") if part.isdigit()]
    return len(ready.used) >= ENOUGH_POINTS, bool(parts), parts, len(ready.used)


def _told(ready: Ready) -> str:
    said = [f"{n} {reason}" for reason, n in sorted(ready.screened.counts.items())]
    return f"; left out: {', '.join(said)}" if said else ""


def _origin_of_sample(ready: Ready) -> Origin:
    """Origin of the closed loops that ship."""
    by_inferencex = all(row.drawn_lengths for row in ready.used)
    return _origin(
        ready,
        label=f"public vLLM measurements ({'InferenceX' if by_inferencex else 'NVIDIA'})",
        source=Source(
            name=_SAMPLE,
            url=_SAMPLE_URL,
            as_of="2026-09",
            confidence="medium",
            note="a copy of public benchmark runs; not measured by this project",
        ),
    )


def _origin_of_rows(ready: Ready) -> Origin:
    """Origin of the open loops that ship: each row names its own."""
    first = ready.used[0].provenance
    return _origin(
        ready,
        label=f"public vLLM measurements ({first.measured_by})",
        source=Source(
            name=f"{first.source} ({first.licence})",
            url=f"https://github.com/{first.source.split(' ')[0]}",
            as_of=ready.used[0].measured_on,
            confidence="medium",
            note="public open-loop runs; not measured by this project",
        ),
    )


def _origin_of_users(ready: Ready, measured_by: str, name: str) -> Origin:
    """Origin of a user's own table: what the rows say, or the user; nothing is made up."""
    who = named(row.provenance.measured_by or measured_by for row in ready.used)
    source = named(row.provenance.source for row in ready.used) or name
    licence = named(row.provenance.licence for row in ready.used)
    days = span_of_days(row.measured_on for row in ready.used)
    return replace(
        _origin(
            ready,
            label=f"your measurements ({who})" if who else "measurements of unrecorded origin",
            source=Source(
                name=f"{source} ({licence})" if licence else source,
                as_of=days,
                confidence="medium" if who else "low",
                note="" if who else "who measured is not recorded",
            ),
        ),
        own=bool(who),
        measured_by=who or "not recorded",
    )


def _origin(ready: Ready, *, label: str, source: Source) -> Origin:
    rows = ready.used
    return Origin(
        kind="measured",
        label=label,
        measured_by=named(row.provenance.measured_by for row in rows) or "not recorded",
        measured_on=span_of_days(row.measured_on for row in rows),
        engine_version=named(row.version for row in rows),
        image="",
        source=source,
        notes=tuple(_notes(ready)),
    )


def _notes(ready: Ready) -> Iterator[str]:
    if not all(row.version for row in ready.used):
        yield "The engine version of some or all runs was not recorded."
    replica = ready.replica
    if replica is not None and not replica.kv_recorded:
        size = f"{replica.kv_bytes_per_element:g} byte"
        yield f"Bytes per key or value were not recorded; the waits agree with {size}."
    for reason, count in sorted(ready.screened.counts.items()):
        yield f"Left out: {count} {'row' if count == 1 else 'rows'}, {reason}."
    if ready.cached_prompts:
        yield (
            "Some runs imply more arithmetic than the chip can do: their prompts came from the "
            "prefix cache. The rest are read as decoding alone; how quickly prompts are read is "
            "the data sheet's."
        )
    elif not all(row.drawn_lengths or row.cached_share is not None for row in ready.used):
        yield "Whether prompts were found in the prefix cache was not recorded."
