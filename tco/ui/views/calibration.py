"""Calibration: the records, their curves against the points, and a record of your own."""

from typing import Final

import streamlit as st

from hardware_profiles.calibration import CalibrationRecord
from hardware_profiles.run_facts import RunFacts
from pricing.errors import PlannerError, Problem
from tco.charts.calibration import CALIBRATION_CHART, calibrated
from tco.question.scenario import Scenario
from tco.serving.records import record_from_text
from tco.ui.fields.hover import explained
from tco.ui.parts.findings import show_finding
from tco.ui.parts.panels import show_chart
from tco.ui.parts.stamp import stamp
from tco.ui.session import engine, start
from tco.ui.session.problems import show_problems
from tco.ui.session.question import Answered
from tco.ui.tables import calibration_tables
from tco.words.figures import milliseconds
from tco.words.markdown import literal

RECORD_UPLOAD: Final = "record upload"
RECORD_REFUSED: Final = "record refused"


def calibration_page(answered: Answered) -> None:
    """Draw the records, one of them against its points, and take one of the visitor's own."""
    st.title("Calibration", anchor=False)
    st.markdown(
        "How quickly one replica serves, who measured it, and how far that may be carried. Until "
        "you upload a measurement of your own machines, every speed here is somebody else’s."
    )
    _upload(answered)
    library = engine.data(answered.scenario).library
    records = calibration_tables.records_table(
        library.calibrations.values(), answered.scenario, set(engine.uploaded_records())
    )
    st.markdown("\n".join(map(_uses, calibration_tables.used_by(answered.scenario).items())))
    st.dataframe(
        records,
        hide_index=True,
        height="content",
        column_config=explained(
            records, {"Record": st.column_config.TextColumn(pinned=True, width="medium")}
        ),
        alt="Calibration records with their errors, age, origin and flags",
    )
    _record(answered)
    stamp(answered)


def _uses(used: tuple[str, list[str]]) -> str:
    record, options = used
    told = f"{record} is used by {'; '.join(options)}."
    return f"- :small[{literal(told)}]"


@st.fragment
def _record(answered: Answered) -> None:
    records = engine.data(answered.scenario).library.calibrations
    ids = list(records)
    used = [option.calibration for option in answered.scenario.self_hosted]
    mine = list(engine.uploaded_records())
    preferred = next((i for i in (*reversed(mine), *used) if i in records), ids[0])
    chosen = st.selectbox(
        "Curves of", ids, index=ids.index(preferred), key=f"record-shown-{len(mine)}"
    )
    record = records.get(chosen) or records[ids[0]]
    st.markdown(literal(show_chart(CALIBRATION_CHART, calibrated(record))))
    if record.run is not None:
        _run(record, record.run)
    st.markdown("\n".join(f"- :small[{literal(note)}]" for note in record.notes))


def _run(record: CalibrationRecord, run: RunFacts) -> None:
    """Draw what an own run says of itself, as its report does."""
    st.markdown("\n".join(f"- {literal(said)}" for said in calibration_tables.run_findings(run)))
    loads = calibration_tables.loads_table(run)
    st.dataframe(
        loads,
        hide_index=True,
        height="content",
        column_config=explained(loads, {"Load": st.column_config.TextColumn(pinned=True)}),
        alt="Loads of the run: measured, said by the curve, and how far apart",
    )
    st.markdown(
        f":small[Error: the curve over what was measured, less 1. Goodput: share of requests with "
        f"their first token within {milliseconds(run.goodput_ttft_ms)} and "
        f"{milliseconds(run.goodput_tpot_ms)} per token.]"
    )
    st.dataframe(
        calibration_tables.circumstances(record, run),
        hide_index=True,
        height="content",
        alt="How the run was made: engine, driver, server, accelerators",
    )


def _upload(answered: Answered) -> None:
    st.file_uploader(
        "Upload a calibration record (JSON, as tco-calibrate writes it)",
        type=["json"],
        key=RECORD_UPLOAD,
        on_change=_take,
        args=(answered.scenario,),
    )
    refused: tuple[Problem, ...] = st.session_state.get(RECORD_REFUSED, ())
    if refused:
        show_problems("This record is not taken.", refused)
    for record in engine.uploaded_records().values():
        _use(answered, record)


def _use(answered: Answered, record: CalibrationRecord) -> None:
    """Offer an uploaded record to the options it can stand for."""
    st.success(
        literal(f"{record.id} is yours in this session: {record.label}, {record.measured_on}."),
        icon=":material/check:",
    )
    serves = {record.model, *record.also_serves}
    options = [
        (place, option)
        for place, option in enumerate(answered.scenario.self_hosted)
        if option.model in serves
    ]
    if not options:
        st.markdown("No option of this scenario serves its model.")
        return
    with st.container(horizontal=True):
        for place, option in options:
            st.button(
                f"Use it for {option.name}",
                key=f"use-{record.id}-{place}",
                disabled=option.calibration == record.id,
                on_click=_put,
                args=(place, record.id),
            )
    for alternative in answered.evaluation.alternatives:
        if alternative.refused and alternative.label in {o.name for _, o in options}:
            show_finding(alternative.refused, alternative.label)


def _put(place: int, record_id: str) -> None:
    """Set the calibration of one option, as its input under "More inputs" would."""
    start.enter(f"self_hosted.{place}.calibration", record_id)


def _take(scenario: Scenario) -> None:
    """Keep an uploaded record for this session; a refused one changes nothing.

    It may be of a model or on an accelerator of the scenario's own.
    """
    file = st.session_state[RECORD_UPLOAD]
    st.session_state[RECORD_REFUSED] = ()
    if file is None:
        return
    try:
        text = start.text_of(file.getvalue(), file.name)
        known = engine.shipped().with_facts_of(scenario).library
        record = record_from_text(text, file.name, known)
    except PlannerError as refusal:
        st.session_state[RECORD_REFUSED] = refusal.problems
        return
    engine.keep_record(record)
