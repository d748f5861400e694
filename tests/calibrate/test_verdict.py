"""Whether a run may be used: one bad point costs a point, many cost the run, and all is told."""

import json

import pytest

from calibrate.result.advice import next_steps
from calibrate.run.point import MeasuredPoint, Reason, points_of
from calibrate.run.session import load_at_speed_met
from calibrate.run.time_left import missing_points
from calibrate.run.verdict import (
    POINT_REMEDIES,
    TIME_UP,
    drifts,
    is_unsteady,
    left_out,
    remedy,
    run_reasons,
)
from tests.calibrate.plans import load, plan_of
from tests.calibrate.simulated_runs import simulated_run

PLAN = plan_of(
    *(load(name, 2, 12, input_tokens=64 * n) for n, name in enumerate("ABCDEFGH", 1)),
    load("S", requests=40, requests_per_second=1.0, role="held_out", rate_of="B", rate_share=0.5),
    load("R", 2, 12, "repeat"),
    rules={"drift": 0.1},
)


@pytest.fixture(scope="module")
def outcome():
    return simulated_run(PLAN)


def spoilt(outcome, *names, code="error_share"):
    """The journal with these points gone bad."""
    entries = []
    for entry in outcome.entries:
        if entry.get("id") in names:
            entry = json.loads(json.dumps(entry))
            entry["judged"]["verdict"] = "INVALID"
            entry["judged"]["reasons"] = [{"code": code, "said": "3 of 9 failed"}]
        entries.append(entry)
    return entries


def test_a_bad_point_costs_that_point(outcome):
    assert list(run_reasons(PLAN, outcome.entries)) == []
    entries = spoilt(outcome, "C", "F")
    assert list(run_reasons(PLAN, entries)) == []
    notes = list(left_out(PLAN, entries))
    assert [note for note in notes if "left out" in note] == [
        "left out: C: error_share: 3 of 9 failed",
        "left out: F: error_share: 3 of 9 failed",
    ]


def test_more_bad_points_than_a_quarter_cost_the_run_and_say_what_to_change(outcome):
    reasons = list(run_reasons(PLAN, spoilt(outcome, "C", "D", "F")))
    assert [reason.code for reason in reasons] == ["point_invalid"] * 3
    assert {remedy(reason) for reason in reasons} == {POINT_REMEDIES["error_share"]}
    steps = list(next_steps(None, {}, reasons, folder="run"))
    assert steps == [
        POINT_REMEDIES["error_share"],
        "Then measure the bad points once more: tco-calibrate resume run --again",
    ]


def test_a_node_without_a_driver_is_told_once(outcome):
    refused = {"kind": "refused", "code": "device_lost", "said": "nvidia-smi: not found"}
    reasons = list(run_reasons(PLAN, [refused]))
    assert [str(reason.said) for reason in reasons] == [
        "8 points not measured: nvidia-smi: not found"
    ]
    assert "nvidia-smi" in remedy(reasons[0])


def test_a_machine_that_changed_its_speed_costs_the_run(outcome):
    entries = [json.loads(json.dumps(entry)) for entry in outcome.entries]
    entries[-1]["judged"]["figures"]["mean_tpot_ms"] *= 1.2
    (reason,) = run_reasons(PLAN, entries)
    assert reason.code == "drift"
    points = points_of(entries)
    assert [round(change, 2) for _, _, change in drifts(PLAN, points)] == [0.2]
    assert is_unsteady(PLAN, points["R"], points)  # and it is measured once more first


@pytest.mark.parametrize(
    ("codes", "again"),
    [
        (["prefix_hits"], True),  # a prompt may be drawn twice
        (["prefix_hits", "little"], True),
        (["prefix_hits", "token_accounting"], False),
        (["output_length"], False),
    ],
)
def test_a_point_that_only_chance_speaks_against_is_measured_again(outcome, codes, again):
    points = points_of(outcome.entries)
    reasons = tuple(Reason(code=code, said=code) for code in codes)
    judged = points["R"].judged.model_copy(update={"reasons": reasons})
    assert is_unsteady(PLAN, points["R"].model_copy(update={"judged": judged}), points) == again


@pytest.mark.parametrize("last", ["interrupted", TIME_UP])
def test_points_that_a_stopped_run_did_not_come_to_are_no_fault(outcome, last):
    entries = [*outcome.entries[:6], {"kind": last}]
    assert list(run_reasons(PLAN, entries)) == []
    assert len(list(run_reasons(PLAN, entries[:-1]))) == 1


def test_a_schedule_follows_the_speed_that_was_met(outcome):
    points = points_of(outcome.entries)
    met = points["B"].judged.figures.requests_per_second
    assert points["S"].sent.requests_per_second == pytest.approx(met / 2, rel=1e-3)
    planned = next(x for x in PLAN.points if x.id == "S")
    longer = points["S"].sent.requests / planned.requests
    assert longer == pytest.approx(met / 2, rel=0.05)  # over the same time
    assert load_at_speed_met(planned, {}) == planned
    bad = points_of(spoilt(outcome, "B"))
    assert load_at_speed_met(planned, bad) == planned


def test_every_reason_that_a_point_can_have_says_what_to_change():
    """The codes that the judge and the watch give, read from their sources."""
    import inspect
    import re

    from calibrate.run import attempt, judge
    from calibrate.server import device

    text = inspect.getsource(judge) + inspect.getsource(attempt) + inspect.getsource(device)
    codes = set(re.findall(r'code="(\w+)"', text)) | set(re.findall(r'yield "(\w+)",', text))
    codes |= {attempt.DIED, attempt.HUNG, attempt.FAILING, attempt.TOO_LONG}
    assert codes - {"saturated"} <= set(POINT_REMEDIES)


def test_missing_points_come_in_the_order_of_worth(outcome):
    assert [x.id for x in missing_points(PLAN, outcome.entries[:4])] == [*"DEFGH", "S", "R"]
    assert isinstance(points_of(outcome.entries)["A"], MeasuredPoint)
    assert remedy(Reason(code="unheard_of", said="")) == "See run.json."
