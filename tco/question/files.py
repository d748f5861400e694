"""Scenario files: TOML, JSON or an exported CSV into a scenario, with every problem at once."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ValidationError

from pricing.errors import InputError, Problem
from pricing.faults import causes
from pricing.parsing import parse_json, parse_toml
from pricing.text_files import read_text
from tco.question.exported import (
    AS_EXPORTED,
    EDITED,
    EXPORTED_COLUMNS,
    Exported,
    edits,
    read_exported,
)
from tco.question.faults import problems_of
from tco.question.own_files import with_files
from tco.question.scenario import Scenario
from tco.words.figures import plural

MAX_BYTES = 1_000_000
LARGE_REMEDY = "A scenario is a few kB."
MOST_EXACT = 2.0**53  # above it not every whole number is a float
MOST_TOLD = 8  # changes of a file, when it is refused for them

Document = dict[str, Any]
Asking = TypeVar("Asking", bound=BaseModel)


class MalformedError(InputError):
    """A document is not of the form that its published schema asks for."""


@dataclass(frozen=True, slots=True)
class ReadScenario:
    """What a file held."""

    scenario: Scenario
    edits: tuple[str, ...] = ()
    """What was changed by hand since the planner wrote it; empty where nothing was."""


def load_scenario(path: str | Path) -> Scenario:
    """Read the scenario of a file; the ending says which format it is in.

    Raises
    ------
    StorageError
        If the file cannot be read.
    InputError
        If it is not a scenario, with every problem found.
    """
    return read_scenario_file(path).scenario


def read_scenario_file(path: str | Path) -> ReadScenario:
    """Read a scenario file, and what was changed in it by hand.

    Raises
    ------
    StorageError
        If the file cannot be read.
    InputError
        If it is not a scenario, with every problem found.
    """
    path = Path(path)
    text = read_text(path, most_bytes=MAX_BYTES, too_large=LARGE_REMEDY)
    return scenario_file(text, path.name, path.parent)


def scenario_from_text(text: str, name: str) -> Scenario:
    """Read a scenario from the text of a file called `name`.

    Raises
    ------
    InputError
        If the text is not a scenario, with every problem found.
    """
    return scenario_file(text, name).scenario


def scenario_file(text: str, name: str, folder: Path | None = None) -> ReadScenario:
    """Read a scenario from the text of a file called `name`, and what was changed in it by hand.

    Parameters
    ----------
    folder
        Where files that its own facts name are looked for; none are read where left out.

    Raises
    ------
    InputError
        If the text is not a scenario, with every problem found.
    """
    ending = Path(name).suffix.lower()
    if ending not in _READERS:
        raise InputError(
            Problem(name, repr(ending), "ends in .toml, .json or .csv", "Rename or convert it.")
        )
    return _read_as(ending, text, name, folder)


def scenario_without_name(content: bytes) -> ReadScenario:
    """Read a scenario from standard input: JSON or an exported CSV by its start, else TOML.

    Raises
    ------
    InputError
        If it is not a scenario, with every problem found.
    """
    name = "standard input"
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(Problem(name, "", "is not UTF-8 text", "Send UTF-8.")) from error
    start = text.lstrip()
    ending = ".json" if start.startswith("{") else ".toml"
    if start.startswith(",".join(EXPORTED_COLUMNS[:3])):
        ending = ".csv"
    return _read_as(ending, text, name)


_READERS: Final[Mapping[str, Callable[[str], object]]] = {
    ".toml": parse_toml,
    ".json": parse_json,
    ".csv": read_exported,
}


def _read_as(ending: str, text: str, name: str, folder: Path | None = None) -> ReadScenario:
    if len(text) > MAX_BYTES:
        raise InputError(_too_large(name))
    try:
        held = _READERS[ending](text)
    except ValueError as error:
        raise InputError(
            Problem(name, "", f"is not valid {ending[1:].upper()}: {error}", "Correct the file.")
        ) from error
    if isinstance(held, Exported):
        return _as_exported(held, name)
    return ReadScenario(scenario_from(held, folder))


def scenario_digest(scenario: Scenario) -> str:
    """SHA-256 of a scenario's values, those left at their defaults included."""
    return hashlib.sha256(canonical_json(document_of(scenario)).encode()).hexdigest()


def canonical_json(document: Document) -> str:
    """JSON with sorted keys and no blanks: equal content gives equal text."""
    return json.dumps(
        document, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )


def _as_exported(held: Exported, name: str) -> ReadScenario:
    """Hold the scenario of an exported CSV to its digest."""
    scenario = scenario_from(held.values)
    if scenario_digest(scenario) == held.digest:
        return ReadScenario(scenario)
    before = scenario_from(held.before)
    if scenario_digest(before) != held.digest:
        limit = "was cut short or damaged: its rows are not what its digest is of"
        raise InputError(Problem(name, "", limit, "Export it again."))
    told = tuple(edits(flatten(document_of(before)), flatten(document_of(scenario))))
    if not held.edited:
        limit = f"is not what was exported: {'; '.join(told[:MOST_TOLD])}"
        remedy = f"If you changed it, write {EDITED!r} for {AS_EXPORTED!r} in its row 'digest'."
        raise InputError(Problem(name, "", limit, remedy))
    return ReadScenario(scenario, told)


def scenario_from(document: object, folder: Path | None = None) -> Scenario:
    """Validate a parsed document.

    Parameters
    ----------
    folder
        Where files that its own facts name are looked for; none are read where left out.

    Raises
    ------
    InputError
        With one problem per refused field.
    """
    if isinstance(document, Mapping) and "library" in document:
        document = {**document, "library": with_files(document["library"], folder, "library")}
    return record_from(Scenario, document)


def record_from(kind: type[Asking], document: object, *, strict: bool = False) -> Asking:
    """Validate a parsed document as a record of some kind.

    Parameters
    ----------
    strict
        Whether a value must have the type that the published schema names: no number as text. A
        number without a fraction is whole, as JSON Schema has it.

    Raises
    ------
    InputError
        With one problem per refused field.
    MalformedError
        Where one of them is refused by the published schema, not by what the values mean.
    """
    held = _with_whole_numbers(document) if strict else document
    text = json.dumps(held, default=str, allow_nan=True)
    try:
        return kind.model_validate_json(text, strict=strict or None)
    except ValidationError as error:
        of_form = any(detail["type"] != "value_error" for detail in causes(error.errors()))
        refusal = MalformedError if of_form else InputError
        raise refusal(*problems_of(kind, error)) from error


def changed(scenario: Scenario, changes: Mapping[str, Any]) -> Scenario:
    """Set dotted paths of a scenario to other values, for example ``workload.growth_per_month``.

    ``None`` takes the value out, so that the library's default holds again.

    Raises
    ------
    InputError
        If a path or a value is refused.
    """
    document = document_of(scenario)
    for path, value in changes.items():
        _set(document, path.split("."), value)
    return scenario_from(document)


def document_of(scenario: Scenario) -> Document:
    """Plain values of a scenario, without what was left at its default."""
    document: Document = scenario.model_dump(mode="json", exclude_none=True)
    return document


def flatten(document: object, prefix: str = "") -> dict[str, Any]:
    """Dotted paths to plain values; list items are numbered from 0."""
    if isinstance(document, Mapping):
        items = [(str(key), value) for key, value in document.items()]
    elif isinstance(document, Sequence) and not isinstance(document, str):
        items = [(str(index), value) for index, value in enumerate(document)]
    else:
        return {prefix: document}
    flat: dict[str, Any] = {}
    for key, value in items:
        flat |= flatten(value, f"{prefix}.{key}" if prefix else key)
    return flat


def _with_whole_numbers(document: object) -> object:
    """Write 12.0 as 12, wherever it stands, up to what a float holds exactly."""
    if isinstance(document, Mapping):
        return {key: _with_whole_numbers(value) for key, value in document.items()}
    if isinstance(document, list):
        return [_with_whole_numbers(value) for value in document]
    if isinstance(document, float) and document.is_integer() and abs(document) < MOST_EXACT:
        return int(document)
    return document


def _set(document: Document, keys: list[str], value: object) -> None:
    *parents, last = keys
    place: Any = document
    for key in parents:
        place = place[int(key)] if isinstance(place, list) else place.setdefault(key, {})
    if isinstance(place, list):
        place[int(last)] = value
    elif value is None:
        place.pop(last, None)
    else:
        place[last] = value


def _too_large(name: str) -> Problem:
    return Problem(name, "", f"is larger than {plural(MAX_BYTES, 'byte')}", LARGE_REMEDY)
