"""Estimates against every measured replica: the interval they state holds what was measured."""

import numpy as np
import pytest

from hardware_profiles import Library
from hardware_profiles.expected_step import expected_step
from tco.facts.unmeasured import COMPARED, COMPARED_POINTS, COMPARED_VENDOR, record_for
from tco.question.options import SelfHostedOption
from tests.calibrate.estimate_coverage import (
    PAGE,
    SPREADS,
    compared,
    inside,
    inside_left_out,
    stated,
    tables,
    width,
)

LIBRARY = Library.load()
FOUND = tuple(compared(LIBRARY))
SAID = " ".join(PAGE.read_text(encoding="utf-8").split())
"""The page in one line; a figure of it stands nowhere else."""


def of(kind):
    return [group for group in FOUND if group.kind == kind]


def ratios_of(kind):
    return np.concatenate([group.ratios for group in of(kind)])


@pytest.mark.parametrize("kind", SPREADS)
def test_the_stated_interval_holds_what_was_measured_in_85_to_95_of_100_points(kind):
    assert 0.85 <= np.mean(np.concatenate([inside(group) for group in of(kind)])) <= 0.95


@pytest.mark.parametrize("kind", SPREADS)
def test_an_interval_holds_a_replica_that_it_was_not_made_from_as_often(kind):
    """Leave one out: nothing is judged by an interval that it entered."""
    held = [inside_left_out(group, FOUND) for group in of(kind)]
    assert 0.85 <= np.mean(np.concatenate(held)) <= 0.95
    assert 0.85 <= np.mean([np.mean(each) for each in held]) <= 0.95


@pytest.mark.parametrize("kind", SPREADS)
def test_the_stated_interval_is_as_wide_as_nine_of_ten_points_of_equal_groups_ask(kind):
    assert stated(of(kind)[0]) == pytest.approx(width(of(kind)), rel=0.01)


@pytest.mark.parametrize(
    ("kind", "said"),
    [("dense", "a factor of {:.2f} for dense ones"), ("mixture", "and {:.2f} for mixtures")],
)
def test_what_holds_nearly_nine_of_ten_of_every_model_holds_all_but_one_in_a_hundred(kind, said):
    """So the interval is right for all points together and not for each model: see the page."""
    models = {group.model for group in of(kind)}
    off = [np.concatenate([g.off for g in of(kind) if g.model == model]) for model in models]
    wide = max(np.quantile(each, 0.85, method="inverted_cdf") for each in off)
    assert said.format(np.exp(wide)) in SAID
    assert np.mean(np.concatenate(off) <= wide) == pytest.approx(0.99, abs=0.005)


def test_points_of_a_replica_are_off_together_by_what_the_page_says():
    within, between = [], []
    for kind in SPREADS:
        logs = [np.log(group.ratios) for group in of(kind)]
        within.append(round(100 * np.sqrt(np.mean([each.var() for each in logs]))))
        between.append(round(100 * np.std([each.mean() for each in logs])))
        assert within[-1] < between[-1]
    said = "scatter by {} % around their middle (mixtures {} %), and the middles by {} % ({} %)"
    assert said.format(*within, *between) in SAID


@pytest.mark.parametrize(("kind", "most"), [("dense", 0.15), ("mixture", 0.20)])
def test_half_of_the_estimates_are_within_a_few_hundredths(kind, most):
    assert np.median(np.abs(ratios_of(kind) - 1)) <= most


@pytest.mark.parametrize("factor", [0.5, 2.0])
def test_an_interval_of_another_width_is_noticed(factor):
    held = [group.off <= factor * stated(group) for group in of("dense")]
    assert not 0.85 <= np.mean(np.concatenate(held)) <= 0.95


@pytest.mark.parametrize("kind", SPREADS)
def test_what_was_compared_is_what_an_estimate_says_of_itself(kind):
    assert len(ratios_of(kind)) == COMPARED_POINTS[kind]
    assert {group.precision for group in of(kind)} == COMPARED[kind]
    assert {group.vendor for group in of(kind)} == {COMPARED_VENDOR}


def test_an_estimate_is_the_centre_of_the_priors_that_a_fit_starts_from():
    from calibrate.fitting.priors import roofline

    model, chip = LIBRARY.model("gpt-oss-120b"), LIBRARY.accelerator("H200 SXM")
    option = SelfHostedOption(
        name="x", model=model.name, calibration="estimate", precision="mxfp4",
        gpus_per_replica=2, rent="any",
    )  # fmt: skip
    prior = roofline(model, "mxfp4", chip, 2)
    said = record_for(option, model, chip).parameters
    for name, value in zip(prior.order, prior.centre, strict=True):
        assert getattr(said, name) == pytest.approx(value, rel=1e-12), name
    assert said.overlap == prior.overlap


@pytest.mark.parametrize(
    ("name", "extra_ms"), [("Llama 3.1 8B", 3.2), ("Llama 3.1 70B", 8.0), ("gpt-oss-120b", 8.0)]
)
def test_a_prompt_beside_decoding_costs_a_dense_model_its_launches_layer_by_layer(name, extra_ms):
    """32 and 80 layers, which no captured graph serves; a mixture's 36 say nothing of it."""
    model = LIBRARY.model(name)
    expected = expected_step(model, model.precisions[0], LIBRARY.accelerator("H100 SXM"), 8)
    assert expected["mixed_ms"] == pytest.approx(extra_ms)


def test_the_tables_in_the_documents_are_those_of_the_data():
    page = PAGE.read_text(encoding="utf-8")
    for made in tables(LIBRARY):
        assert made in page
