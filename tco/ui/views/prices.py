"""Prices: what tokens cost, at what length, who says so, since when, and how old that is."""

from datetime import timedelta
from typing import Any, Final, cast

import streamlit as st

from pricing.listing import ListedRate, list_offers
from pricing.offer import Availability
from tco.answer.price_by_length import (
    LengthPrice,
    length_prices,
    share_of_prompts_above,
)
from tco.charts.length import LENGTH_CHART
from tco.question.traffic import mean_tokens
from tco.ui.fields.hover import LINK, explained, heading
from tco.ui.parts.panels import show_chart
from tco.ui.session import engine
from tco.ui.session.question import Answered
from tco.ui.session.ways import CHANGED_SINCE
from tco.ui.tables.price_changes import began_or_ended, change_finding, models_of, moved, rate_table
from tco.ui.tables.price_tables import catalogue_table, is_stale, rate_rows
from tco.ui.views.market import everything
from tco.words.figures import number, plural, share, whole
from tco.words.markdown import literal

NUMBERS: Final = ("Input", "Cached input", "Output")
TABLE_PX: Final = 460
EVERY: Final = "every one"
OF_SCENARIO: Final = "this scenario’s models"
OF_ALL: Final = "every model"
LOOKED_BACK_DAYS: Final = 30
SOLD: Final = {
    "": "sold or not",
    "live": "live",
    "listed": "listed by one source only",
    "ends": "ends soon",
    "ended": "ended",
}


def prices_page(answered: Answered) -> None:
    """Draw the cliff, the rates of the alternatives, then the whole catalogue."""
    scenario, evaluation = answered.scenario, answered.evaluation
    catalogue = evaluation.asked.data.catalogue
    st.title("Prices", anchor=False)
    curves = length_prices(scenario, evaluation, catalogue)
    st.markdown(_lead(answered, curves))
    heading("One request, by the length of its prompt")
    show_chart(LENGTH_CHART, (evaluation, curves, mean_tokens(scenario.workload.classes, "input")))
    st.markdown(
        ":small[At your mean output and cached share, your discount taken off. Above an edge every "
        "token of the request pays the higher rate, not only those beyond it.]"
    )
    st.subheader(f"Rates on {scenario.prices_on}, USD per million tokens", anchor=False)
    table = rate_rows(scenario, evaluation, catalogue)
    st.dataframe(
        table,
        hide_index=True,
        height="content",
        column_config=explained(table, _columns("Alternative")),
        alt="Rates of every alternative in USD per million tokens by band, with source and age",
    )
    everything(answered)
    heading("What changed")
    _changes(answered)
    heading("The catalogue")
    old = catalogue.age_days(scenario.prices_on)
    st.markdown(
        literal(
            f"Version {catalogue.version}, made {catalogue.generated_on} from "
            f"{catalogue.upstream}; SHA-256 {catalogue.sha256[:16]}…; every rate was seen at its "
            f"source between {catalogue.oldest_retrieved} and {catalogue.newest_retrieved}, the "
            f"longest unchecked {plural(old, 'day')} before the day of this scenario."
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
    above = share_of_prompts_above(answered.scenario, edge)
    reach = f"{share(above)} of your requests are longer" if above else "None of yours is longer"
    dearer = "is not sold" if high != high else f"costs × {number(high / low, 3)}"  # NaN: not sold
    return literal(
        f"{today.label}: one token more than {whole(edge)} in the prompt, and the whole request "
        f"{dearer}. {reach}."
    )


@st.fragment
def _changes(answered: Answered) -> None:
    catalogue, until = answered.evaluation.asked.data.catalogue, answered.scenario.prices_on
    one, two, three = st.columns([2, 2, 3], vertical_alignment="bottom")
    st.session_state.setdefault(CHANGED_SINCE, until - timedelta(days=LOOKED_BACK_DAYS))
    was = one.date_input("From", key=CHANGED_SINCE)
    now = two.date_input("to", until, key="changed-until")
    whose = three.segmented_control(
        "Of", (OF_SCENARIO, OF_ALL), default=OF_SCENARIO, key="changed-of", required=True
    )
    if was is None or now is None or was >= now:
        st.markdown("Choose two days, the earlier one first.")
        return
    among = None if whose == OF_ALL else models_of(answered.scenario, catalogue)
    found = moved(engine.price_changes(was, now), among)
    st.markdown(literal(change_finding(found, was, now)))
    table = rate_table(found)
    if len(table):
        st.dataframe(
            table,
            hide_index=True,
            height=TABLE_PX if len(table) > 12 else "content",
            column_config=explained(table, _columns("Model", ("Before", "After", "Change"))),
            alt="Rates in USD per million tokens that moved between the two days",
        )
    tiers = began_or_ended(found)
    if tiers:
        panel = st.expander(
            f"{plural(len(tiers), 'tier')} began or ended", key="tiers", on_change="rerun"
        )
        if panel.open:
            with panel:
                st.markdown("\n".join(f"- :small[{literal(words)}]" for words in tiers))
    st.markdown(
        ":small[USD per million tokens, as the catalogue knows the days today. A rate whose first "
        "day nobody recorded counts as unchanged; a correction of the catalogue is no change.]"
    )


@st.fragment
def _catalogue(answered: Answered) -> None:
    catalogue = answered.evaluation.asked.data.catalogue
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
        alt="Rates of the catalogue in USD per million tokens that meet the filters",
    )
    stale = sum(map(is_stale, kept))
    st.markdown(
        f":small[{plural(len(kept), 'rate')} in USD per million tokens, "
        f"{whole(stale)} of them stale.]"
    )


def _columns(pinned: str, numbers: tuple[str, ...] = NUMBERS) -> dict[str, Any]:
    return {
        pinned: st.column_config.TextColumn(pinned=True, width="medium"),
        "Link": LINK,
        **{name: st.column_config.TextColumn(alignment="right") for name in numbers},
    }
