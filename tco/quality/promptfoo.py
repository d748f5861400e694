"""Results of promptfoo, read as tasks tried by models.

A test is a task: its description where it has one, and its number; with several prompts, each of
them makes a task of its own. A test that was repeated stands once for every time in the file, under
numbers of its own, and is one task here. The file that ``promptfoo eval --output results.json``
writes is read, of versions 2 and 3. What it leaves at 0 because no provider said it, a cost, is not
known here; nor is the time of an answer that came out of promptfoo's cache.
"""

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from pricing.errors import InputError, Problem
from pricing.parsing import parse_json
from pricing.printable import printable
from pricing.text_files import read_text
from tco.own_data.benchmark import DIFFICULTIES, TaskTrial, trial_of

MOST_RESULT_BYTES: Final = 200_000_000
BROKE: Final = 2
"""Reason of a failure that is the provider's or the network's, not the answer's."""
_OF_SELLER: Final = re.compile(r"([a-z]+):(?:(?:chat|completion|messages|responses):)?([^:/]\S*)")
"""Provider by its id: who sells, by which interface, and which model."""
_Row = Mapping[str, Any]


def promptfoo_trials(path: Path) -> tuple[TaskTrial, ...]:
    """Read a result file.

    Raises
    ------
    StorageError
        If it cannot be read.
    InputError
        If it is no such file.
    """
    text = read_text(path, most_bytes=MOST_RESULT_BYTES, too_large="Split it.")
    try:
        rows = parse_json(text)["results"]["results"]
        trials = tuple(_trials(sorted(rows, key=lambda row: (row["testIdx"], row["promptIdx"]))))
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        limit = f"is no result file of promptfoo: {error}"[:300]
        remedy = "Write one with promptfoo eval --output results.json."
        raise InputError(Problem(path.name, "", limit, remedy)) from error
    if not trials:
        raise InputError(Problem(path.name, "", "holds no result", "Run the evaluation again."))
    return trials


def _trials(rows: Sequence[_Row]) -> list[TaskTrial]:
    tests, prompts = _tests(rows), list(dict.fromkeys(map(_prompt, rows)))
    tells_refusals = {
        _model(row["provider"]) for row in rows if "isRefusal" in (row.get("response") or {})
    }
    found = []
    for row in rows:
        if _is_broken(row):
            continue
        way = f", prompt {prompts.index(_prompt(row)) + 1}" if len(prompts) > 1 else ""
        found.append(_trial(row, f"{tests[row['testIdx']]}{way}", tells_refusals))
    return found


def _trial(row: _Row, task: str, tells_refusals: set[str]) -> TaskTrial:
    told = ((row.get("testCase") or {}).get("metadata") or {}).get("difficulty")
    response: _Row = row.get("response") or {}
    usage: _Row = response.get("tokenUsage") or {}
    is_served = not response.get("cached") and ("prompt" in usage or not usage.get("cached"))
    latency, model = row.get("latencyMs"), _model(row["provider"])
    return trial_of(
        {
            "task": printable(task),
            "difficulty": told if told in DIFFICULTIES else None,
            "model": model,
            "accepted": row["success"],
            "latency_s": latency / 1_000 if is_served and latency is not None else None,
            "refused": response.get("isRefusal", False) if model in tells_refusals else None,
            "tool_calls_right": None,
            "recovered": None,
            "cost_usd": (row.get("cost") or None) if is_served else None,
            "input_tokens": usage.get("prompt") if is_served else None,
            "output_tokens": usage.get("completion") if is_served else None,
            "requests": usage.get("numRequests") if is_served else None,
        }
    )


def _tests(rows: Sequence[_Row]) -> dict[int, str]:
    """Name of each test by its number; one that was repeated is named as it was first."""
    names: dict[int, str] = {}
    known: dict[str, str] = {}
    for row in rows:
        number, test = row["testIdx"], row.get("testCase") or {}
        if number in names:
            continue
        parts = [test.get(part) for part in ("description", "vars", "assert")]
        name = f"test {number + 1}"
        if test.get("description"):
            name = f"{test['description']} ({name})"
        same = json.dumps(parts, sort_keys=True) if any(parts) else name
        names[number] = known.setdefault(same, name)
    return names


def _prompt(row: _Row) -> str:
    """Which prompt it was: the same one has another column for every provider."""
    prompt = row.get("prompt") or {}
    return str(row.get("promptId") or prompt.get("label") or prompt.get("raw"))


def _is_broken(row: _Row) -> bool:
    """Whether its provider failed; version 2 has no reason, and then nothing was graded."""
    if "failureReason" in row:
        return bool(row["failureReason"] == BROKE)
    return bool(row.get("error")) and not row.get("gradingResult")


def _model(provider: _Row | str) -> str:
    """Label of who answered, else the seller's model as the catalogue has it."""
    if not isinstance(provider, str) and provider.get("label"):
        return str(provider["label"])
    name = provider if isinstance(provider, str) else str(provider["id"])
    of_seller = _OF_SELLER.fullmatch(name)
    return "/".join(of_seller.groups()) if of_seller else name
