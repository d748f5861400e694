"""An answer as a pandas frame, for a notebook or a script."""

from typing import Final

from pandas import DataFrame, Index

from tco.answer.worked import Evaluation
from tco.results.bill import Alternative

_TYPES: Final = {
    "usd_per_month": "float64",
    "one_off_usd": "float64",
    "usd_per_request": "float64",
    "usd_per_mtok": "float64",
    "usd_per_accepted": "float64",
    "accepted_share": "float64",
    "present_value_usd": "float64",
    "worth_usd": "float64",
    "payback_month": "Int64",
    "break_even_utilisation": "float64",
    "break_even_requests_per_month": "float64",
}
"""Of columns that may be empty throughout."""


def alternatives_frame(evaluation: Evaluation) -> DataFrame:
    """Alternatives as the answer has them, the baseline first.

    What an alternative does not have, or nobody knows, is missing and never 0.

    Returns
    -------
    DataFrame of one row an alternative, indexed by its key
        Label, kind, model; bill of the first month [USD/month], what is paid once [USD], unit costs
        [USD], accepted share [1]; present value over the horizon, and that of moving there [USD];
        month from which the cumulative saving stays positive; utilisation of own machines [1] and
        requests a month from which they pay for good; whether it may be chosen, and why not.
    """
    keys = Index([each.key for each in evaluation.alternatives], name="key")
    rows = [_row(evaluation, each) for each in evaluation.alternatives]
    return DataFrame(rows, index=keys).astype(_TYPES)


def _row(evaluation: Evaluation, of: Alternative) -> dict[str, object]:
    worth, even = evaluation.appraisal(of.key), evaluation.break_even(of.key)
    return {
        "label": of.label,
        "kind": of.kind,
        "model": of.model,
        "usd_per_month": of.monthly_usd,
        "one_off_usd": None if of.refused else of.one_off_usd,
        "usd_per_request": of.usd_per_request,
        "usd_per_mtok": of.usd_per_mtok,
        "usd_per_accepted": of.usd_per_accepted,
        "accepted_share": of.accepted_share,
        "present_value_usd": worth.present_usd if worth else None,
        "worth_usd": worth.npv_usd if worth else None,
        "payback_month": worth.payback if worth else None,
        "break_even_utilisation": even.utilisation.value if even else None,
        "break_even_requests_per_month": even.volume.cheaper_for_good_from if even else None,
        "eligible": of.eligible,
        "why_not": "; ".join(bar.message for bar in of.why_not),
    }
