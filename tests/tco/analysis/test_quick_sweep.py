"""Quick sweeps against the evaluation of each point."""

import csv
import json
import math
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pricing.errors import InputError
from tco.analysis.decision import Question, decision_of, once_simulated
from tco.analysis.factors import factor_of, factors
from tco.analysis.quick_sweep import quick_sweep
from tco.analysis.sweep_grid import Rows, grid
from tco.answer.choice import choose
from tco.answer.working import look_up, work_out
from tco.question.files import changed, load_scenario
from tco.question.presets import preset_paths

FEW = settings(max_examples=settings.default.max_examples // 5)
PATHS = {path.stem: path for path in preset_paths()}
TCO = str(Path(sys.executable).with_name("tco"))
VARIED = ("workload.requests_per_month", "workload.output_tokens", "api_price", "gpu_price")


def one_point(question, columns, index):
    """The same point as a scenario of its own, what a simulation takes off carried to it."""
    known, question = factors(question), once_simulated(question)
    for key in VARIED:
        if key in columns:
            question = factor_of(known, key).apply(question, float(columns[key][index]))
    return work_out(look_up(question.scenario, question.data, question.cases))


@pytest.mark.parametrize("stem", ["default", "code", "agent"])
def test_every_column_is_what_its_point_says_alone(stem):
    question = Question.of(load_scenario(PATHS[stem]))
    mean = factor_of(factors(question), "workload.output_tokens").value
    points = grid(
        [
            "volume=1e5:1e9:7:log",
            f"output={mean / 4}:{mean * 4}:5:log",
            "api-price=0.4,1,2",
            "gpu-price=0.3,1,3",
        ]
    )
    swept = quick_sweep(question, points)
    columns = swept.columns
    (said,) = swept.carried
    assert "once" in said
    assert all(len(column) == 7 * 5 * 3 * 3 for column in columns.values())
    for index in np.random.default_rng(5).choice(7 * 5 * 3 * 3, 25, replace=False).tolist():
        answer = one_point(question, columns, index)
        own, other = decision_of(answer, "own"), decision_of(answer)
        choice = choose(answer.alternatives, answer.worked)
        assert columns["chosen"][index] == choice.chosen
        least = min(other.staying_usd, other.best_usd)
        assert columns["chosen_present_usd"][index] == pytest.approx(least, rel=1e-9)
        assert columns["best_own"][index] == (own.best or "")
        if own.best is None:
            assert math.isnan(columns["best_own_present_usd"][index])
            assert math.isnan(columns["own_worth_usd"][index])
        else:
            assert columns["best_own_present_usd"][index] == pytest.approx(own.best_usd, rel=1e-9)
            gap = -columns["own_worth_usd"][index]
            assert gap == pytest.approx(own.gap_usd, rel=1e-9, abs=1e-3)
        assert columns["staying_present_usd"][index] == pytest.approx(own.staying_usd, rel=1e-9)


def test_the_last_path_varies_quickest_as_in_a_sweep():
    question = Question.of(load_scenario(PATHS["default"]))
    points = grid(["volume=1e6,2e6", "gpu-price=1,2,3"])
    columns = quick_sweep(question, points).columns
    listed = [tuple(point.values()) for point in points.from_index(0)]
    mine = zip(columns["workload.requests_per_month"], columns["gpu_price"], strict=True)
    assert [(float(v), float(p)) for v, p in mine] == [(float(v), float(p)) for v, p in listed]


@pytest.mark.parametrize(
    ("specification", "words"),
    [
        ("workload.profile=flat", "is followed"),
        ("volume=lots", "numbers"),
        ("volume=0,1", "above 0"),
        ("gpu-price=-1:1:3", "above 0"),
    ],
)
def test_what_arrays_cannot_follow_is_refused(specification, words):
    question = Question.of(load_scenario(PATHS["default"]))
    with pytest.raises(InputError, match=words):
        quick_sweep(question, grid([specification]))
    with pytest.raises(InputError, match="grid"):
        quick_sweep(question, Rows(("volume",), ({"volume": 1.0},)))


@FEW
@given(
    st.floats(1e6, 1e9),
    st.floats(0.3, 3.0),
    st.sampled_from([60.0, 300.0, 3_000.0]),
    st.sampled_from([19.0, 21.0, 60.0]),
)
def test_percentiles_hold_at_every_point_of_a_quick_sweep(
    plain_scenario, plain_data, volume, gpu_price, first_ms, token_ms
):
    percentiles = {"objective.p95_ttft_ms": first_ms, "objective.p95_tpot_ms": token_ms}
    question = Question(changed(plain_scenario, percentiles), plain_data)
    columns = quick_sweep(question, grid([f"volume={volume}", f"gpu-price={gpu_price}"])).columns
    own = decision_of(one_point(question, columns, 0), "own")
    assert columns["best_own"][0] == (own.best or "")
    paid = math.nan if own.best is None else own.best_usd
    assert columns["best_own_present_usd"][0] == pytest.approx(paid, rel=1e-9, nan_ok=True)


def test_lengths_that_percentiles_would_simulate_anew_are_refused():
    held = changed(load_scenario(PATHS["default"]), {"objective.p95_ttft_ms": 1_000.0})
    with pytest.raises(InputError, match="simulated"):
        quick_sweep(Question.of(held), grid(["output=100,200"]))


def test_the_command_writes_many_points_as_parquet_and_fewer_as_csv(tmp_path):
    def run(out, count, *extra):
        return subprocess.run(
            [TCO, "sweep", str(PATHS["code"]), "--quick", "--out", str(out), *extra,
             "--vary", f"volume=1e5:1e9:{count}:log", "--vary", f"gpu-price=0.3:3:{count}"],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
            env=dict(os.environ),
        )  # fmt: skip

    done = run(tmp_path / "many.parquet", 200, "--json")
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert (document["schema"], document["points"]) == ("tco.quick-sweep/2", 40_000)
    table = pd.read_parquet(tmp_path / "many.parquet")
    assert list(table.columns) == document["columns"]
    assert len(table) == 40_000
    assert run(tmp_path / "few.csv", 5).returncode == 0
    with (tmp_path / "few.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["point"] for row in rows] == [str(n) for n in range(25)]
    assert float(rows[0]["worth_usd"]) == pytest.approx(table["worth_usd"][0], rel=1e-12)
    assert run(tmp_path / "few.csv", 5).returncode == 7
