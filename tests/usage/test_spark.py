"""The Spark query, run on a real Spark on this machine."""

import json
import subprocess
from pathlib import Path

import duckdb
import pytest

from tco.own_data.usage.warehouse_sql import usage_sql
from tests.usage.reading import CATALOGUE
from tests.usage.test_sql import (
    BAD,
    MAP,
    REQUESTS,
    assert_the_bill_is_the_truth,
    comparable,
    kept,
    rows,
)

ROOT = Path(__file__).parents[2]
PYTHON = ROOT / ".venv-spark" / "bin" / "python"


@pytest.mark.spark
def test_the_sums_of_spark_are_those_of_duckdb_row_by_row(tmp_path):
    assert PYTHON.exists(), "make .venv-spark/.installed"
    local = duckdb.connect()
    local.execute(
        "CREATE TABLE requests (id VARCHAR, provider VARCHAR, model VARCHAR, as_of TIMESTAMP,"
        " tier VARCHAR, input_tokens BIGINT, cached_tokens BIGINT, cache_write_tokens BIGINT,"
        " output_tokens BIGINT)"
    )
    local.executemany(
        "INSERT INTO requests VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", [*rows(REQUESTS), *BAD]
    )
    own = local.execute(usage_sql("duckdb", "requests", CATALOGUE, MAP)).fetchall()
    table, query, out = (tmp_path / name for name in ("t.parquet", "q.sql", "out.json"))
    local.execute(f"COPY requests TO '{table}' (FORMAT parquet)")
    query.write_text(usage_sql("spark", "requests", CATALOGUE, MAP), encoding="utf-8")
    command = [PYTHON, Path(__file__).with_name("on_spark.py"), table, query, out]
    done = subprocess.run(command, capture_output=True, text=True, timeout=280, check=False)
    assert done.returncode == 0, done.stderr
    found = [
        [None if cell == "None" else cell for cell in row]
        for row in json.loads(out.read_text(encoding="utf-8"))
    ]
    assert sorted(comparable(found)) == sorted(comparable(own))
    assert_the_bill_is_the_truth(kept(found, tmp_path))
