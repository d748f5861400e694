"""Random scenarios of all kinds: the decision, its words and every face keep every law."""

import pytest

from pricing.errors import PlannerError
from tco.answer.evaluation import evaluate
from tests.tco.random_alternatives import random_alternatives
from tests.tco.random_presets import PATHS, random_preset, shipped
from tests.tco.verdict_faces import hold_the_faces
from tests.tco.verdict_laws import (
    hold_the_bands,
    hold_the_choice,
    hold_the_thresholds,
    hold_the_words,
)

PIECES = 30


def hold(scenario, data=None):
    """Every law of the verdict; False where the question has no answer at all."""
    try:
        evaluation = evaluate(scenario, data)
    except PlannerError:
        return False
    hold_the_choice(evaluation)
    hold_the_thresholds(evaluation)
    hold_the_bands(evaluation)
    hold_the_words(evaluation)
    hold_the_faces(evaluation)
    return True


def test_a_sample_of_random_scenarios_keeps_every_law(plain_scenario, plain_data):
    answered = sum(hold(random_preset(seed)) for seed in range(10))
    answered += sum(
        hold(random_alternatives(plain_scenario, seed), plain_data) for seed in range(10)
    )
    assert answered > 15


@pytest.mark.long
@pytest.mark.timeout(1_800)
@pytest.mark.parametrize("piece", range(PIECES))
def test_3_000_random_scenarios_keep_every_law(piece, plain_scenario, plain_data):
    seeds = range(piece * 50, (piece + 1) * 50)
    answered = sum(hold(random_preset(seed)) for seed in seeds)
    answered += sum(hold(random_alternatives(plain_scenario, seed), plain_data) for seed in seeds)
    assert answered > 80


@pytest.mark.parametrize("stem", sorted(PATHS))
def test_every_shipped_scenario_keeps_every_law(stem):
    assert hold(shipped(stem))
