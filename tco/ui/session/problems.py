"""Refusals as people read them."""

from collections.abc import Sequence

import streamlit as st

from pricing.errors import Problem
from tco.words.markdown import literal


def show_problems(title: str, problems: Sequence[Problem]) -> None:
    """Show every problem: field, value, limit, remedy. Text of a user stays text."""
    rows = [
        f"- **{literal(p.field)}**"
        + (f" = {literal(p.value)}" if p.value else "")
        + f": {literal(p.limit)}. {literal(p.remedy)}".rstrip()
        for p in problems
    ]
    st.error("\n".join([f"**{title}**", "", *rows]))
