"""Results of promptfoo, read as tasks tried by models.

A test is a task: its description where it has one, else its number and its prompt. The file that
``promptfoo eval --output results.json`` writes is read, of versions 2 and 3.
"""

from collections.abc import Mapping
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
        trials = tuple(_trial(row) for row in rows if row.get("failureReason") != BROKE)
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        limit = f"is no result file of promptfoo: {error}"[:300]
        remedy = "Write one with promptfoo eval --output results.json."
        raise InputError(Problem(path.name, "", limit, remedy)) from error
    if not trials:
        raise InputError(Problem(path.name, "", "holds no result", "Run the evaluation again."))
    return trials


def _trial(row: Mapping[str, Any]) -> TaskTrial:
    test = row.get("testCase") or {}
    told = (test.get("metadata") or {}).get("difficulty")
    latency, usage = row.get("latencyMs"), _usage(row)
    return trial_of(
        {
            "task": printable(str(test.get("description") or row["testIdx"]) + _prompt_of(row)),
            "difficulty": told if told in DIFFICULTIES else None,
            "model": _model(row["provider"]),
            "accepted": row["success"],
            "latency_s": None if latency is None else latency / 1_000,
            "refused": (row.get("response") or {}).get("isRefusal"),
            "tool_calls_right": None,
            "recovered": None,
            "cost_usd": row.get("cost"),
            "input_tokens": usage.get("prompt"),
            "output_tokens": usage.get("completion"),
        }
    )


def _usage(row: Mapping[str, Any]) -> Mapping[str, float]:
    usage: Mapping[str, float] = (row.get("response") or {}).get("tokenUsage") or {}
    return {} if usage.get("cached") else usage  # an answer out of its cache was not served


def _model(provider: Mapping[str, Any] | str) -> str:
    if isinstance(provider, str):
        return provider
    return str(provider.get("label") or provider["id"]).replace(":chat:", "/").replace(":", "/")


def _prompt_of(row: Mapping[str, Any]) -> str:
    """Which prompt it was, where a test is put in several ways."""
    return f", prompt {row['promptIdx'] + 1}" if row.get("promptIdx") else ""
