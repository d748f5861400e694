"""Driver curves and winner maps show what single evaluations say."""

from dataclasses import replace
from itertools import pairwise

import pytest

from pricing.errors import InputError
from tco.analysis.decision import Question
from tco.analysis.drivers import DRIVERS, driver_curves
from tco.analysis.factors import factor_of, factors
from tco.analysis.winners import axis, winner_map
from tco.answer.evaluation import evaluate
from tco.question.files import changed, load_scenario
from tco.question.presets import preset_paths


@pytest.fixture(scope="module")
def question():
    return Question.of(load_scenario(next(p for p in preset_paths() if p.stem == "code")))


@pytest.fixture(scope="module")
def curves(question):
    return driver_curves(question, points=5)


def test_every_option_has_a_curve_over_every_driver_and_its_own_point(question, curves):
    names = {f"self-hosted/{option.name}" for option in question.scenario.self_hosted}
    assert {(c.alternative, c.factor.key) for c in curves} == {
        (name, key) for name in names for key in DRIVERS
    }
    answer = evaluate(question.scenario, question.data)
    for curve in curves:
        at = answer.break_even(curve.alternative).utilisation
        assert curve.given.threshold == pytest.approx(at.value, rel=1e-9)
        assert curve.given.utilisation == pytest.approx(at.own, rel=1e-9)
        assert curve.given.value == curve.factor.value
        assert [p.value for p in curve.points] == sorted(p.value for p in curve.points)


def test_a_point_of_a_curve_is_the_answer_to_the_scenario_written_so(question, curves):
    pay = next(c for c in curves if c.factor.key == "costs.engineer_usd_per_month")
    for point in pay.points:
        written = changed(question.scenario, {"costs.engineer_usd_per_month": point.value})
        at = evaluate(written, question.data).break_even(pay.alternative).utilisation
        assert point.threshold == pytest.approx(at.value, rel=1e-9)


def test_dearer_machines_and_people_raise_the_threshold_and_looser_objectives_need_less_load(
    curves,
):
    for key in ("gpu_price", "costs.engineer_usd_per_month"):
        for curve in (c for c in curves if c.factor.key == key):
            values = [point.threshold for point in curve.points]
            assert values == sorted(values)
    for curve in (c for c in curves if c.factor.key == "objective.mean_tpot_ms"):
        # A fleet shrinks by whole machines, so what falls is the threshold over the load of today.
        loads = [point.threshold / point.utilisation for point in curve.points]
        for strict, loose in pairwise(loads):
            assert loose <= strict * (1 + 1e-9)


def test_where_no_number_of_replicas_will_do_the_curve_says_so():
    rag = Question.of(load_scenario(next(p for p in preset_paths() if p.stem == "rag")))
    hasty = replace(rag, scenario=changed(rag.scenario, {"objective.mean_ttft_ms": 400.0}))
    (curve, *_) = driver_curves(hasty, ("objective.mean_ttft_ms",), points=3)
    assert curve.points[0].threshold is None
    assert "replicas" in curve.points[0].reason


def test_an_unknown_driver_is_refused(question):
    with pytest.raises(InputError, match="gpu_price"):
        driver_curves(question, ("gpu_prise",))


@pytest.fixture(scope="module")
def mapped(question):
    known = factors(question)
    volume, price = (factor_of(known, k) for k in ("workload.requests_per_month", "api_price"))
    return winner_map(question, volume, price, columns=5, rows=3, among="own")


def test_each_cell_names_the_cheapest_of_its_own_evaluation(question, mapped):
    for row, price in zip(mapped.winners, mapped.y_values, strict=True):
        for winner, volume in zip(row, mapped.x_values, strict=True):
            priced = mapped.y.apply(question, price)
            scenario = changed(priced.scenario, {"workload.requests_per_month": volume})
            answer = evaluate(scenario, priced.data)
            baseline, *others = answer.alternatives
            own = [baseline, *(a for a in others if a.serving is not None and a.eligible)]
            cost = {one.alternative: one.compared_usd for one in answer.appraisals}
            assert winner == min(own, key=lambda a: cost[a.key]).key


def test_a_map_of_everything_names_the_choice_of_each_verdict(question):
    known = factors(question)
    volume, price = (factor_of(known, k) for k in ("workload.requests_per_month", "gpu_price"))
    found = winner_map(question, volume, price, columns=3, rows=2)
    for row, dearer in zip(found.winners, found.y_values, strict=True):
        for winner, value in zip(row, found.x_values, strict=True):
            there = price.apply(volume.apply(question, value), dearer)
            assert winner == evaluate(there.scenario, there.data).verdict.chosen


def test_the_lead_is_what_the_next_one_costs_more(mapped):
    assert {key for row in mapped.winners for key in row} <= set(dict(mapped.labels))
    assert all(lead >= 0 for row in mapped.lead_usd for lead in row)
    assert len({key for row in mapped.winners for key in row}) > 1


def test_who_takes_part_may_be_chosen_and_late_answers_never_do(question):
    known = factors(question)
    axes = [factor_of(known, k) for k in ("workload.requests_per_month", "api_price")]
    for among in ("own", "comparable", "all"):
        found = winner_map(question, *axes, columns=2, rows=1, among=among)
        assert all("batch" not in key for row in found.winners for key in row)
    comparable = winner_map(question, *axes, columns=2, rows=1, among="comparable")
    assert comparable.winners[0][0].startswith("deepinfra/")


def test_one_input_on_both_axes_and_too_many_cells_are_refused(question):
    known = factors(question)
    price, gpu = factor_of(known, "api_price"), factor_of(known, "gpu_price")
    with pytest.raises(InputError, match="both axes"):
        winner_map(question, price, price)
    with pytest.raises(InputError, match="cells"):
        winner_map(question, price, gpu, columns=1_000, rows=1_000)


def test_a_wide_axis_has_equal_ratios_and_a_narrow_one_equal_steps(question):
    known = factors(question)
    wide = axis(factor_of(known, "workload.requests_per_month"), 3)
    assert wide[1] == pytest.approx((wide[0] * wide[2]) ** 0.5)
    narrow = axis(factor_of(known, "gpu_price"), 3)
    assert narrow[1] == pytest.approx((narrow[0] + narrow[2]) / 2)
