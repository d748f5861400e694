"""Own facts kept in a folder: ``library.toml``, laid out as ``library`` in a scenario is."""

import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from pricing.errors import InputError, Problem
from pricing.parsing import parse_toml
from pricing.text_files import read_text
from tco.question.faults import problems_of
from tco.question.own_facts import OwnFacts
from tco.question.own_files import with_files

LIBRARY_FILE: Final = "library.toml"
MOST_LIBRARY_BYTES: Final = 1_000_000


def read_libraries(folders: Sequence[Path]) -> Iterator[OwnFacts]:
    """Read the facts of every folder that has some.

    Raises
    ------
    InputError
        If what lies there is no file, holds what is no fact, or names a file outside its folder.
    StorageError
        If a file cannot be read.
    """
    for folder in folders:
        if os.path.lexists(folder / LIBRARY_FILE):
            yield _read(folder)


def _read(folder: Path) -> OwnFacts:
    path = folder / LIBRARY_FILE
    if not path.is_file():
        raise InputError(Problem(str(path), "", "is no file", "Put a text file there."))
    text = read_text(path, most_bytes=MOST_LIBRARY_BYTES, too_large="Split it over two folders.")
    try:
        facts = with_files(parse_toml(text), folder, LIBRARY_FILE)
        return OwnFacts.model_validate_json(json.dumps(facts, default=str))
    except ValidationError as error:
        raise InputError(*problems_of(OwnFacts, error, LIBRARY_FILE)) from None
    except ValueError as error:
        limit = f"is not valid TOML: {error}"
        raise InputError(Problem(str(path), "", limit, "Correct the file.")) from None
