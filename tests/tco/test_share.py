import base64
import hashlib
import json
import re
import zlib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pricing.catalogue import Catalogue
from pricing.errors import InputError
from tco.question.files import canonical_json
from tco.question.link import (
    MOST_CHARACTERS,
    MOST_LINK_BYTES,
    link_value,
    read_link,
)
from tco.question.presets import presets
from tests.tco.random_questions import questions

CATALOGUE = Catalogue.load()
DEFAULT = next(iter(presets().values()))


def signed(body, form="1"):
    return f"{form}.{body}.{hashlib.sha256(body.encode()).hexdigest()[:12]}"


def packed(content):
    if not isinstance(content, bytes):
        content = json.dumps(content).encode()
    return base64.urlsafe_b64encode(zlib.compress(content)).rstrip(b"=").decode()


def reason(value):
    with pytest.raises(InputError) as refused:
        read_link(value, CATALOGUE)
    return "; ".join(map(str, refused.value.problems))


@given(questions())
def test_every_scenario_comes_back_from_its_link(scenario):
    shared = read_link(link_value(scenario, CATALOGUE), CATALOGUE)
    assert shared.scenario == scenario
    assert shared.warnings == ()


@given(questions())
def test_a_link_needs_no_escaping_in_an_address(scenario):
    assert re.fullmatch(r"[A-Za-z0-9._-]+", link_value(scenario, CATALOGUE))


@pytest.mark.parametrize("scenario", presets().values(), ids=lambda s: s.name)
def test_a_worked_scenario_fits_the_address_line_of_any_browser(scenario):
    assert len(link_value(scenario, CATALOGUE)) <= 2_000


def test_the_same_scenario_gives_the_same_link():
    assert link_value(DEFAULT, CATALOGUE) == link_value(DEFAULT.model_copy(), CATALOGUE)


def test_a_link_warns_when_prices_have_moved_since():
    value = link_value(DEFAULT, replace(CATALOGUE, version="2026-01-01", sha256="0" * 64))
    shared = read_link(value, CATALOGUE)
    assert shared.scenario == DEFAULT
    assert shared.catalogue_version == "2026-01-01"
    (warning,) = shared.warnings
    assert "2026-01-01" in warning
    assert CATALOGUE.version in warning


def test_a_link_warns_when_prices_of_the_same_name_were_corrected():
    value = link_value(DEFAULT, replace(CATALOGUE, sha256="0" * 64))
    (warning,) = read_link(value, CATALOGUE).warnings
    assert "corrected" in warning


def test_a_link_warns_when_another_version_of_the_planner_made_it(monkeypatch):
    monkeypatch.setattr("tco.question.link.planner_version", lambda: "0.0.1")
    value = link_value(DEFAULT, CATALOGUE)
    monkeypatch.undo()
    (warning,) = read_link(value, CATALOGUE).warnings
    assert "planner 0.0.1" in warning


@given(st.data())
def test_a_link_changed_in_any_one_character_is_refused(data):
    value = link_value(DEFAULT, CATALOGUE)
    at = data.draw(st.integers(0, len(value) - 1))
    other = data.draw(st.sampled_from("ABCxyz019-_."))
    spoilt = value[:at] + other + value[at + 1 :]
    if spoilt != value:
        assert reason(spoilt).startswith("link: ")


@given(st.data())
def test_a_link_cut_anywhere_is_refused(data):
    value = link_value(DEFAULT, CATALOGUE)
    assert reason(value[: data.draw(st.integers(0, len(value) - 1))]).startswith("link: ")


@given(st.text(max_size=300) | st.binary(max_size=300).map(packed).map(signed))
def test_anything_else_is_refused_with_a_reason_and_no_traceback(value):
    assert reason(value).startswith("link: ")


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("", "not a link of this planner"),
        ("hello", "not a link of this planner"),
        (signed(packed({}), form="2"), "has form 2"),
        ("1.abc.def", "cut short or changed"),
        (signed("A" * 41), "cannot be unpacked"),
        (signed(packed(b"not json")), "holds no scenario"),
        (signed(packed([1])), "holds no scenario"),
        (signed(packed({"scenario": {}})), "holds no scenario"),
        (signed(packed(b"[" * 100_000)), "holds no scenario"),
        ("1." + "A" * MOST_CHARACTERS, "longer than"),
    ],
)
def test_a_bad_link_explains_itself(value, words):
    assert words in reason(value)


@pytest.mark.parametrize("size", [MOST_LINK_BYTES + 1, 10_000_000])
def test_a_link_that_would_unfold_without_end_is_stopped(size):
    assert "unfolds to more than" in reason(signed(packed(b" " * size)))


def test_bytes_after_the_compressed_scenario_are_refused():
    body = base64.urlsafe_b64encode(zlib.compress(b"{}") + b"more").rstrip(b"=").decode()
    assert "cannot be unpacked" in reason(signed(body))


def test_a_link_from_an_older_planner_names_the_fields_it_no_longer_has():
    held = {
        "planner": "0.0.1",
        "catalogue": "2020-01-01",
        "sha256": "0",
        "scenario": {**json.loads(DEFAULT.model_dump_json(exclude_none=True)), "gpu_count": 3},
    }
    told = reason(signed(packed(held)))
    assert "2020-01-01" in told
    assert "planner 0.0.1" in told
    assert "gpu_count" in told


def test_a_scenario_too_large_for_a_link_is_sent_as_a_file(default):
    noise = hashlib.shake_256(b"x").hexdigest(40_000)
    with pytest.raises(InputError, match="as a file"):
        link_value(default.model_copy(update={"note": noise}), CATALOGUE)


def test_canonical_json_does_not_depend_on_the_order_of_keys():
    assert canonical_json({"b": 1, "a": [1.5, "é"]}) == '{"a":[1.5,"é"],"b":1}'
