"""The command line as its users meet it: standard output, standard error, exit code."""

import io
import json
from importlib.metadata import version

import jsonschema
import pytest

from tco.answer.documents import scenario_toml
from tco.question.presets import preset_paths
from tests.tco.command import tco, tco_process

DEFAULT = preset_paths()[0]


def spoilt(tmp_path, old, new):
    text = DEFAULT.read_text()
    assert old in text
    path = tmp_path / "spoilt.toml"
    path.write_text(text.replace(old, new, 1))
    return path


def test_evaluate_prints_one_versioned_document():
    done = tco_process("evaluate", DEFAULT, "--json")
    assert (done.returncode, done.stderr) == (0, "")
    document = json.loads(done.stdout)
    assert document["schema"] == "tco.evaluation/2"
    assert document["verdict"]["headline"]
    assert document["stamp"]["catalogue_sha256"]
    kinds = {a["kind"] for a in document["alternatives"]}
    assert kinds == {"api", "hosted", "rented", "owned"}


def test_break_even_gives_each_coordinate_a_value_or_a_reason():
    done = tco("break-even", DEFAULT, "--json")
    assert done.returncode == 0
    document = json.loads(done.stdout)
    assert document["schema"] == "tco.break-even/2"
    assert document["options"]
    for option in document["options"]:
        assert option["utilisation"]["value"] is not None or option["utilisation"]["reason"]
        volume, month = option["volume"], option["month"]
        assert volume["cheaper_for_good_from"] is not None or volume["reason"]
        assert month["discounted_payback"] is not None or month["reason"]


def test_people_read_the_verdict_and_the_bills():
    done = tco("evaluate")
    assert done.returncode == 0
    assert "GPT-5.4" in done.stdout
    assert "USD/month" in done.stdout
    assert tco("break-even").returncode == 0


@pytest.mark.parametrize(
    ("old", "new", "code", "words"),
    [
        ("requests_per_month", "request_per_month", 2, "requests_per_month"),
        ("cached_share = 0.25", "cached_share = 30", 2, "0.3"),
        ("cached_share = 0.25", "cached_share = nan", 2, "finite"),
        (
            "requests_per_month = 6_000_000.0",
            "requests_per_month = -1.0",
            2,
            "greater than or equal to 0.001",
        ),
        ('model = "gpt-5.4"', 'model = "gpt-54"', 3, "gpt-5.4"),
        ("prices_on = 2026-11-24", "prices_on = 2026-01-01", 3, "2026-03-05"),
        ('rent = "', 'usd_per_gpu_hour = 3990.0\nrent = "', 2, "usd_per_gpu_hour"),
        ("name =", "name", 2, "TOML"),
    ],
)
def test_bad_input_is_refused_with_its_code(tmp_path, old, new, code, words):
    path = spoilt(tmp_path, old, new)
    for arguments in (["evaluate", path], ["break-even", path], ["validate", path]):
        done = tco(*arguments)
        assert done.returncode == code
        assert words in done.stderr
        assert done.stdout == ""
    as_json = json.loads(tco("evaluate", path, "--json").stdout)
    assert as_json["schema"] == "tco.error/1"
    assert as_json["problems"][0]["field"]


def test_a_refusal_ends_the_process_with_its_code_and_no_traceback(tmp_path):
    done = tco_process("evaluate", spoilt(tmp_path, 'model = "gpt-5.4"', 'model = "gpt-54"'))
    assert done.returncode == 3
    assert done.stderr.startswith("error: ")
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize("command", [("evaluate",), ("break-even",), ("export", "--to", "-")])
def test_a_set_that_there_is_not_is_refused_as_in_a_file_with_the_nearest_name(command):
    done = tco(*command, "--assume", "Careful")
    assert done.returncode == 2
    assert done.stderr.strip() == (
        "error: assume: must be 'frugal', 'typical' or 'careful' (got 'Careful'). "
        "Did you mean 'careful'?"
    )


def test_all_errors_are_printed_at_once(tmp_path):
    path = spoilt(tmp_path, "cached_share = 0.25", "cached_share = 30")
    path.write_text(path.read_text().replace("growth_per_month = 0.03", "growth_per_month = -3.0"))
    assert tco("evaluate", path).stderr.count("error:") == 2


MISSING = (
    ("evaluate", "FILE"),
    ("break-even", "FILE"),
    ("export", "FILE"),
    ("validate", "FILE"),
    ("sensitivity", "FILE"),
    ("solve", "FILE"),
    ("rank", "FILE"),
    ("backtest", "FILE"),
    ("compare", "FILE", DEFAULT),
    ("compare", DEFAULT, "FILE"),
    ("check", "FILE", "--max-monthly", "1"),
    ("sweep", "FILE", "--vary", "name=a", "--out", "OUT"),
    ("sweep", DEFAULT, "--list", "FILE", "--out", "OUT"),
    ("quality", "FILE"),
    ("tokens", "FILE"),
    ("prices", "quote", "FILE"),
    ("prices", "diff", "FILE", "FILE"),
    ("prices", "refresh", "--from", "FILE"),
    ("hardware", "diff", "FILE", "FILE"),
    ("hardware", "refresh", "--from", "FILE"),
    ("usage", "bill", "FILE"),
    ("usage", "scenario", "FILE"),
    ("usage", "reconcile", "FILE", "--costs", "FILE"),
    ("usage", "watch", DEFAULT, "FILE"),
    ("usage", "sql", "--dialect", "duckdb", "--table", "t", "--map", "FILE"),
)


@pytest.mark.parametrize("command", MISSING, ids=lambda command: " ".join(map(str, command))[:60])
def test_an_input_file_that_is_not_there_is_bad_input(tmp_path, command):
    places = {"FILE": tmp_path / "none.csv", "OUT": tmp_path / "out.csv"}
    done = tco(*(places.get(part, part) for part in command))
    assert (done.returncode, done.stdout) == (2, "")
    assert "Traceback" not in done.stderr
    assert not places["OUT"].exists()


def test_a_scenario_comes_through_a_pipe_in_any_form(monkeypatch):
    direct = json.loads(tco("evaluate", DEFAULT, "--json").stdout)
    for form in ("toml", "csv"):
        sent = tco("export", DEFAULT, "--format", form).stdout.encode()
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(sent)))
        assert json.loads(tco("evaluate", "-", "--json").stdout) == direct, form
    document = json.loads(tco("export", DEFAULT, "--format", "json").stdout)
    scenario = json.dumps(document["scenario"]).encode()
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(scenario)))
    assert json.loads(tco("evaluate", "-", "--json").stdout) == direct


@pytest.mark.parametrize("sent", [b"", b"{", b"\xff\xfe", b"name = 3", b"x" * 1_000_001])
def test_what_is_no_scenario_in_a_pipe_is_refused(monkeypatch, sent):
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(sent)))
    done = tco("evaluate", "-")
    assert (done.returncode, done.stdout) == (2, "")
    assert "Traceback" not in done.stderr


def test_an_ending_that_stands_for_no_form_is_refused_and_nothing_written(tmp_path):
    for name in ("plan.docx", "plan.CVS", "plan.xls"):
        done = tco("export", DEFAULT, "--to", tmp_path / name)
        assert done.returncode == 2
        assert ".xlsx" in done.stderr
    assert list(tmp_path.iterdir()) == []
    asked = tco("export", DEFAULT, "--to", tmp_path / "plan.txt", "--format", "csv")
    assert asked.returncode == 0


def test_quiet_says_results_and_refusals_alone_and_verbose_what_they_rest_on(tmp_path):
    target = tmp_path / "plan.csv"
    assert tco("-q", "export", DEFAULT, "--to", target).stderr == ""
    assert tco("export", DEFAULT, "--to", target, "--force").stderr == f"Wrote {target}.\n"
    assert "error:" in tco("-q", "export", DEFAULT, "--to", target).stderr
    plain, told = tco("evaluate", DEFAULT, "--json"), tco("-v", "evaluate", DEFAULT, "--json")
    assert plain.stdout == told.stdout
    assert plain.stderr == ""
    for words in ("Chat assistant", version("gpt-or-llama-planner"), "2026-11-24", "record"):
        assert words in told.stderr


def test_a_shell_completes_commands_and_options():
    for sent, words, expected in (("tco ev", 1, "evaluate"), ("tco rank --t", 2, "--top")):
        shell = {"_TCO_COMPLETE": "complete_bash", "COMP_WORDS": sent, "COMP_CWORD": str(words)}
        assert tco_process(environment=shell).stdout.split() == [expected]


def test_an_export_reads_back_to_the_same_answer_to_the_cent(tmp_path):
    target = tmp_path / "result.csv"
    assert tco("export", DEFAULT, "--to", target).returncode == 0
    before = json.loads(tco("evaluate", DEFAULT, "--json").stdout)
    after = json.loads(tco("evaluate", target, "--json").stdout)
    assert after == before


def test_an_export_never_replaces_a_file_unasked_and_leaves_nothing_half_written(tmp_path):
    target = tmp_path / "result.csv"
    target.write_text("mine")
    assert tco("export", DEFAULT, "--to", target).returncode == 7
    assert target.read_text() == "mine"
    assert tco("export", DEFAULT, "--to", target, "--force").returncode == 0
    assert tco("export", DEFAULT, "--to", tmp_path / "none" / "x.csv").returncode == 7
    bad = spoilt(tmp_path, "cached_share = 0.25", "cached_share = 30")
    assert tco("export", bad, "--to", tmp_path / "bad.csv").returncode == 2
    assert {path.name for path in tmp_path.iterdir()} == {"result.csv", "spoilt.toml"}


@pytest.mark.parametrize("path", preset_paths(), ids=lambda path: path.stem)
def test_every_worked_scenario_is_valid_and_follows_the_published_schema(path):
    assert tco("validate", path).returncode == 0
    schema = json.loads(tco("schema").stdout)
    document = json.loads(tco("export", path, "--format", "json").stdout)["scenario"]
    jsonschema.validate(document, schema)


def test_a_scenario_exported_as_toml_is_itself(default):
    assert tco("export", DEFAULT, "--format", "toml").stdout == scenario_toml(default)


def test_help_names_every_command():
    shown = tco_process("--help").stdout
    for command in ("evaluate", "break-even", "export", "validate", "schema", "app"):
        assert command in shown


def test_prices_that_moved_since_a_day_are_told():
    told = tco("prices", "since", "2026-10-25", "--on", "2026-11-24")
    assert told.returncode == 0, told.stderr
    assert "Llama 3.3 70B at OpenRouter, standard: output rises from 0.32 to 0.79" in told.stdout
    document = json.loads(
        tco("prices", "since", "2026-11-24", "--on", "2026-11-24", "--json").stdout
    )
    assert document == {"schema": "tco.price-diff/2", "changes": [], "verdicts": {}}


def test_the_version_is_that_of_the_installed_distribution():
    done = tco("--version")
    assert done.returncode == 0
    assert done.stdout == f"{version('gpt-or-llama-planner')}\n"
    assert tco("--version", "evaluate").stdout == done.stdout
