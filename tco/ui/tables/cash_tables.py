"""Cash flow as text: what every alternative is worth, and one of them month by month."""

from pandas import DataFrame

from tco.answer.worked import Evaluation
from tco.charts.cash import monthly_flows
from tco.results.answer import Appraisal, BreakEven
from tco.results.bill import Alternative
from tco.words.markdown import NO_VALUE, plain, share, usd

NEVER = "not within the horizon"


def appraisals(evaluation: Evaluation) -> DataFrame:
    """What each alternative costs over the horizon, and what moving to it is worth."""
    return DataFrame(
        [
            _row(evaluation.alternative(one.alternative), one, is_today=place == 0)
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


def months(answer: BreakEven) -> DataFrame:
    """Month by month: saving in the bill, and the discounted flow with its running sum."""
    savings = [None, *answer.month.monthly_saving_usd]
    return DataFrame(
        [
            {
                "Month": month,
                "Saved in the bill": NO_VALUE if saving is None else usd(saving),
                "Cash flow, discounted": usd(flow),
                "So far": usd(so_far),
            }
            for month, (saving, flow, so_far) in enumerate(
                zip(savings, monthly_flows(answer), answer.month.cumulative_usd, strict=True)
            )
        ]
    )


def cash_finding(evaluation: Evaluation, answer: BreakEven) -> str:
    """Say what one option comes to over the horizon."""
    label = evaluation.alternative(answer.alternative).label
    horizon = len(answer.month.monthly_saving_usd)
    worth = f"{usd(answer.month.npv_usd)} today, over {horizon} months"
    if answer.month.payback is None:
        reason = f" {answer.month.reason}" if answer.month.reason else ""
        return f"{label} is worth {worth}; it is not paid back within the horizon.{reason}"
    return f"{label} is paid back in month {answer.month.payback} and worth {worth}."


def _row(alternative: Alternative, one: Appraisal, *, is_today: bool) -> dict[str, str]:
    return {
        "Alternative": plain(alternative.label),
        "Paid over the horizon": plain(usd(one.total_usd)),
        "Present value": plain(usd(one.present_usd)),
        "Worth of moving, NPV": NO_VALUE if is_today else plain(usd(one.npv_usd)),
        "Paid back, month": NO_VALUE if is_today else _month(one.payback),
        "Discounted": NO_VALUE if is_today else _month(one.discounted_payback),
        "Internal rate a year": NO_VALUE if is_today else _rate(one),
    }


def _month(month: int | None) -> str:
    return NEVER if month is None else f"{month:,}"


def _rate(one: Appraisal) -> str:
    return "none" if one.irr is None else plain(share(one.irr))
