"""Screening: what is left out of a table, why, and that what is sound stays."""

from importlib.resources import files

import numpy as np
import pytest

from calibrate.fitting.library_names import ready_groups
from calibrate.fitting.points import parse_points
from calibrate.fitting.screening import (
    CLIENT_CAP,
    DISAGREEING,
    DISTURBED,
    FALLING,
    MOSTLY_UNCACHED,
    RELABELLED,
    ROUNDED,
    WARM,
    screen,
    screen_table,
)
from calibrate.fitting.shipped import POINTS_FILE
from hardware_profiles import Library
from tco.kernel.request_mix import EngineLimits, RequestMix
from tco.kernel.speed import closed_loop
from tco.kernel.step_time import StepTime
from tests.calibrate.test_points import table

LIBRARY = Library.load()
TRUTH = StepTime(11.0, 0.043, 0.055, 6e-5, 3.5e-6, 0.0, 20.0, mixed_ms=5.0, overlap=4.0)


def reasons(*changes, holds=lambda _: 1e9):
    points = parse_points(table(*changes))
    first = screen_table(points)
    return {**first.counts, **screen(first.kept, holds).counts}


def ladder(*times):
    return [
        {"concurrency": str(4 * 2**i), "tpot_ms": str(t), "ttft_ms": str(100 + i)}
        for i, t in enumerate(times)
    ]


def test_a_sound_series_is_left_as_it_is():
    assert reasons(*ladder(10, 11, 13, 17)) == {}


def test_a_time_per_token_that_falls_as_clients_grow_is_left_out():
    assert reasons(*ladder(10, 11, 30, 17)) == {FALLING: 1}
    assert reasons(*ladder(10, 11, 13, 12)) == {}


def test_repeats_that_disagree_by_more_than_a_fifth_are_both_left_out():
    assert reasons({"tpot_ms": "10"}, {"tpot_ms": "12.5"}) == {DISAGREEING: 2}
    assert reasons({"tpot_ms": "10"}, {"tpot_ms": "11.5"}) == {}


def test_waiting_that_memory_does_not_explain_is_the_clients():
    """83 % of the time before the first token: a quarter of 512 clients ran, if that."""
    row = {"concurrency": "512", "ttft_ms": "43000", "tpot_ms": "20"}
    assert reasons(row) == {CLIENT_CAP: 1}
    assert reasons(row, holds=lambda _: 90.0) == {}


def test_a_copy_rounded_to_hundredths_is_left_out_whatever_its_layout_is_called():
    exact = {"ttft_ms": "150.1234", "tpot_ms": "20.4321"}
    copy = {"ttft_ms": "150.12", "tpot_ms": "20.43", "origin": "nvidia"}
    assert reasons(exact, copy) == {ROUNDED: 1}


def test_ranks_that_are_as_slow_as_one_are_not_ranks():
    rows = ladder(10, 11, 13, 17, 25)
    text = table(*rows).replace("origin", "attention_dp", 1).replace("inferencex", "1")
    twins = table(*[{**row, "tpot_ms": str(float(row["tpot_ms"]) * 1.01)} for row in rows])
    twins = twins.replace("inferencex", "4").split("\n", 1)[1]
    assert screen_table(parse_points(text + twins)).counts == {RELABELLED: 5}


def test_a_run_much_slower_than_its_like_was_disturbed():
    short, long = {"osl": "500"}, {"osl": "5000"}
    slow = {"ttft_ms": "230", "tpot_ms": "24"}
    assert reasons(short, {**long, **slow}) == {DISTURBED: 1}
    assert reasons(short, {**long, "ttft_ms": "190", "tpot_ms": "24"}) == {}


def twin(warm, *, noise=0.02, seed=0):
    """A table of one's own whose prompts were partly found in the cache above one client."""
    rng = np.random.default_rng(seed)
    rows = []
    limits = EngineLimits(1024, 8192, 2e5)
    for isl, osl in ((8000, 200), (4000, 500), (2000, 300)):
        for clients in (1, 2, 4, 8, 16, 32):
            mix = RequestMix.of_lengths(float(isl), float(osl), warm if clients > 1 else 0.0)
            _, _, tpot, ttft = closed_loop(TRUTH, limits, mix, float(clients))
            tpot, ttft = (float(x) * np.exp(rng.normal(0, noise)) for x in (tpot, ttft))
            rows.append(
                {
                    "origin": "own",
                    "isl": str(isl),
                    "osl": str(osl),
                    "concurrency": str(clients),
                    "tpot_ms": f"{tpot:.9g}",
                    "ttft_ms": f"{ttft:.9g}",
                }
            )
    return rows


@pytest.mark.parametrize("seed", range(5))
def test_a_cold_table_passes(seed):
    assert WARM not in reasons(*twin(0.0, seed=seed))


@pytest.mark.parametrize("warm", [0.3, 0.5, 0.7, 0.99])
@pytest.mark.parametrize("seed", range(3))
def test_prompts_that_were_warm_above_one_client_are_left_out(warm, seed):
    assert reasons(*twin(warm, seed=seed))[WARM] >= 10


def test_one_group_too_small_does_not_hide_the_others_and_each_is_counted():
    rows = ladder(10, 11, 13, 17, 25)
    ready = ready_groups(parse_points(table(*rows, {"tp": "4"}, *rows[:1])), LIBRARY)
    assert [len(one.used) for one in ready] == [5, 1]
    assert sum(ready[0].screened.counts.values()) == 1


def test_engine_versions_are_groups_of_their_own_and_patches_are_not():
    rows = [{"vllm_version": v, "concurrency": c} for v, c in (("0.18.0", "4"), ("0.18.1", "8"))]
    ready = ready_groups(parse_points(table(*rows, {"vllm_version": "0.19.0"})), LIBRARY)
    assert [(one.group.engine, len(one.used)) for one in ready] == [("0.18", 2), ("0.19", 1)]


def test_prompts_that_one_layout_found_cached_were_cached_on_the_others_too():
    """Llama 3.1 8B on H200: one GPU shows it, and eight are too many to show anything."""
    text = (files("calibrate") / "data" / POINTS_FILE).read_text(encoding="utf-8")
    rows = [row for row in parse_points(text) if row.group.model.startswith("nvidia/Llama-3.1-8B")]
    together = {one.group.tp: one for one in ready_groups(rows, LIBRARY)}
    assert {tp: one.cached_prompts for tp, one in together.items() if one.used} == {
        1: True, 2: True, 4: True,
    }  # fmt: skip
    assert together[8].screened.counts == {MOSTLY_UNCACHED: 2}
    (alone,) = ready_groups([row for row in rows if row.group.tp == 8], LIBRARY)
    assert (len(alone.used), alone.cached_prompts) == (2, False)
