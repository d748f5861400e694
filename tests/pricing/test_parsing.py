"""Text is read within limits that hold before it is parsed."""

import resource
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pricing.parsing import MOST_DEPTH, MOST_KEY_PARTS, parse_json, parse_toml

HOSTILE = (
    (parse_toml, ".".join("a" * 20_000) + " = 1"),
    (parse_toml, "[" + ".".join("a" * 20_000) + "]"),
    (parse_toml, "x = {" + ".".join("a" * 20_000) + " = 1}"),
    (parse_toml, '"a" . ' * 10_000 + "b = 1"),
    (parse_toml, "'a'." * 10_000 + "b = 1"),
    (parse_toml, "x = " + "[" * 50_000),
    (parse_toml, "x = " + "{a = " * 50_000),
    (parse_toml, '"' * 100_000),
    (parse_toml, "x = 0x" + "f" * 100_000),
    (parse_toml, "x = +" + "9" * 5_000),
    (parse_json, "[" * 100_000),
    (parse_json, '{"a":' * 50_000),
    (parse_json, "{" + ",".join(['"a": 1'] * 100_000) + "}"),
    (parse_json, '{"a": NaN}'),
    (parse_json, b"\xff\xfe"),
    (parse_json, '"' + "\\" * 100_001),
)


@pytest.mark.parametrize(("parse", "text"), HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_is_refused_with_little_work(parse, text):
    before = resource.getrusage(resource.RUSAGE_SELF)
    began = time.process_time()
    with pytest.raises(ValueError, match=r"\S"):
        parse(text)
    after = resource.getrusage(resource.RUSAGE_SELF)
    assert time.process_time() - began < 2
    assert after.ru_maxrss - before.ru_maxrss < 100_000  # kB


def test_a_key_that_stands_twice_is_named():
    with pytest.raises(ValueError, match="'b' stands twice"):
        parse_json('{"a": 1, "b": 2, "b": 2}')
    with pytest.raises(ValueError, match="'b' stands twice"):
        parse_json('{"a": [{"b": 2, "b": 3}]}')


@pytest.mark.parametrize(
    "text",
    [
        'note = "1.2.3.4.5.6.7.8.9.10.11.12.13.14"',
        "note = '''\na.b.c.d.e.f.g.h.i.j.k.l.m.n [[[[[\n'''",
        'note = """\n' + "[" * 90 + ' \\" \n"""',
        "# " + "a." * 30 + "\nx = 1",
        "x = [" + ", ".join(["1.5"] * 168) + "]",
        "x = 2026-11-24",
        ".".join("a" * MOST_KEY_PARTS) + " = 1",
        "x = " + "[" * (MOST_DEPTH - 1) + "]" * (MOST_DEPTH - 1),
    ],
)
def test_a_file_that_looks_deep_and_is_not_is_read(text):
    assert parse_toml(text)


def test_one_level_more_is_refused():
    with pytest.raises(ValueError, match="deep"):
        parse_json("[" * (MOST_DEPTH + 1) + "]" * (MOST_DEPTH + 1))
    with pytest.raises(ValueError, match="parts"):
        parse_toml(".".join("a" * (MOST_KEY_PARTS + 1)) + " = 1")


@given(st.text(max_size=200))
def test_any_text_is_parsed_or_refused(text):
    for parse in (parse_json, parse_toml):
        try:
            parse(text)
        except ValueError:
            continue
