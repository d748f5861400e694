"""The tornado, its flips, and the inputs behind it."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pricing.errors import InputError
from tco.analysis.decision import Decision, Question, decide, once_simulated
from tco.analysis.factor import Factor, decide_at
from tco.analysis.factors import factor_of, factors, with_ranges
from tco.analysis.flips import Flip, find_flips
from tco.analysis.sensitivity import tornado
from tco.answer.evaluation import evaluate
from tco.answer.working import look_up, work_out
from tco.question.files import changed, load_scenario
from tco.question.presets import preset_paths

SWAPPED = {"staying": "moving", "moving": "staying"}
SCENARIOS = pytest.mark.parametrize("path", preset_paths(), ids=lambda path: path.stem)


def ask(path):
    return once_simulated(Question.of(load_scenario(path)))


@pytest.fixture(scope="module")
def question():
    return ask(next(path for path in preset_paths() if path.stem == "code"))


@pytest.fixture(scope="module")
def plain(plain_scenario, plain_data):
    """Machines and tokens alone: nobody is paid, nothing else costs anything."""
    costs = {
        "costs.engineer_usd_per_month": 0.0,
        "costs.platform_rented_usd_per_month": 0.0,
        "costs.egress_usd_per_gb": 0.0,
    }
    scenario = changed(plain_scenario, costs)
    rented = scenario.model_copy(update={"self_hosted": scenario.self_hosted[:1]})
    return Question(rented, plain_data)


@pytest.fixture(scope="module")
def drawn(question):
    return tornado(question, of="own")


@pytest.fixture(scope="module")
def swings(drawn):
    return {swing.factor.key: swing for swing in drawn.swings}


def test_a_bar_spans_what_two_evaluations_say(question, swings):
    """The reader changes one line of the file and evaluates; the bar says the same."""
    payroll = swings["costs.engineer_usd_per_month"]
    fact = question.data.library.assumption("engineer_usd_per_month")
    gaps = []
    for value in (fact.low, fact.value, fact.high):
        answer = evaluate(
            changed(question.scenario, {"costs.engineer_usd_per_month": value}), question.data
        )
        gaps.append(-max(b.month.npv_usd for b in answer.break_evens))
    assert payroll.at_low.gap_usd == pytest.approx(gaps[0], rel=1e-9)
    assert payroll.at_high.gap_usd == pytest.approx(gaps[2], rel=1e-9)
    assert payroll.swing_usd == pytest.approx(max(gaps) - min(gaps), rel=1e-9)
    assert (payroll.factor.low, payroll.factor.high) == (16_700, 25_000)
    assert "ConfigIQ" in payroll.factor.basis


def test_bars_are_sorted_and_every_range_says_who_gave_it(question, drawn):
    widths = [swing.swing_usd for swing in drawn.swings if swing.swing_usd is not None]
    assert widths == sorted(widths, reverse=True)
    for swing in drawn.swings:
        factor = swing.factor
        assert factor.low <= factor.value <= factor.high
        assert factor.basis
        assert factor.unit
    keys = {swing.factor.key for swing in drawn.swings}
    ranged = {
        key
        for key, fact in question.data.library.assumptions.items()
        if fact.low is not None and fact.low != fact.high
    }
    assert {f"costs.{key}" for key in ranged} <= keys


def test_the_winner_changes_at_a_flip_and_nowhere_else_on_the_scan(question, swings):
    assert sum(swing.flip is not None for swing in swings.values()) >= 3
    for swing in swings.values():
        factor, flip = swing.factor, swing.flip
        if flip is None:
            assert swing.flips.reason
            continue
        below, above = (
            decide_at(question, factor, flip.value + side * abs(flip.value), "own")
            for side in (-3e-6, 3e-6)
        )
        assert below.moves != above.moves
        assert above.moves == (flip.cheaper_above == "moving")
        assert factor.low <= flip.value <= factor.high


def test_the_ends_of_the_speed_bar_are_the_band_of_the_threshold(plain):
    """P10 and P90 of the capacity, and u* is inverse to it."""
    (swing,) = tornado(plain, only=frozenset({"speed.plain"})).swings
    answer = evaluate(plain.scenario, plain.data)
    at = answer.break_evens[0].utilisation.value
    serving = answer.alternative("self-hosted/rented").serving
    planned = serving.capacity_per_replica_rps
    slow, quick = serving.capacity_p10_rps / planned, serving.capacity_p90_rps / planned
    assert slow < 1 < quick
    assert swing.at_low.threshold == pytest.approx(at / quick, rel=1e-9)
    assert swing.at_high.threshold == pytest.approx(at / slow, rel=1e-9)


@SCENARIOS
def test_the_speed_bar_of_a_real_record_ends_at_the_band_too(path):
    question = ask(path)
    answer = evaluate(question.scenario, question.data)
    for bar in (f for f in factors(question) if f.key.startswith("speed.")):
        record = bar.key.removeprefix("speed.")
        key, serving = next(
            (a.key, a.serving)
            for a in answer.alternatives
            if a.serving and a.serving.calibration == record
        )
        quick = bar.apply(question, bar.low)
        moved = work_out(look_up(quick.scenario, quick.data, quick.cases)).alternatives
        (there,) = (a.serving for a in moved if a.key == key)
        assert there.capacity_per_replica_rps == pytest.approx(serving.capacity_p90_rps, rel=1e-9)


@settings(max_examples=settings.default.max_examples // 2)
@given(st.floats(1.05, 20))
def test_the_threshold_is_inverse_to_the_price_of_tokens(plain, dearer):
    """L33."""
    price = factor_of(factors(plain), "api_price")
    at = decide(plain).threshold
    assert decide_at(plain, price, dearer).threshold == pytest.approx(at / dearer, rel=1e-9)


@settings(max_examples=settings.default.max_examples // 2)
@given(st.floats(0.05, 1.8))
def test_the_threshold_is_proportional_to_the_price_of_gpus(plain, dearer):
    """L33."""
    price = factor_of(factors(plain), "gpu_price")
    at = decide(plain).threshold
    assert decide_at(plain, price, dearer).threshold == pytest.approx(at * dearer, rel=1e-9)


@settings(max_examples=settings.default.max_examples // 4)
@given(st.floats(0, 0.94), st.floats(0.01, 1))
def test_the_threshold_rises_with_the_cached_share_where_speed_does_not_depend_on_it(
    plain, share, step
):
    """L33: a replica whose steps always take 20 ms gains nothing from a cache, the API does."""
    cached = factor_of(factors(plain), "workload.cached_share")
    more = share + step * (0.95 - share)
    less_cached, more_cached = (decide_at(plain, cached, value) for value in (share, more))
    assert less_cached.threshold < more_cached.threshold


@settings(max_examples=settings.default.max_examples // 5)
@given(st.data())
def test_an_input_set_to_its_own_value_changes_nothing(question, data):
    factor = data.draw(st.sampled_from(factors(question)))
    before, after = decide(question), decide_at(question, factor, factor.value)
    assert after.gap_usd == pytest.approx(before.gap_usd, rel=1e-9)
    assert after.threshold == pytest.approx(before.threshold, rel=1e-9)


@pytest.mark.parametrize("key", ["workload.output_tokens", "workload.input_tokens"])
def test_lengths_keep_their_shape_about_another_mean(key):
    question = ask(next(path for path in preset_paths() if path.stem == "rag"))
    factor = factor_of(factors(question), key)
    classes = factor.apply(question, factor.value * 0.5).scenario.workload.classes
    side = "output" if "output" in key else "input"
    for before, after in zip(question.scenario.workload.classes, classes, strict=True):
        one, other = getattr(before, side).distribution(), getattr(after, side).distribution()
        assert other.mean == pytest.approx(one.mean / 2)
        assert other.mean_square == pytest.approx(one.mean_square / 4)


@pytest.mark.parametrize(
    "shape",
    [
        {"kind": "fixed", "tokens": 0.001},
        {"kind": "lognormal", "mean_tokens": 0.001, "cv": 0.5},
        {"kind": "quantiles", "probabilities": [0.0, 1.0], "tokens": [0.001, 700.0]},
    ],
    ids=lambda shape: shape["kind"],
)
def test_a_length_that_the_schema_takes_no_shorter_has_a_reason_where_its_range_goes_on(shape):
    asked = ask(preset_paths()[0])
    scenario = changed(asked.scenario, {"workload.classes.0.input": shape})
    found = tornado(Question(scenario, asked.data), only=frozenset({"workload.input_tokens"}))
    (swing,) = found.swings
    assert swing.at_low.gap_usd is None
    assert "0.001" in swing.at_low.reason
    assert swing.at_high.gap_usd is not None


def test_a_cached_share_moves_every_class_and_the_mean_of_the_mix(question):
    rag = ask(next(path for path in preset_paths() if path.stem == "rag"))
    factor = factor_of(factors(rag), "workload.cached_share")
    for value in (0.0, 0.1, 0.6, 0.95):
        moved = factor.apply(rag, value)
        again = factor_of(factors(moved), "workload.cached_share")
        assert again.value == pytest.approx(value, abs=1e-12)


@SCENARIOS
def test_what_comes_later_moves_the_gap_and_the_gap_is_the_worth_of_the_choice(path):
    question = ask(path)
    keys = frozenset({"workload.growth_per_month", "finance.api_price_change_per_year"})
    found = tornado(question, only=keys)
    assert all(swing.swing_usd > 0 for swing in found.swings)
    said = evaluate(question.scenario, question.data).verdict
    assert found.given.best == said.worth_of
    assert found.given.gap_usd == pytest.approx(-said.worth_usd, rel=1e-9)
    own = tornado(question, of="own", only=keys)
    assert own.given.best == said.best_own


@pytest.mark.parametrize("prices", ["api_price", "gpu_price"])
def test_a_change_of_prices_is_judged_by_all_the_months_it_acts_in(question, prices):
    field = f"finance.{prices}_change_per_year"
    (swing,) = tornado(question, of="own", only=frozenset({field})).swings
    for value, found in ((swing.factor.low, swing.at_low), (swing.factor.high, swing.at_high)):
        moved = changed(question.scenario, {field: value})
        worth = evaluate(moved, question.data).appraisal(found.best).npv_usd
        assert found.gap_usd == pytest.approx(-worth, rel=1e-9)
    assert swing.swing_usd > 0
    steps = {f"finance.{prices}_steps": [{"from_month": 13, "factor": 0.5}]}
    stepped = Question(changed(question.scenario, steps), question.data)
    assert field not in {factor.key for factor in factors(stepped)}


def test_your_own_range_replaces_the_one_given(question):
    drawn = tornado(question, ranges={"api_price": (0.9, 1.0)}, only=frozenset({"api_price"}))
    (swing,) = drawn.swings
    assert (swing.factor.low, swing.factor.high, swing.factor.basis) == (0.9, 1.0, "your range")


def test_a_range_of_no_input_or_that_runs_downward_is_refused(question):
    known = factors(question)
    with pytest.raises(InputError, match="api_price"):
        with_ranges(known, {"api_prise": (0.5, 1.0)})
    with pytest.raises(InputError, match="low to high"):
        with_ranges(known, {"api_price": (2.0, 1.0)})
    with pytest.raises(InputError, match="finite"):
        with_ranges(known, {"api_price": (0.0, float("inf"))})


def test_an_end_without_an_answer_has_a_reason_and_no_width():
    question = ask(next(path for path in preset_paths() if path.stem == "rag"))
    drawn = tornado(question, only=frozenset({"workload.input_tokens"}))
    (swing,) = drawn.swings
    assert swing.swing_usd is None
    assert "longer than" in swing.at_high.reason


def _step(at, side=-1.0):
    def answer(value):
        gap = side * (value - at)
        return Decision(1.0, "x", 1.0 + gap, gap if gap else 1.0, None, None)

    return answer


@given(st.floats(0, 100), st.floats(-50, 150), st.booleans())
def test_a_single_change_is_found_wherever_it_lies(low, at, upward):
    high = low + 60
    flips = find_flips(_step(at, -1.0 if upward else 1.0), (low, high), tolerance=1e-9)
    if low < at < high - 1e-6:
        (flip,) = flips.found
        assert flip.value == pytest.approx(at, abs=1e-6)
        assert flip.cheaper_above == ("moving" if upward else "staying")
    elif at < low or at > high:
        assert flips.found == ()
        assert "costs less by at least" in flips.reason


def test_several_changes_are_all_listed_and_the_nearest_is_named():
    def answer(value):
        gap = (value - 2.2) * (value - 5.1) * (value - 8.3)
        return Decision(1.0, "x", 1.0 + gap, gap, None, None)

    flips = find_flips(answer, (0.0, 10.0), tolerance=1e-9)
    assert [round(flip.value, 6) for flip in flips.found] == [2.2, 5.1, 8.3]
    assert [flip.cheaper_above for flip in flips.found] == ["staying", "moving", "staying"]
    assert flips.nearest(6.0).value == pytest.approx(5.1)


def test_a_range_without_any_answer_says_why():
    def answer(value):
        return Decision.none("no number of replicas will do")

    flips = find_flips(answer, (0.0, 1.0))
    assert "no number of replicas" in flips.reason


def test_an_input_keeps_the_question_it_is_applied_to(question):
    before = decide(question)
    for factor in factors(question):
        factor.apply(question, factor.high)
    assert decide(question) == before
    assert isinstance(factor, Factor)
    assert replace(factor, low=factor.value).low == factor.value


@pytest.mark.parametrize(
    ("mistake", "spoil"),
    [
        ("sides swapped", {"Flip": lambda at, side: Flip(at, SWAPPED[side])}),
        ("the lower neighbour taken", {"_close_in": lambda a, low, high, m, t: low}),
        ("the upper neighbour taken", {"_close_in": lambda a, low, high, m, t: high}),
        ("the middle taken", {"_close_in": lambda a, low, high, m, t: (low + high) / 2}),
        ("the ends alone tried", {"scan": lambda ends, points, through: list(ends)}),
    ],
)
def test_the_law_of_listed_changes_kills(mistake, spoil, monkeypatch):
    from tco.analysis import flips

    for name, function in spoil.items():
        monkeypatch.setattr(flips, name, function)
    with pytest.raises(AssertionError):
        test_several_changes_are_all_listed_and_the_nearest_is_named()
