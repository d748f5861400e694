"""The analysis commands as their users meet them: documents, tables, exit codes."""

import json
import re

import pytest

from tco.answer.evaluation import evaluate
from tco.question.files import load_scenario
from tco.question.presets import preset_paths
from tests.tco.command import tco

DEFAULT = preset_paths()[0]
CODE = next(path for path in preset_paths() if path.stem == "code")


@pytest.fixture(scope="module")
def answer():
    return evaluate(load_scenario(DEFAULT))


def test_a_bill_within_its_limit_passes_and_one_over_it_exits_with_10(answer):
    bill = answer.alternatives[0].monthly_usd
    passed = tco("check", DEFAULT, "--max-monthly", bill + 0.01)
    failed = tco("check", DEFAULT, "--max-monthly", bill - 0.01)
    assert (passed.returncode, failed.returncode) == (0, 10)
    assert passed.stdout.startswith("Passed: a month of GPT-5.4 costs")
    assert failed.stdout.startswith("Failed: a month of GPT-5.4 costs")
    assert "not estimated: " in failed.stdout
    for told in (passed.stdout, failed.stdout):
        cost, most = re.findall(r"\$([\d,.]*\d)", told)
        assert cost != most
        assert float(cost.replace(",", "")) == pytest.approx(bill, abs=0.006)


def test_an_exact_hit_is_within_the_limit(answer):
    limit = repr(answer.alternatives[0].monthly_usd)
    assert tco("check", DEFAULT, "--max-monthly", limit).returncode == 0


def test_any_alternative_may_be_checked_by_key_or_label(answer):
    owned = answer.alternative("self-hosted/H100 owned")
    for name in (owned.key, owned.label):
        done = tco("check", DEFAULT, "--max-monthly", 20_000, "--alternative", name, "--json")
        document = json.loads(done.stdout)
        assert document["schema"] == "tco.check/1"
        assert document["alternative"] == owned.key
        assert document["monthly_usd"] == owned.monthly_usd
        assert document["passed"] == (done.returncode == 0) == (owned.monthly_usd <= 20_000)
        assert document["stamp"]["catalogue_sha256"]


def test_an_alternative_that_does_not_exist_is_refused_with_the_nearest():
    done = tco("check", DEFAULT, "--max-monthly", 1, "--alternative", "self-hosted/H100 owed")
    assert done.returncode == 2
    assert "H100 owned" in done.stderr


def test_an_alternative_that_is_refused_has_no_bill_and_fails():
    rag = next(path for path in preset_paths() if path.stem == "rag")
    mini = "openai/gpt-5.4-mini/standard"
    done = tco("check", rag, "--max-monthly", 1e9, "--alternative", mini, "--json")
    assert done.returncode == 10
    document = json.loads(done.stdout)
    assert document["monthly_usd"] is None
    assert "has no bill" in document["reason"]


def test_sensitivity_prints_one_document_with_every_part_asked_for():
    done = tco(
        "sensitivity",
        CODE,
        "--only",
        "workload.input_tokens",
        "--drivers",
        "--draws",
        500,
        "--map",
        "volume,api-price",
        "--cells",
        3,
        "--json",
    )
    assert (done.returncode, done.stderr) == (0, "")
    document = json.loads(done.stdout)
    assert document["schema"] == "tco.sensitivity/3"
    assert document["tornado"][0]["input"]["label"]
    assert all(bar["flip"] or bar["no_flip_because"] for bar in document["tornado"])
    assert document["drivers"][0]["points"][0]["threshold"] > 0
    drawn = document["uncertainty"]
    assert (drawn["draws"], drawn["seed"]) == (500, 20261124)
    assert drawn["spreads"]["correlation"] == {"api_price,gpu_price": 0.5, "volume,staff": 0.3}
    assert all(0 <= odds["cheaper_first_month"] <= 1 for odds in drawn["odds"])
    assert [len(row) for row in document["winners"]["winners"]] == [3, 3, 3]


def test_parts_that_were_not_asked_for_are_null_and_the_same_seed_prints_the_same():
    arguments = (
        "sensitivity",
        CODE,
        "--only",
        "api-price",
        "--draws",
        50,
        "--spread",
        "volume=0.1",
        "--json",
    )
    one, same = tco(*arguments), tco(*arguments)
    assert one.stdout == same.stdout
    document = json.loads(one.stdout)
    assert document["drivers"] is None
    assert document["winners"] is None
    assert document["uncertainty"]["spreads"]["volume"] == 0.1
    assert [bar["input"]["key"] for bar in document["tornado"]] == ["api_price"]
    none = json.loads(tco("sensitivity", CODE, "--only", "payroll", "--draws", 0, "--json").stdout)
    assert none["uncertainty"] is None


def test_people_read_the_bars_the_odds_and_the_map():
    done = tco(
        "sensitivity",
        CODE,
        "--only",
        "workload.input_tokens",
        "--only",
        "gpu-price",
        "--drivers",
        "--draws",
        200,
        "--map",
        "volume,gpu-price",
        "--cells",
        4,
    )
    assert done.returncode == 0, done.stderr
    for words in ("Mean prompt", "no flip in its range", "u* P50", "H200 owned", "A  "):
        assert words in done.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--range", "api_price"], "key=low:high"),
        (["--range", "api_prise=1:2"], "api_price"),
        (["--range", "api_price=2:1"], "low to high"),
        (["--spread", "luck=1"], "luck"),
        (["--spread", "volume=lots"], "name=number"),
        (["--correlation", "volume=0.5"], "joins two inputs"),
        (["--correlation", "volume,staff=2"], "-1 to 1"),
        (["--map", "volume"], "two inputs"),
        (["--map", "volume,volume"], "both axes"),
        (["--only", "luck"], "luck"),
        (["--draws", "5000000"], "1,000,000"),
    ],
)
def test_an_option_that_cannot_be_read_is_refused_with_its_remedy(arguments, words):
    done = tco("sensitivity", CODE, *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert words in done.stderr


def test_solve_prints_a_value_or_a_reason_for_each_input():
    done = tco("solve", CODE, "--json")
    document = json.loads(done.stdout)
    assert document["schema"] == "tco.solve/2"
    assert len(document["solutions"]) == 5
    assert all(s["value"] is not None or s["reason"] for s in document["solutions"])
    shown = tco("solve", CODE, "--for", "payroll", "--alternative", "H200 on demand, RunPod")
    assert shown.returncode == 0
    assert "One full-time engineer" in shown.stdout


def test_compare_prints_contributions_that_add_up_and_a_sum():
    done = tco("compare", DEFAULT, CODE, "--json")
    document = json.loads(done.stdout)
    assert document["schema"] == "tco.compare/3"
    total = sum(step["in_order"]["gap_usd"] for step in document["contributions"])
    assert total == document["difference"]["gap_usd"]
    shown = tco("compare", DEFAULT, CODE)
    moved = "Requests: 6,000,000 requests/month → 20,000,000 requests/month"
    assert moved in " ".join(shown.stdout.split())
    assert "Sum" in shown.stdout
    assert "ask the same question" in tco("compare", CODE, CODE).stdout


def test_files_that_are_no_scenarios_are_refused_by_every_command(tmp_path):
    broken = tmp_path / "broken.toml"
    broken.write_text("name = ")
    for arguments in (
        ("sensitivity", broken),
        ("solve", broken),
        ("compare", DEFAULT, broken),
        ("check", broken, "--max-monthly", 1),
        ("sweep", broken, "--vary", "a=1", "--out", tmp_path / "out.csv"),
    ):
        done = tco(*arguments)
        assert done.returncode == 2, arguments
        assert "TOML" in done.stderr
