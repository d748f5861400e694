"""The first month in the terminal: its columns add up, whatever a bill is made of."""

import re

import pytest

from tco.answer.evaluation import evaluate
from tco.commands.console import NONE_OF_OWN, print_break_even, print_evaluation
from tco.exports.workbook import workbook
from tco.exports.workbook_bills import NOT_FOLLOWED
from tco.question.files import changed
from tests.tco.hybrid_cases import CASES
from tests.tco.xlsx_file import Workbook


def first_month(question, evaluation, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "300")
    print_evaluation(question, evaluation)
    table = capsys.readouterr().out.split("A first month, cheapest first\n")[1].split("\n\n")[0]
    head, _, *rows = table.splitlines()
    ends = [(found.group(), found.end()) for found in re.finditer(r"\S+(?: \S+)*", head)]
    for row in rows:
        yield {
            name: row[:end].split("  ")[-1].strip() for name, end in ends if name != "Alternative"
        }


@pytest.mark.parametrize("name", ["evaluation", "owned", "private-first", "api"])
def test_the_parts_of_a_bill_are_as_much_as_the_bill(
    name, plain_scenario, plain_data, capsys, monkeypatch
):
    """People who read answers, platform and transfer are paid too, and stand in a column."""
    quality = {"model": "Llama 3.3 70B", "acceptance_rate": 0.9, "usd_per_unaccepted": 0.08}
    question = changed(plain_scenario, CASES[name][1] | {"qualities": [quality]})
    evaluation = evaluate(question, plain_data, draws=5)
    rows = list(first_month(question, evaluation, capsys, monkeypatch))
    assert len(rows) == len(evaluation.alternatives)
    for row in rows:
        paid, *parts = (
            float(row[part].lstrip("$").replace(",", ""))
            for part in ("USD/month", "tokens or machines", "people", "the rest")
        )
        assert sum(parts) == pytest.approx(paid, abs=2.0)
    assert any(row["the rest"] != "$0" for row in rows)


def test_without_own_servers_the_break_even_says_that_there_are_none(
    plain_scenario, plain_data, capsys
):
    question = changed(plain_scenario, {"self_hosted": [], "hybrids": []})
    print_break_even(evaluate(question, plain_data, draws=5))
    assert NONE_OF_OWN in " ".join(capsys.readouterr().out.split())


def test_no_machine_of_a_hybrid_is_said_to_grow_with_nothing(plain_scenario, plain_data):
    question = changed(plain_scenario, CASES["spill"][1])
    sheet = Workbook(workbook(question, evaluate(question, plain_data, draws=5))).values
    last = max(int(place.removeprefix("Bills!A")) for place in sheet if place.startswith("Bills!A"))
    mixed = [
        sheet[f"Bills!B{row}"]
        for row in range(1, last + 1)
        if str(sheet.get(f"Bills!A{row}", "")).startswith("GPU instances")
    ]
    assert mixed == ["instances", NOT_FOLLOWED]


@pytest.mark.parametrize(
    ("requests", "said"), [(1_000.0, "The base fleet has 1 machine;"), (2e8, "Of 1 to ")]
)
def test_a_base_fleet_without_a_choice_is_not_said_to_be_one_of_several(
    plain_scenario, plain_data, requests, said
):
    mixed = {"kind": "spill", "name": "mixed", "self_hosted": "rented"}
    question = changed(
        plain_scenario, {"hybrids": [mixed], "workload.requests_per_month": requests}
    )
    found = evaluate(question, plain_data, draws=5).alternative("hybrid/mixed").findings
    (told,) = (one.message for one in found if one.code == "spill")
    assert told.startswith(said)
    assert not re.search(r"\b1 cost\b|Of 1 to 1 ", told)
