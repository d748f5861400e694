"""Files to take away: the scenario and the result, written when they are asked for."""

from collections.abc import Callable
from functools import partial

import streamlit as st

from tco.exports.forms import FORMS
from tco.ui.session.question import Answered


def downloads(answered: Answered) -> None:
    """Offer the two files that open again on the page."""
    evaluation = answered.evaluation
    for name in ("csv", "toml"):
        form = FORMS[name]
        download(
            f"Download {form.title[0].lower()}{form.title[1:]}",
            partial(form.write, answered.scenario, evaluation),
            f"planner-{evaluation.stamp.prices_on}{form.ending}",
            form.media_type,
        )


def download(
    label: str, content: Callable[[], str | bytes], name: str, kind: str, *, key: str | None = None
) -> None:
    """Offer one file; it is written on the click and nothing is drawn anew."""
    st.download_button(label, content, name, kind, key=key, on_click="ignore", width="stretch")
