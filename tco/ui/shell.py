"""The frame of the page: its title, its pages, and the one place that catches a refusal."""

from pathlib import Path
from typing import Final

import streamlit as st

from pricing.errors import PlannerError
from tco.ui import pages

ICON: Final = Path(__file__).with_name("icon.png")


def run() -> None:
    """Draw the page the visitor chose."""
    # A local icon, and before navigation: otherwise the browser asks a font host for one.
    st.set_page_config(page_title="GPT or Llama planner", page_icon=str(ICON), layout="wide")
    page = st.navigation([st.Page(pages.decide, title="Decide", default=True)], position="hidden")
    try:
        page.run()
    except PlannerError as error:
        pages.refuse(error)


if __name__ == "__main__":
    run()
