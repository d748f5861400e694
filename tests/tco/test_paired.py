"""Two models on the same tasks: the difference, its interval, and when it is too soon to tell."""

import random

import pytest
from scipy.stats import binomtest

from tco.own_data.benchmark import TaskTrial
from tco.own_data.paired import paired_differences, paired_interval, tasks_to_settle


def trial(task, model, accepted):
    return TaskTrial(str(task), "easy", model, accepted, None, None, None, None, None)


def trials(both, only_other, only_first, neither):
    """Tasks by who got them right: the first model, the other, both or none."""
    ways = [(True, True)] * both + [(False, True)] * only_other
    ways += [(True, False)] * only_first + [(False, False)] * neither
    return [
        trial(task, name, accepted)
        for task, way in enumerate(ways)
        for name, accepted in zip(("first", "other"), way, strict=True)
    ]


def test_the_difference_and_its_chance_are_those_of_the_tasks_that_split():
    (found,) = paired_differences(trials(20, 12, 3, 15))
    assert (found.model, found.against, found.tasks) == ("other", "first", 50)
    assert found.difference == pytest.approx(9 / 50)
    assert (found.only_model, found.only_against) == (12, 3)
    assert found.p_value == binomtest(3, 15, 0.5).pvalue
    assert found.low > 0
    assert found.is_settled


def test_a_benchmark_without_a_split_settles_nothing():
    (found,) = paired_differences(trials(10, 0, 0, 0))
    assert found.difference == 0
    assert found.low < 0 < found.high
    assert not found.is_settled
    assert found.p_value is None
    assert found.tasks_to_settle is None


def test_only_tasks_that_both_tried_are_pairs_and_several_tries_are_one_task():
    more = [trial("a", "first", True), trial("b", "first", False), trial("b", "other", True)]
    more += [trial("b", "other", False), trial("c", "other", True)]
    (found,) = paired_differences(more)
    assert (found.tasks, found.difference, found.p_value) == (1, 0.5, None)
    assert paired_differences(more[:2]) == ()


@pytest.mark.parametrize("shares", [(0.8, 0.1, 0.02), (0.4, 0.2, 0.2), (0.1, 0.3, 0.05)])
def test_the_interval_holds_the_truth_in_nineteen_of_twenty_benchmarks(shares):
    chance, tasks, times = random.Random(7), 60, 2_000
    both, gain, loss = shares
    held = 0
    for _ in range(times):
        drawn = chance.choices(
            ("both", "gain", "loss", "none"), (both, gain, loss, 1 - sum(shares)), k=tasks
        )
        low, high = paired_interval(drawn.count("gain"), drawn.count("loss"), tasks)
        held += low <= gain - loss <= high
    assert 0.93 <= held / times <= 0.985


def test_as_many_tasks_as_are_said_to_settle_it_find_the_difference_four_times_in_five():
    gain, loss = 0.2, 0.08
    tasks = tasks_to_settle(20, 8, 100)
    chance, times, found = random.Random(7), 2_000, 0
    for _ in range(times):
        drawn = chance.choices(("gain", "loss", "none"), (gain, loss, 0.72), k=tasks)
        low, high = paired_interval(drawn.count("gain"), drawn.count("loss"), tasks)
        found += low > 0 or high < 0
    assert 0.76 <= found / times <= 0.86
