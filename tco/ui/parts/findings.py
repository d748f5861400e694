"""What the reader must know: refusals, flags and remarks, each once, the gravest first."""

from typing import Final

import streamlit as st

from tco.answer.worked import Evaluation
from tco.results.bill import Finding
from tco.words.markdown import literal

SEVERITY_COLOURS: Final = {"refused": "red", "barred": "red", "flagged": "orange", "remark": "gray"}
"""Colour of each severity, the gravest first."""


def all_findings(evaluation: Evaluation) -> dict[Finding, list[str]]:
    """Every finding once, the gravest first, with the alternatives it is about."""
    about: dict[Finding, list[str]] = {finding: [] for finding in evaluation.findings}
    for alternative in evaluation.alternatives:
        for finding in alternative.findings:
            about.setdefault(finding, []).append(alternative.label)
    graver = {severity: place for place, severity in enumerate(SEVERITY_COLOURS)}
    return dict(sorted(about.items(), key=lambda item: graver[item[0].severity]))


def count_of(evaluation: Evaluation) -> int:
    """How many findings there are."""
    of_alternatives = (alternative.findings for alternative in evaluation.alternatives)
    return len(set(evaluation.findings).union(*of_alternatives))


def findings(evaluation: Evaluation) -> None:
    """Draw every finding with what it is about."""
    for finding, labels in all_findings(evaluation).items():
        show_finding(finding, "; ".join(labels))


def show_finding(finding: Finding, label: str = "") -> None:
    """Draw one finding: how grave, what, what to do, who says so."""
    colour = SEVERITY_COLOURS[finding.severity]
    about = f"**{literal(label)}:** " if label else ""
    source = f" :small[{literal(finding.source)}]" if finding.source else ""
    st.markdown(
        f":{colour}-badge[{finding.severity}] {about}{literal(finding.message)} "
        f"{literal(finding.remedy)}{source}"
    )
