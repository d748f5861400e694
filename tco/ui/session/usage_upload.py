"""Start from your usage: an export, a log, or the sums of a warehouse becomes a scenario."""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import streamlit as st

from pricing.errors import PlannerError, Problem
from tco.ui.session import engine
from tco.ui.session.problems import show_problems
from tco.ui.session.start import ORIGIN, START, UPLOADED, open_scenario
from tco.words.markdown import literal

if TYPE_CHECKING:
    from tco.own_data.usage.log_picture import LogPicture

USAGE_UPLOAD: Final = "usage upload"
REFUSED_USAGE: Final = "refused usage"
PICTURE: Final = "picture of the log"
ENDINGS: Final = ("csv", "tsv", "json", "jsonl", "ndjson", "parquet", "gz", "zst")


def ask_for_usage() -> None:
    """Take a usage file; a refused one is explained and changes nothing."""
    st.file_uploader(
        "Open your usage (log, export, or the sums of a warehouse)",
        type=list(ENDINGS),
        key=USAGE_UPLOAD,
        on_change=_take_usage,
        help="Only counts are read, never what requests said. `tco usage shapes` lists what is "
        "recognised.",
    )
    refused: Sequence[Problem] = st.session_state.get(REFUSED_USAGE, ())
    if refused:
        show_problems("This usage is not read; the page shows what was open before.", refused)


def log_shown() -> "LogPicture | None":
    """Picture of the log that the page started from, while it does."""
    from_log = st.session_state.get(ORIGIN) == "Your log"
    if not from_log or st.session_state.get(START) != UPLOADED:
        return None
    picture: LogPicture | None = st.session_state.get(PICTURE)
    return picture


def _take_usage() -> None:
    """Open the scenario of an uploaded log; a refused one leaves everything as it was."""
    file = st.session_state[USAGE_UPLOAD]
    st.session_state[REFUSED_USAGE] = ()
    if file is None:
        return
    # The engine that reads logs takes a tenth of a second to load: not with every page.
    from tco.own_data.usage.log_picture import picture_of
    from tco.own_data.usage.scenario_of_log import ScenarioTerms, scenario_of_log
    from tco.own_data.usage.sellers import Sellers
    from tco.own_data.usage.usage_log import open_usage

    sellers = Sellers(engine.catalogue())
    terms = ScenarioTerms(next(iter(engine.starting_points().values())))
    name = Path(file.name).name
    progress = st.progress(0.0, f"{literal(name)}: looking through it")
    with tempfile.TemporaryDirectory(prefix="tco-usage-") as folder:
        path = Path(folder) / name
        path.write_bytes(file.getbuffer())
        try:
            with open_usage([path]) as log:
                progress.progress(0.2, f"{literal(name)}: adding its rows up")
                made = scenario_of_log(log, sellers, terms)
                progress.progress(0.7, f"{literal(name)}: drawing its picture")
                picture = picture_of(log, made, sellers)
        except PlannerError as error:
            st.session_state[REFUSED_USAGE] = error.problems
            return
        finally:
            progress.empty()
    st.session_state[PICTURE] = picture
    open_scenario(made.scenario, "Your log")
