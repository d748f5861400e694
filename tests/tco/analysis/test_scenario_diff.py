"""Which places of two scenarios differ, on plain values written by hand."""

import copy

import pytest

from tco.analysis.scenario_diff import Change, apply_changes, changes_between

ONE = {
    "name": "One",
    "note": "first",
    "format": "a",
    "workload": {
        "requests_per_month": 1_000,
        "classes": [
            {"name": "chat", "share": 0.5, "output": {"kind": "fixed", "tokens": 10}},
            {"name": "report", "share": 0.5, "cached_share": 0.1},
        ],
    },
    "self_hosted": [
        {"name": "H200", "model": "m", "calibration": "c", "rent": "r", "usd_per_gpu_hour": 2.0}
    ],
    "finance": {"horizon_months": 12, "steps": [1, 2]},
}


def other(*edits):
    """The same scenario with some places set, by keys; None takes a place away."""
    document = copy.deepcopy(ONE)
    for *parents, last, value in edits:
        place = document
        for key in parents:
            place = place[key]
        if value is None:
            del place[last]
        else:
            place[last] = value
    return document


def changes(*edits):
    after = other(*edits)
    found = changes_between(ONE, after)
    reached = apply_changes(ONE, found)
    for unsaid in ("name", "note", "format"):
        reached[unsaid] = after[unsaid]
    assert reached == after
    back = changes_between(after, ONE)
    assert {(c.path, repr(c.after), repr(c.before)) for c in back} == {
        (c.path, repr(c.before), repr(c.after)) for c in found
    }
    return [(change.path, change.before, change.after) for change in found]


def test_names_notes_and_formats_are_no_difference():
    assert changes(("name", "Two"), ("note", "second"), ("format", "b")) == []


def test_each_place_is_told_once_in_the_order_of_the_scenario():
    found = changes(("finance", "horizon_months", 24), ("workload", "requests_per_month", 2_000))
    assert found == [
        ("workload.requests_per_month", 1_000, 2_000),
        ("finance.horizon_months", 12, 24),
    ]


def test_what_one_of_the_two_leaves_out_is_none_there():
    assert changes(("workload", "profile", "flat")) == [("workload.profile", None, "flat")]
    assert changes(("finance", "horizon_months", None)) == [("finance.horizon_months", 12, None)]
    assert changes(("team", {"size": 3})) == [("team", None, {"size": 3})]
    assert changes(("hybrids", [{"name": "h"}])) == [("hybrids", None, [{"name": "h"}])]


@pytest.mark.parametrize("key", ["input", "output", "cache"])
def test_values_that_make_sense_only_together_are_one_change(key):
    after = {"kind": "lognormal", "tokens": 10, "cv": 1.0}
    before = ONE["workload"]["classes"][0].get(key)
    found = changes(("workload", "classes", 0, key, after))
    assert found == [(f"workload.classes.0.{key}", before, after)]
    if before is None:
        (found,) = changes_between(
            other(("workload", key, {"a": 1})), other(("workload", key, {"a": 2}))
        )
        assert found.path == f"workload.{key}"


@pytest.mark.parametrize("key", ["baseline", "profile"])
def test_a_baseline_or_a_profile_is_one_change(key):
    one, two = ({**ONE, key: {"model": name, "tier": "standard"}} for name in "ab")
    (found,) = changes_between(one, two)
    assert (found.path, found.before, found.after) == (key, one[key], two[key])


def test_lists_of_the_same_items_are_compared_item_by_item_and_others_whole():
    assert changes(("workload", "classes", 1, "cached_share", 0.2)) == [
        ("workload.classes.1.cached_share", 0.1, 0.2)
    ]
    turned = ONE["workload"]["classes"][::-1]
    (whole,) = changes(("workload", "classes", turned))
    assert whole == ("workload.classes", ONE["workload"]["classes"], turned)
    one_less = ONE["workload"]["classes"][:1]
    assert [path for path, _, _ in changes(("workload", "classes", one_less))] == [
        "workload.classes"
    ]
    assert changes(("finance", "steps", [1, 3])) == [("finance.steps", [1, 2], [1, 3])]
    nameless = [{"share": 1}, {"name": "report"}]
    assert [path for path, _, _ in changes(("workload", "classes", nameless))] == [
        "workload.classes"
    ]


def test_shares_of_all_classes_are_one_change_beside_what_else_differs():
    found = changes(
        ("workload", "classes", 0, "share", 0.9),
        ("workload", "classes", 1, "share", 0.1),
        ("workload", "classes", 1, "cached_share", 0.3),
    )
    assert found == [
        ("workload.classes.*.share", [0.5, 0.5], [0.9, 0.1]),
        ("workload.classes.1.cached_share", 0.1, 0.3),
    ]


def test_only_classes_of_requests_share_a_whole():
    one, two = ({"hybrids": [{"name": "h", "share": share}]} for share in (0.2, 0.4))
    assert changes_between(one, two) == (Change("hybrids.0.share", 0.2, 0.4),)


@pytest.mark.parametrize("key", ["model", "calibration", "rent", "own"])
def test_another_machine_model_or_speed_is_one_change_of_the_option(key):
    found = changes(("self_hosted", 0, key, "another"))
    before = ONE["self_hosted"][0]
    assert found == [("self_hosted.0", before, {**before, key: "another"})]
    (elsewhere,) = changes_between({"team": {key: "a", "b": 1}}, {"team": {key: "c", "b": 1}})
    assert elsewhere.path == f"team.{key}"


def test_another_price_of_the_same_machine_is_a_change_of_its_price():
    assert changes(("self_hosted", 0, "usd_per_gpu_hour", 3.0)) == [
        ("self_hosted.0.usd_per_gpu_hour", 2.0, 3.0)
    ]


def test_changes_are_made_in_a_copy_that_shares_nothing_with_what_it_was_made_from():
    before, value = copy.deepcopy(ONE), {"kind": "fixed", "tokens": 5}
    made = apply_changes(ONE, [Change("new.place.here", None, value), Change("gone", 1, None)])
    assert made["new"] == {"place": {"here": value}}
    made["new"]["place"]["here"]["tokens"] = 6
    made["workload"]["classes"][0]["share"] = 0.0
    assert (before, value["tokens"]) == (ONE, 5)
    taken = apply_changes(made, [Change("workload.classes.0", {}, {"name": "chat"})])
    assert taken["workload"]["classes"][0] == {"name": "chat"}
