"""Files of the package: read whole or refused, with what to do then."""

from importlib.resources.abc import Traversable
from typing import Any, Final

from pricing.csv_table import CsvTable
from pricing.errors import InputError, Problem, StorageError
from pricing.parsing import parse_toml

REINSTALL: Final = "Install the package again."


def read_bytes(place: Traversable, remedy: str) -> bytes:
    """Content of a file.

    Raises
    ------
    StorageError
        It cannot be read; `remedy` says what to do.
    """
    try:
        return place.read_bytes()
    except OSError as error:
        reason = error.strerror or "cannot be read"
        raise StorageError(Problem(place.name, "", reason, remedy)) from error


def read_toml(place: Traversable) -> dict[str, Any]:
    """Content of a TOML file.

    Raises
    ------
    StorageError
        It cannot be read.
    InputError
        It is not TOML in UTF-8.
    """
    content = read_bytes(place, REINSTALL)
    try:
        return parse_toml(content.decode("utf-8"))
    except ValueError as error:
        problem = Problem(place.name, "", f"is not TOML: {error}", "Correct the file.")
        raise InputError(problem) from error


def read_table(place: Traversable) -> CsvTable:
    """Content of a CSV table.

    Raises
    ------
    StorageError
        It cannot be read.
    InputError
        It is no table in UTF-8.
    """
    content = read_bytes(place, REINSTALL)
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InputError(Problem(place.name, "", "is not UTF-8 text", REINSTALL)) from error
    return CsvTable.read(place.name, text)
