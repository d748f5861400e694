"""Files of the package: read whole or refused, and put in place without a half-written one."""

import os
import tomllib
from collections.abc import Mapping
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from pricing.errors import InputError, Problem, StorageError


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
        return tomllib.loads(content.decode("utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        problem = Problem(place.name, "", f"is not TOML: {error}", "Correct the file.")
        raise InputError(problem) from error


def put_in_place(folder: Path, contents: Mapping[str, bytes]) -> None:
    """Write every file beside its place, and move them there in the order given.

    Each file is old or new at any moment, never half of one.

    Raises
    ------
    StorageError
        A file cannot be written; those before it are in place.
    """
    try:
        for name, content in contents.items():
            beside = folder / f".{name}.new"
            with beside.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            beside.replace(folder / name)
    except OSError as error:
        reason = error.strerror or "cannot be written"
        raise StorageError(Problem(str(folder), "", reason, "Check its rights.")) from error
