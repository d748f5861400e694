"""Means only, by closed form: what that leaves out, and loads of which it says too little."""

from typing import Final

from tco.kernel.told import TPOT_WITHIN, TTFT_WITHIN, Doubt
from tco.results.bill import Finding
from tco.words.figures import number, share

_SIMULATE: Final = "Set p95_ttft_ms and p95_tpot_ms to have the replica simulated."


def means_only(doubts: tuple[Doubt, ...]) -> tuple[Finding, ...]:
    """Say that the objective names means only, and what keeps the closed form from telling them."""
    return (_means(), *(_flagged(doubts) if doubts else ()))


def _means() -> Finding:
    return Finding(
        "remark",
        "means",
        "Capacity meets the objectives on average over requests. That allows 24 % more load than "
        "the same figures held in the 95th percentile, in the median of 24 simulated cases, and "
        "far more for short answers to long prompts.",
        "Set p95_ttft_ms and p95_tpot_ms to have the percentiles simulated.",
        "docs/simulator.md",
    )


def _flagged(doubts: tuple[Doubt, ...]) -> tuple[Finding, ...]:
    reasons = "; ".join(_REASONS[doubt.cause](doubt) for doubt in doubts)
    return (
        Finding(
            "flagged",
            "closed-form",
            f"The closed form may not tell this load: {reasons}. Elsewhere simulated means are "
            f"within {number(TPOT_WITHIN, 3)} times its time per token and "
            f"{number(TTFT_WITHIN, 3)} times its time to the first; here they may be longer.",
            _SIMULATE,
            "docs/simulator.md",
        ),
    )


def _memory(doubt: Doubt) -> str:
    return f"contexts fill {share(doubt.value)} of memory (told up to {share(doubt.most)})"


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


_REASONS: Final = {"memory": _memory, "prefill": _prefill, "varied": _varied, "crowded": _crowded}
