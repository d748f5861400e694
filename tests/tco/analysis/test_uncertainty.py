"""Draws against the evaluation they are drawn around."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pricing.errors import InputError, PriceError
from tco.analysis.decision import Question
from tco.analysis.drawn_world import question_of_draw
from tco.analysis.pieces import pieces_of
from tco.analysis.spreads import INPUTS, Spreads, draw
from tco.analysis.uncertainty import summed_up, uncertainty
from tco.analysis.worlds import draw_worlds, reproduced
from tco.answer.evaluation import evaluate
from tco.kernel.speed import LOG_NORMAL_PARAMETERS
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
        at, month = answer.break_even(odds.alternative), answer.break_even(odds.alternative).month
        middle = math.sqrt(at.utilisation.low * at.utilisation.high)
        assert odds.threshold.p10 == odds.threshold.p90 == pytest.approx(middle, rel=1e-9)
        assert odds.utilisation.p50 == pytest.approx(at.utilisation.own, rel=1e-9)
        assert odds.cheaper_by_month == tuple(float(s > 0) for s in month.monthly_saving_usd)
        assert odds.cheaper_over_horizon in {0.0, 1.0}
        assert odds.standard_error == 0


@SCENARIOS
def test_single_draws_cost_what_evaluate_says_in_every_month(path):
    """Twenty draws of everything at once, each written down as a scenario of its own."""
    question = ask(path)
    pieces = reproduced(question, pieces_of(question))
    world = draw_worlds(question, pieces, Spreads.of(question), 20, seed=7)
    answered = 0
    for index in range(20):
        one = question_of_draw(question, pieces, world.drawn, world.steps, index)
        answer = evaluate(one.scenario, one.data)
        stay = world.bills[answer.alternatives[0].key][index]
        for key, bills in world.bills.items():
            point = answer.alternative(key).monthly_usd
            if point is None:
                assert math.isinf(bills[index, 0]), answer.alternative(key).refused
                continue
            answered += 1
            assert bills[index, 0] == pytest.approx(point, rel=1e-9)
            if (found := answer.break_even(key)) is not None:
                saving = stay - bills[index]
                theirs = np.array(found.month.monthly_saving_usd)
                assert np.all(np.abs(saving - theirs) <= 1e-9 * (stay + bills[index]))
    assert answered > 100


NOMINAL = {"finance.terms": "nominal", "finance.inflation_per_year": 0.03}
REAL = {"finance.terms": "real", "finance.inflation_per_year": 0.03}
PATHS = {
    "finance.gpu_price_change_per_year": -0.2,
    "finance.wage_change_per_year": 0.04,
    "finance.api_price_change_per_year": -0.3,
}
RETRIES = {"acceptance_rate": 0.8, "retries": 2, "usd_per_unaccepted": 0.02}
AWAY = {"lost_share": 0.15}


@pytest.mark.parametrize(
    ("changes", "left_out"),
    [
        (PATHS, {"terms"}),
        (NOMINAL, set()),
        (NOMINAL | PATHS, {"terms"}),
        (REAL | PATHS, {"terms"}),
        ({"finance.api_price_steps": [{"from_month": 7, "factor": 0.6}]}, set()),
        ({"finance.tax_rate": 0.25}, set()),
        ({"baseline.quality": RETRIES, "self_hosted.1.quality": RETRIES}, set()),
        ({"self_hosted.1.interruption": AWAY}, set()),
        ({"self_hosted.1.interruption": AWAY | {"then": "baseline"}}, {"varies"}),
        ({"fleet.autoscale": {}}, {"by the hour"}),
        ({"team": "platform"}, set()),
    ],
)
def test_whatever_a_scenario_says_draws_agree_with_evaluate_or_name_what_they_leave_out(
    question, changes, left_out
):
    grown = {"workload.requests_per_month": 6e7, "workload.growth_per_month": 0.02}
    asked = replace(question, scenario=changed(question.scenario, grown | changes))
    pieces = reproduced(asked, pieces_of(asked))
    said = " ".join(pieces.left_out.values())
    assert bool(left_out) == bool(said)
    assert all(words in said for words in left_out)
    assert "reproduce" not in said
    assert len(pieces.hosts) >= 2
    drift = {"api_price": 0.0} if "finance.api_price_steps" in changes else {}
    spreads = replace(Spreads.of(asked), **drift)
    world = draw_worlds(asked, pieces, spreads, 6, seed=11)
    for index in range(6):
        one = question_of_draw(asked, pieces, world.drawn, world.steps, index)
        answer = evaluate(one.scenario, one.data)
        stay = world.bills[answer.alternatives[0].key][index]
        for key in pieces.hosts:
            found, bills = answer.break_even(key), world.bills[key][index]
            if found is None:
                assert math.isinf(bills[0])
                continue
            saving = np.array(found.month.monthly_saving_usd)
            assert np.all(np.abs(stay - bills - saving) <= 1e-9 * (stay + bills))
            month = answer.alternative(key).monthly_usd * pieces.first_month_worth
            assert bills[0] == pytest.approx(month, rel=1e-9)


def test_mixtures_are_named_as_left_out():
    regulated = ask(next(path for path in preset_paths() if path.stem == "regulated"))
    assert regulated.scenario.hybrids
    left_out = dict(uncertainty(regulated, draws=5).left_out)
    assert any("mixtures" in reason for reason in left_out.values())


def test_published_price_changes_reach_every_draw(question):
    """GPT-5.1 is retired in April 2027; its successor's rates hold from then on."""
    scenario = changed(
        question.scenario,
        {
            "baseline": {
                "provider": "openai",
                "model": "gpt-5.1",
                "successors": [{"provider": "openai", "model": "gpt-5.4"}],
            },
            "apis": [],
        },
    )
    asked = replace(question, scenario=scenario)
    pieces = reproduced(asked, pieces_of(asked))
    costs = next(iter(pieces.tokens.values()))
    assert costs.output_usd[-1] > costs.output_usd[0]
    world = draw_worlds(asked, pieces, Spreads.of(asked), 3, seed=7)
    one = question_of_draw(asked, pieces, world.drawn, world.steps, 0)
    answer = evaluate(one.scenario, one.data)
    key = answer.break_evens[0].alternative
    saving = world.bills[answer.alternatives[0].key][0] - world.bills[key][0]
    theirs = answer.break_evens[0].month.monthly_saving_usd
    assert saving.tolist() == pytest.approx(list(theirs), rel=1e-9)


def test_one_seed_gives_the_same_bits_and_another_does_not(question):
    one, same, other = (uncertainty(question, draws=300, seed=s) for s in (5, 5, 6))
    assert one == same
    assert one.bills != other.bills


@pytest.fixture(scope="module")
def followed(plain_question):
    return reproduced(plain_question, pieces_of(plain_question))


SPREADS = st.fixed_dictionaries({name: st.floats(0, 1) for name in (*INPUTS, "calibration")})


@given(SPREADS, st.integers(0, 2**32))
def test_l46_bands_ascend_whatever_the_spreads_and_one_seed_gives_the_same_bits(
    plain_question, followed, spreads, seed
):
    found = summed_up(plain_question, followed, Spreads(**spreads), 20, seed)
    for bill in found.bills:
        for band in bill.by_month:
            assert band.p10 <= band.p50 <= band.p90
    for odds in found.odds:
        assert odds.threshold.p10 <= odds.threshold.p50 <= odds.threshold.p90
        assert 0 <= odds.cheaper_first_month <= 1
    assert summed_up(plain_question, followed, Spreads(**spreads), 20, seed) == found


@given(st.integers(0, 2**32), st.integers(1, 12))
def test_l46_without_spread_every_draw_is_the_point(plain_question, followed, seed, draws):
    found = summed_up(plain_question, followed, Spreads.none(), draws, seed)
    for bill in found.bills:
        point = followed.evaluation.alternative(bill.alternative).monthly_usd
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
        question = replace(plain_question, scenario=scenario)
        pieces = reproduced(question, pieces_of(question))
        cases.append((question, pieces, Spreads.of(question), share))
    return cases


@given(st.integers(0, 1), st.integers(0, 2**32))
def test_l46_a_dominated_case_has_probability_exactly_0_or_1(dominated, case, seed):
    question, followed, spreads, share = dominated[case]
    found = summed_up(question, followed, spreads, 20, seed)
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
    drawn = draw(plain_question, spreads, normals)
    logs = np.log(drawn.requests / 1e7), np.log(drawn.output)
    assert np.median(logs[0]) == pytest.approx(0, abs=0.005)
    assert np.std(logs[0]) == pytest.approx(0.3, rel=0.01)
    assert np.std(logs[1]) == pytest.approx(0.2, rel=0.01)
    assert np.corrcoef(*logs)[0, 1] == pytest.approx(-0.6, abs=0.01)
    assert np.corrcoef(logs[0], np.log(drawn.staff))[0, 1] == pytest.approx(0, abs=0.01)


def test_the_speed_drawn_has_the_error_the_calibration_gives_itself(plain_question):
    """A step of 20 ms whatever it does: its logarithm is normal about it, residual included."""
    pieces = reproduced(plain_question, pieces_of(plain_question))
    spreads = replace(Spreads.none(), calibration=1.0)
    world = draw_worlds(plain_question, pieces, spreads, 20_000, seed=4)
    record = pieces.replicas["plain"].record
    at = record.covariance_order.index("a_ms")
    sd = math.hypot(math.sqrt(record.covariance[at][at]), record.residual_sd)
    logs = np.log(world.steps["plain"].step.a_ms / 20)
    assert np.median(logs) == pytest.approx(0, abs=0.005)
    assert np.std(logs) == pytest.approx(sd * pieces.replicas["plain"].widening, rel=0.03)
    assert set(record.covariance_order) <= set(LOG_NORMAL_PARAMETERS)


def test_outputs_too_long_for_a_window_have_no_bill():
    asked = ask(next(path for path in preset_paths() if path.stem == "agent"))
    pieces = reproduced(asked, pieces_of(asked))
    key, baseline = next(iter(pieces.hosts)), next(iter(pieces.tokens))
    world = draw_worlds(asked, pieces, replace(Spreads.none(), output=3.0), 60, seed=1)
    without = []
    for index in np.argsort(world.drawn.output)[-12:].tolist():
        one = question_of_draw(asked, pieces, world.drawn, world.steps, index)
        try:
            bill = evaluate(one.scenario, one.data).alternative(key).monthly_usd
        except PriceError:  # not even the baseline takes outputs of this length
            bill = None
            without.append(index)
            assert np.isinf(world.bills[baseline][index, 0])
        assert (bill is None) == bool(np.isinf(world.bills[key][index, 0]))
    assert 0 < len(without) < 12


def test_a_bill_with_lines_the_draws_do_not_know_is_left_out_and_named(question, monkeypatch):
    from tco.analysis import bill_pieces as module

    monkeypatch.setattr(module, "INSTANCE_LINES", module.INSTANCE_LINES - {"electricity"})
    found = uncertainty(question, draws=10)
    left_out = dict(found.left_out)
    assert "Electricity" in left_out["self-hosted/H100 owned"]
    assert "self-hosted/H100 owned" not in {bill.alternative for bill in found.bills}


@pytest.mark.parametrize(
    ("mistake", "spoil"),
    [
        ("growth left out", {"growth_per_month": 0.0}),
        ("machines given back", {"kept": False}),
        ("staff left out", {"people_usd": 0.0}),
        ("rent left out", {"gpu_usd": 0.0}),
    ],
)
def test_pieces_that_do_not_reproduce_the_answer_are_not_drawn(mistake, spoil):
    scenario = changed(
        load_scenario(next(path for path in preset_paths() if path.stem == "code")),
        {"workload.growth_per_month": -0.08, "workload.requests_per_month": 1e9},
    )
    asked = Question.of(scenario)
    pieces = pieces_of(asked)
    if "growth_per_month" in spoil:
        flat = replace(asked, scenario=changed(scenario, {"workload.growth_per_month": 0.0}))
        kept = reproduced(flat, pieces)
    else:
        hosts = {key: replace(host, **spoil) for key, host in pieces.hosts.items()}
        kept = reproduced(asked, replace(pieces, hosts=hosts))
    assert len(kept.hosts) < len(pieces.hosts), mistake
    assert any("reproduce" in reason for reason in kept.left_out.values())


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
