"""Servers bought on credit: what is borrowed for them, and what pays it back."""

import numpy as np

from tco.kernel.finance import level_payment
from tco.months.monthly_costs import MonthlyCosts
from tco.results.bill import Finding
from tco.serving.tenure import Holding
from tco.words.figures import plural, share_in_full
from tco.words.shown_money import ShownMoney


def borrowed(holding: Holding, costs: MonthlyCosts, money: ShownMoney) -> tuple[Finding, ...]:
    """Say what is borrowed first, each month's payment on it, and the sums of the horizon.

    The first loan is told in the money of its day, in which its payments are fixed. Nothing is said
    where no server is bought on credit in the first case.
    """
    server = holding.server
    if server is None or server.loan is None:
        return ()
    loan, held = server.loan, costs.held
    by_month = held.of_first(held.borrowed)
    if not by_month.any():
        return ()
    start = int(np.flatnonzero(by_month)[0])
    usd = float(by_month[start])
    months = min(loan.months, server.life_months, costs.finance.horizon_months - start)
    payment = float(level_payment(usd, 0.0, loan.months, loan.rate))
    rest = "" if months == loan.months else ", and what is still owed when they are sold"
    when = "at the start" if start == 0 else f"at the end of month {start}"
    together, back = (
        money(float(flows @ costs.deflate)) for flows in (by_month, held.of_first(held.repaid))
    )
    worn = "" if costs.deflate[-1] == 1 else ", in today's money"
    return (
        Finding(
            "flagged",
            "borrowed",
            f"Borrows {money(usd)} of the {money(usd / loan.share)} that its servers cost {when}, "
            f"at {share_in_full(loan.rate)} a year: {money(payment)} a month for "
            f"{plural(months, 'month')}{rest}. Within the horizon {together} is borrowed and "
            f"{back} paid back{worn}.",
            "Hold it against the lender's offer, or leave loan out to pay for servers whole.",
        ),
    )
