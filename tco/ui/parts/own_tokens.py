"""Tokens at a price of the visitor's own: a contract, or an offer they were made."""

from typing import Any, Final

import streamlit as st

from pricing.errors import PlannerError
from tco.question.alternatives import with_price
from tco.question.files import record_from
from tco.question.own_facts import OwnApiPrice
from tco.question.scenario import Scenario
from tco.ui.session.problems import show_problems
from tco.ui.session.start import open_next
from tco.words.entries import read_figure

_KEY: Final = "own tokens"
RATES: Final = {
    "input": "Input, USD per million",
    "cached": "Cached input, USD per million",
    "output": "Output, USD per million",
}


def ask_for_tokens(scenario: Scenario) -> None:
    """Ask who sells which model for how much; one press compares with it."""
    left, right = st.columns(2)
    seller = left.text_input("Seller", key=f"{_KEY} seller", placeholder="openai, our contract")
    model = right.text_input("Model they sell", key=f"{_KEY} model", placeholder="gpt-5.4")
    *columns, last = st.columns([1, 1, 1, 1], vertical_alignment="bottom")
    typed = {
        name: column.text_input(label, key=f"{_KEY} {name}")
        for column, (name, label) in zip(columns, RATES.items(), strict=True)
    }
    if not last.button("Compare with them", key=f"{_KEY} add", width="stretch"):
        return
    try:
        made = with_price(scenario, _price(scenario, seller, model, typed))
    except PlannerError as refusal:
        show_problems("These tokens are not taken; nothing was changed.", refusal.problems)
        return
    open_next(made, "Your case")


def _price(scenario: Scenario, seller: str, model: str, typed: dict[str, str]) -> OwnApiPrice:
    """Build the contract, dated on the day of the prices; cached tokens cost as input if blank."""
    given = {name: text for name, text in typed.items() if text.strip() or name != "cached"}
    band: dict[str, Any] = {name: read_figure(RATES[name], text) for name, text in given.items()}
    return record_from(
        OwnApiPrice,
        {
            "provider": seller.strip(),
            "model": model.strip(),
            "source": {
                "name": "yours: typed on the page",
                "as_of": scenario.prices_on.isoformat(),
            },
            "rates": [{"bands": [{"above": 0, **band}]}],
        },
    )
