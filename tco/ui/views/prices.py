"""Prices: what tokens cost, at what length, who says so, since when, and how old that is."""

from typing import Any, Final, cast

import streamlit as st

from pricing.listing import ListedRate, list_offers
from pricing.offer import Availability
from tco.ui import engine
from tco.ui.charts import THEMED, length_chart, length_finding
from tco.ui.hover import explained, heading
from tco.ui.panels import plotly
from tco.ui.prices_of import (
    LengthPrice,
    catalogue_table,
    is_stale,
    length_prices,
    mean_prompt,
    rates,
    share_above,
)
from tco.ui.question import Answered
from tco.ui.wording import plain, share

LINK: Final = st.column_config.LinkColumn(display_text="open")
NUMBERS: Final = ("Input", "Cached input", "Output")
TABLE_PX: Final = 460
EVERY: Final = "every one"
SOLD: Final = {
    "": "sold or not",
    "live": "live",
    "listed": "listed by one source only",
    "ends": "ends soon",
    "ended": "ended",
}


def prices(answered: Answered) -> None:
    """Draw the cliff, the rates of the alternatives, then the whole catalogue."""
    scenario, evaluation = answered.scenario, answered.evaluation
    catalogue = engine.catalogue()
    st.title("Prices", anchor=False)
    curves = length_prices(scenario, evaluation, catalogue)
    st.markdown(_lead(answered, curves))
    heading("One request, by the length of its prompt")
    st.plotly_chart(
        length_chart(evaluation, curves, mean_prompt(scenario), THEMED),
        config=plotly("length"),
        alt=length_finding(curves),
        key="length",
    )
    st.markdown(
        ":small[At your mean output and cached share, your discount taken off. Above an edge every "
        "token of the request pays the higher rate, not only those beyond it.]"
    )
    st.subheader(f"Rates on {scenario.prices_on}, USD per million tokens", anchor=False)
    table = rates(scenario, evaluation, catalogue)
    st.dataframe(
        table,
        hide_index=True,
        height="content",
        column_config=explained(table, _columns("Alternative")),
        alt="Rates of every alternative by band, with their source and age",
    )
    heading("The catalogue")
    old = catalogue.age_days(scenario.prices_on)
    st.markdown(
        plain(
            f"Version {catalogue.version}, made {catalogue.generated_on} from "
            f"{catalogue.upstream}; SHA-256 {catalogue.sha256[:16]}…; every rate was seen at its "
            f"source between {catalogue.oldest_retrieved} and {catalogue.newest_retrieved}, the "
            f"longest unchecked {old:,} days before the day of this scenario."
        )
    )
    _catalogue(answered)


def _lead(answered: Answered, curves: tuple[LengthPrice, ...]) -> str:
    """Say first what the edge does to the bill of today's API."""
    today = next((curve for curve in curves if curve.edges), None)
    if today is None:
        return "None of these offers re-rates long prompts: cost grows evenly with length."
    edge = today.edges[0]
    low, high = today.jump(edge)
    above = share_above(answered.scenario, edge)
    reach = f"{share(above)} of your requests are longer" if above else "None of yours is longer"
    dearer = "is not sold" if high != high else f"costs × {high / low:.2f}"  # NaN: not sold
    return plain(
        f"{today.label}: one token more than {edge:,} in the prompt, and the whole request "
        f"{dearer}. {reach}."
    )


@st.fragment
def _catalogue(answered: Answered) -> None:
    catalogue = engine.catalogue()
    one, two, three, four = st.columns([2, 2, 2, 3], vertical_alignment="bottom")
    providers = [EVERY, *catalogue.providers]
    provider = one.selectbox(
        "Provider",
        providers,
        index=providers.index(answered.scenario.baseline.provider)
        if answered.scenario.baseline.provider in providers
        else 0,
        key="catalogue-provider",
    )
    tier = two.selectbox(
        "Tier", [EVERY, "standard", "batch", "flex", "priority"], key="catalogue-tier"
    )
    sold = three.selectbox(
        "Still sold", list(SOLD), format_func=lambda k: SOLD[k], key="catalogue-sold"
    )
    words = four.text_input("Model", placeholder="for example: llama", key="catalogue-words")
    stale_only = st.toggle("Only stale rates", key="catalogue-stale")
    found: list[ListedRate] = list_offers(
        catalogue,
        on=answered.scenario.prices_on,
        provider=None if provider == EVERY else provider,
        tier=None if tier == EVERY else tier,
        availability=cast(Availability, sold) if sold else None,
        text=words.strip(),
    )
    kept = [rate for rate in found if is_stale(rate) or not stale_only]
    if not kept:
        st.markdown("No rate meets these filters.")
        return
    table = catalogue_table(kept)
    st.dataframe(
        table,
        hide_index=True,
        height=TABLE_PX if len(kept) > 12 else "content",
        column_config=explained(table, _columns("Model")),
        alt="Rates of the catalogue that meet the filters",
    )
    stale = sum(map(is_stale, kept))
    st.markdown(f":small[{len(kept):,} rates, {stale:,} of them stale.]")


def _columns(pinned: str) -> dict[str, Any]:
    return {
        pinned: st.column_config.TextColumn(pinned=True, width="medium"),
        "Link": LINK,
        **{name: st.column_config.TextColumn(alignment="right") for name in NUMBERS},
    }
