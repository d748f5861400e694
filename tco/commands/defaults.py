"""Your own defaults: one file in your configuration folder, below the environment and every option.

It holds where things are, and no value of a question: a scenario has one answer, whoever asks.
"""

import os
from collections.abc import Mapping, MutableMapping
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from pricing.configuration import from_home, own_configuration
from pricing.errors import InputError, Problem, did_you_mean
from pricing.parsing import parse_toml
from pricing.printable import has_controls
from pricing.text_files import read_text

SCENARIO: Final = "TCO_SCENARIO"
VARIABLES: Final[Mapping[str, str]] = {
    "library": "TCO_LIBRARY",
    "scenario": SCENARIO,
    "store": "PLANNER_STORE_URL",
}
"""Variable of the environment that each key stands for."""
_MOST_BYTES: Final = 20_000


def defaults_file(environment: Mapping[str, str] = os.environ) -> Path:
    """Where the file lies, whether it is there or not."""
    return own_configuration(environment) / "config.toml"


def settle_defaults(environment: MutableMapping[str, str] = os.environ) -> dict[str, str]:
    """Put what the file says into the environment, where that says nothing itself.

    A variable that is empty says nothing.

    Returns
    -------
    dict
        What holds now of every key of the file, by key.

    Raises
    ------
    InputError
        If what lies there is no file, or with every key that is unknown and every value that is
        none; nothing is put anywhere then.
    StorageError
        If the file cannot be read.
    """
    path = defaults_file(environment)
    if not os.path.lexists(path):
        return {}
    if not path.is_file():
        remedy = "Put a text file there, or take it away."
        raise InputError(Problem(str(path), "", "is no file", remedy))
    text = read_text(path, most_bytes=_MOST_BYTES, too_large="It takes a few lines.")
    try:
        given = parse_toml(text)
    except ValueError as error:
        raise InputError(Problem(path.name, "", f"is no TOML: {error}", "Correct it.")) from error
    problems = [found for key in given if (found := _fault(path, key, given[key])) is not None]
    if problems:
        raise InputError(*problems)
    for key, value in given.items():
        if not environment.get(VARIABLES[key]):
            environment[VARIABLES[key]] = _from_folder(path.parent, key, value)
    return {key: environment[VARIABLES[key]] for key in given}


def _from_folder(folder: Path, key: str, value: str) -> str:
    """A path as it stands from the folder of the file; the address of a server stays as it is."""
    if key != "store":
        return str(folder / from_home(Path(value)))
    kind, separator, file = value.partition(":///")
    if kind.partition("+")[0] != "sqlite":
        return value
    return f"{kind}{separator}{folder / from_home(Path(file))}"


def _fault(path: Path, key: str, value: object) -> Problem | None:
    named = f"{path.name}: {key}"
    if key not in VARIABLES:
        return Problem(named, "", "is not a known key", did_you_mean(key, VARIABLES))
    if not isinstance(value, str) or not value:
        return Problem(named, str(value), "is not a text", f'Write {key} = "…".')
    if has_controls(value):
        return Problem(named, value, "holds characters that are no text", "Type it again.")
    if key == "library" and not (path.parent / from_home(Path(value))).is_dir():
        return Problem(named, value, "is not a folder", "Name the folder of your facts.")
    if key == "store" and not _is_store(value):
        remedy = "Use sqlite:///FILE or postgresql://USER@HOST/NAME."
        return Problem(named, "", "is not the address of a store", remedy)
    return None


def _is_store(address: str) -> bool:
    """Whether it has the form of one; whether a store is there is asked where one is used."""
    kind = address.partition("://")[0].partition("+")[0]
    try:
        parts = urlsplit(address)
        server = (parts.hostname, parts.port)
    except ValueError:
        return False
    if kind == "sqlite":
        return server == (None, None) and parts.path not in ("", "/", "/:memory:")
    return kind == "postgresql"
