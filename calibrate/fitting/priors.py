"""What the data sheet says about a step's time before anything is measured.

Each parameter gets a log-normal prior. Its centre is that of `hardware_profiles.expected_step`; its
width says how far to trust that.
"""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from calibrate.fitting.points import Layout, PointSet
from hardware_profiles import Accelerator, LanguageModel, Precision
from hardware_profiles.expected_step import (
    MIXED_MS,
    OVERLAP,
    REQUEST_MS,
    SEQUENCE_MS,
    expected_step,
)
from hardware_profiles.physics import least_times
from tco.kernel.arrays import FloatArray, Numbers
from tco.kernel.step_time import StepTime

LOG_SD: Final = {
    "a_ms": 0.6,
    "b_ms_per_token": 0.6,
    "c_ms_per_sequence": 1.0,
    "d_ms_per_context_token": 0.6,
    "e_ms_per_token2": 0.8,
    "mw_ms": 0.25,
    "t0_ms": 1.0,
    "wide_ms": 0.6,
    "mixed_ms": 1.0,
}


@dataclass(frozen=True, slots=True)
class Prior:
    """Centre and width of every parameter that is fitted."""

    order: tuple[str, ...]
    centre: FloatArray
    """In the parameters' own units."""
    log_sd: FloatArray
    experts: int
    experts_active: int
    least: FloatArray | None = None
    """Values that the data sheet does not allow to be undercut; None where none is known."""
    overlap: float = OVERLAP
    """Order of the norm of weights read and arithmetic done."""
    ranks: float = 1.0
    """Data-parallel ranks whose tokens meet the same experts."""

    def step(self, logs: FloatArray, *, wide_above: float) -> StepTime:
        """Step time whose parameters are `logs`, natural logarithms along the first axis."""
        nothing: dict[str, Numbers] = {"mw_ms": 0.0, "wide_ms": 0.0}
        return StepTime(
            **nothing | dict(zip(self.order, np.exp(logs), strict=True)),
            experts=self.experts,
            experts_active=self.experts_active,
            ranks=self.ranks,
            overlap=self.overlap,
            wide_above=wide_above,
        )


def roofline(
    model: LanguageModel,
    precision: Precision,
    accelerator: Accelerator,
    gpus: int,
    layout: Layout | None = None,
    *,
    kv_bytes_per_element: float = 2.0,
) -> Prior:
    """Centre the parameters of one replica on what its data sheets allow.

    Parameters
    ----------
    layout
        Split over the accelerators; tensor-parallel over all of them where left out.
    kv_bytes_per_element
        2 for bf16 keys and values, 1 for fp8 [byte].

    Raises
    ------
    InputError
        If the weights' size or the accelerator's arithmetic is not known.
    """
    split = layout or Layout(gpus)
    centre = expected_step(
        model,
        precision,
        accelerator,
        split.tp,
        gpus=gpus,
        experts_over=split.experts_over,
        kv_bytes_per_element=kv_bytes_per_element,
    )
    floor = least_times(
        model, precision, accelerator, split.tp, kv_bytes_per_element=kv_bytes_per_element
    )
    prior = _prior(centre, LOG_SD, model.experts, model.experts_active)
    least = np.array([floor.get(name, 0.0) for name in prior.order])
    return replace(prior, ranks=float(split.ranks), least=least)


def from_points(points: PointSet) -> Prior:
    """Centre the parameters on the points themselves, for a model the library does not know.

    The widths are those of ignorance: twice the roofline's, and more where nothing is known.
    """
    quickest = float(np.min(points.tpot_ms))
    rate = points.requests_per_second / 1_000
    token_ms = float(np.min(1 / (rate * points.mix.prefill_tokens)))
    centre = {
        "a_ms": 0.5 * quickest,
        "b_ms_per_token": 0.5 * token_ms,
        "c_ms_per_sequence": SEQUENCE_MS,
        "d_ms_per_context_token": 1e-5,
        "e_ms_per_token2": 1e-7,
        "mw_ms": quickest,
        "t0_ms": REQUEST_MS,
        "mixed_ms": MIXED_MS,
    }
    wide = {name: 2 * sd for name, sd in LOG_SD.items()}
    return _prior(centre, wide, experts=128, experts_active=4)


def _prior(
    centre: dict[str, float], log_sd: dict[str, float], experts: int, experts_active: int
) -> Prior:
    return Prior(
        order=tuple(centre),
        centre=np.array(list(centre.values())),
        log_sd=np.array([log_sd[name] for name in centre]),
        experts=experts,
        experts_active=experts_active,
    )
