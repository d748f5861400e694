"""A speed model carried to another number of accelerators that was not measured.

The data sheet says how every parameter changes with the layout. What the measured layouts showed
beside the data sheet, parameter by parameter, is taken along: the nearer a layout, the more it
counts. Nothing of the layout asked for is looked at.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from calibrate.fitting.crossval import HeldOut, compare
from calibrate.fitting.fit import Fit, fit_points
from calibrate.fitting.library_names import Ready
from calibrate.fitting.points import Group
from tco.kernel.arrays import FloatArray

CARRYING_SD: Final = 0.06
"""Relative standard deviation that carrying adds to the residual: what is not in the sheet [1]."""


def hold_out_layouts(ready: Sequence[Ready]) -> dict[Group, HeldOut]:
    """Predict each layout from the others of the same model, chip, precision and engine."""
    found: dict[Group, HeldOut] = {}
    for family in _families(ready).values():
        fits = {one.group: fit_points(one.points, one.prior, one.limits) for one in family}
        for one in family:
            others = [other for other in family if other is not one]
            if others:
                fit = carried(one, others, fits)
                found[one.group] = compare(fit, one.limits, one.points, "layout")
    return found


def carried(one: Ready, others: Sequence[Ready], fits: Mapping[Group, Fit]) -> Fit:
    """Fit of a layout that was not measured, from those that were."""
    far = [abs(np.log2(other.group.tp / one.group.tp)) for other in others]
    weights = 1 / np.square(far)
    weights = weights / weights.sum()
    shifts = np.stack([_beside_the_sheet(other, fits[other.group]) for other in others])
    nearest = fits[others[int(np.argmin(far))].group]
    logs = np.log(one.prior.centre) + weights @ shifts
    if one.prior.least is not None:
        logs = np.maximum(logs, np.log(np.maximum(one.prior.least, 1e-300)))
    values = dict(zip(one.prior.order, np.exp(logs).tolist(), strict=True))
    return replace(
        nearest,
        step=nearest.step.with_values(values),
        limits=one.limits,
        order=one.prior.order,
        residual_sd=float(np.hypot(nearest.residual_sd, CARRYING_SD)),
        rate_residual_sd=float(np.hypot(nearest.rate_residual_sd, CARRYING_SD)),
        ttft_residual_sd=float(np.hypot(nearest.ttft_residual_sd, CARRYING_SD)),
    )


def _beside_the_sheet(ready: Ready, fit: Fit) -> FloatArray:
    """Logarithm of each fitted parameter over what the data sheet says."""
    fitted = [float(getattr(fit.step, name)) for name in ready.prior.order]
    return np.asarray(np.log(fitted) - np.log(ready.prior.centre), dtype=float)


def _families(ready: Sequence[Ready]) -> dict[tuple[str, ...], list[Ready]]:
    """Groups that differ in tensor parallelism only."""
    families: dict[tuple[str, ...], list[Ready]] = {}
    for one in ready:
        group = one.group
        if one.replica is not None and not group.layout:
            key = (group.model, group.system, group.precision, group.engine)
            families.setdefault(key, []).append(one)
    return families
