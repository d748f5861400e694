"""A run: the same tasks against every endpoint, resumed where it stopped, within its budget."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import inspect_ai
from inspect_ai import Task
from inspect_ai.model import GenerateConfig, Model
from pydantic import ValidationError

from pricing.catalogue import Catalogue
from pricing.errors import InputError, Problem, StorageError
from pricing.faults import limit_of
from pricing.parsing import parse_json
from pricing.text_files import read_text, write_whole
from tco.quality.budget import Budget, most_usd
from tco.quality.endpoints import Endpoint
from tco.quality.inspect_logs import answered_in, spent_in
from tco.quality.inspected import MOST_RETRIES, evaluation_of, model_at, tool_of
from tco.quality.scoring import fault_of
from tco.quality.tasks import JsonSchema, QualityTask, judges_of
from tco.quality.watch import ANSWERED_BY, RunWatch, TellSpent, told_of, watched

RUN_SCHEMA: Final = "tco.quality-run/1"
_RUN_FILE: Final = "run.json"
MOST_RUN_BYTES: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class RunSettings:
    """How a run asks."""

    concurrency: int
    """Requests under way at once, of each endpoint."""
    seed: int
    most_output_tokens: int
    budget_usd: Decimal | None


@dataclass(frozen=True, slots=True)
class RunEnd:
    """How far a run came."""

    asked: int
    """Tasks times models."""
    answered: int
    spent_usd: Decimal
    is_over_budget: bool


@dataclass(frozen=True, slots=True)
class QualityRun:
    """Tasks, those who answer them, those who judge, and the folder that keeps it all."""

    tasks: tuple[QualityTask, ...]
    models: tuple[Endpoint, ...]
    judges: tuple[Endpoint, ...]
    folder: Path
    settings: RunSettings
    catalogue: Catalogue

    def check(self) -> None:
        """Hold the parts of a run against each other.

        Raises
        ------
        InputError
            With every tool and schema that is none, and every judge that has no endpoint.
        """
        problems = []
        known = {endpoint.name for endpoint in (*self.models, *self.judges)}
        for name in judges_of(self.tasks):
            if name not in known:
                limit = "judges a task and has no endpoint"
                problems.append(Problem("--judge", name, limit, f"Add --judge {name}=ADDRESS."))
        for task in self.tasks:
            if isinstance(task.scorer, JsonSchema) and (fault := fault_of(task.scorer.admits)):
                problems.append(Problem(f"{task.id}: scorer: admits", "", fault, "Correct it."))
            for tool in task.tools:
                try:
                    tool_of(tool)
                except ValidationError as error:
                    limit = f"is no schema of arguments: {limit_of(error.errors()[0])}"
                    place = f"{task.id}: tools: {tool.name}"
                    problems.append(Problem(place, "", limit, "Give an object with properties."))
        if problems:
            raise InputError(*problems)

    def begin(self, *, resume: bool) -> None:
        """Take the folder, or take it up again.

        Raises
        ------
        InputError
            If it holds another run, or one that is not to be resumed.
        StorageError
            If it cannot be written.
        """
        path = self.folder / _RUN_FILE
        document = self._document()
        if path.exists():
            if not resume:
                raise InputError(_taken(self.folder, "holds a run", "Resume it with --resume."))
            if _described(path) != document:
                raise InputError(
                    _taken(self.folder, "holds a run of other tasks or models", "Name another.")
                )
            return
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StorageError(_taken(self.folder, f"{error.strerror}", "Name another.")) from error
        write_whole(path, json.dumps(document, indent=2).encode())

    def first_requests_usd(self) -> Decimal:
        """Highest price of every task's first request, of all models [USD]."""
        on = _today()
        return sum(
            (
                most_usd(
                    endpoint,
                    [message.content for message in task.conversation],
                    self.settings.most_output_tokens,
                    self.catalogue,
                    on,
                )
                for endpoint in self.models
                for task in self.tasks
            ),
            Decimal(0),
        )

    def answer(self, tell: TellSpent) -> RunEnd:
        """Ask what is not answered yet, and keep every answer as soon as it is there."""
        done = answered_in(self.folder, self.catalogue)
        config = GenerateConfig(
            max_tokens=self.settings.most_output_tokens,
            max_connections=self.settings.concurrency,
            max_retries=MOST_RETRIES,
            seed=self.settings.seed,
        )
        clients = {e.name: model_at(e, config) for e in (*self.judges, *self.models)}
        endpoints = {str(clients[e.name]): e for e in (*self.judges, *self.models)}
        spent = spent_in(self.folder, endpoints, self.catalogue)
        budget = Budget(self.settings.budget_usd, spent)
        watch = RunWatch(
            budget=budget,
            endpoints=endpoints,
            catalogue=self.catalogue,
            on=_today(),
            most_output_tokens=self.settings.most_output_tokens,
            tell=tell,
            finished=sum(len(tasks) for tasks in done.values()),
        )
        watched(watch)
        left = self._left(done, clients)
        if left:
            inspect_ai.eval(
                left,
                max_tasks=len(left),
                max_samples=self.settings.concurrency,
                log_dir=str(self.folder / "logs"),
                log_format="eval",
                log_buffer=1,
                log_realtime=False,
                display="none",
                acp_server=False,
                ctl_server=False,
                score_display=False,
            )
        answered = sum(len(tasks) for tasks in answered_in(self.folder, self.catalogue).values())
        asked = len(self.tasks) * len(self.models)
        return RunEnd(asked, answered, budget.spent_usd, watch.is_over)

    def _left(self, done: Mapping[str, frozenset[str]], clients: Mapping[str, Model]) -> list[Task]:
        named = {name: clients[name] for name in judges_of(self.tasks)}
        found = []
        for endpoint in self.models:
            had = done.get(endpoint.name, frozenset())
            tasks = [task for task in self.tasks if task.id not in had]
            if tasks:
                client = clients[endpoint.name]
                found.append(
                    evaluation_of(endpoint, client, tasks, named, {ANSWERED_BY: told_of(endpoint)})
                )
        return found

    def _document(self) -> dict[str, Any]:
        """What may not differ between a run and its resumption; neither address nor key."""
        plain = json.dumps([task.model_dump(mode="json") for task in self.tasks], sort_keys=True)
        return {
            "schema": RUN_SCHEMA,
            "tasks_sha256": hashlib.sha256(plain.encode()).hexdigest(),
            "models": [told_of(endpoint) for endpoint in self.models],
            "judges": [told_of(endpoint) for endpoint in self.judges],
            "seed": self.settings.seed,
            "most_output_tokens": self.settings.most_output_tokens,
        }


def models_of_run(folder: Path) -> tuple[str, ...]:
    """Names of the models that a run's folder is about, as they were given; none where it is none.

    Raises
    ------
    InputError
        If its description is damaged.
    """
    path = folder / _RUN_FILE
    if not path.exists():
        return ()
    try:
        return tuple(str(model["name"]) for model in _described(path)["models"])
    except (KeyError, TypeError) as error:
        raise InputError(_damaged(path)) from error


def _described(path: Path) -> dict[str, Any]:
    text = read_text(path, most_bytes=MOST_RUN_BYTES, too_large="Leave it out.")
    try:
        held = parse_json(text)
    except ValueError as error:
        raise InputError(_damaged(path)) from error
    if not isinstance(held, dict):
        raise InputError(_damaged(path))
    return held


def _damaged(path: Path) -> Problem:
    return Problem(str(path), "", "is no description of a run", "Restore it, or delete it.")


def _taken(folder: Path, limit: str, remedy: str) -> Problem:
    return Problem("--out", str(folder), limit, remedy)


def _today() -> date:
    return datetime.now(tz=UTC).date()
