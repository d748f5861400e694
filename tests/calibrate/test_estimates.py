"""Estimates against every measured replica: the interval they state holds what was measured."""

import numpy as np
import pytest

from hardware_profiles import Library
from tco.facts.unmeasured import COMPARED, COMPARED_POINTS, COMPARED_VENDOR, record_for
from tco.question.options import SelfHostedOption
from tests.calibrate.estimate_coverage import PAGE, SPREADS, compared, covered, table

LIBRARY = Library.load()
FOUND = tuple(compared(LIBRARY))


def ratios_of(kind):
    return np.concatenate([group.ratios for group in FOUND if group.kind == kind])


@pytest.mark.parametrize("kind", SPREADS)
def test_the_stated_interval_holds_what_was_measured_in_85_to_95_of_100_points(kind):
    assert 0.85 <= covered(ratios_of(kind), kind) <= 0.95


@pytest.mark.parametrize(("kind", "most"), [("dense", 0.15), ("mixture", 0.20)])
def test_half_of_the_estimates_are_within_a_few_hundredths(kind, most):
    assert np.median(np.abs(ratios_of(kind) - 1)) <= most


@pytest.mark.parametrize("factor", [0.5, 2.0])
def test_an_interval_of_another_width_is_noticed(factor):
    scaled = np.exp(np.log(ratios_of("dense")) * factor)
    assert not 0.85 <= covered(scaled, "dense") <= 0.95


@pytest.mark.parametrize("kind", SPREADS)
def test_what_was_compared_is_what_an_estimate_says_of_itself(kind):
    mine = [group for group in FOUND if group.kind == kind]
    assert sum(len(group.ratios) for group in mine) == COMPARED_POINTS[kind]
    assert {group.precision for group in mine} == COMPARED[kind]
    assert {group.vendor for group in mine} == {COMPARED_VENDOR}


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


def test_the_table_in_the_documents_is_that_of_the_data():
    assert table(LIBRARY) in PAGE.read_text(encoding="utf-8")
