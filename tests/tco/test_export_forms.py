import json
from pathlib import Path

import pytest

from pricing.errors import InputError
from tco.answer.evaluation import evaluate
from tco.exports.forms import FORMS, form_of, form_table, require_ending
from tco.question.files import load_scenario, scenario_from_text
from tco.question.presets import preset_paths
from tests.tco.command import tco
from tests.tco.xlsx_file import Workbook

DEFAULT = preset_paths()[0]
DOCUMENT = Path(__file__).parents[2] / "docs" / "exports.md"


@pytest.mark.parametrize("form", FORMS)
def test_the_command_writes_the_bytes_of_the_library(form, default, tmp_path):
    target = tmp_path / f"answer{FORMS[form].ending}"
    done = tco("export", DEFAULT, "--format", form, "--to", target)
    assert (done.returncode, done.stdout) == (0, "")
    assert target.read_bytes() == FORMS[form].write(default, evaluate(default))


@pytest.mark.parametrize("form", FORMS)
def test_the_ending_of_the_file_says_the_form(form, default, tmp_path):
    target = tmp_path / f"answer{FORMS[form].ending}"
    assert tco("export", DEFAULT, "--to", target).returncode == 0
    assert target.read_bytes() == FORMS[form].write(default, evaluate(default))


def test_standard_output_takes_every_form(default):
    done = tco("export", DEFAULT, "--format", "forecast")
    assert done.stdout.encode() == FORMS["forecast"].write(default, evaluate(default)).replace(
        b"\r\n", b"\n"
    )
    assert tco("export", DEFAULT, "--format", "html").stdout.startswith("<!DOCTYPE html>")


def test_a_form_that_does_not_exist_is_refused():
    assert tco("export", DEFAULT, "--format", "pdf").returncode == 2


@pytest.mark.parametrize("path", preset_paths(), ids=lambda path: path.stem)
def test_every_form_carries_the_same_totals_to_the_cent(path):
    scenario = load_scenario(path)
    evaluation = evaluate(scenario)
    read_back = scenario_from_text(FORMS["csv"].write(scenario, evaluation).decode(), "a.csv")
    assert evaluate(read_back).alternatives == evaluation.alternatives
    document = json.loads(FORMS["json"].write(scenario, evaluation))
    book = Workbook(FORMS["xlsx"].write(scenario, evaluation))
    shown = book.column("Answer", "USD a month", "Alternative")
    report = FORMS["html"].write(scenario, evaluation).decode()
    for alternative, plain in zip(evaluation.alternatives, document["alternatives"], strict=True):
        assert (plain["usd_per_month"] or {}).get("value") == alternative.monthly_usd
        if alternative.monthly_usd is not None:
            assert shown[alternative.label] == alternative.monthly_usd
            assert f">{alternative.monthly_usd:,.2f}<" in report


def test_the_document_lists_every_form_and_no_other():
    assert f"\n{form_table()}\n" in DOCUMENT.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "form"),
    [("a.pdf", "csv"), ("a.PDF", "html"), ("a.xlsx", "csv"), ("a.json", "toml"), ("a.csv", "json")],
)
def test_a_file_whose_ending_says_another_form_is_not_written(name, form, tmp_path):
    done = tco("export", DEFAULT, "--to", tmp_path / name, "--format", form)
    assert done.returncode == 2
    assert f"than {form} (got {name}). End it in {FORMS[form].ending}" in done.stderr
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("name", "form"), [("a.csv", "forecast"), ("a.txt", "csv"), ("a", "json")])
def test_an_ending_of_the_same_kind_or_of_none_is_taken(name, form):
    require_ending(Path(name), FORMS[form])


def test_every_ending_is_named_where_one_is_refused():
    with pytest.raises(InputError) as refusal:
        form_of(Path("x.docx"))
    for ending in (*(form.ending for form in FORMS.values()), ".pdf"):
        assert ending in str(refusal.value)


def test_a_name_without_an_ending_is_a_csv():
    assert form_of(Path("answer")).name == "csv"
