"""What the draws say together."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pricing.errors import InputError
from tco.analysis.decision import Question
from tco.analysis.uncertainty import uncertainty
from tco.answer.draws import drawn_cases
from tco.answer.evaluation import evaluate
from tco.answer.spreads import INPUTS, Spreads, drawn_inputs
from tco.kernel.step_time import LOG_NORMAL_PARAMETERS
from tco.question.files import changed, load_scenario
from tco.question.presets import preset_paths

SCENARIOS = pytest.mark.parametrize("path", preset_paths(), ids=lambda path: path.stem)


def ask(path):
    return Question.of(load_scenario(path))


@pytest.fixture(scope="module")
def question():
    return ask(preset_paths()[0])


@SCENARIOS
def test_without_spread_every_draw_is_the_point(path):
    question = ask(path)
    answer = evaluate(question.scenario, question.data)
    found = uncertainty(question, spreads=Spreads.none(), draws=7, seed=1)
    for bill in found.bills:
        point = answer.alternative(bill.alternative).monthly_usd
        band = bill.first_month
        assert band.p10 == band.p50 == band.p90 == pytest.approx(point, rel=1e-12)
        assert bill.unserved == 0
    for odds in found.odds:
        appraisal = answer.appraisal(odds.alternative)
        assert odds.cheaper_over_horizon == float(appraisal.npv_usd > 0)
        assert odds.standard_error == 0
        if (own := answer.break_even(odds.alternative)) is None:
            assert odds.threshold is odds.utilisation is None
            continue
        assert odds.utilisation.p50 == pytest.approx(own.utilisation.own, rel=1e-9)
        assert odds.cheaper_by_month == tuple(float(s > 0) for s in own.month.monthly_saving_usd)
        if own.utilisation.value:
            assert odds.threshold.p10 == odds.threshold.p90
            assert odds.threshold.p10 == pytest.approx(own.utilisation.value, rel=1e-9)


@SCENARIOS
def test_every_alternative_that_has_a_bill_has_its_band(path):
    question = ask(path)
    answer = evaluate(question.scenario, question.data)
    found = uncertainty(question, draws=40)
    priced = [a.key for a in answer.alternatives if a.monthly_usd is not None]
    assert [bill.alternative for bill in found.bills] == priced
    assert [odds.alternative for odds in found.odds] == priced[1:]


def test_percentiles_are_said_to_be_carried_over(default, plain_scenario, plain_data):
    assert uncertainty(Question.of(default), draws=5).carried == ()
    strict = changed(plain_scenario, {"objective.p95_ttft_ms": 3_000.0})
    (said,) = uncertainty(Question(strict, plain_data), draws=5).carried
    assert "once" in said


def test_one_seed_gives_the_same_bits_and_another_does_not(question):
    one, same, other = (uncertainty(question, draws=300, seed=s) for s in (5, 5, 6))
    assert one == same
    assert one.bills != other.bills


SPREADS = st.fixed_dictionaries({name: st.floats(0, 1) for name in (*INPUTS, "calibration")})


@given(SPREADS, st.integers(0, 2**32))
def test_l46_bands_ascend_whatever_the_spreads_and_one_seed_gives_the_same_bits(
    plain_question, spreads, seed
):
    found = uncertainty(plain_question, spreads=Spreads(**spreads), draws=20, seed=seed)
    for bill in found.bills:
        for band in bill.by_month:
            assert band.p10 <= band.p50 <= band.p90
    for odds in found.odds:
        if odds.threshold is not None:
            assert odds.threshold.p10 <= odds.threshold.p50 <= odds.threshold.p90
        assert 0 <= odds.cheaper_first_month <= 1
    assert uncertainty(plain_question, spreads=Spreads(**spreads), draws=20, seed=seed) == found


@given(st.integers(0, 2**32), st.integers(1, 12))
def test_l46_without_spread_every_draw_is_the_point(plain_question, seed, draws):
    answer = evaluate(plain_question.scenario, plain_question.data)
    found = uncertainty(plain_question, spreads=Spreads.none(), draws=draws, seed=seed)
    for bill in found.bills:
        point = answer.alternative(bill.alternative).monthly_usd
        assert bill.first_month.p10 == bill.first_month.p90 == pytest.approx(point, rel=1e-12)
    assert {odds.cheaper_first_month for odds in found.odds} <= {0.0, 1.0}


@pytest.fixture(scope="module")
def plain_question(plain_scenario, plain_data):
    return Question(plain_scenario, plain_data)


@pytest.fixture(scope="module")
def dominated(plain_question):
    """Machines that cost so much, or so little, that no draw can turn it; and the share won."""
    free = {"costs.engineer_usd_per_month": 0.0, "costs.platform_rented_usd_per_month": 0.0}
    cases = []
    for rent, share in ((100.0, 0.0), (0.05, 1.0)):
        changes = {"self_hosted.0.usd_per_gpu_hour": rent, **free}
        scenario = changed(plain_question.scenario, changes)
        cases.append((replace(plain_question, scenario=scenario), share))
    return cases


@given(st.integers(0, 1), st.integers(0, 2**32))
def test_l46_a_dominated_case_has_probability_exactly_0_or_1(dominated, case, seed):
    question, share = dominated[case]
    found = uncertainty(question, draws=20, seed=seed)
    odds = next(o for o in found.odds if o.alternative == "self-hosted/rented")
    assert odds.cheaper_first_month == share
    assert odds.standard_error == 0


def test_more_spread_widens_the_band_of_a_bill(plain_question):
    def width(volume):
        spreads = replace(Spreads.none(), volume=volume)
        bill = uncertainty(plain_question, spreads=spreads, draws=2_000).bills[0].first_month
        return bill.p90 - bill.p10

    assert 0 == width(0) < width(0.1) < width(0.3)


def test_the_median_and_the_spread_of_what_is_drawn_are_those_asked_for(plain_question):
    normals = np.random.default_rng(2).standard_normal((200_000, len(INPUTS)))
    spreads = Spreads(correlation={("volume", "output"): -0.6})
    drawn = drawn_inputs(plain_question.scenario.finance, spreads, normals)
    logs = np.log(drawn["requests"]), np.log(drawn["output"])
    assert np.median(logs[0]) == pytest.approx(0, abs=0.005)
    assert np.std(logs[0]) == pytest.approx(0.3, rel=0.01)
    assert np.std(logs[1]) == pytest.approx(0.2, rel=0.01)
    assert np.corrcoef(*logs)[0, 1] == pytest.approx(-0.6, abs=0.01)
    assert np.corrcoef(logs[0], np.log(drawn["engineers"]))[0, 1] == pytest.approx(0, abs=0.01)


def test_the_speed_drawn_has_the_error_the_calibration_gives_itself(plain_question):
    """A step of 20 ms whatever it does: its logarithm is normal about it, residual included."""
    asked = evaluate(plain_question.scenario, plain_question.data)
    spreads = replace(Spreads.none(), calibration=1.0)
    cases = drawn_cases(asked, spreads, 20_000, seed=4)
    own = asked.worked["self-hosted/rented"]
    record = own.host.record
    at = record.covariance_order.index("a_ms")
    sd = math.hypot(math.sqrt(record.covariance[at][at]), record.residual_sd)
    logs = np.log(cases.steps["plain"].a_ms / 20)
    assert logs[0] == 0
    assert np.median(logs) == pytest.approx(0, abs=0.005)
    assert np.std(logs) == pytest.approx(sd * own.replica.widening, rel=0.03)
    assert set(record.covariance_order) <= set(LOG_NORMAL_PARAMETERS)


@pytest.mark.parametrize(
    ("given_spreads", "words"),
    [
        ({"volume": -0.1}, "spread.volume"),
        ({"volume": math.nan}, "spread.volume"),
        ({"correlation": {("volume", "luck"): 0.1}}, "luck"),
        ({"correlation": {("volume", "volume"): 0.1}}, "two inputs"),
        ({"correlation": {("volume", "staff"): 1.5}}, "-1 to 1"),
        (
            {
                "correlation": {
                    ("volume", "staff"): 0.9,
                    ("staff", "output"): 0.9,
                    ("volume", "output"): -0.9,
                }
            },
            "eigenvalue",
        ),
    ],
)
def test_impossible_spreads_are_refused_with_their_name(given_spreads, words):
    with pytest.raises(InputError, match=words):
        Spreads(**given_spreads)


def test_a_number_of_draws_out_of_range_is_refused(plain_question):
    for draws in (0, 10_000_000):
        with pytest.raises(InputError, match="1 to 1,000,000"):
            uncertainty(plain_question, draws=draws)
