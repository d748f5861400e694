"""Tables of the page as text: every figure is a figure of the evaluation, written for people."""

import math
from typing import Final

from pandas import DataFrame

from tco.answer.documents import assumption_table
from tco.answer.worked import Evaluation
from tco.results.bill import Alternative, Serving
from tco.words.duties import duties
from tco.words.figures import (
    NO_VALUE,
    as_entered,
    band,
    count,
    milliseconds,
    month,
    number,
    plural,
    share,
    span,
    whole,
)
from tco.words.markdown import literal

BOUNDS: Final = {
    "tpot": "the objective for a further token",
    "ttft": "the objective for the first token",
    "kv": "memory for keys and values",
    "sequences": "the number of requests the engine runs at once",
    "span": "what was measured",
}


def break_even_table(evaluation: Evaluation) -> DataFrame:
    """Every line of the hero chart: what it costs, and where it breaks even. Markdown-safe."""
    rows = []
    for alternative in evaluation.alternatives:
        answer = evaluation.break_even(alternative.key)
        u = answer.utilisation if answer else None
        rows.append(
            {
                "Alternative": literal(alternative.label),
                "Bill a month": literal(evaluation.money(alternative.monthly_usd))
                if not alternative.refused
                else NO_VALUE,
                "All-in, per Mtok": literal(evaluation.money.each(alternative.usd_per_mtok))
                if not alternative.refused
                else NO_VALUE,
                "Breaks even at": (share(u.value) if u.value is not None else u.instead)
                if u
                else "",
                "P10–P90": band(u.p10, u.p90) if u and u.value is not None else "",
                "You are at": share(u.own) if u else "",
                "Within reach": share(u.reachable) if u else "",
                "Note": literal(_note(evaluation, alternative)),
            }
        )
    return DataFrame(rows)


def serving_table(alternative: Alternative) -> DataFrame:
    """How a fleet carries the traffic, as pairs of name and value. Markdown-safe."""
    serving = alternative.serving
    if serving is None:
        return DataFrame()
    causes = " × ".join(f"{share(factor)} {cause}" for cause, factor in serving.utilisation_causes)
    rows = {
        "Replicas": f"{whole(serving.replicas)}, of which {whole(serving.spare_replicas)} spare",
        "Machines": f"{whole(serving.instances)} with {plural(serving.gpus, 'GPU')}",
        "Capacity of a replica": f"{number(serving.capacity_per_replica_rps)} requests/s "
        f"({number(serving.capacity_p10_rps)} to {number(serving.capacity_p90_rps)}, P10 to P90)"
        f"{_unmet(serving)}",
        "Limited by": BOUNDS.get(serving.bound_by, serving.bound_by),
        "At that capacity": f"{_first_token(serving)}, "
        f"{milliseconds(serving.mean_tpot_ms)} per further token, "
        f"{plural(serving.running, 'request')} running",
        "Capacity of the fleet": f"{count(serving.requests_per_month_capacity)} requests a month",
        "Your utilisation": share(serving.utilisation),
        "because of": causes,
        "Within reach": share(serving.reachable_utilisation),
        "Calibration": f"{serving.calibration}: {serving.calibration_label}",
    }
    return DataFrame({"": list(rows), " ": [literal(value) for value in rows.values()]})


def _unmet(serving: Serving) -> str:
    if not serving.unmet_share:
        return ""
    return f"; {share(serving.unmet_share)} of what is held possible meets the objective at no rate"


def _first_token(serving: Serving) -> str:
    if serving.mean_ttft_ms is None:
        return "first token not told, memory or slots being too full"
    return f"{milliseconds(serving.mean_ttft_ms)} to the first token"


def duty_table(evaluation: Evaluation) -> DataFrame:
    """Who carries which duty, by kind of alternative in the answer."""
    titles = {
        "api": "GPT or another API",
        "hosted": "Open model, hosted",
        "rented": "Own servers, rented",
        "owned": "Own servers, owned",
        "hybrid": "Hybrid",
    }
    kinds = dict.fromkeys(alternative.kind for alternative in evaluation.alternatives)
    return DataFrame(
        [
            {"Duty": duty.name, "That is": duty.what}
            | {titles[kind]: duty.carrier(kind) for kind in kinds}
            for duty in duties()
        ]
    )


def volume_table(evaluation: Evaluation) -> DataFrame:
    """Every crossing in volume, and why there is none. Markdown-safe."""
    rows = []
    for answer in evaluation.break_evens:
        volume = answer.volume
        rows.append(
            {
                "Option": literal(evaluation.alternative(answer.alternative).label),
                "Cheaper than staying, requests a month": ", ".join(
                    span(low, high, least)
                    for (low, high), least in zip(volume.spans, volume.up_to, strict=True)
                )
                or "at no volume",
                "Crossings": whole(len(volume.crossings)),
                "For good from, requests a month": NO_VALUE
                if volume.cheaper_for_good_from is None
                else count(volume.cheaper_for_good_from),
                "Reason": literal(str(volume.reason or "")),
            }
        )
    return _without_blank_reasons(DataFrame(rows))


def month_table(evaluation: Evaluation) -> DataFrame:
    """When each option pays, and what it is worth over the horizon. Markdown-safe."""
    return _without_blank_reasons(
        DataFrame(
            [
                {
                    "Option": literal(evaluation.alternative(answer.alternative).label),
                    "Lower bill from month": month(answer.month.bill_from),
                    "Paid back in month, discounted": month(answer.month.discounted_payback),
                    f"Worth today{evaluation.basis}": literal(
                        evaluation.money(answer.month.npv_usd)
                    ),
                    "Paid at the start": literal(
                        evaluation.money(evaluation.alternative(answer.alternative).one_off_usd)
                    ),
                    "Reason": literal(str(answer.month.reason or "")),
                }
                for answer in evaluation.break_evens
            ]
        )
    )


def ledger_table(evaluation: Evaluation, chosen: str, words: str) -> DataFrame:
    """Assumptions that hold all `words`, of one kind, such as those set in the scenario."""
    table = assumption_table(evaluation)
    of_kind = {
        "All": table["Yours"] | True,
        "In the scenario": table["Yours"],
        "Not estimated": table["Value"] == "not estimated",
        "Low confidence": table["Confidence"] == "low",
    }[chosen]
    texts = [" ".join(map(str, row)).lower() for row in table.itertuples(index=False)]
    wanted = words.lower().split()
    keep = [
        kind and all(word in text for word in wanted)
        for kind, text in zip(of_kind, texts, strict=True)
    ]
    table = table[keep].copy()
    for column in ("Value", "Low", "High"):
        table[column] = [_figure(value) for value in table[column]]
    return table


def _without_blank_reasons(table: DataFrame) -> DataFrame:
    return table if any(table["Reason"]) else table.drop(columns="Reason")


def _note(evaluation: Evaluation, alternative: Alternative) -> str:
    if alternative.refused:
        return f"refused: {alternative.refused.message}"
    if alternative.key == evaluation.alternatives[0].key:
        return "what you do today"
    if alternative.why_not:
        return f"may not be chosen: {alternative.why_not[0].message}"
    if not alternative.interactive:
        return "answers within 24 h"
    answer = evaluation.break_even(alternative.key)
    return str(answer.utilisation.reason or "") if answer else ""


def _figure(value: object) -> str:
    if isinstance(value, str):
        return value
    if not isinstance(value, int | float) or math.isnan(value):
        return ""
    return as_entered(value)
