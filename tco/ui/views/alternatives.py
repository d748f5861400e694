"""Alternatives: what today's bill is compared with, and every way to change that."""

from collections.abc import Callable
from typing import Final

import streamlit as st

from pricing.errors import PlannerError
from tco.facts.machine_list import ListedMachine
from tco.facts.offer_list import ListedOption, machine_title, offer_list
from tco.question.alternatives import (
    LISTINGS,
    Listing,
    copied_option,
    moved_option,
    removed_option,
    unused_name,
    with_option,
    with_spill,
)
from tco.question.options import ApiOption, SelfHostedOption
from tco.question.scenario import Scenario
from tco.ui.fields.hover import explained, heading
from tco.ui.parts.own_machine import ask_for_machine, served_on
from tco.ui.parts.own_model import ask_for_model
from tco.ui.parts.own_tokens import ask_for_tokens
from tco.ui.parts.stamp import stamp
from tco.ui.session import engine
from tco.ui.session.problems import show_problems
from tco.ui.session.question import Answered
from tco.ui.session.start import open_next
from tco.ui.tables.alternative_tables import alternatives_table

_NAME_CHARACTERS: Final = 72
Place = tuple[Listing, int]
Listed = ListedOption | str
"""An offer on record, or the name of own servers whose rest an API answers."""


def alternatives_page(answered: Answered) -> None:
    """Draw what is compared, then what may be added to it."""
    st.title("Alternatives", anchor=False)
    st.markdown(
        "What your bill of today is compared with. Add offers on record, machines, tokens and "
        "models of your own, and hybrids; copy, move or remove what stands here."
    )
    table = alternatives_table(answered.evaluation)
    st.dataframe(
        table,
        hide_index=True,
        height="content",
        column_config=explained(
            table, {"Alternative": st.column_config.TextColumn(pinned=True, width="medium")}
        ),
        alt="Every alternative with its price, the age of that, and its bill",
    )
    _arrange(answered.scenario)
    heading("Add from what is on record")
    _add(answered.scenario)
    heading("Add a machine at your own price")
    library = engine.data(answered.scenario).library
    ask_for_machine(answered.scenario, library)
    heading("Add tokens at your own price")
    ask_for_tokens(answered.scenario)
    heading("Add a model that nobody measured")
    st.markdown("By its `config.json`: an estimate from data sheets, and said to be one.")
    ask_for_model(answered.scenario, library)
    stamp(answered)


def _arrange(scenario: Scenario) -> None:
    """Offer to copy, move and remove the alternatives that are not today's."""
    places = [(kind, place) for kind in LISTINGS for place in range(len(getattr(scenario, kind)))]
    if not places:
        return
    left, *buttons = st.columns([4, 1, 1, 1, 1], vertical_alignment="bottom")
    kind, place = left.selectbox(
        "Alternative",
        places,
        key="arranged",
        format_func=lambda at: _name(scenario, at),
    )
    last = len(getattr(scenario, kind)) - 1
    done = [
        buttons[0].button("Copy", disabled=kind == "apis", width="stretch",
                          help="A copy under a name of its own, to be changed."),
        buttons[1].button("Earlier", disabled=place == 0, width="stretch"),
        buttons[2].button("Later", disabled=place == last, width="stretch"),
        buttons[3].button("Remove", width="stretch"),
    ]  # fmt: skip
    changes: tuple[Callable[[], Scenario], ...] = (
        lambda: copied_option(scenario, kind, place),
        lambda: moved_option(scenario, kind, place, -1),
        lambda: moved_option(scenario, kind, place, 1),
        lambda: removed_option(scenario, kind, place),
    )
    for pressed, change in zip(done, changes, strict=True):
        if pressed:
            open_next(change(), "Your case")


def _name(scenario: Scenario, at: Place) -> str:
    kind, place = at
    options = getattr(scenario, kind)
    if place >= len(options):
        return ""
    option = options[place]
    return f"{option.model}, {option.tier}" if isinstance(option, ApiOption) else option.name


def _add(scenario: Scenario) -> None:
    """Offer everything on record, to be searched by typing."""
    data = engine.data(scenario)
    hosts = [option.name for option in scenario.self_hosted]
    listed: list[Listed] = [*offer_list(scenario, data), *hosts]
    left, middle, right = st.columns([4, 2, 1], vertical_alignment="bottom")
    chosen = left.selectbox(
        "Offer",
        listed,
        index=None,
        key="offer to add",
        format_func=_title,
        placeholder="type to search: gpt, H200, 1-year, bought …",
    )
    served = None
    machine = chosen.of if isinstance(chosen, ListedOption) else None
    if isinstance(machine, ListedMachine):
        served = middle.selectbox(
            "Model it serves",
            served_on(data.library, machine.accelerator, machine.gpus),
            key="served by offer",
            format_func=lambda pair: ", ".join(pair),
        )
    waits = chosen is None or (isinstance(machine, ListedMachine) and served is None)
    if right.button("Add", disabled=waits, key="add offer", width="stretch"):
        assert chosen is not None
        try:
            made = _added(scenario, chosen, served)
        except PlannerError as refusal:
            show_problems("This offer is not added; nothing was changed.", refusal.problems)
            return
        open_next(made, "Your case")


def _title(listed: Listed) -> str:
    return str(listed) if isinstance(listed, ListedOption) else f"Hybrid: base load on {listed}"


def _added(scenario: Scenario, chosen: Listed, served: tuple[str, str] | None) -> Scenario:
    if isinstance(chosen, str):
        return with_spill(scenario, chosen)
    if isinstance(chosen.of, ApiOption):
        return with_option(scenario, chosen.of)
    assert served is not None
    model, record = served
    held = "rent" if chosen.of.held == "rent" else "own"
    told = {
        "name": unused_name(scenario, f"{machine_title(chosen.of)}, {model}"[:_NAME_CHARACTERS]),
        "model": model,
        "calibration": record,
        held: chosen.of.id,
    }
    return with_option(scenario, SelfHostedOption.model_validate(told))
