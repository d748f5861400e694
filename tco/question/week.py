"""How traffic spreads over a week: named shapes of 168 hourly weights, Monday 00:00 first."""

import math
from dataclasses import dataclass
from typing import Final

from pricing.errors import InputError, Problem, did_you_mean
from pricing.units import HOURS_PER_WEEK
from tco.results.bill import Basis

HOURS_PER_DAY: Final = 24
TROUGH_TO_PEAK: Final = 0.34  # 110 of 327 thousand tokens a second, see CONSUMER's source


@dataclass(frozen=True, slots=True)
class WeeklyProfile:
    """A named shape of the week and where it comes from."""

    name: str
    weights: tuple[float, ...]
    basis: Basis


def weekly_profile(profile: str | tuple[float, ...]) -> WeeklyProfile:
    """Look up a profile by name, or take 168 weights as they are.

    Raises
    ------
    InputError
        If no profile has this name.
    """
    if not isinstance(profile, str):
        return WeeklyProfile("your own", profile, Basis("scenario", "as given"))
    if profile not in PROFILES:
        raise InputError(
            Problem(
                "workload.profile",
                repr(profile),
                "names a weekly profile",
                did_you_mean(profile, PROFILES),
            )
        )
    return PROFILES[profile]


def _business_week() -> tuple[float, ...]:
    day = [0.1] * 8 + [0.6, 1.0, 1.0, 1.0, 0.8, 1.0, 1.0, 1.0, 0.9, 0.6] + [0.2] * 6
    return tuple(day * 5 + [0.15] * (2 * HOURS_PER_DAY))


def _consumer_week() -> tuple[float, ...]:
    """One swing a day between trough at 04:00 and peak at 16:00."""
    middle, swing = (1 + TROUGH_TO_PEAK) / 2, (1 - TROUGH_TO_PEAK) / 2
    return tuple(
        middle - swing * math.cos(2 * math.pi * (hour - 4) / HOURS_PER_DAY)
        for hour in range(HOURS_PER_WEEK)
    )


PROFILES: Final = {
    profile.name: profile
    for profile in (
        WeeklyProfile(
            "business-hours",
            _business_week(),
            Basis(
                "planner's assumption: one country, office hours",
                "2026-11-24",
                "low",
                note="replace it by 168 weights from your own log",
            ),
        ),
        WeeklyProfile(
            "consumer",
            _consumer_week(),
            Basis(
                "arafatkatze/inference-math: trough 110, 99th percentile 327 thousand tokens/s",
                "2026",
                "medium",
                note="one daily swing through the two published levels",
            ),
        ),
        WeeklyProfile("flat", (1.0,) * HOURS_PER_WEEK, Basis("definition", "2026-11-24")),
    )
}
