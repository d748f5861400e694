"""How far a record is carried: its kind of model and what it was made of decide the interval."""

import numpy as np
import pytest

from hardware_profiles import Library
from tco.kernel.capacity import HIGHEST_CONCURRENCY_STRETCH, WIDENING
from tco.kernel.request_mix import RequestMix
from tco.kernel.speed import tpot_ms
from tco.question.terms import Objective
from tco.serving.posterior import step_of
from tco.serving.replica import Reach, reach_of

LIBRARY = Library.load()
LOOSE = Objective(mean_ttft_ms=600_000.0, mean_tpot_ms=10_000.0)


def multiplier(record_id, output_factor):
    """Factor on the interval for the first measured shape, its answers so many times as long."""
    record = LIBRARY.calibration(record_id)
    shape = record.span.shapes[0]
    mix = RequestMix.of_lengths(shape.input_tokens, shape.output_tokens * output_factor)
    step_ms = record.parameters.a_ms + record.parameters.mw_ms
    found = reach_of(record, mix, Objective(mean_ttft_ms=600_000.0, mean_tpot_ms=1.2 * step_ms))
    assert isinstance(found, Reach)
    return found.extrapolation.multiplier


@pytest.mark.parametrize(
    ("record_id", "kind"),
    [("llama-3.1-70b-fp8-h100-tp4", "dense"), ("gpt-oss-120b-mxfp4-h100-tp4", "mixture")],
)
def test_a_new_shape_widens_a_mixture_more_than_a_dense_model(record_id, kind):
    assert multiplier(record_id, 1.3) == pytest.approx(WIDENING[kind]["shape"])


def test_the_band_of_published_rates_is_never_narrowed():
    record = LIBRARY.calibration("llama-4-scout-bf16-h100-tp8")
    assert record.kind == "published"
    for shape in record.span.shapes:
        mix = RequestMix.of_lengths(shape.input_tokens, shape.output_tokens)
        found = reach_of(record, mix, LOOSE)
        assert isinstance(found, Reach)
        assert found.extrapolation.multiplier >= 1


@pytest.mark.parametrize("record", LIBRARY.calibrations.values(), ids=lambda record: record.id)
def test_no_record_that_ships_beats_memory_at_any_load_that_it_may_answer(record):
    """Weights met and contexts held, read once a step at the full rate of the data sheet."""
    model, chip = LIBRARY.model(record.model), LIBRARY.accelerator(record.accelerator)
    gpus = record.gpus_per_replica
    bytes_per_ms = gpus * chip.memory_bandwidth_tb_per_s * 1e9
    most = HIGHEST_CONCURRENCY_STRETCH * record.span.concurrency.high
    running = np.geomspace(1.0, most, 40)
    missed = (1 - model.experts_active / model.experts) ** running if model.experts else 0.0
    routed = model.routed_gb(record.precision) * 1e9
    weights = model.weights_gb(record.precision) * 1e9 - routed * missed
    for shape in record.span.shapes:
        mix = RequestMix.of_lengths(shape.input_tokens, shape.output_tokens)
        context = model.kv_copies(gpus) * model.kv_growing_elements_per_token * mix.context_tokens
        least_ms = (weights + running * context) / bytes_per_ms
        assert np.all(tpot_ms(step_of(record), mix, running) >= least_ms)
