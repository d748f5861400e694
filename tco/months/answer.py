"""Month by month: the saving against staying, its present value, and when it pays back."""

import numpy as np

from tco.kernel.cases import months_of_first
from tco.kernel.finance import discount_factors, lasting_from
from tco.months.monthly_costs import MonthlyCosts
from tco.question.terms import Finance
from tco.results.answer import MonthAnswer, Reason
from tco.words.figures import plural


def month_answer(
    stay: MonthlyCosts, other: MonthlyCosts, finance: Finance, as_many: float = 1.0
) -> MonthAnswer:
    """Compare the months of the horizon with staying, in the first case.

    The bill of a month spreads what is paid for machines over the months they are held; the cash
    flow carries purchases, resale and terms when they are paid.

    Parameters
    ----------
    as_many
        Requests the other has to be sent for as many accepted answers as staying gives, over those
        of staying [1].
    """
    months = finance.horizon_months
    saving = months_of_first(stay.bill - as_many * other.bill)
    flows = months_of_first(stay.taxed - as_many * other.taxed)
    cumulative = np.cumsum(flows * discount_factors(finance.discount_rate, months))
    bill_from = lasting_from(saving)
    payback = lasting_from(cumulative)
    unpaid = f"not paid back within {plural(months, 'month')}, discounted"
    return MonthAnswer(
        bill_from=None if bill_from is None else bill_from + 1,
        discounted_payback=payback,
        npv_usd=float(cumulative[-1]),
        cumulative_usd=tuple(cumulative.tolist()),
        monthly_saving_usd=tuple(saving.tolist()),
        reason=None if payback is not None else Reason("horizon", unpaid),
    )
