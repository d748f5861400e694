"""Sixty tasks of every scorer, and models that get a known part of them right.

The truth is a rule on the number of a task; what a model says follows from it, and whether that is
right is written here by hand, scorer by scorer.
"""

import json

from tests.quality.openai_server import Scripted

KINDS = ("exact", "includes", "regex", "json-schema", "number", "graded")
DIFFICULTIES = ("easy", "medium", "hard")
FAILURE = "503 busy, try again"
WITH_TOOL = range(54, 60)
FORECAST = {
    "name": "forecast",
    "description": "Weather of a day",
    "parameters": {
        "type": "object",
        "properties": {"city": {"type": "string", "description": "Where"}},
        "required": ["city"],
    },
    "returns": "sunny, 21 degrees",
    "fails_first": FAILURE,
}


def task(number):
    told = {
        "id": f"t{number:02}",
        "difficulty": DIFFICULTIES[number % 3],
        "prompt": f"Task {number}",
    }
    if number in WITH_TOOL:
        return told | {
            "scorer": {"kind": "includes", "expected": ["21"]},
            "tools": [FORECAST],
            "calls": [{"name": "forecast", "arguments": {"city": "Oslo"}}],
        }
    return told | {"scorer": _scorer(KINDS[number % 6], number)}


def _scorer(kind, number):
    more = {
        "exact": {"expected": [f"word{number}", "another"]},
        "includes": {"expected": [f"word{number}"]},
        "regex": {"pattern": rf"\bAB-0*{number}\b"},
        "json-schema": {
            "admits": {
                "type": "object",
                "required": ["n"],
                "properties": {"n": {"const": number}},
            }
        },
        "number": {"expected": 1_000.5 + number, "tolerance": 0.25},
        "graded": {"rubric": "The answer is polite.", "judge": "referee"},
    }
    return {"kind": kind} | more[kind]


def said(number, is_right):
    """Answers of a model, turn by turn."""
    if number in WITH_TOOL:
        call = {"call": "forecast", "with": {"city": "Oslo" if is_right else "Rome"}}
        return [call, call, "It will be 21."] if is_right else [call, "I cannot tell."]
    right, wrong = {
        "exact": (f"  word{number}\n", f"WORD{number}"),
        "includes": (f"It is word{number}, I think.", "It is a word."),
        "regex": (f"Code AB-00{number}.", f"Code AB-{number}7."),
        "json-schema": (f'```json\n{{"n": {number}}}\n```', f'{{"n": "{number}"}}'),
        "number": (f"2 parts, in all {1_000 + number:,}.7 kg", f"{1_000 + number:,}.8 kg"),
        "graded": (f"Kindly, {number}.", f"Go away, {number}."),
    }[KINDS[number % 6]]
    return right if is_right else wrong


def model(rule, **more):
    """A model that gets right what its rule says."""

    def script(prompt):
        number = int(prompt.removeprefix("Task "))
        return said(number, rule(number))

    return Scripted(script, **more)


def referee():
    """A judge that finds polite what is."""
    return Scripted(lambda asked: "GRADE: C" if "[Submission]: Kindly" in asked else "GRADE: I")


def gpt_is_right(number):
    return number % 5 != 0


def llama_is_right(number):
    return number % 2 == 0


def write_tasks(path, numbers=range(60)):
    path.write_text("".join(f"{json.dumps(task(number))}\n" for number in numbers))
    return path
