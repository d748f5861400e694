"""Runs against a server that fails: what is noticed, how soon, with which exit code.

Numbers such as F04 are those of the fault list in docs/calibrate.md.
"""

import json
import socket
import sys
from pathlib import Path

import pytest

from calibrate.run.journal import read_journal
from tests.calibrate.fake_server import vllm_script
from tests.calibrate.plans import (
    arguments,
    calibrate,
    codes,
    entries,
    load,
    plan_of,
    points,
)

pytestmark = pytest.mark.faults
AN_HOUR_S = 3_600.0
"""Longer than any test may take: whatever waited so long would fail it."""


def stats(folder):
    return json.loads((folder / "bin" / "stats.json").read_text())


def test_a_whole_run_is_valid_and_counts_every_request_once(attempt, tmp_path):
    plan = plan_of(
        *(load(name, c, 16 * c, **shape) for name, c, shape in LADDER),
        load("V", 3, 48, "held_out", input_tokens=100, output_tokens=24),
        load("R", 1, 16, "repeat"),
    )
    done = attempt(plan, more=["--json"])
    assert done.returncode == 0, done.told
    account = json.loads(done.said)
    assert account["verdict"] == "VALID"
    measured = points(tmp_path)
    assert set(measured) == {point.id for point in plan.points}
    for point in measured.values():
        judged = point["judged"]
        assert judged["sent"] == judged["ok"] + judged["failed"] + judged["cancelled"]
        assert judged["failed"] == 0
    assert read_journal(tmp_path / "run" / "journal").sealed
    assert (tmp_path / "run" / f"{account['record']}.json").exists()


def test_spare_points_are_measured_where_the_time_holds_them_and_cost_nothing_else(
    attempt, tmp_path
):
    plan = plan_of(
        *(load(name, c, 16 * c, **shape) for name, c, shape in LADDER),
        load("V", 3, 48, "held_out", input_tokens=100, output_tokens=24),
        load("S", 2, 16, spare=True, expected_s=36_000.0),
        load("T", 2, 16, spare=True, expected_s=0.1),
        within_minutes=10.0,
    )
    done = attempt(plan, more=["--json"])
    assert done.returncode == 0, done.told
    assert "10 minutes hold no more; spare points left out: 1" in done.told
    account = json.loads(done.said)
    assert not any("stopped" in remark for remark in account["remarks"])
    assert set(points(tmp_path)) == {point.id for point in plan.points} - {"S"}
    assert read_journal(tmp_path / "run" / "journal").sealed
    again = calibrate("resume", tmp_path / "run", "--vllm", tmp_path / "bin" / "vllm", "--json")
    assert json.loads(again.said) == account
    assert calibrate("validate", tmp_path / "run").returncode == 0


LADDER = [
    ("A", 1, {}),
    ("B", 4, {}),
    ("C", 8, {"input_tokens": 256, "output_tokens": 16}),
    ("D", 4, {"input_tokens": 128, "output_tokens": 48}),
    ("E", 8, {"input_tokens": 32, "output_tokens": 32}),
]


@pytest.mark.parametrize(
    ("mode", "reason", "starts"), [("exit_oom", "gpu_memory", 2), ("bad_flag", "flag", 1)]
)
def test_f01_a_server_that_ends_at_start_is_explained_at_once(
    attempt, tmp_path, mode, reason, starts
):
    done = attempt(plan_of(patience={"start_s": AN_HOUR_S}), mode=mode)
    assert done.returncode == 5
    assert reason in done.told
    assert f"in {starts} attempt" in done.told
    assert points(tmp_path) == {}


def test_f02_a_server_that_never_gets_ready_is_given_up_at_the_deadline(attempt):
    done = attempt(plan_of(patience={"start_s": 2.0}), mode="never_ready")
    assert done.returncode == 5
    assert "not_ready" in done.told


def test_f03_a_port_in_use_is_refused_and_its_owner_gets_no_request(attempt):
    with socket.create_server(("127.0.0.1", 0)) as neighbour:
        neighbour.settimeout(0.1)
        done = attempt(more=["--port", str(neighbour.getsockname()[1])])
        assert done.returncode == 5
        assert "is in use" in done.told
        with pytest.raises(TimeoutError):
            neighbour.accept()


def test_f03_a_server_of_another_name_is_not_put_under_load(attempt, tmp_path):
    done = attempt(mode="foreign")
    assert done.returncode == 5
    assert "another server answers" in done.told
    assert not (tmp_path / "bin" / "stats.json").exists()


def test_f04_a_server_that_dies_is_restarted_and_no_point_counts_twice(attempt, tmp_path):
    plan = plan_of(load("A", 2, 24), load("B", 2, 24), load("C", 2, 24), load("D", 2, 24))
    done = attempt(plan, mode="die", at=50)
    assert done.returncode in {0, 4}, done.told
    assert sorted(points(tmp_path)) == ["A", "B", "C", "D"]
    kept = [entry["id"] for entry in entries(tmp_path) if entry["kind"] == "point"]
    assert len(kept) == 4
    lost = [entry for entry in entries(tmp_path) if entry["kind"] == "lost"]
    assert lost
    assert all(codes(entry) & {"server_died", "error_share"} for entry in lost)


def test_f04_after_too_many_deaths_the_run_stops_and_resume_repeats_nothing(attempt, tmp_path):
    plan = plan_of(load("A", 2, 24), load("B", 2, 60), load("C", 2, 24))
    done = attempt(plan, mode="die", at=40)
    assert done.returncode == 4
    assert "server_died" in done.told
    before = (tmp_path / "run" / "journal").read_bytes()
    assert set(points(tmp_path)) == {"A"}
    program = vllm_script(tmp_path / "bin")
    resumed = calibrate("resume", tmp_path / "run", "--vllm", program, "--driver", "built-in")
    assert "too_few_points" in resumed.told
    assert (tmp_path / "run" / "journal").read_bytes().startswith(before)
    measured = [entry["id"] for entry in entries(tmp_path) if entry["kind"] == "point"]
    assert measured == ["A", "B", "C"]


def test_f05_a_hang_is_noticed_by_its_tokens_though_health_is_fine(attempt, tmp_path):
    plan = plan_of(patience={"stall_s": 1.5, "hangs": 0, "point_s": AN_HOUR_S})
    done = attempt(plan, mode="hang", at=6)
    assert done.returncode == 4
    assert "hung" in done.told
    assert not points(tmp_path)
    assert codes(points(tmp_path, "lost")["A"]) >= {"hung"}


def test_f06_errors_inside_a_stream_of_status_200_are_failures(attempt, tmp_path):
    plan = plan_of(load("A", 1, 8), load("B", 4, 400), patience={"deaths": 0})
    done = attempt(plan, mode="engine_dead", at=30)
    assert done.returncode == 4
    judged = points(tmp_path, "lost")["B"]["judged"]
    assert judged["failed"] >= 20
    assert judged["errors"].keys() == {"stream_error"}
    assert judged["sent"] < 400


def test_f07_a_share_of_failures_above_the_limit_is_invalid(attempt, tmp_path):
    done = attempt(plan_of(load("A", 8, 200, output_tokens=8)), mode="http500", p=0.1)
    assert done.returncode == 4
    judged = points(tmp_path)["A"]["judged"]
    assert codes(points(tmp_path)["A"]) == {"error_share"}
    assert 200 <= judged["sent"] == judged["ok"] + judged["failed"] + judged["cancelled"]
    assert judged["errors"] == {"http_500": judged["failed"]}
    assert_answered(tmp_path, judged)


def test_f07_a_small_share_of_failures_is_shown_and_allowed(attempt, tmp_path):
    attempt(plan_of(load("A", 8, 400, output_tokens=8)), mode="http500", p=0.005, seed=3)
    judged = points(tmp_path)["A"]["judged"]
    assert judged["verdict"] == "VALID"
    assert 1 <= judged["failed"] <= 4
    assert 400 <= judged["sent"] == judged["ok"] + judged["failed"] + judged["cancelled"]


def test_f08_refusals_for_load_are_counted_apart_and_never_retried(attempt, tmp_path):
    plan = plan_of(load("A", requests=100, requests_per_second=100.0))
    assert attempt(plan, mode="http429", p=0.2).returncode == 4
    judged = points(tmp_path)["A"]["judged"]
    assert judged["errors"] == {"http_429": judged["failed"]}
    assert 10 <= judged["failed"] <= 30
    came = stats(tmp_path)["requests"] - 2  # but for the two before the point
    assert judged["sent"] - judged["cancelled"] <= came <= judged["sent"]


def test_f09_a_stream_without_its_end_is_a_failure(attempt, tmp_path):
    assert attempt(plan_of(load("A", 4, 100)), mode="truncate", p=0.2).returncode == 4
    judged = points(tmp_path)["A"]["judged"]
    assert judged["errors"] == {"truncated": judged["failed"]}
    assert_answered(tmp_path, judged)


def assert_answered(folder, judged):
    """What the server answered is what was counted; of what was dropped it may not have heard."""
    answered = stats(folder)["ok"] + cut_in_warm_up(folder, judged)
    assert judged["ok"] + 2 <= answered <= judged["ok"] + 2 + judged["cancelled"]


def cut_in_warm_up(folder, judged):
    """Warm-up requests, two of them, that were cut too."""
    return stats(folder)["failed"] - judged["failed"]


def test_f10_outputs_that_are_too_short_are_invalid(attempt, tmp_path):
    assert attempt(plan_of(load("A", 2, 16)), mode="short", p=0.5).returncode == 4
    assert codes(points(tmp_path)["A"]) == {"output_length"}


@pytest.mark.parametrize("mode", ["no_usage", "usage_x2"])
def test_f11_stream_usage_and_counters_have_to_agree(attempt, tmp_path, mode):
    assert attempt(plan_of(load("A", 2, 16)), mode=mode).returncode == 4
    assert "token_accounting" in codes(points(tmp_path)["A"])


def test_f12_a_rate_above_capacity_is_flagged_and_stopped_early(attempt, tmp_path):
    plan = plan_of(
        load("V", role="held_out", requests=6_000, requests_per_second=200.0, output_tokens=48)
    )
    done = attempt(plan, step={"c_ms_per_sequence": 1.0})
    assert done.returncode == 4
    point = points(tmp_path)["V"]
    assert point["judged"]["saturated"]
    assert codes(point) >= {"saturated"}
    assert point["judged"]["sent"] < 6_000


SMI = """#!{python}
import sys, pathlib
if not sys.argv[1:]:
    sys.exit(print("| NVIDIA-SMI 570.1    Driver Version: 570.1    CUDA Version: 12.8 |"))
calls = pathlib.Path({calls!r})
count = len(calls.read_text()) if calls.exists() else 0
calls.write_text("x" * (count + 1))
if "compute-apps" in " ".join(sys.argv):
    print("4242" if {shared} and count > 3 else "")
elif {lost} and count > 3:
    sys.exit("Unable to determine the device handle for GPU0: GPU is lost")
else:
    reasons = "0x0000000000000040" if {hot} and count > 3 else "0x0000000000000004"
    print("0, GPU-1, NVIDIA H100 80GB HBM3, 570.1, 81559, 1980, 1980, 690, 700, 64, " + reasons)
"""


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("lost", "device_lost"),
        ("shared", "device_shared"),
        ("hot", "device_throttled"),
        ("", None),
    ],
)
def test_f13_an_accelerator_that_is_lost_shared_or_throttled_is_invalid(
    attempt, tmp_path, monkeypatch, fault, code
):
    tools = tmp_path / "tools"
    tools.mkdir()
    faults = {name: name == fault for name in ("lost", "shared", "hot")}
    script = SMI.format(python=sys.executable, calls=str(tmp_path / "calls"), **faults)
    (tools / "nvidia-smi").write_text(script)
    (tools / "nvidia-smi").chmod(0o755)
    monkeypatch.setenv("PATH", str(tools), prepend=":")
    done = attempt(plan_of(load("A", 2, 16), device="cuda", accelerator="H100 SXM"))
    assert done.returncode == 4  # one point is too few to fit
    found = codes(points(tmp_path)["A"])
    assert found == ({code} if code else set())
    assert points(tmp_path)["A"]["devices"][0]["gpus"][0]["name"] == "NVIDIA H100 80GB HBM3"
    assert [e["cuda"] for e in entries(tmp_path) if e["kind"] == "device"] == ["12.8"]


def test_f13_without_a_driver_nothing_is_measured(attempt, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path / "no-tools"))
    done = attempt(plan_of(load("A", 2, 16), device="cuda", accelerator="H100 SXM"))
    assert done.returncode == 4
    assert "device_lost" in done.told
    assert not points(tmp_path)


def test_an_engine_of_another_family_name_needs_to_be_named_twice(tmp_path):
    plan = plan_of()
    program = vllm_script(tmp_path / "bin")
    given = [a for a in arguments(tmp_path, plan, program) if a not in {"--confirm-model"}]
    given.remove("/models/small")
    done = calibrate(*given)
    assert done.returncode == 2
    assert "--confirm-model /models/small" in done.told
    assert not (tmp_path / "run").exists()


def test_points_that_came_out_invalid_can_be_measured_again_and_both_are_kept(attempt, tmp_path):
    attempt(plan_of(load("A", 4, 100), load("B", 2, 16)), mode="http500", p=0.2)
    assert codes(points(tmp_path)["A"]) == {"error_share"}
    program = vllm_script(tmp_path / "bin")
    calibrate(
        *("resume", tmp_path / "run", "--vllm", program, "--driver", "built-in", "--again"),
    )
    tried = [e["judged"]["verdict"] for e in entries(tmp_path) if e.get("id") == "A"]
    assert len(tried) >= 2  # an unsteady machine may take one more
    assert (tried[0], tried[-1]) == ("INVALID", "VALID")
    assert codes(points(tmp_path)["A"]) == set()
    assert read_journal(tmp_path / "run" / "journal").sealed


def test_a_point_that_was_not_steady_is_measured_again_so_many_times(attempt, tmp_path):
    no_delay = {"send_lag_ms": 1e-6}
    plan = plan_of(load("A", 4, 40), load("B", 1, 8), rules=no_delay, patience={"unsteady": 2})
    done = attempt(plan)
    assert done.returncode == 4
    tried = [e for e in entries(tmp_path) if e["kind"] == "point"]
    assert [e["id"] for e in tried] == ["A", "A", "A", "B", "B", "B"]
    assert [codes(e) for e in tried] == [{"client_bound"}] * 6
    assert len({e["seed"] for e in tried}) == 6
    assert "A: measured again, 2 of 2" in done.told


def test_the_fault_list_is_documented():
    page = (Path(__file__).parents[2] / "docs" / "calibrate.md").read_text()
    for number in range(1, 26):
        assert f"| F{number:02d} |" in page
