"""Logs of Inspect, of our own runs or of others, read as tasks tried by models."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any, Final, Literal
from zipfile import ZipFile

from inspect_ai.event import ModelEvent
from inspect_ai.log import EvalLog, EvalSample, read_eval_log
from inspect_ai.scorer import value_to_float

from pricing.catalogue import Catalogue
from pricing.errors import InputError, PriceError, Problem
from pricing.figures import grouped
from pricing.offer import STANDARD
from pricing.printable import printable
from pricing.refusal import PriceRefusedError
from pricing.text_files import read_content
from pricing.usage import RequestUsage
from tco.own_data.benchmark import DIFFICULTIES, Difficulty, TaskTrial, trial_of
from tco.quality.budget import usage_usd
from tco.quality.endpoints import Endpoint
from tco.quality.watch import ANSWERED_BY, BUDGET_LIMIT, request_usage

MOST_LOG_BYTES: Final = 500_000_000
"""Of one log, unpacked."""
_as_number = value_to_float()


@dataclass(frozen=True, slots=True)
class Logged:
    """One task of a log, answered or not."""

    endpoint: Endpoint
    """Who answered; its address and key are not in a log."""
    sample: EvalSample

    @property
    def task(self) -> str:
        """Id of the task."""
        return str(self.sample.id)

    @property
    def is_answered(self) -> bool:
        """Whether it has a verdict: it met no fault and no budget, and its judge gave a grade."""
        sample = self.sample
        held_back = sample.limit is not None and sample.limit.type == BUDGET_LIMIT
        return sample.error is None and bool(sample.scores) and not held_back and self._is_judged

    @property
    def _is_judged(self) -> bool:
        return all(
            (score.metadata or {}).get("is_judged", True)
            for score in (self.sample.scores or {}).values()
        )

    def requests(self) -> Iterator[ModelEvent]:
        """Requests that the model answered, its judge's left out."""
        return (
            event
            for event in self.sample.events
            if isinstance(event, ModelEvent) and event.role is None and event.error is None
        )


def logged_in(path: Path, catalogue: Catalogue) -> Iterator[Logged]:
    """Read the log in a file, or every log in a folder.

    Raises
    ------
    InputError
        If a file is no log.
    """
    files = sorted(p for p in path.rglob("*.eval") if p.is_file()) if path.is_dir() else [path]
    for file in files:
        log = _read(file)
        endpoint = _endpoint_of(log, catalogue)
        for sample in log.samples or ():
            yield Logged(endpoint, sample)


def trials_of(logged: Logged, catalogue: Catalogue) -> TaskTrial:
    """Sum up what a log says of one answered task.

    Raises
    ------
    InputError
        If what it says cannot be.
    """
    sample = logged.sample
    score = next(iter((sample.scores or {}).values()))
    conduct: Mapping[str, Any] = score.metadata or {}
    requests = list(logged.requests())
    used = [_used(event) for event in requests]
    known = [usage for usage in used if usage is not None]
    is_whole = bool(known) and len(known) == len(used)
    told = {
        "task": printable(logged.task),
        "difficulty": _difficulty(sample),
        "model": logged.endpoint.name,
        "accepted": _as_number(score.value) == 1.0,
        "latency_s": _seconds(requests),
        "refused": conduct.get("refused"),
        "tool_calls_right": conduct.get("tool_calls_right"),
        "recovered": conduct.get("recovered"),
        "cost_usd": _cost(logged, requests, catalogue) if is_whole else None,
        "input_tokens": sum(usage.input_tokens for usage in known) if is_whole else None,
        "output_tokens": sum(usage.output_tokens for usage in known) if is_whole else None,
        "requests": len(requests),
    }
    try:
        return trial_of(told)
    except ValueError as error:
        limit = f"is no task that can be read: {error}"[:300]
        raise InputError(Problem(logged.task, "", limit, "Leave the log out.")) from error


def answered_in(folder: Path, catalogue: Catalogue) -> dict[str, frozenset[str]]:
    """Tasks that need not be asked again, by the name of the model."""
    found: dict[str, set[str]] = {}
    for logged in logged_in(folder, catalogue):
        if logged.is_answered:
            found.setdefault(logged.endpoint.name, set()).add(logged.task)
    return {name: frozenset(tasks) for name, tasks in found.items()}


def spent_in(folder: Path, endpoints: Mapping[str, Endpoint], catalogue: Catalogue) -> Decimal:
    """Price every request in the logs of a folder, those of judges and of lost tasks too [USD].

    Parameters
    ----------
    endpoints
        By the names that Inspect has for their models.
    """
    total = Decimal(0)
    for logged in logged_in(folder, catalogue):
        for event in logged.sample.events:
            if isinstance(event, ModelEvent) and (usage := _used(event)) is not None:
                total += _spent(event, usage, endpoints, catalogue)
    return total


def _spent(
    event: ModelEvent,
    usage: RequestUsage,
    endpoints: Mapping[str, Endpoint],
    catalogue: Catalogue,
) -> Decimal:
    if event.model not in endpoints:
        limit = "answered in a log of this run, and is none of its models"
        raise InputError(Problem("--out", event.model, limit, "Take that log out of the folder."))
    return usage_usd(endpoints[event.model], usage, catalogue, _day(event)) or Decimal(0)


def _read(file: Path) -> EvalLog:
    """Read a log; of an archive no more is unpacked than its own list of files says."""
    content = read_content(file, most_bytes=MOST_LOG_BYTES, too_large="Leave it out.")
    kind: Literal["eval", "json"] = "json" if file.suffix == ".json" else "eval"
    try:
        size = len(content) if kind == "json" else _unpacked_bytes(content)
        if size <= MOST_LOG_BYTES:
            return read_eval_log(BytesIO(content), resolve_attachments=False, format=kind)
    except Exception as error:  # whatever a damaged archive makes of its reader
        limit = f"is no log of Inspect that can be read: {error}"[:300]
        raise InputError(Problem(file.name, "", limit, "Leave it out.")) from error
    limit = f"is larger than {grouped(MOST_LOG_BYTES)} bytes, unpacked"
    raise InputError(Problem(file.name, grouped(size), limit, "Leave it out."))


def _unpacked_bytes(content: bytes) -> int:
    with ZipFile(BytesIO(content)) as archive:
        return sum(member.file_size for member in archive.infolist())


def _endpoint_of(log: EvalLog, catalogue: Catalogue) -> Endpoint:
    """Who answered: as our run says, else by the name of the model where a seller lists it."""
    told = (log.eval.metadata or {}).get(ANSWERED_BY)
    if not isinstance(told, Mapping):
        seller, _, model = log.eval.model.partition("/")
        told = {"name": log.eval.model, "provider": seller, "model": model, "tier": STANDARD}
    name, provider, model, tier = (
        str(told.get(key, "")) for key in ("name", "provider", "model", "tier")
    )
    offer = None
    if provider in catalogue.providers:
        try:
            offer = catalogue.offer(provider, model)
        except PriceRefusedError:
            offer = None  # what nobody lists has no price
    return Endpoint(name, "", "", offer, tier, None)


def _difficulty(sample: EvalSample) -> Difficulty | None:
    task = sample.metadata.get("task")
    told = (task if isinstance(task, Mapping) else sample.metadata).get("difficulty")
    return next((known for known in DIFFICULTIES if known == told), None)


def _used(event: ModelEvent) -> RequestUsage | None:
    return None if event.output.usage is None else request_usage(event.output.usage)


def _seconds(requests: Sequence[ModelEvent]) -> float | None:
    times = [event.working_time for event in requests]
    return sum(t for t in times if t is not None) if times and None not in times else None


def _cost(logged: Logged, requests: Sequence[ModelEvent], catalogue: Catalogue) -> float | None:
    total = Decimal(0)
    for event in requests:
        usage = _used(event)
        assert usage is not None
        try:
            usd = usage_usd(logged.endpoint, usage, catalogue, _day(event))
        except PriceError:
            return None
        if usd is None:
            return None
        total += usd
    return float(total)


def _day(event: ModelEvent) -> date:
    return event.timestamp.astimezone(UTC).date()
