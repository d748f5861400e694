"""A model of the visitor's own, by the `config.json` it is published with, as an estimate."""

from typing import Any, Final

import streamlit as st

from hardware_profiles.library import Library
from pricing.errors import InputError, PlannerError, Problem
from pricing.parsing import parse_json
from tco.question.alternatives import unused_name, with_model
from tco.question.files import record_from
from tco.question.options import SelfHostedOption
from tco.question.own_files import MOST_CONFIG_BYTES
from tco.question.scenario import Scenario
from tco.ui.session.problems import show_problems
from tco.ui.session.start import open_next

_KEY: Final = "own model"
PRECISIONS: Final = ("fp8", "bf16", "int4")
REPLICA_GPUS: Final = ("1", "2", "4", "8")


def ask_for_model(scenario: Scenario, library: Library) -> None:
    """Ask for a model and the machine that is to serve it; one press compares with it."""
    left, middle, right = st.columns([2, 1, 1])
    name = left.text_input("Name of the model", key=f"{_KEY} name", placeholder="Qwen3-32B")
    precision = middle.selectbox("Precision of its weights", PRECISIONS, key=f"{_KEY} precision")
    gpus = int(right.selectbox("GPUs of a replica", REPLICA_GPUS, key=f"{_KEY} gpus"))
    pasted = st.text_area(
        "Its config.json",
        key=f"{_KEY} config",
        max_chars=MOST_CONFIG_BYTES,
        placeholder='{"model_type": "qwen3", "hidden_size": 5120, …}',
    )
    left, right = st.columns([3, 1], vertical_alignment="bottom")
    rent = left.selectbox(
        "Machine that serves it", list(library.rentals), index=None, key=f"{_KEY} machine"
    )
    if not right.button("Compare with an estimate", key=f"{_KEY} add", disabled=rent is None):
        return
    try:
        option = record_from(
            SelfHostedOption,
            {
                "name": unused_name(scenario, f"{name.strip()}, {precision}, {rent}"),
                "model": name.strip(),
                "calibration": "estimate",
                "precision": precision,
                "gpus_per_replica": gpus,
                "rent": rent,
            },
        )
        made = with_model(scenario, option, _config(pasted))
    except PlannerError as refusal:
        show_problems("This model is not taken; nothing was changed.", refusal.problems)
        return
    open_next(made, "Your case")


def _config(pasted: str) -> dict[str, Any]:
    """Read what was pasted.

    Raises
    ------
    InputError
        If it is no JSON table.
    """
    try:
        config = parse_json(pasted)
    except ValueError:
        config = None
    if not isinstance(config, dict):
        limit, remedy = "is no JSON table", "Paste the whole file, from { to }."
        raise InputError(Problem("config.json", pasted[:40], limit, remedy))
    return config
