"""Settings that InferenceX publishes in its scripts, for rows that were copied without them."""

import csv
import io
from datetime import date
from importlib.resources import files

import pytest

from calibrate.fitting.points import parse_points

HEAD = (
    "origin,model,system,precision,tp,isl,osl,concurrency,ttft_ms,tpot_ms,"
    "kv_bytes,max_num_batched_tokens\n"
)
MINIMAX = "MiniMaxAI/MiniMax-M2.5,b300_sxm,fp8,4"
GPT_OSS = "openai/gpt-oss-120b,b200_sxm,fp4,2"
UNKNOWN = "openai/gpt-oss-120b,mi300x,fp4,2"


def read(origin, replica, *, input_tokens=1024, recorded=","):
    (point,) = parse_points(f"{HEAD}{origin},{replica},{input_tokens},1024,64,100,10,{recorded}\n")
    return point


@pytest.mark.parametrize(
    ("replica", "input_tokens", "budget"),
    [(MINIMAX, 1024, 2048), (MINIMAX, 8192, 16384), (GPT_OSS, 1024, 8192), (GPT_OSS, 8192, 8192)],
)
def test_a_row_takes_what_it_lacks_from_the_script_of_its_run(replica, input_tokens, budget):
    point = read("inferencex", replica, input_tokens=input_tokens)
    assert point.max_num_batched_tokens == budget
    assert point.kv_bytes == 1
    assert point.group.kv == "1"


def test_what_a_row_records_stands():
    point = read("inferencex", MINIMAX, recorded="2,4096")
    assert (point.kv_bytes, point.max_num_batched_tokens) == (2, 4096)


@pytest.mark.parametrize(("origin", "replica"), [("nvidia", MINIMAX), ("inferencex", UNKNOWN)])
def test_where_no_script_is_known_nothing_is_filled_in(origin, replica):
    point = read(origin, replica)
    assert point.kv_bytes is None
    assert point.max_num_batched_tokens is None


def test_every_setting_names_its_script_and_the_day_it_was_read():
    text = (files("calibrate") / "data" / "inferencex_settings.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert rows
    for row in rows:
        assert row["source"].startswith("SemiAnalysisAI/InferenceX@")
        assert date.fromisoformat(row["read_on"])
        assert float(row["kv_bytes"]) in (1, 2)
        assert bool(row["max_num_batched_tokens"]) != bool(row["batched_inputs"])
