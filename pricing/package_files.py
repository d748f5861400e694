"""Files of the package: read whole or refused, with what to do then."""

from importlib.resources.abc import Traversable
from typing import Any

from pricing.errors import InputError, Problem, StorageError
from pricing.parsing import parse_toml


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
    content = read_bytes(place, "Install the package again.")
    try:
        return parse_toml(content.decode("utf-8"))
    except ValueError as error:
        problem = Problem(place.name, "", f"is not TOML: {error}", "Correct the file.")
        raise InputError(problem) from error
