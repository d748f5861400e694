"""What a plan cannot be made of is refused by field, value, limit and remedy."""

import sys
from functools import partial

import pytest

from calibrate.cli import main
from calibrate.load.driver import asked_requests
from calibrate.plan.plan import parse_plan
from calibrate.propose.propose import Wanted, propose
from hardware_profiles import Library

KNOWN = ("--model", "Llama 3.1 8B", "--accelerator", "H100 SXM")
BY_FIGURES = ("--model", "Llama 3.1 8B", "--accelerator", "Chip X")
SHEET = {"--memory-gb": "96", "--bandwidth-tb-per-s": "3.2", "--bf16-tflops": "700"}


@pytest.fixture
def command(monkeypatch, capsys):
    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["tco-calibrate", *map(str, arguments)])
        with pytest.raises(SystemExit) as ending:
            main()
        return int(ending.value.code or 0), capsys.readouterr()

    return run


@pytest.fixture
def plan(command):
    return partial(command, "plan")


def figures(**other):
    """Options of an accelerator by its data sheet."""
    sheet = SHEET | {f"--{name.replace('_', '-')}": value for name, value in other.items()}
    return [word for pair in sheet.items() if pair[1] is not None for word in pair]


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ([*KNOWN, "--input-tokens", "200000"], "must be 119154 or fewer together"),
        ([*KNOWN, "--output-tokens", "10000000000"], "must be 119154 or fewer together"),
        (["--cpu", "--input-tokens", "4000"], "must be 1859 or fewer together"),
        ([*KNOWN, "--within", "inf"], "less than or equal to 1440"),
        ([*KNOWN, "--within", "nan"], "less than or equal to 1440"),
        ([*KNOWN, "--usd-per-gpu-hour", "inf"], "usd_per_gpu_hour: must be a finite number"),
        ([*BY_FIGURES, *figures(memory_gb="nan")], "memory_gb: must be a finite number"),
        ([*BY_FIGURES, *figures(memory_gb="-1")], "memory_gb: must be greater than 0"),
        ([*BY_FIGURES, *figures(bandwidth_tb_per_s="0")], "memory_bandwidth_tb_per_s"),
        ([*BY_FIGURES, *figures(bandwidth_tb_per_s="900")], "memory_bandwidth_tb_per_s"),
        ([*BY_FIGURES, *figures(bf16_tflops="inf")], "bf16_tflops"),
        ([*BY_FIGURES, *figures(fp8_tflops="-3")], "fp8_tflops"),
        ([*BY_FIGURES, *figures(memory_gb=None)], "needs --memory-gb"),
        ([*KNOWN, *figures()], "is in the library, with figures of its own"),
        ([*KNOWN, "--fp8-tflops", "900"], "is in the library, with figures of its own"),
        (["--cpu", "--model", "Llama 3.1 8B"], "--model: has no place beside --cpu"),
        (["--cpu", "--precision", "fp8"], "--precision: has no place beside --cpu"),
        (["--cpu", "--gpus", "4"], "--gpus: has no place beside --cpu"),
        (["--cpu", "--memory-gb", "4"], "--memory-gb: has no place beside --cpu"),
    ],
)
def test_what_cannot_be_planned_for_is_refused_by_name(plan, options, says):
    code, seen = plan(*options)
    assert code == 2
    assert says in " ".join(seen.err.replace("│", " ").split())
    assert "Traceback" not in seen.err
    assert seen.out == ""


def test_the_figures_of_a_data_sheet_are_taken(plan):
    code, seen = plan(*BY_FIGURES, *figures())
    assert code == 0, seen.err
    assert parse_plan(seen.out.encode(), "plan.json").accelerator == "Chip X"


@pytest.mark.parametrize("own", [(1500, 300), (30_000, 500), (60_000, 2_000), (118_000, 1_154)])
@pytest.mark.parametrize("within_minutes", [None, 240.0])
def test_no_request_of_a_plan_is_longer_than_the_context(own, within_minutes):
    """However long one's own are: a server refuses those that are longer."""
    wanted = Wanted("Llama 3.1 8B", "H200 SXM", "fp8", 1, own, within_minutes=within_minutes)
    made = propose(Library.load(), wanted)
    for load in made.points:
        asked = asked_requests(load, load.seed)
        drawn = [next(asked) for _ in range(500)]
        longest = max(one.input_tokens + one.output_tokens for one in drawn)
        assert longest <= made.server.max_model_len, load.id
    if within_minutes is None:
        assert sum(load.spread > 0.1 or load.lengths == "lognormal" for load in made.points) <= 1


def test_a_name_among_the_models_of_a_server_needs_its_address(command, plan, tmp_path):
    path = tmp_path / "plan.json"
    assert plan("--cpu", "--out", path)[0] == 0
    code, seen = command("run", path, "--out", tmp_path / "run", "--served-name", "llama")
    assert code == 2
    assert "Give its address with --base-url" in seen.err
    assert not (tmp_path / "run").exists()
