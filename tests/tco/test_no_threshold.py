"""Where no load is the threshold: cheaper at low load alone, not defined, not searched further."""

import re

from tco.answer.evaluation import evaluate
from tco.answer.tiles import tiles
from tco.commands.console import print_break_even
from tco.exports.report_tables import break_even_section
from tco.exports.workbook import workbook
from tco.question.files import changed
from tco.ui.tables.tables import volume_table
from tco.words.figures import share
from tests.tco.xlsx_file import Workbook

RENTED = "self-hosted/rented"
DEARER = {
    "qualities": [{"model": "Llama 3.3 70B", "acceptance_rate": 0.9, "usd_per_unaccepted": 0.08}],
    "costs.engineer_usd_per_month": 10_000.0,
    "costs.api_fte": 6.0,
    "costs.rented_fte": 0.2,
    "costs.platform_rented_usd_per_month": 1_800.0,
    "costs.egress_usd_per_gb": 0.0,
}
"""A request costs 0.8 cents of repairs on own servers and 0.4015 today; what surrounds it, less."""


def said(evaluation, capsys):
    print_break_even(evaluation)
    return " ".join(capsys.readouterr().out.split())


def test_servers_that_are_cheaper_at_low_load_alone_are_not_said_to_be_so_at_none(
    plain_scenario, plain_data, capsys
):
    question = changed(plain_scenario, DEARER | {"self_hosted": [_rented(plain_scenario)]})
    answer = evaluate(question, plain_data)
    gap = 730 * 55.04 + 1_800 + 0.2 * 10_000 - 6 * 10_000
    capacity = answer.alternative(RENTED).serving.requests_per_month_capacity
    turns = share(gap / (capacity * (0.004015 - 0.008)))
    found = answer.break_even(RENTED).utilisation
    assert (found.value, found.reason.kind) == (None, "until")
    assert (found.own < gap / (capacity * (0.004015 - 0.008))) == (
        answer.alternative(RENTED).monthly_usd < answer.alternatives[0].monthly_usd
    )
    for words in (answer.verdict.own, found.reason.text):
        assert f"only up to {turns} busy" in words
    faces = (said(answer, capsys), break_even_section(answer).text, str(tiles(answer)))
    cells = Workbook(workbook(question, answer)).values
    sheet = " ".join(str(cells[place]) for place in cells if place.startswith("Break-even!"))
    for face in (*faces, sheet):
        assert "at low load" in face
        assert "at no load" not in face


def test_servers_that_are_cheaper_even_when_full_are_so_at_any_load(plain_scenario, plain_data):
    question = changed(plain_scenario, DEARER | {"costs.api_fte": 1_000.0})
    answer = evaluate(question, plain_data)
    found = answer.break_even(RENTED).utilisation
    assert (found.value, found.p10, found.p90) == (0.0, 0.0, 0.0)
    assert "at any load" in answer.verdict.own


def test_a_hybrid_over_another_api_has_no_threshold_to_speak_of(plain_scenario, plain_data, capsys):
    mixed = {
        "kind": "spill",
        "name": "mixed",
        "self_hosted": "rented",
        "api": "openai/gpt-5.4-mini/standard",
    }
    answer = evaluate(changed(plain_scenario, {"hybrids": [mixed]}), plain_data, draws=5)
    terminal = said(answer, capsys).split(" mixed ")[1]
    assert "utilisation not defined: " in terminal
    assert "volume not defined: " in terminal
    row = re.search(r"<th[^>]*>mixed</th>.*?</tr>", break_even_section(answer).text)[0]
    for words in (terminal, row):
        assert not re.search("at no load|no volume|not for good", words)


def test_a_span_that_the_search_cuts_is_not_said_to_end(plain_scenario, plain_data, capsys):
    question = changed(plain_scenario, DEARER | {"costs.api_fte": 60.0})
    answer = evaluate(question, plain_data, draws=5)
    volume = answer.break_even(RENTED).volume
    assert volume.spans == ((0.0, 4e7),)
    assert volume.searched_up_to == 4e7
    assert "cheaper from 0 to at least 40.0 M requests" in said(answer, capsys)
    assert "0 to at least 40.0\N{NO-BREAK SPACE}M" in volume_table(answer).to_csv()


def _rented(scenario):
    return scenario.self_hosted[0].model_dump(mode="json")
