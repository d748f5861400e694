"""What turns an answer: each input named is held against the question asked anew."""

from itertools import permutations

import numpy as np
import pytest

from tco.analysis.decision import Question, once_simulated
from tco.answer.choice import worth_usd
from tco.answer.deciders import deciders
from tco.answer.spreads import Spreads
from tco.answer.working import look_up, work_out
from tco.facts.data import Data
from tco.kernel.cases import Cases
from tco.question.files import changed, load_scenario
from tco.question.presets import preset_paths
from tests.tco.case_alone import question_of_case

PATHS = {path.stem: path for path in preset_paths()}
FIELDS = {
    "workload.requests_per_month": "requests",
    "workload.output_tokens": "output",
    "gpu_price": "gpu_price",
    "staff": "engineers",
}
"""Field of a case that each input is; how fast replicas are has no question of its own."""


def cheaper_alone(question, field, factor, pair):
    """Which of two is worth more where one input is a factor of what was given; None: neither."""
    cases = Cases(**{field: np.array([[1.0], [factor]])})
    one = question_of_case(question, cases, 1)
    working = work_out(look_up(one.scenario, one.data, one.cases))
    staying = next(iter(working.worked.values()))
    worth = {
        key: float(worth_usd(staying, working.worked[key])[0])
        for key in pair
        if key in working.worked
    }
    return max(worth, key=worth.__getitem__) if worth else None


@pytest.mark.parametrize("stem", sorted(PATHS))
def test_what_turns_the_choice_between_two_turns_it_from_one_to_the_other(stem):
    """The two nearest fleets of each scenario, either way round; neither may fall out of both.

    Half a per cent aside: two per cent away a step of the fleets may turn it back.
    """
    question = once_simulated(Question(load_scenario(PATHS[stem]), Data.shipped()))
    asked = work_out(look_up(question.scenario, question.data))
    spreads = Spreads.of(question.data.library)
    own = [key for key, w in asked.worked.items() if w.host is not None and w.hybrid is None]
    for pair in permutations(own[:3], 2):
        for one in deciders(asked, *pair, spreads):
            if one.key not in FIELDS:
                continue
            turn = one.turns_at / one.given
            sides = [
                cheaper_alone(question, FIELDS[one.key], turn * by, pair) for by in (0.995, 1.005)
            ]
            assert set(sides) == set(pair), (pair, one)


@pytest.mark.parametrize("tpot_ms", [20.5, 22.0, 24.0, 50.0])
def test_the_least_certain_speed_can_turn_an_answer_as_any_other_can(
    tpot_ms, plain_scenario, plain_data
):
    """A slow tenth that meets no objective (the first two) makes speed no surer than it was.

    Three replicas of 33.6 million requests at their peak and a spare fill one server; with a
    twentieth less of each there are two, which cost more than staying.
    """
    rented = plain_scenario.self_hosted[0].model_dump(mode="json") | {"usd_per_gpu_hour": 50.0}
    changes = {
        "apis": [],
        "self_hosted": [rented],
        "workload.requests_per_month": 0.95 * 3 * 32 * 730 * 3_600 * 0.8 / 2,
        "objective.mean_tpot_ms": tpot_ms,
    }
    asked = work_out(look_up(changed(plain_scenario, changes), plain_data))
    staying, own = asked.worked
    (one,) = deciders(asked, own, staying, Spreads.none())
    assert one.key == "speed"
    assert one.turns_at == pytest.approx(0.95, rel=0.01)
    assert (asked.worked[own].replica.p10 == 0) == (tpot_ms < 23)
