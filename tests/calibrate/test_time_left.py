"""The time of a plan: what a run needs whatever it takes, and what it measures with the rest."""

import hashlib
import json

import pytest

from calibrate.plan.plan import CalibrationPlan, parse_plan
from calibrate.run.attempt import INTERRUPTED
from calibrate.run.journal import Journal
from calibrate.run.run import outcome_so_far
from calibrate.run.time_left import missing_points, points_to_measure, still_fits, time_left
from calibrate.run.verdict import left_out, run_reasons
from hardware_profiles import Library
from pricing.errors import InputError
from tests.calibrate.plans import load, plan_of
from tests.calibrate.proposed_plans import Layout, carried_out, proposed
from tests.calibrate.simulated_runs import simulated_run

DENSE = Layout("Llama 3.1 8B", "H100 SXM", "fp8", 1)


def timed(name, expected_s=60.0, **more):
    return load(name, 2, 12, expected_s=expected_s, **more)


PLAN = plan_of(
    *map(timed, "ABCD"),
    timed("V", role="held_out"),
    timed("E", spare=True),
    timed("F", expected_s=10.0, spare=True),
    within_minutes=10.0,
)


@pytest.fixture(scope="module")
def library():
    return Library.load()


def measured(*seconds):
    """A journal of points that took so long, each expected to take a minute."""
    entries = simulated_run(PLAN, start_s=0.0).entries
    points = [json.loads(json.dumps(entry)) for entry in entries if entry["kind"] == "point"]
    return [point | {"seconds": s} for point, s in zip(points, seconds, strict=False)]


@pytest.mark.parametrize(
    ("minutes", "took", "fits"),
    [
        (8.9, [60.0], True),  # 8.9 + 1 minutes
        (9.1, [60.0], False),
        (8.9, [60.0, 90.0], False),  # the slowest so far took half as long again: 8.9 + 1.5
        (8.4, [60.0, 90.0], True),
        (9.4, [30.0], True),  # twice as quick as the data sheet: 9.4 + 0.5
        (8.9, [], True),
    ],
)
def test_a_spare_point_is_begun_if_it_should_end_in_time(minutes, took, fits):
    spare = next(point for point in PLAN.points if point.id == "E")
    assert still_fits(PLAN, spare, measured(*took), minutes) is fits
    assert still_fits(PLAN, PLAN.points[0], measured(*took), minutes)
    no_limit = PLAN.model_copy(update={"within_minutes": None})
    assert still_fits(no_limit, spare, measured(*took), minutes)


def test_a_run_without_time_for_spare_points_is_whole():
    """Its five points take a minute beside their load, and 9 minutes went to the server's start."""
    outcome = simulated_run(PLAN, start_s=545.0)
    assert [e["id"] for e in outcome.entries if e["kind"] == "point"] == [*"ABCDV"]
    assert outcome.finished
    assert list(run_reasons(PLAN, outcome.entries)) == []
    assert list(left_out(PLAN, outcome.entries)) == []


def test_a_run_without_time_for_what_it_needs_is_not():
    outcome = simulated_run(PLAN, start_s=590.0)
    assert [e["id"] for e in outcome.entries if e["kind"] == "point"] == ["A"]
    assert not outcome.finished


def test_spare_points_are_measured_as_long_as_the_run_has_not_ended():
    whole = simulated_run(PLAN, start_s=0.0).entries
    assert [load.id for load in points_to_measure(PLAN, whole[:3])] == [*"CDVEF"]
    assert [load.id for load in missing_points(PLAN, whole[:3])] == [*"CDV"]
    ended = whole[:6]
    assert missing_points(PLAN, ended) == points_to_measure(PLAN, ended, again=True) == ()


@pytest.mark.parametrize(("measured", "whole"), [(5, True), (4, False)])
def test_a_run_that_was_stopped_among_its_spare_points_is_whole(tmp_path, measured, whole):
    """All that it needs was measured, so its record is none of a stopped run."""
    server, *points = simulated_run(PLAN, start_s=0.0).entries
    (tmp_path / "plan.json").write_text(PLAN.model_dump_json())
    with Journal.open(tmp_path / "journal") as journal:
        for entry in (server, *points[:measured], {"kind": INTERRUPTED, "signal": 2}):
            journal.append(entry)
    outcome = outcome_so_far(tmp_path)
    assert outcome.finished is whole
    assert outcome.reasons == ()


def test_a_bad_spare_point_is_measured_again_where_that_is_asked_for():
    entries = json.loads(json.dumps(simulated_run(PLAN, start_s=0.0).entries))
    entries[-1]["judged"]["verdict"] = "INVALID"
    assert [load.id for load in points_to_measure(PLAN, entries, again=True)] == ["F"]
    assert points_to_measure(PLAN, entries) == ()


def test_the_time_that_is_left_is_no_longer_than_the_plan_was_made_for():
    entries = measured(60.0, 60.0)
    assert time_left(PLAN, entries, 5, 2.0) == "about 5 min"
    assert time_left(PLAN, entries, 5, 8.0) == "about 2 min"
    assert time_left(PLAN, entries, 5, 9.9) == "less than a minute"


def test_a_plan_of_spare_points_alone_is_refused():
    with pytest.raises(ValueError, match="at least one has to be measured"):
        plan_of(timed("A", spare=True), within_minutes=10.0)


def test_a_plan_from_before_there_were_spare_points_keeps_its_name():
    """Records are named by it, and a folder of an older run is still to validate."""
    older = plan_of()
    document = json.loads(older.model_dump_json(exclude={"expected_capacity_error"}))
    for point in document["points"]:
        del point["expected_s"], point["spare"]
    text = json.dumps(document, separators=(",", ":"))
    assert older.id == hashlib.sha256(text.encode()).hexdigest()[:16]
    spare = older.model_copy(
        update={"points": (older.points[0], older.points[1].model_copy(update={"spare": True}))}
    )
    assert spare.id != older.id
    assert CalibrationPlan.model_validate_json(spare.model_dump_json()).id == spare.id


@pytest.mark.parametrize("speed", [1.0, 1.4])
def test_a_server_that_is_up_sooner_is_measured_more_within_the_same_time(library, speed):
    made = proposed(library, DENSE, within_minutes=10.0)
    late, soon = (
        carried_out(library, made, speed, start_minutes=minutes) for minutes in (4.0, 0.5)
    )
    assert soon.points > late.points
    assert 8.5 < soon.minutes < 10
    assert late.minutes < 10


def test_a_replica_slower_than_expected_does_without_spare_points(library):
    made = proposed(library, DENSE, within_minutes=10.0)
    run = carried_out(library, made, 0.7)
    assert run.reasons == ()
    assert not any("stopped" in remark for remark in run.remarks)


def test_a_plan_says_which_points_wait_for_time(library):
    plan = proposed(library, DENSE, within_minutes=10.0).plan
    assert [point.role for point in plan.needed] == ["fit"] * 4 + ["held_out"]
    spare = [point for point in plan.points if point.spare]
    assert {point.role for point in spare} == {"fit", "repeat"}
    needed_s = sum(point.expected_s for point in plan.needed)
    assert needed_s / 60 + 4 <= plan.expected_minutes <= 10
    assert not any(point.spare for point in proposed(library, DENSE).plan.points)


def test_an_edited_plan_names_what_is_wrong(library):
    made = proposed(library, DENSE, within_minutes=10.0).plan
    document = json.loads(made.model_dump_json())
    document["points"][0]["expected_s"] = -1.0
    with pytest.raises(InputError, match="expected_s"):
        parse_plan(json.dumps(document).encode(), "plan.json")
