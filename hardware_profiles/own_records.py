"""A user's own calibration records: kept in folders, read beside those that ship.

A folder is named by a command, by the environment or by custom: ``--library FOLDER``, then
``TCO_LIBRARY`` (several, separated as in ``PATH``), then ``gpt-or-llama-planner/library`` in the
user's configuration folder. Every ``*.json`` in it is one record, as `tco-calibrate` wrote it; the
folder of a run will do, where plan and account lie beside the record.
"""

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

from hardware_profiles.calibration import CalibrationRecord, read_record
from pricing.configuration import from_home, own_configuration
from pricing.errors import InputError, Problem, StorageError
from pricing.text_files import read_content

VARIABLE: Final = "TCO_LIBRARY"
MOST_RECORD_BYTES: Final = 4_000_000
BESIDE_RECORDS: Final = frozenset({"plan.json", "run.json"})
"""What else a run leaves in its folder."""


def library_folders(
    named: Sequence[Path] = (), environment: Mapping[str, str] | None = None
) -> tuple[Path, ...]:
    """Folders to look in, each once, those named by a command first.

    Parameters
    ----------
    environment
        Variables to read; those of the process where left out.
    """
    known = os.environ if environment is None else environment
    folders = [*named, *_listed(known), own_configuration(known) / "library"]
    return tuple(dict.fromkeys(map(from_home, folders)))


def first_named_folder(environment: Mapping[str, str] | None = None) -> Path | None:
    """Folder of the environment that new records go to; None where it names none."""
    listed = _listed(os.environ if environment is None else environment)
    return from_home(listed[0]) if listed else None


def _listed(known: Mapping[str, str]) -> list[Path]:
    return [Path(part) for part in known.get(VARIABLE, "").split(os.pathsep) if part]


def name_library(folders: Sequence[Path]) -> None:
    """Add folders to the library of this process and of those that it starts.

    Raises
    ------
    InputError
        Naming every one that is no folder.
    """
    problems = [*_missing(folders)]
    if problems:
        raise InputError(*problems)
    listed = [str(from_home(folder).resolve()) for folder in folders]
    known = os.environ.get(VARIABLE)
    os.environ[VARIABLE] = os.pathsep.join([*listed, *([known] if known else [])])


def own_records(
    folders: Sequence[Path] = (), environment: Mapping[str, str] | None = None
) -> dict[str, CalibrationRecord]:
    """Read every record of every folder, by id; a folder of the user's custom may be missing.

    Raises
    ------
    InputError
        Naming every file that is no record, every id that is taken twice, and every folder that
        was named and is not there.
    StorageError
        If a folder or file cannot be read.
    """
    found: dict[str, CalibrationRecord] = {}
    problems: list[Problem] = [*_missing(folders)]
    for folder in library_folders(folders, environment):
        for path in record_files(folder):
            try:
                content = read_content(
                    path, most_bytes=MOST_RECORD_BYTES, too_large="Take the file as it was written."
                )
                record = read_record(content, path.name)
            except InputError as error:
                problems.extend(error.problems)
                continue
            if record.id in found:
                limit = "is the id of another record of your library"
                problems.append(Problem(path.name, record.id, limit, "Remove or rename one."))
            found[record.id] = record.model_copy(update={"own": True})
    if problems:
        raise InputError(*problems)
    return found


def _missing(folders: Sequence[Path]) -> Iterable[Problem]:
    for folder in folders:
        if not from_home(folder).is_dir():
            yield Problem("library", str(folder), "is not a folder", "Name the folder of records.")


def record_files(folder: Path) -> Sequence[Path]:
    """Files of a folder that should hold a record each; none where there is no folder.

    Raises
    ------
    StorageError
        If the folder cannot be read.
    """
    try:
        found = sorted(folder.glob("*.json")) if folder.is_dir() else ()
        return [path for path in found if path.name not in BESIDE_RECORDS]
    except OSError as error:
        raise _unreadable(folder, error) from None


def _unreadable(path: Path, error: OSError) -> StorageError:
    limit = f"cannot be read: {error}"
    return StorageError(Problem("library", str(path), limit, "Check its permissions."))
