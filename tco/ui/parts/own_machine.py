"""A machine of the visitor's own, or one that was offered to them, by its price."""

from typing import Any, Final

import streamlit as st

from hardware_profiles.library import Library
from pricing.errors import PlannerError
from tco.question.alternatives import unused_name, with_machine
from tco.question.files import record_from
from tco.question.options import SelfHostedOption
from tco.question.own_facts import OwnFacts, OwnPurchase, OwnRental
from tco.question.scenario import Scenario
from tco.ui.session.problems import show_problems
from tco.ui.session.start import open_next
from tco.words.entries import read_figure

_KEY: Final = "own machine"
PRICE_LABELS: Final = {
    "bought": "Price of a server, USD",
    "on-demand": "Rent of a GPU for an hour, USD",
    "1-year": "Rent of a GPU for an hour, USD",
    "3-year": "Rent of a GPU for an hour, USD",
}
TITLES: Final = {
    "bought": "bought",
    "on-demand": "rented by the hour",
    "1-year": "rented for a year",
    "3-year": "rented for three years",
}
MOST_GPUS: Final = ("8", "4", "2", "1")
Served = tuple[str, str]
"""A model, and the record that says how quickly a machine serves it."""


def ask_for_machine(scenario: Scenario, library: Library) -> None:
    """Ask for a machine and what it is to serve; one press compares with it."""
    measured = sorted({record.accelerator for record in library.calibrations.values()})
    left, middle, right = st.columns(3)
    accelerator = left.selectbox("Accelerator", measured, key=f"{_KEY} accelerator")
    gpus = int(middle.selectbox("GPUs of a machine", MOST_GPUS, key=f"{_KEY} gpus"))
    held = right.selectbox(
        "How it is had", list(PRICE_LABELS), key=f"{_KEY} held", format_func=lambda had: TITLES[had]
    )
    left, middle, right = st.columns([1, 2, 1], vertical_alignment="bottom")
    price = left.text_input(PRICE_LABELS[held], key=f"{_KEY} price", placeholder="such as $260k")
    serves = served_on(library, accelerator, gpus)
    served = middle.selectbox(
        "Model it serves, by the record of its speed",
        serves,
        key=f"{_KEY} model",
        format_func=lambda pair: ", ".join(pair),
    )
    if not right.button("Compare with this machine", key=f"{_KEY} add", disabled=served is None):
        return
    try:
        machine = _machine(scenario, library, (accelerator, gpus, held), price)
        option = _option(scenario, machine, served, f"{accelerator} {TITLES[held]}")
        made = with_machine(scenario, option, machine)
    except PlannerError as refusal:
        show_problems("This machine is not taken; nothing was changed.", refusal.problems)
        return
    open_next(made, "Your case")


def served_on(library: Library, accelerator: str, gpus: int) -> tuple[Served, ...]:
    """Models with a record that fits into a machine, the smallest replica of each first."""
    fitting = sorted(
        (r for r in library.calibrations.values() if r.accelerator == accelerator),
        key=lambda record: record.gpus_per_replica,
    )
    pairs = [
        (model, record.id)
        for record in fitting
        if record.gpus_per_replica <= gpus
        for model in (*record.also_serves, record.model)
    ]
    return tuple(sorted(pairs, key=lambda pair: pair[0].casefold()))


def _machine(
    scenario: Scenario, library: Library, of: tuple[str, int, str], price: str
) -> OwnRental | OwnPurchase:
    """Build the fact that is the visitor's own, dated on the day of the prices."""
    accelerator, gpus, held = of
    usd = read_figure(PRICE_LABELS[held], price)
    own = scenario.library or OwnFacts()
    taken = {fact.id for fact in own.rentals} | {fact.id for fact in own.purchases}
    number = next(n for n in range(1, len(taken) + 2) if f"own machine {n}" not in taken)
    told: dict[str, Any] = {
        "id": f"own machine {number}",
        "accelerator": accelerator,
        "gpus": gpus,
        "source": {"name": "yours: typed on the page", "as_of": scenario.prices_on.isoformat()},
    }
    if held == "bought":
        drawn = power_of(library, accelerator, gpus)
        return record_from(OwnPurchase, {**told, **drawn, "price_usd": usd})
    region = scenario.company.data_region or "global"
    return record_from(
        OwnRental, {**told, "usd_per_instance_hour": usd * gpus, "term": held, "region": region}
    )


def power_of(library: Library, accelerator: str, gpus: int) -> dict[str, float]:
    """Power that a listed server with the same accelerators draws; empty where none says."""
    for server in library.purchases.values():
        if (server.accelerator, server.gpus) == (accelerator, gpus) and server.max_power_kw:
            told = {
                "max_power_kw": server.max_power_kw,
                "average_power_kw": server.average_power_kw,
            }
            return {name: kilowatts for name, kilowatts in told.items() if kilowatts is not None}
    return {}


def _option(
    scenario: Scenario, machine: OwnRental | OwnPurchase, served: Served, name: str
) -> SelfHostedOption:
    model, record = served
    held = "rent" if isinstance(machine, OwnRental) else "own"
    region = scenario.company.data_region if held == "own" else None
    return SelfHostedOption.model_validate(
        {
            "name": unused_name(scenario, f"{name}, {model}"),
            "model": model,
            "calibration": record,
            "region": region,
            held: machine.id,
        }
    )
