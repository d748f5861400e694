"""The alternatives of a scenario as text: what each is, its price, the age of that, its bill."""

from pandas import DataFrame

from tco.answer.worked import Evaluation
from tco.facts.machine_list import listed_machines
from tco.facts.offer_list import age_of, api_price, machine_price
from tco.question.keys import api_key
from tco.results.bill import Alternative
from tco.words.figures import NO_VALUE
from tco.words.money import unit_price

IS: dict[str, str] = {
    "api": "API",
    "hosted": "open model, bought",
    "rented": "own servers, rented",
    "owned": "own servers, bought",
    "hybrid": "hybrid",
}


def alternatives_table(evaluation: Evaluation) -> DataFrame:
    """What is compared, today first."""
    prices = _prices(evaluation)
    rows = []
    for alternative in evaluation.alternatives:
        price, age = prices.get(alternative.key, ("", ""))
        rows.append(
            {
                "Alternative": alternative.label,
                "Bill a month": evaluation.money(alternative.monthly_usd),
                "Price": price or NO_VALUE,
                "Age of the price": age or NO_VALUE,
                "What it is": IS[alternative.kind],
                "May be chosen": _may(alternative, evaluation),
            }
        )
    return DataFrame(rows)


def _may(alternative: Alternative, evaluation: Evaluation) -> str:
    if alternative.key == evaluation.alternatives[0].key:
        return "what you do today"
    return "yes" if alternative.eligible else f"no: {alternative.why_not[0].kind}"


def _prices(evaluation: Evaluation) -> dict[str, tuple[str, str]]:
    scenario, data = evaluation.asked.scenario, evaluation.asked.data
    day = scenario.prices_on
    told = {api_key(o): api_price(o, data.catalogue, day) for o in scenario.bought}
    machines = {m.id: m for m in listed_machines(data.library, day)}
    for option in scenario.self_hosted:
        machine = machines.get(option.rent or option.own or "")
        if machine is None:
            continue
        price, age = machine_price(machine), age_of(machine.as_of, day)
        if option.usd_per_gpu_hour is not None:
            price, age = f"${unit_price(option.usd_per_gpu_hour)} per GPU-hour", "yours"
        told[f"self-hosted/{option.name}"] = (price, age)
    return told
