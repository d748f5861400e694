"""Tables say what the evaluation says, in figures that add up."""

from decimal import Decimal

import pytest

from tco.ui.tables import bill_tables, tables
from tco.words.duties import duties


def test_shown_rows_of_every_bill_add_up_to_the_shown_total(evaluation):
    table = bill_tables.bills_table(evaluation)
    for label in table.columns[1:]:
        *rows, total = table[label]
        if total == "refused":
            continue
        known = [Decimal(cell.replace(",", "")) for cell in rows if cell and cell[0].isdigit()]
        assert sum(known) == Decimal(total.replace(",", ""))


def test_a_cost_nobody_knows_says_so_and_is_no_zero(evaluation):
    table = bill_tables.bills_table(evaluation).set_index("USD a month")
    assert table.loc["Evaluation", "GPT-5.4"] == "not estimated"
    assert table.loc["GPU hours", "GPT-5.4"] == ""  # no such line, which is something else
    assert table.loc["Total", "Llama 4 Maverick, H200"] == "refused"


def test_the_table_under_the_chart_has_every_line_of_the_chart(evaluation):
    table = tables.break_even_table(evaluation).map(
        lambda text: text.replace("\\", "").replace("\u2060", "")
    )
    assert list(table["Alternative"]) == [a.label for a in evaluation.alternatives]
    row = table.set_index("Alternative").loc["Llama 3.3 70B, H100 on demand"]
    assert (row["Bill a month"], row["Breaks even at"], row["You are at"]) == (
        "$60,340", "44\xa0%", "31\xa0%",
    )  # fmt: skip
    assert "No number of replicas" in table["Note"].iloc[-1]


def test_lines_of_a_bill_carry_price_and_source(evaluation):
    table = bill_tables.lines_table(
        evaluation.alternative("self/on-demand"), evaluation.money
    ).set_index("Line")
    gpu = table.loc["GPU hours"]
    assert (gpu["Quantity"], gpu["USD per unit"], gpu["USD"]) == ("5,840", "6.88", "40,179.20")
    assert (gpu["Source"], gpu["As of"]) == ("Price page", "2026-11-01")
    assert table.loc["Migration", "Paid"] == "once"


def test_causes_of_utilisation_are_told_with_the_fleet(evaluation):
    table = tables.serving_table(evaluation.alternative("self/on-demand")).set_index("")[" "]
    assert (
        table["because of"]
        .replace("\N{WORD JOINER}", "")
        .startswith("62\xa0% daily shape × 80\xa0% headroom")
    )
    assert "8 GPUs" in table["Machines"]


@pytest.mark.parametrize(
    ("chosen", "words", "labels"),
    [
        ("All", "", ["Engineer", "Requests", "Exit"]),
        ("In the scenario", "", ["Requests"]),
        ("Not estimated", "", ["Exit"]),
        ("Low confidence", "engineer", ["Engineer"]),
        ("All", "usd exit", ["Exit"]),
        ("All", "nothing like it", []),
    ],
)
def test_assumptions_are_found_by_kind_and_by_words(evaluation, chosen, words, labels):
    assert list(tables.ledger_table(evaluation, chosen, words)["Assumption"]) == labels


def test_months_and_volumes_have_a_value_or_a_reason(evaluation):
    months = tables.month_table(evaluation)
    assert list(months["Paid back in month, discounted"]) == ["22", "22"]
    volumes = tables.volume_table(evaluation)
    assert volumes["For good from, requests a month"].iloc[0] == "23.5\xa0M"


def test_every_kind_of_alternative_says_who_carries_what(evaluation):
    table = tables.duty_table(evaluation)
    assert list(table["Duty"]) == [duty.name for duty in duties()]
    shown = table.drop(columns=["Duty", "That is"])
    assert len(shown.columns) == len({a.kind for a in evaluation.alternatives})
    assert set(shown.to_numpy().ravel()) <= {"provider", "shared", "you"}
