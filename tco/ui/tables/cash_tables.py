"""Cash flow as text: what every alternative is worth, and one of them month by month."""

from pandas import DataFrame

from tco.answer.worked import Evaluation
from tco.charts.cash import monthly_flows
from tco.results.answer import Appraisal, Move
from tco.words.figures import NO_VALUE, month, share
from tco.words.markdown import literal
from tco.words.shown_money import ShownMoney


def appraisals(evaluation: Evaluation) -> DataFrame:
    """What each alternative costs over the horizon, and what moving to it is worth."""
    return DataFrame(
        [
            _row(evaluation, one, is_today=place == 0)
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


def months(answer: Move, appraisal: Appraisal, money: ShownMoney) -> DataFrame:
    """Month by month: saving in the bill, what is paid ahead, and the flow with its running sum."""
    ahead = {payment.month: payment.usd for payment in appraisal.capital}
    savings = [None, *answer.month.monthly_saving_usd]
    return DataFrame(
        [
            {
                "Month": number_of_month,
                "Saved in the bill": NO_VALUE if saving is None else money(saving),
                "Paid ahead": money(ahead[number_of_month]) if number_of_month in ahead else "",
                "Cash flow, discounted": money(flow),
                "So far": money(so_far),
            }
            for number_of_month, (saving, flow, so_far) in enumerate(
                zip(savings, monthly_flows(answer), answer.month.cumulative_usd, strict=True)
            )
        ]
    )


def _row(evaluation: Evaluation, one: Appraisal, *, is_today: bool) -> dict[str, str]:
    alternative, money = evaluation.alternative(one.alternative), evaluation.money
    return {
        "Alternative": literal(alternative.label),
        "Paid over the horizon": literal(money(one.total_usd)),
        "Present value": literal(money(one.present_usd)),
        "Capital at the start": literal(money(one.capital_usd)),
        "Capital later": literal(money(one.later_capital_usd)) if one.later_capital_usd else "",
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
