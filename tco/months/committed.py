"""The committed spending of an API option over the months, and the line it adds to the bill."""

from collections.abc import Iterable

import numpy as np

from tco.bill.cost_lines import CostComponent, component
from tco.facts.cost_facts import YOURS
from tco.kernel.arrays import FloatArray
from tco.kernel.cases import months_of_first
from tco.kernel.committed_spend import CommittedMoney, committed_money
from tco.months.growth import Growth
from tco.question.committed import CommittedSpend
from tco.question.price_levels import PriceLevels
from tco.results.bill import Finding
from tco.words.figures import plural
from tco.words.shown_money import ShownMoney


def committed_spend(
    components: Iterable[CostComponent],
    growth: Growth,
    tokens: FloatArray,
    commitment: CommittedSpend,
    levels: PriceLevels,
) -> CommittedMoney:
    """Follow a commitment through the months, in every case.

    Parameters
    ----------
    tokens
        API prices of each month over those of the first [1].
    """
    asked = [part for part in components if part.kind.path == "tokens"]
    monthly = sum((part.cost_usd for part in asked if part.cost_usd is not None), start=0.0)
    return committed_money(
        np.asarray(monthly * growth.scales["request"] * tokens),
        commitment.usd_per_period,
        commitment.period_months,
        levels.real_rate,
        levels.money,
        prepaid=commitment.prepaid,
    )


def committed_line(found: CommittedMoney) -> CostComponent:
    """Put what is committed to beyond what is used on the first month's bill."""
    return component("committed", 1.0, found.bill[..., :1], YOURS)


def committed_finding(
    found: CommittedMoney, commitment: CommittedSpend, money: ShownMoney
) -> Finding:
    """Say what is promised, and how much of it is not used within the horizon."""
    each = f"{money(commitment.usd_per_period)} every {plural(commitment.period_months, 'month')}"
    unused = float(months_of_first(found.cash).sum())
    how = "paid ahead as credits" if commitment.prepaid else "promised"
    lost = "lapses" if commitment.prepaid else "is paid for nothing"
    return Finding(
        "flagged" if unused > 0 else "remark",
        "committed",
        f"{each} are {how}; {money(unused)} of it {lost} within the horizon.",
        "Commit to less, or use more of it." if unused > 0 else "",
    )
