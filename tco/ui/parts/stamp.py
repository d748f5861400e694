"""What an answer was computed with, at the foot of a page."""

import streamlit as st

from tco.ui.session.question import Answered
from tco.words.figures import NBSP, milliseconds, whole
from tco.words.markdown import literal


def stamp(answered: Answered) -> None:
    """Print versions, dates, hours and objective in one line."""
    of = answered.evaluation.stamp
    parts = (
        answered.scenario.name,
        f"planner {of.model_version}",
        f"catalogue {of.catalogue_version} ({of.catalogue_sha256[:12]})",
        f"prices of {of.prices_on}, oldest figure of {of.oldest} ({of.oldest_of})",
        f"a month is {whole(of.hours_per_month)}{NBSP}h",
        f"objective: mean {milliseconds(of.mean_ttft_ms)} to the first token, "
        f"{milliseconds(of.mean_tpot_ms)} per further token",
        f"calibrations: {', '.join(of.calibrations) or 'none'}",
    )
    st.markdown(f":small[{literal(' · '.join(parts))}]")
