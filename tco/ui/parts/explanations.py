"""An explanation on the page: steps with their values, then inputs with their sources."""

import streamlit as st
from pandas import DataFrame

from tco.answer.explain import Explanation
from tco.words.figures import NOT_ESTIMATED, amount
from tco.words.markdown import literal


@st.dialog("How this figure comes about", width="large")
def explain_dialog(explanation: Explanation) -> None:
    """Open an explanation over the page."""
    show_explanation(explanation)


def show_explanation(explanation: Explanation) -> None:
    """Draw an explanation where it is asked for."""
    st.markdown(f"**{literal(explanation.title)}: {literal(explanation.value)}**")
    st.table(
        steps_table(explanation),
        border="horizontal",
        hide_index=True,
        alt="Steps of the calculation, with the values filled in",
    )
    if explanation.inputs:
        st.markdown("**It rests on**")
        st.table(
            inputs_table(explanation),
            border="horizontal",
            hide_index=True,
            alt="Inputs of the calculation, with their sources",
        )


def steps_table(explanation: Explanation) -> DataFrame:
    """Steps as rows. Markdown-safe."""
    return DataFrame(
        [
            {
                "Step": literal(step.name),
                "Calculation": literal(step.formula),
                "Gives": literal(step.value),
                "Source": literal(
                    ", ".join(p for p in (step.basis.source, step.basis.as_of) if p)
                    if step.basis
                    else ""
                ),
            }
            for step in explanation.steps
        ]
    )


def inputs_table(explanation: Explanation) -> DataFrame:
    """Inputs as rows. Markdown-safe."""
    return DataFrame(
        [
            {
                "Input": literal(row.label),
                "Value": literal(_value(row.value, row.unit)),
                "Source": literal(f"{row.basis.source}, {row.basis.as_of}".rstrip(", ")),
                "Confidence": row.basis.confidence,
                "Yours": "yes" if row.yours else "",
            }
            for row in explanation.inputs
        ]
    )


def _value(value: float | str | None, unit: str) -> str:
    if value is None:
        return NOT_ESTIMATED
    return value if isinstance(value, str) else amount(value, unit)
