"""Below the answer: bills, machines, volumes and months, findings, assumptions, stamp."""

from collections.abc import Callable
from typing import Final, Literal

import streamlit as st

from tco.results import Alternative, Evaluation
from tco.scenario import Scenario
from tco.ui import bill_tables, tables
from tco.ui.charts import (
    THEMED,
    bill_chart,
    bill_finding,
    saving_chart,
    saving_finding,
    volume_chart,
    volume_finding,
)
from tco.ui.findings import all_findings, findings, show_finding
from tco.ui.headline import PLOTLY
from tco.ui.wording import plain

Colour = Literal["green", "orange", "red", "gray"]
KIND_COLOURS: Final[dict[str, Colour]] = {
    "measured": "green",
    "published": "orange",
    "estimated": "red",
}
LINE_NAME_PX: Final = 250
FILTERS: Final = ("All", "Yours", "Not estimated", "Low confidence")
LINK: Final = st.column_config.LinkColumn(display_text="open")


def evidence(scenario: Scenario, evaluation: Evaluation) -> None:
    """Draw the evidence; only the open panel is computed."""
    bodies: dict[str, Callable[[Evaluation], None]] = {
        "Bills": _bills,
        "Serving": _serving,
        "Volume": _volume,
        "Month": _month,
        f"Findings ({len(all_findings(evaluation))})": findings,
        "Assumptions": _assumptions,
    }
    panels = st.tabs(list(bodies), key="evidence", on_change="rerun")
    for panel, body in zip(panels, bodies.values(), strict=True):
        if panel.open:
            with panel:
                body(evaluation)
    _stamp(scenario, evaluation)


def _bills(evaluation: Evaluation) -> None:
    st.plotly_chart(
        bill_chart(evaluation, THEMED), config=PLOTLY, alt=bill_finding(evaluation), key="bills"
    )
    table = bill_tables.bills(evaluation)
    st.dataframe(
        table,
        hide_index=True,
        height="content",
        column_config={
            name: st.column_config.TextColumn(
                name,
                pinned=place == 0,
                width=LINE_NAME_PX if place == 0 else "medium",
                alignment="left" if place == 0 else "right",
            )
            for place, name in enumerate(table.columns)
        },
        alt="Monthly bills side by side, in USD, by line and alternative",
    )
    panel = st.expander("Quantities, prices and sources", key="sources", on_change="rerun")
    if panel.open:
        with panel:
            _sources(evaluation)


def _sources(evaluation: Evaluation) -> None:
    by_key = {a.key: a for a in evaluation.alternatives if not a.refused}
    chosen = st.selectbox(
        "Bill",
        list(by_key),
        format_func=lambda key: by_key[key].label if key in by_key else key,
        key="lines-of",
    )
    if chosen in by_key:
        st.dataframe(
            bill_tables.lines(by_key[chosen]),
            hide_index=True,
            height="content",
            column_config={"Line": st.column_config.TextColumn(pinned=True), "Link": LINK},
            alt="Lines of the chosen bill with their sources",
        )


def _serving(evaluation: Evaluation) -> None:
    hosts = [a for a in evaluation.alternatives if a.kind in {"rented", "owned"}]
    if not hosts:
        st.markdown("No self-hosted option in this scenario.")
    for host in hosts:
        with st.container(border=True):
            st.markdown(f"**{plain(host.label)}**")
            _badges(host)
            if host.serving is not None:
                st.table(
                    tables.serving_table(host),
                    border="horizontal",
                    hide_index=True,
                    hide_header=True,
                    alt="How this fleet carries the traffic",
                )
            for finding in host.findings:
                show_finding(finding)


def _badges(host: Alternative) -> None:
    with st.container(horizontal=True, gap="small"):
        if host.serving is None:
            st.badge("refused", color="red")
            return
        kind = host.serving.calibration_kind
        st.badge(f"calibration {kind}", color=KIND_COLOURS.get(kind, "gray"))
        st.badge(plain(host.serving.extrapolation), color="gray")


def _volume(evaluation: Evaluation) -> None:
    if not evaluation.break_evens:
        st.markdown("No self-hosted option can be compared.")
        return
    st.markdown("Where a lane is filled, that option costs less a month than staying.")
    st.plotly_chart(
        volume_chart(evaluation, THEMED),
        config=PLOTLY,
        alt=" ".join(volume_finding(evaluation, answer) for answer in evaluation.break_evens),
        key="volume",
    )
    st.table(
        tables.volume_table(evaluation),
        border="horizontal",
        hide_index=True,
        alt="Volumes at which each option costs less than staying",
    )


def _month(evaluation: Evaluation) -> None:
    if not evaluation.break_evens:
        st.markdown("No self-hosted option can be compared.")
        return
    st.plotly_chart(
        saving_chart(evaluation, THEMED),
        config=PLOTLY,
        alt=" ".join(saving_finding(evaluation, answer) for answer in evaluation.break_evens),
        key="month",
    )
    st.table(
        tables.month_table(evaluation),
        border="horizontal",
        hide_index=True,
        alt="Month from which each option pays",
    )


def _assumptions(evaluation: Evaluation) -> None:
    left, right = st.columns([3, 2], vertical_alignment="bottom")
    chosen = left.segmented_control(
        "Show", FILTERS, default="All", key="assumptions-of", required=True
    )
    words = right.text_input("Filter", placeholder="for example: H100", key="assumption-words")
    table = tables.assumptions(evaluation, chosen or "All", words)
    st.dataframe(
        table,
        hide_index=True,
        height=520,
        column_config={
            "Assumption": st.column_config.TextColumn(pinned=True, width="medium"),
            "Yours": st.column_config.CheckboxColumn(),
            "Link": LINK,
        },
        alt="Every value the answer rests on, with unit, range, source, date and confidence",
    )
    st.markdown(f":small[{len(table):,} of {len(evaluation.assumptions):,} values.]")


def _stamp(scenario: Scenario, evaluation: Evaluation) -> None:
    stamp = evaluation.stamp
    parts = (
        scenario.name,
        f"planner {stamp.model_version}",
        f"catalogue {stamp.catalogue_version} ({stamp.catalogue_sha256[:12]})",
        f"prices of {stamp.prices_on}, oldest read {stamp.oldest_price}",
        f"a month is {stamp.hours_per_month:g} h",
        f"objective: mean {stamp.mean_ttft_ms:,.0f} ms to the first token, "
        f"{stamp.mean_tpot_ms:g} ms per further token",
        f"calibrations: {', '.join(stamp.calibrations) or 'none'}",
    )
    st.markdown(f":small[{plain(' · '.join(parts))}]")
