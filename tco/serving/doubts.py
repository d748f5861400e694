"""What a capacity leaves open: percentiles, loads hard to tell, records that hold much possible."""

from typing import Final

from tco.kernel.told import TPOT_WITHIN, TTFT_WITHIN, Doubt
from tco.results.bill import Finding
from tco.words.figures import number, share, shares_apart

MOST_UNMET: Final = 0.1
"""Share of what a record holds possible that may meet the objective at no rate without a flag [1]:
beyond it the slow end of the band, its P10, carries nothing."""


def met_by_nobody(unmet_share: float, record: str) -> Finding:
    """Refuse a replica whose record holds possible, more likely than not, that it is too slow."""
    return Finding(
        "refused",
        "slo",
        f"No number of replicas meets the objective in {_unmet(unmet_share)} of what the "
        "calibration holds possible.",
        _CLOSER,
        record,
    )


def seldom_met(unmet_share: float, planned_rps: float, middle_rps: float, record: str) -> Finding:
    """Flag a replica that is planned with a rate which its record is far from sure of.

    Parameters
    ----------
    planned_rps, middle_rps
        Median of what the record holds possible, and the rate in its middle [request/s].
    """
    return Finding(
        "flagged",
        "seldom-met",
        f"No number of replicas meets the objective in {_unmet(unmet_share)} of what the "
        f"calibration holds possible. The fleet is planned with the median of all of it, "
        f"{number(planned_rps)} requests a second a replica; step times in its middle give "
        f"{number(middle_rps)}.",
        _CLOSER,
        record,
    )


def _unmet(share_of_possible: float) -> str:
    """Write a share so that it is not read as a half where it is less or more."""
    return shares_apart(share_of_possible, 0.5)[0]


_CLOSER: Final = "Relax the objective, or calibrate with your own lengths."


def means_only() -> Finding:
    """Say that the objective names means only."""
    return Finding(
        "remark",
        "means",
        "Capacity meets the objectives on average over requests. That allows 24 % more load than "
        "the same figures held in the 95th percentile, in the median of 24 simulated cases, and "
        "far more for short answers to long prompts.",
        "Set p95_ttft_ms and p95_tpot_ms to have the percentiles simulated.",
        "docs/simulator.md",
    )


def reasons_of(doubts: tuple[Doubt, ...]) -> str:
    """Say what keeps the closed form from telling a load, as part of a sentence."""
    return "; ".join(_REASONS[doubt.cause](doubt) for doubt in doubts)


def not_simulated(doubts: tuple[Doubt, ...]) -> Finding:
    """Flag a load that the closed form does not tell, where its replica is not simulated."""
    return Finding(
        "flagged",
        "closed-form",
        f"The closed form may not tell this load: {reasons_of(doubts)}. Elsewhere simulated means "
        f"are within {number(TPOT_WITHIN, 3)} times its time per token and "
        f"{number(TTFT_WITHIN, 3)} times its time to the first; here they may be longer, and what "
        f"a simulation takes off was carried from the question as asked.",
        "Ask this very question to have its replica simulated.",
        "docs/simulator.md",
    )


def _memory(doubt: Doubt) -> str:
    return f"contexts fill {share(doubt.value)} of memory (told up to {share(doubt.most)})"


def _slots(doubt: Doubt) -> str:
    return (
        f"requests that arrive at random would take up to {share(doubt.value)} of the slots "
        f"(told up to {share(doubt.most)})"
    )


def _prefill(doubt: Doubt) -> str:
    return f"prompts take {share(doubt.value)} of the time (told up to {share(doubt.most)})"


def _varied(doubt: Doubt) -> str:
    return (
        f"the work of a prompt has {number(doubt.value, 3)} as its squared coefficient of "
        f"variation (told up to {number(doubt.most, 3)})"
    )


def _crowded(doubt: Doubt) -> str:
    return (
        f"requests that arrive at random crowd, which adds {share(doubt.value)} to a steady "
        f"batch (told up to {share(doubt.most)})"
    )


_REASONS: Final = {
    "memory": _memory,
    "slots": _slots,
    "prefill": _prefill,
    "varied": _varied,
    "crowded": _crowded,
}
