"""An exported CSV is the scenario it was exported from, or it is refused."""

import csv
import io

import pytest

from pricing.errors import InputError
from tco.answer.documents import csv_text
from tco.answer.evaluation import evaluate
from tco.question.exported import AS_EXPORTED, EDITED, EXPORTED_COLUMNS
from tco.question.files import changed, scenario_file
from tco.question.presets import presets
from tests.fuzz.damage import damaged

SCENARIO = next(iter(presets().values()))
TEXT = csv_text(SCENARIO, evaluate(SCENARIO))
HEAD = TEXT[: TEXT.index("stamp,")].encode()
"""The part with the scenario: damage behind it touches no answer."""


def read(content):
    return scenario_file(content.decode("utf-8", errors="replace"), "result.csv")


def table():
    return list(csv.reader(io.StringIO(TEXT, newline="")))


def written(rows):
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\r\n").writerows(rows)
    return out.getvalue()


def edited(path, value, state=EDITED):
    rows = table()
    for row in rows:
        if row[:2] == ["scenario", path]:
            row[2] = value
        if row[0] == "digest":
            row[2] = state
    return written(rows)


def reason(text):
    with pytest.raises(InputError) as refused:
        scenario_file(text, "result.csv")
    return "; ".join(map(str, refused.value.problems))


@pytest.mark.parametrize("count", [300, pytest.param(30_000, marks=pytest.mark.long)])
def test_a_damaged_export_is_refused_or_is_the_same_scenario(count):
    refused = 0
    for content in damaged(HEAD, count):
        try:
            held = read(content)
        except InputError:
            refused += 1
        else:
            assert held.scenario == SCENARIO
            assert held.edits == ()
    assert refused > 0.7 * count


def test_an_edited_file_that_says_so_is_accepted_with_what_was_changed():
    held = scenario_file(edited("workload.requests_per_month", "7000000"), "result.csv")
    assert held.scenario == changed(SCENARIO, {"workload.requests_per_month": 7_000_000.0})
    assert held.edits == ("workload.requests_per_month is 7000000.0, was 6000000.0",)


def test_an_edited_file_that_does_not_say_so_is_refused_with_what_was_changed():
    told = reason(edited("workload.requests_per_month", "7000000", AS_EXPORTED))
    assert "workload.requests_per_month is 7000000.0, was 6000000.0" in told
    assert EDITED in told


def test_a_value_that_is_emptied_is_left_out():
    held = scenario_file(edited("note", ""), "result.csv")
    assert [edit.split(",")[0] for edit in held.edits] == ['note is ""']


def test_a_number_with_thousands_separators_is_refused():
    assert "13 cells" in reason(TEXT.replace("6000000.0,,", "6,000,000.0,,", 1))


def test_a_number_that_a_spreadsheet_writes_otherwise_is_the_same_number():
    same = edited("workload.requests_per_month", "6.0E+06", AS_EXPORTED)
    assert scenario_file(same, "result.csv").scenario == SCENARIO


def test_a_second_row_for_a_path_is_refused():
    rows = table()
    rows.insert(2, list(next(row for row in rows if row[1] == "workload.requests_per_month")))
    assert "stands twice" in reason(written(rows))


@pytest.mark.parametrize(
    "row",
    [
        ["scenario", "name"],
        ["scenario", "name.more", "1", *[""] * 8],
        ["scenario", "", "1", *[""] * 8],
        ["scenario", "..", "1", *[""] * 8],
        ["scenario", "x." * 5_000, "1", *[""] * 8],
        ["scenario", "note2", "x" * 200_000, *[""] * 8],
        ["scenario", "note2", '"\\ud800"', *[""] * 8],
        ["digest", "scenario", AS_EXPORTED, *[""] * 8],
    ],
)
def test_a_row_that_is_not_one_of_ours_is_refused(row):
    rows = table()
    rows.insert(3, row)
    assert reason(written(rows)).startswith(("result.csv: ", "scenario: "))


def test_the_columns_stand_as_they_were_written():
    assert tuple(table()[0]) == EXPORTED_COLUMNS
    assert "columns" in reason(TEXT.replace("record,path", "path,record", 1))
