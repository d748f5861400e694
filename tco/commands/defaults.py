"""Your own defaults: one file in your configuration folder, below the environment and every option.

It holds where things are, and no value of a question: a scenario has one answer, whoever asks.
"""

import os
from collections.abc import Mapping, MutableMapping
from pathlib import Path
from typing import Final

from pricing.configuration import own_configuration
from pricing.errors import InputError, Problem, did_you_mean
from pricing.parsing import parse_toml
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

    Returns
    -------
    dict
        What holds now of every key of the file, by key.

    Raises
    ------
    InputError
        With every key that is unknown and every value that is none; nothing is put anywhere then.
    StorageError
        If the file cannot be read.
    """
    path = defaults_file(environment)
    if not path.is_file():
        return {}
    text = read_text(path, most_bytes=_MOST_BYTES, too_large="It takes a few lines.")
    try:
        given = parse_toml(text)
    except ValueError as error:
        raise InputError(Problem(path.name, "", f"is no TOML: {error}", "Correct it.")) from error
    problems = [found for key in given if (found := _fault(path, key, given[key])) is not None]
    if problems:
        raise InputError(*problems)
    for key, value in given.items():
        beside = value if key == "store" else str(path.parent / Path(value).expanduser())
        environment.setdefault(VARIABLES[key], beside)
    return {key: environment[VARIABLES[key]] for key in given}


def _fault(path: Path, key: str, value: object) -> Problem | None:
    named = f"{path.name}: {key}"
    if key not in VARIABLES:
        return Problem(named, "", "is not a known key", did_you_mean(key, VARIABLES))
    if not isinstance(value, str) or not value:
        return Problem(named, str(value), "is not a text", f'Write {key} = "…".')
    if key == "library" and not (path.parent / Path(value).expanduser()).is_dir():
        return Problem(named, value, "is not a folder", "Name the folder of your facts.")
    return None
