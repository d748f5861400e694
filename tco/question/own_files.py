"""Files that own facts name: read once, beside the file that names them, and carried along.

A model may name its ``config.json`` and a calibration the file or folder of its records. What they
hold takes the place of the name, so that a scenario is whole wherever it travels. Only files in
the folder of the naming file, or below it, are read; no link is followed and nothing is run.
"""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from hardware_profiles.language_model import PRECISIONS
from hardware_profiles.model_config import model_of_config
from hardware_profiles.own_records import record_files
from pricing.errors import InputError, Problem
from pricing.parsing import parse_json
from pricing.text_files import read_text
from pricing.units import BYTES_PER_GB
from tco.question.own_facts import MOST_OWN_RECORDS, MOST_RECORD_CHARACTERS

MOST_CONFIG_BYTES: Final = 1_000_000
MOST_WEIGHTS_BYTES: Final = 10**14
_BESIDE: Final = "Put the file beside the scenario, and name it from there."
_OF_CONFIG: Final = (
    "layers", "hidden", "attention_heads", "kv_heads", "head_dim", "experts", "experts_active",
    "moe_layers", "params_total", "params_active", "kv_growing_elements_per_token",
    "kv_local_elements_per_token", "kv_local_cap_tokens",
)  # fmt: skip
"""Dimensions that a configuration gives; said beside it, one of the two would be wrong."""
_COUNTED: Final = tuple(f"weights_{precision}_gb" for precision in PRECISIONS)


def with_files(facts: object, folder: Path | None, place: str) -> object:
    """Put what the named files hold in the place of their names.

    Parameters
    ----------
    facts
        Own facts as parsed; what is no table, or names no file, is given back for the scenario's
        own checks.
    folder
        Where names start from; None where there is no folder, as in a link.
    place
        Where these facts stand in the document, for refusals.

    Raises
    ------
    InputError
        Naming every file that is outside the folder, a link, or not what it should be.
    StorageError
        If a file cannot be read.
    """
    if not isinstance(facts, Mapping):
        return facts
    found, problems = dict(facts), list[Problem]()
    for key, read in (("models", _model), ("calibrations", _records)):
        entries = found.get(key)
        if not isinstance(entries, Sequence) or isinstance(entries, str):
            continue
        whole: list[object] = []
        for number, entry in enumerate(entries):
            try:
                whole += read(entry, folder, f"{place}.{key}.{number}")
            except InputError as refusal:
                problems += refusal.problems
        found[key] = whole
    if problems:
        raise InputError(*problems)
    return found


def _model(entry: object, folder: Path | None, place: str) -> list[object]:
    """A model whose dimensions are those of a ``config.json``, named or given as a table."""
    if not isinstance(entry, Mapping) or "config" not in entry:
        return [entry]
    given = {key: value for key, value in entry.items() if key not in ("config", "weights_bytes")}
    if twice := [key for key in _OF_CONFIG if key in given]:
        limit, remedy = "is what config gives already", "Leave it out, or give all in figures."
        raise InputError(
            *(Problem(f"{place}.{k}", str(given[k])[:80], limit, remedy) for k in twice)
        )
    named = entry["config"]
    config = named if isinstance(named, Mapping) else _config(named, folder, f"{place}.config")
    name = given.get("name")
    if not isinstance(name, str):
        raise InputError(Problem(f"{place}.name", "", "is required", "Add it."))
    try:
        facts = model_of_config(config, name, hf_id=str(given.get("hf_id", "")))
    except InputError as refusal:
        raise InputError(*(_in_config(found, place) for found in refusal.problems)) from refusal
    known = facts.model_dump(exclude_none=True, exclude={"source"})
    weights = _weights(entry.get("weights_bytes"), f"{place}.weights_bytes")
    if weights:
        known = {key: value for key, value in known.items() if key not in _COUNTED}
    return [{**known, **weights, **given}]


def _in_config(found: Problem, place: str) -> Problem:
    """Say in which entry a configuration is wrong."""
    return replace(found, field=found.field.replace("model_config", f"{place}.config", 1))


def _config(named: object, folder: Path | None, place: str) -> dict[str, Any]:
    path = _beside(named, folder, place)
    text = read_text(path, most_bytes=MOST_CONFIG_BYTES, too_large="A config.json is a few kB.")
    try:
        config = parse_json(text)
    except ValueError:
        config = None
    if not isinstance(config, dict):
        raise InputError(Problem(place, str(named), "is no JSON table", "Give its config.json."))
    return config


def _weights(sizes: object, place: str) -> dict[str, float]:
    """Sizes in bytes by precision, in the library's unit."""
    if sizes is None:
        return {}
    if not isinstance(sizes, Mapping) or any(
        type(size) is not int or size > MOST_WEIGHTS_BYTES for size in sizes.values()
    ):
        remedy = "Write it as { fp8 = 33_000_000_000 }."
        raise InputError(Problem(place, str(sizes)[:80], "is whole bytes by precision", remedy))
    unknown = sorted(set(sizes) - set(PRECISIONS))
    if unknown:
        limit = f"is by precision: {', '.join(PRECISIONS)}"
        raise InputError(Problem(place, ", ".join(unknown), limit, "Name one of them."))
    return {f"weights_{precision}_gb": size / BYTES_PER_GB for precision, size in sizes.items()}


def _records(entry: object, folder: Path | None, place: str) -> list[object]:
    """Texts of the records that a file or folder holds; a text of a record stays as it is."""
    if not isinstance(entry, str) or entry.lstrip().startswith("{"):
        return [entry]
    path = _beside(entry, folder, place)
    files = record_files(path) if path.is_dir() else [path]
    if not 0 < len(files) <= MOST_OWN_RECORDS:
        limit = f"holds {len(files)} records; a scenario carries 1 to {MOST_OWN_RECORDS}"
        raise InputError(Problem(place, entry, limit, "Name the files that it needs."))
    return [_one_line(file, folder, place) for file in files]


def _one_line(file: Path, folder: Path | None, place: str) -> str:
    """Content of a record on one line: its digest is of what it says, not of its spaces."""
    assert folder is not None
    path = _beside(str(file.relative_to(folder)), folder, place)
    text = read_text(path, most_bytes=4 * MOST_RECORD_CHARACTERS, too_large="Name one record.")
    try:
        return json.dumps(parse_json(text), separators=(",", ":"), ensure_ascii=False)
    except ValueError as error:
        remedy = "Take the file as tco-calibrate wrote it."
        raise InputError(Problem(place, file.name, f"is not JSON: {error}", remedy)) from error


def _beside(named: object, folder: Path | None, place: str) -> Path:
    """Path of a file in the folder or below it, no part of which is a link."""
    if not isinstance(named, str) or not named.strip():
        raise InputError(Problem(place, str(named)[:80], "must name a file", _BESIDE))
    if folder is None:
        limit = "names a file, and what was sent here has no folder"
        raise InputError(Problem(place, named[:80], limit, "Give what the file holds itself."))
    parts = Path(named).parts
    if Path(named).is_absolute() or ".." in parts or "\\" in named or ":" in named:
        limit = "must lie in the folder of the scenario, or below it"
        raise InputError(Problem(place, named[:80], limit, _BESIDE))
    path = folder
    for part in parts:
        path /= part
        if os.path.islink(path):  # noqa: PTH114 - False, too, of a name that no file can have
            limit = "is a link, and links are not followed"
            raise InputError(Problem(place, named[:80], limit, _BESIDE))
    if not os.path.exists(path):  # noqa: PTH110 - the same
        raise InputError(Problem(place, named[:80], "is not there", _BESIDE))
    if not (path.is_file() or path.is_dir()):
        raise InputError(Problem(place, named[:80], "is no file", _BESIDE))
    return path
