"""Results of promptfoo, as its published types have them."""

import json

import pytest

from tests.quality.promptfoo_file import GPT, PROMPTS, cell, promptfoo_file, table
from tests.quality.test_sum import summed
from tests.tco.command import tco

OPENAI, OWN = "openai/gpt-5.4", "Llama 3.3 70B"


@pytest.fixture
def read(tmp_path):
    def summary_of(rows):
        file = tmp_path / "results.json"
        file.write_text(json.dumps(promptfoo_file(rows)))
        told = summed(file)
        standings = {(row["model"], row["difficulty"]): row for row in told["standings"]}
        return told, standings

    return summary_of


def test_both_providers_are_compared_on_the_same_tests_whatever_their_column(read):
    told, standings = read(table())
    (difference,) = told["differences"]
    assert (difference["model"], difference["against"]) == (OWN, OPENAI)
    assert (difference["tasks"], difference["only_model"], difference["only_against"]) == (6, 0, 2)
    assert (standings[OPENAI, "all"]["tasks"], standings[OWN, "all"]["tasks"]) == (6, 6)
    assert standings[OPENAI, "all"]["acceptance_rate"] == 5 / 6
    assert standings[OWN, "all"]["acceptance_rate"] == 3 / 6
    assert standings[OPENAI, "hard"]["tasks"] == 2
    assert told["measured_as"] == {OPENAI: "gpt-5.4", OWN: OWN}


def test_every_prompt_makes_a_task_of_its_own_for_both(read):
    told, standings = read(table(prompts=PROMPTS))
    assert told["differences"][0]["tasks"] == standings[OWN, "all"]["tasks"] == 12


def test_a_test_that_was_repeated_is_one_task_of_several_tries(read):
    again = [{**row, "testIdx": row["testIdx"] + 6} for row in table()]
    _, standings = read([*table(), *again])
    assert (standings[OWN, "all"]["tasks"], standings[OWN, "all"]["tries"]) == (6, 12)


def test_tests_that_share_a_description_and_not_their_values_are_tasks_of_their_own(read):
    rows = table()
    for row in rows:
        row["testCase"]["description"] = "refunds"
    _, standings = read(rows)
    assert standings[OWN, "all"]["tasks"] == 6


def test_what_is_not_said_is_not_known(read):
    _, standings = read(table())
    assert standings[OPENAI, "all"]["usd_per_accepted"] == pytest.approx(0.001 * 6 / 5)
    assert standings[OWN, "all"]["usd_per_accepted"] is None
    assert standings[OWN, "all"]["refused_share"] is None


def test_a_refusal_of_one_answer_says_that_the_others_are_none(read):
    rows = table()
    rows[0]["response"]["isRefusal"] = True
    _, standings = read(rows)
    assert standings[OPENAI, "all"]["refused_share"] == pytest.approx(1 / 6)
    assert standings[OWN, "all"]["refused_share"] is None


@pytest.mark.parametrize("marked", [{"cached": True}, {}])
def test_an_answer_out_of_the_cache_has_no_time_no_tokens_and_no_cost(read, marked):
    response = {"output": "x", "tokenUsage": {"cached": 100, "total": 100}, **marked}
    rows = [cell(0, 0, GPT, PROMPTS[0], passed=True, response=response, latencyMs=2)]
    _, standings = read(rows)
    row = standings[OPENAI, "all"]
    unknown = ("median_latency_s", "input_tokens", "output_tokens", "usd_per_accepted")
    assert [row[name] for name in unknown] == [None] * 4
    assert row["acceptance_rate"] == 1


def test_what_the_provider_served_from_its_own_cache_was_served(read):
    usage = {"prompt": 90, "completion": 10, "cached": 64, "total": 100}
    rows = table(providers=(GPT,))
    for row in rows:
        row["response"]["tokenUsage"] = usage
    _, standings = read(rows)
    assert standings[OPENAI, "all"]["input_tokens"] == 6 * 90


def test_what_broke_is_no_answer_in_either_version(read):
    third = cell(0, 0, GPT, PROMPTS[0], passed=False, failureReason=2, error="503")
    second = cell(0, 1, GPT, PROMPTS[0], passed=False, error="503", gradingResult=None)
    wrong = cell(0, 2, GPT, PROMPTS[0], passed=False)
    for row in (second, wrong):
        del row["failureReason"]
    _, standings = read([third, second, wrong, cell(0, 3, GPT, PROMPTS[0], passed=True)])
    row = standings[OPENAI, "all"]
    assert (row["tasks"], row["acceptance_rate"]) == (2, 0.5)


@pytest.mark.parametrize(
    ("provider", "name"),
    [
        ("openai:gpt-5.4", "openai/gpt-5.4"),
        ("openai:responses:gpt-5.4", "openai/gpt-5.4"),
        ({"id": "anthropic:messages:claude-x"}, "anthropic/claude-x"),
        ({"id": "https://own.example:8000/v1"}, "https://own.example:8000/v1"),
        ({"id": "file://own.py", "label": "A: ours"}, "A: ours"),
    ],
)
def test_who_answered_goes_by_the_label_or_as_the_catalogue_has_it(read, provider, name):
    _, standings = read([cell(0, 0, provider, PROMPTS[0], passed=True)])
    assert {model for model, _ in standings} == {name}


@pytest.mark.parametrize("text", ["{}", "[]", '{"results": {"results": [1]}}', "no"])
def test_a_file_that_is_no_result_is_named(tmp_path, text):
    file = tmp_path / "results.json"
    file.write_text(text)
    done = tco("quality", "sum", file)
    assert done.returncode == 2
    assert "results.json: is no result file of promptfoo" in done.stderr
