"""No record gets in that claims what its chip, its memory or its model does not allow."""

import json
from dataclasses import replace
from importlib.resources import files

import pytest

from hardware_profiles.calibration import read_record
from hardware_profiles.library import Library
from hardware_profiles.record_digest import with_digest
from pricing.errors import InputError
from tco.serving.records import record_from_text

LIBRARY = Library.load()
FOLDER = files("hardware_profiles") / "data" / "calibrations"
DENSE = "llama-3.1-70b-fp8-h100-tp4.json"
MIXTURE = "gpt-oss-120b-mxfp4-h100-tp4.json"
ON_ONE = "gpt-oss-120b-mxfp4-h200-tp1.json"
TIMES = ("a_ms", "b_ms_per_token", "c_ms_per_sequence", "d_ms_per_context_token", "e_ms_per_token2")


def shipped(name=DENSE):
    document = json.loads((FOLDER / name).read_text())
    return {**document, "id": "mine"}


def put(document, path, value):
    place = document
    *parents, last = path.split(".")
    for key in parents:
        place = place[int(key)] if isinstance(place, list) else place[key]
    place[int(last) if isinstance(place, list) else last] = value
    return document


def refusals(document):
    """What is said of a record that is uploaded, and of one in a folder of the user's."""
    text = json.dumps(with_digest(document))
    said = []
    with pytest.raises(InputError) as refused:
        record_from_text(text, "mine.json", LIBRARY)
    said.append(str(refused.value))
    with pytest.raises(InputError) as refused:
        LIBRARY.with_own({"mine": read_record(text, "mine.json")})
    said.append(str(refused.value))
    return said


def test_a_shipped_record_under_another_id_is_accepted():
    record = record_from_text(json.dumps(with_digest(shipped())), "mine.json", LIBRARY)
    assert LIBRARY.with_own({"mine": record}).calibration("mine") == record


@pytest.mark.parametrize("name", TIMES)
@pytest.mark.parametrize("value", [0.0, 1e-12])
def test_no_time_of_a_step_is_below_what_the_chip_takes(name, value):
    for said in refusals(put(shipped(), f"parameters.{name}", value)):
        assert name in said
        assert "at least" in said


@pytest.mark.parametrize("value", [0.0, 3.0])
def test_a_mixture_reads_the_experts_that_its_sequences_meet(value):
    """One sequence alone would pass: its fixed work takes longer than its own experts."""
    for said in refusals(put(shipped(ON_ONE), "parameters.mw_ms", value)):
        assert "mw_ms" in said
        assert "reading the experts they meet takes at least" in said


@pytest.mark.parametrize("name", TIMES)
def test_microseconds_for_milliseconds_are_noticed(name):
    document = shipped()
    for said in refusals(put(document, f"parameters.{name}", document["parameters"][name] / 1_000)):
        assert name in said


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        ("limits.max_num_seqs", 10**9, "max_num_seqs"),
        ("limits.max_num_batched_tokens", 10**12, "max_num_batched_tokens"),
        ("limits.kv_tokens", 1e8, "the memory beside the weights"),
        ("limits.kv_tokens", 1e300, "kv_tokens"),
        ("span.concurrency", {"low": 0.0, "high": 0.0}, "span.concurrency"),
        ("span.input_tokens", {"low": 0.0, "high": 100.0}, "span.input_tokens"),
        ("span.output_tokens", {"low": 1.0, "high": 1e12}, "span.output_tokens"),
        ("span.cached_share", {"low": 0.0, "high": 3.0}, "span.cached_share"),
        ("span.shapes.0.input_tokens", 0.0, "input_tokens"),
        ("parameters.overlap", 1e6, "overlap"),
        ("parameters.t0_ms", 1e9, "t0_ms"),
        ("parameters.wide_above", 1e9, "wide_above"),
        ("covariance.0.0", -0.5, "positive"),
        ("covariance.0.1", 0.4, "symmetric"),
        ("covariance.0.0", 1e9, "covariance"),
        ("residual_sd", 1e9, "residual_sd"),
        ("experts", 8, "routes a token to"),
        ("experts_active", 4, "must not exceed"),
        ("also_serves", ["Llama 3.1 8B"], "same dimensions"),
        ("also_serves", ["gpt-oss-120b"], "same dimensions"),
        ("also_serves", ["No such model"], "is not in the library"),
        ("covariance_order", ["a_ms"] * 9, "covariance"),
    ],
)
def test_limits_spans_spread_and_experts_are_those_of_the_model_and_its_chip(path, value, words):
    for said in refusals(put(shipped(), path, value)):
        assert words in said


def test_memory_bounds_no_context_of_a_model_whose_every_layer_has_a_window():
    """What such a sequence keeps stops growing, so that no number of tokens fills the memory."""
    windowed = LIBRARY.model("Llama 3.1 70B").model_copy(
        update={
            "kv_growing_elements_per_token": 0,
            "kv_local_elements_per_token": 163_840,
            "kv_local_cap_tokens": 4_096,
        }
    )
    library = replace(LIBRARY, models={**LIBRARY.models, "Windowed": windowed})
    mine = {"model": "Windowed", "also_serves": []}
    for kv_tokens in (1e5, 1e8):
        document = put({**shipped(), **mine}, "limits.kv_tokens", kv_tokens)
        record = record_from_text(json.dumps(with_digest(document)), "mine.json", library)
        assert library.with_own({"mine": record}).calibration("mine") == record


@pytest.mark.parametrize(
    ("name", "value"),
    [("layers", 79), ("head_dim", 64), ("kv_local_cap_tokens", 4_096), ("kv_heads", 4)],
)
def test_a_record_stands_for_no_model_that_differs_in_one_dimension(name, value):
    other = LIBRARY.model("Llama 3.1 70B").model_copy(update={name: value})
    library = replace(LIBRARY, models={**LIBRARY.models, "Other": other})
    record = read_record(json.dumps(with_digest({**shipped(), "also_serves": ["Other"]})), "mine")
    with pytest.raises(InputError, match=f"has {name} {value}"):
        library.with_own({"mine": record})


def test_a_mixture_has_the_experts_of_its_model():
    for said in refusals(put(shipped(MIXTURE), "experts_active", 8)):
        assert "routes a token to 4 of 128" in said


@pytest.mark.parametrize("spoil", ["1e999", "NaN", "-Infinity", '"7"', "true", "null"])
def test_a_number_that_is_none_is_refused_wherever_it_stands(spoil):
    for name in ("a_ms", "residual_sd", "kv_tokens", "low"):
        text = json.dumps(shipped())
        at = text.index(f'"{name}": ') + len(name) + 4
        end = min(text.index(mark, at) for mark in ",}" if mark in text[at:])
        with pytest.raises(InputError):
            read_record(text[:at] + spoil + text[end:], "mine.json")


def test_a_key_that_stands_twice_is_refused():
    text = json.dumps(shipped())
    with pytest.raises(InputError, match="'a_ms' stands twice"):
        read_record(text.replace('"a_ms"', '"a_ms": 0.001, "a_ms"', 1), "mine.json")
