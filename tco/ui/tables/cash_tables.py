"""Cash flow as text: what every alternative is worth, and one of them month by month."""

from typing import Final

from pandas import DataFrame

from tco.answer.worked import Evaluation
from tco.charts.cash import monthly_flows
from tco.kernel.cases import months_of_first
from tco.results.answer import Appraisal, Move
from tco.words.figures import NO_VALUE, month, share
from tco.words.markdown import literal

BORROWED: Final = "Borrowed"
PAID_BACK: Final = "Paid back on loans"


def appraisals(evaluation: Evaluation) -> DataFrame:
    """What each alternative costs over the horizon, and what moving to it is worth."""
    credit = any(one.borrowed_usd for one in evaluation.appraisals)
    return DataFrame(
        [
            _row(evaluation, one, is_today=place == 0, credit=credit)
            for place, one in enumerate(evaluation.appraisals)
        ]
    )


def reasons_without_rate(evaluation: Evaluation) -> list[str]:
    """Why some alternatives have no internal rate, each reason once with those it is about."""
    about: dict[str, list[str]] = {}
    for one in evaluation.appraisals[1:]:
        if one.irr is None:
            label = evaluation.alternative(one.alternative).label
            about.setdefault(one.irr_reason, []).append(label)
    return [
        f"No internal rate for {'; '.join(labels)}: {reason}." for reason, labels in about.items()
    ]


def months(evaluation: Evaluation, answer: Move) -> DataFrame:
    """Month by month: saving in the bill, what is paid ahead, and the flow with its running sum.

    Where servers are bought on credit, what is borrowed and what is paid back, with interest.
    """
    appraisal, money = evaluation.appraisal(answer.alternative), evaluation.money
    assert appraisal is not None
    costs = evaluation.worked[answer.alternative].costs
    ahead = {payment.month: payment.usd for payment in appraisal.capital}
    credit = {
        name: [money(usd) if usd else "" for usd in months_of_first(by_month).tolist()]
        for name, by_month in ((BORROWED, costs.borrowed), (PAID_BACK, costs.repaid))
        if appraisal.borrowed_usd
    }
    savings = [None, *answer.month.monthly_saving_usd]
    return DataFrame(
        {
            "Month": list(range(len(savings))),
            "Saved in the bill": [NO_VALUE if usd is None else money(usd) for usd in savings],
            "Paid ahead": [money(ahead[m]) if m in ahead else "" for m in range(len(savings))],
            **credit,
            "Cash flow, discounted": [money(flow) for flow in monthly_flows(answer)],
            "So far": [money(so_far) for so_far in answer.month.cumulative_usd],
        }
    )


def _row(evaluation: Evaluation, one: Appraisal, *, is_today: bool, credit: bool) -> dict[str, str]:
    alternative, money = evaluation.alternative(one.alternative), evaluation.money
    loans = {BORROWED: one.borrowed_usd, PAID_BACK: one.repaid_usd} if credit else {}
    return {
        "Alternative": literal(alternative.label),
        "Paid over the horizon": literal(money(one.total_usd)),
        "Present value": literal(money(one.present_usd)),
        "Capital at the start": literal(money(one.capital_usd)),
        "Capital later": literal(money(one.later_capital_usd)) if one.later_capital_usd else "",
        **{name: literal(money(usd)) if usd else "" for name, usd in loans.items()},
        "Owed beyond": literal(money(one.rest_of_terms_usd)) if one.rest_of_terms_usd else "",
        f"Worth of moving, NPV{evaluation.basis}": NO_VALUE
        if is_today
        else literal(money(one.npv_usd)),
        "Paid back in month": NO_VALUE if is_today else month(one.payback),
        "Paid back in month, discounted": NO_VALUE if is_today else month(one.discounted_payback),
        "Internal rate a year": NO_VALUE if is_today else _rate(one),
    }


def _rate(one: Appraisal) -> str:
    return "none" if one.irr is None else literal(share(one.irr))
