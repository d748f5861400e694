"""Start from a monthly invoice: dollars, a model and mean lengths become requests a month."""

from collections.abc import Sequence
from typing import Final

import streamlit as st

from pricing.errors import PlannerError, Problem
from tco.bill.invoice import Invoice, scenario_of_invoice
from tco.question.options import ApiOption
from tco.question.scenario import Scenario
from tco.ui.fields.field import PER_CENT
from tco.ui.session import engine
from tco.ui.session.problems import show_problems
from tco.ui.session.start import open_scenario
from tco.words.entries import figure_entry, read_figure

PANEL: Final = "invoice"
REFUSED_INVOICE: Final = "refused invoice"
DOLLARS: Final = "invoice dollars"
MODEL: Final = "invoice model"
TIER: Final = "invoice tier"
SENT: Final = "invoice prompt"
ANSWERED: Final = "invoice output"
CACHED: Final = "invoice cached"
TOLD: Final = {DOLLARS: 10_000.0, SENT: 2_000.0, ANSWERED: 300.0, CACHED: 0.0}
"""What the inputs hold before anything is entered [USD/month, token/request, %]."""


def ask_for_invoice() -> None:
    """Ask for an invoice while the panel is open; a refused one is explained, nothing changes."""
    panel = st.expander("Start from a monthly invoice", key=PANEL, on_change="rerun")
    if not panel.open:
        return
    with panel:
        _figure("Dollars a month for tokens", DOLLARS)
        sold = _sold()
        name = st.selectbox("Model it is for", list(sold), key=MODEL, format_func=_title)
        st.selectbox("In which tier", sold[name], key=TIER)
        _figure("Prompt tokens of a request, mean", SENT)
        _figure("Output tokens of a request, mean", ANSWERED)
        _figure("Part of the prompt read from a cache", CACHED)
        st.button("Start from this invoice", key="take invoice", on_click=_take, width="stretch")
        refused: Sequence[Problem] = st.session_state.get(REFUSED_INVOICE, ())
        if refused:
            show_problems("This invoice is not taken; nothing was changed.", refused)


def _figure(label: str, key: str) -> None:
    st.text_input(label, figure_entry(TOLD[key], percent=key == CACHED), key=key)


def _entered(key: str) -> float:
    """What an input holds.

    Raises
    ------
    InputError
        If it is no figure.
    """
    typed: str = st.session_state[key]
    value = read_figure(key, typed, percent=key == CACHED)
    return value / PER_CENT if key == CACHED else value


def _sold() -> dict[tuple[str, str], tuple[str, ...]]:
    """Tiers of every offer that is still sold on the day the page starts from."""
    day = _start().prices_on
    offers = (o for o in engine.catalogue().offers() if o.availability(day) != "ended")
    return {(o.provider, o.model): tuple(o.tiers) for o in offers}


def _title(name: tuple[str, str]) -> str:
    offer = engine.catalogue().offer(*name)
    return f"{offer.title} at {offer.provider_title}"


def _start() -> Scenario:
    return next(iter(engine.starting_points().values()))


def _take() -> None:
    """Open the scenario of the invoice; a refused one leaves everything as it was."""
    held = st.session_state
    provider, model = held[MODEL]
    option = ApiOption(provider=provider, model=model, tier=held[TIER])
    held[REFUSED_INVOICE] = ()
    try:
        dollars, sent, answered, cached = map(_entered, (DOLLARS, SENT, ANSWERED, CACHED))
        invoice = Invoice(dollars, option, sent, answered, cached)
        made = scenario_of_invoice(invoice, _start(), engine.catalogue())
    except PlannerError as error:
        held[REFUSED_INVOICE] = error.problems
        return
    open_scenario(made, "Your invoice")
