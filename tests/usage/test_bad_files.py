"""Bad input: set aside by row with its line, or refused by file; never a wrong sum."""

import gzip
import json
import os
import signal
import subprocess
import sys
import time
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard

from pricing.errors import InputError, PlannerError
from pricing.told_to_end import STOPPED_EXIT_CODE
from tests.tco.command import PROGRAM, tco, tco_process
from tests.usage.reading import billed

HEADER = "id,provider,model,as_of,input_tokens,cached_tokens,output_tokens\n"
ROW = "a,openai,gpt-5.4,2026-11-20,1000,10,100\n"
USD = "0.0039775"
RECORD = {
    "id": "a",
    "created": 1_795_000_000,
    "model": "gpt-5.4",
    "usage": {"prompt_tokens": 1_000, "completion_tokens": 100},
}


def put(folder, name, content):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def bad(cells):
    return f"x,openai,gpt-5.4,2026-11-20,{cells}\n"


@pytest.mark.parametrize("column", ["cached_input_tokens", "Cache_Creation", "audio_tokens"])
@pytest.mark.parametrize("counted", ["", ",requests"])
def test_a_table_of_requests_that_counts_tokens_where_nothing_is_read_is_refused(
    tmp_path, column, counted
):
    """What it counts there would be left out of the bill."""
    header = HEADER.replace("cached_tokens", column).replace("\n", f"{counted}\n")
    row = ROW.replace("\n", ",1\n" if counted else "\n")
    with pytest.raises(InputError, match=f"column '{column}': is none of the shape requests"):
        billed([put(tmp_path, "log.csv", header + row)])


def test_records_of_requests_that_count_tokens_where_nothing_is_read_are_refused(tmp_path):
    names, cells = (text.strip().split(",") for text in (HEADER, ROW))
    record = dict(zip(names, cells, strict=True)) | {"cached_input_tokens": 7}
    line = json.dumps(record) + "\n"
    with pytest.raises(InputError, match="key 'cached_input_tokens': is none of the shape"):
        billed([put(tmp_path, "log.jsonl", line)])


def test_a_broken_file_is_refused_whose_shape_is_said_to_be_a_table_of_requests(tmp_path):
    path = put(tmp_path, "log.json", '{"provider": "openai", "mod')
    with pytest.raises(InputError, match="cannot be read as JSON"):
        billed([path], shape="requests")


def test_columns_of_tokens_that_an_export_has_beside_those_read_are_named(tmp_path):
    header = "date,modelPermaslug,promptTokens,completionTokens,requests,musicTokens\n"
    row = "2026-11-20,openai/gpt-5.4,1000,100,1,7\n"
    bill = billed([put(tmp_path, "log.csv", header + row)])
    (said,) = (remark for remark in bill.remarks if "not read" in remark)
    assert said.endswith("not read: musicTokens.")


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (bad("NaN,0,5"), "no whole number"),
        (bad("-5,0,5"), "no whole number"),
        (bad("5.5,0,5"), "no whole number"),
        (bad("inf,0,5"), "no whole number"),
        (bad(f"{10**19},0,5"), "no whole number"),
        (bad("5,10,5"), "more than its input"),
        ("x,openai,gpt-5.4,3026-11-20,5,0,5\n", "far away"),
        ("x,openai,gpt-5.4,someday,5,0,5\n", "far away"),
        ("x,openai,gpt-5.4,2026-11-20,5,0\n", "no row of the table"),
        ("x,openai,gpt-5.4,2026-11-20,5,0,5,6\n", "no row of the table"),
        ("x,openai,nothing,2026-11-20,5,0,5\n", "no such model"),
        ("x,,chat-prod,2026-11-20,5,0,5\n", "no maker"),
        ("x,openai,gpt-5.4,2025-11-20,5,0,5\n", "released"),
        ("x,openai,gpt-5.4,2026-11-20,1500000,0,5\n", "at most"),
        ("x,openai,gpt-5.4,,5,0,5\n", "no day"),
        (",,,,,,\n", "tells no tokens"),
    ],
)
def test_a_bad_row_is_set_aside_with_its_line_and_the_others_are_priced(tmp_path, line, reason):
    path = put(tmp_path, "requests.csv", HEADER + ROW + line + ROW)
    found = billed([path])
    priced = found.total.rows
    assert found.rows == priced + found.set_aside_rows == 3
    assert str(found.total.lower_usd.normalize()) == "0.007955"
    (aside,) = found.set_aside
    assert reason in aside.reason
    assert [(e.file, e.row) for e in aside.examples] == [("requests.csv", 3)]


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.csv", (HEADER + ROW).encode("utf-16"), "UTF-16"),
        ("a.csv", (HEADER + ROW).encode("utf-16-le"), "UTF-16"),
        ("a.jsonl", json.dumps(RECORD).encode("utf-16-be"), "UTF-16"),
        ("a.csv", ",".join(f"c{n}" for n in range(100_000)) + "\n", "100,000 columns"),
        ("a.csv", HEADER.replace("id,", "Model,") + ROW, "given twice"),
        ("a.csv", "", "empty"),
        ("a.csv", "\n\n", "empty"),
        ("a.csv", "this,is,something\n1,2,3\n", "no shape"),
        ("a.csv", HEADER + ROW + '"b,openai\n' + ROW * 5, "never closed"),
        ("a.csv", HEADER + "0" * 9_000_000, "a line of more than"),
        ("a.csv.gz", HEADER + ROW, "unpacked"),
        ("a.csv.gz", gzip.compress((HEADER + ROW * 5_000).encode(), mtime=0)[:-30], "unpacked"),
        ("a.csv.zst", b"\x28\xb5\x2f\xfdnothing", "unpacked"),
        ("a.jsonl.gz", gzip.compress(json.dumps(RECORD).encode(), mtime=0)[:-9], "unpacked"),
        ("a.json", '{"data": [{"start_time": 1, "results": [{"input', "JSON"),
        ("a.json", "[1, 2", "JSON"),
        ("a.jsonl", '{"a": "' + "0" * 17_000_000, "maximum_object_size"),
        ("a.parquet", "hello", "Parquet"),
        ("a.xlsx", "PK", "no known format"),
    ],
    ids=lambda value: value if isinstance(value, str) and len(value) < 40 else "content",
)
def test_a_bad_file_is_refused_by_its_name(tmp_path, name, content, says):
    path = put(tmp_path, name, content)
    with pytest.raises(InputError, match=says) as refused:
        billed([path])
    assert all(name in problem.field for problem in refused.value.problems)


def test_a_parquet_file_cut_short_is_refused(tmp_path):
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"id": list(range(1_000))}), path)
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(InputError, match="Parquet"):
        billed([path])


def test_a_document_too_long_to_be_taken_apart_is_refused_with_the_way_out(tmp_path):
    result = {"model": "gpt-5.4", "num_model_requests": 1, "input_tokens": 1, "note": "x" * 800}
    page = {"data": [{"start_time": 1_795_000_000 + n, "results": [result]} for n in range(17_000)]}
    with pytest.raises(InputError, match=r"too long to be taken apart.*smaller pages"):
        billed([put(tmp_path, "page.json", json.dumps(page))])


def test_a_path_that_leads_nowhere_is_refused(tmp_path):
    with pytest.raises(InputError, match="no usage file"):
        billed([tmp_path / "none-*.csv"])


def test_a_parquet_file_may_hold_floats_and_their_nan_is_no_count(tmp_path):
    columns = {
        "provider": ["openai"] * 4,
        "model": ["gpt-5.4"] * 4,
        "as_of": ["2026-11-20"] * 4,
        "input_tokens": [1_000.0, float("nan"), -1.0, 2.5],
        "cached_tokens": [10, 0, 0, 0],
        "output_tokens": [100, 1, 1, 1],
    }
    pq.write_table(pa.table(columns), tmp_path / "a.parquet")
    found = billed([tmp_path / "a.parquet"])
    assert (found.total.rows, found.set_aside_rows) == (1, 3)
    assert str(found.total.lower_usd.normalize()) == USD


@pytest.mark.parametrize(
    ("kind", "wrong"),
    [
        (pa.int64(), [-1, 10**18 + 1, 2**63 - 1, -(2**63)]),
        (pa.uint64(), [10**18 + 1, 2**63, 2**64 - 1]),
        (pa.int32(), [-1, -(2**31)]),
        (pa.int8(), [-1]),
    ],
    ids=str,
)
def test_a_whole_number_out_of_bounds_in_any_column_of_parquet_is_no_count(tmp_path, kind, wrong):
    """However large: nothing overflows, and no other row is lost."""
    names = ("input_tokens", "cached_tokens", "output_tokens")
    rows = [(100, 10, 100)]
    rows += [(*rows[0][:place], n, *rows[0][place + 1 :]) for n in wrong for place in range(3)]
    rows += [(n, n, n) for n in wrong]
    named = {"provider": "openai", "model": "gpt-5.4", "as_of": "2026-11-20"}
    columns = {name: pa.array([text] * len(rows)) for name, text in named.items()}
    columns |= {
        name: pa.array(row, kind) for name, row in zip(names, zip(*rows, strict=True), strict=True)
    }
    pq.write_table(pa.table(columns), tmp_path / "a.parquet")
    found = billed([tmp_path / "a.parquet"])
    assert (found.total.rows, found.set_aside_rows) == (1, len(rows) - 1)
    assert {aside.reason.split()[-1] for aside in found.set_aside} == {"up"}
    assert found.total.lower_usd == Decimal("0.0017275")


def test_a_decimal_comma_is_set_aside_and_semicolons_separate(tmp_path):
    text = (HEADER + ROW).replace(",", ";") + "b;openai;gpt-5.4;2026-11-20;1000,5;0;5\n"
    found = billed([put(tmp_path, "a.csv", text)])
    assert (found.total.rows, found.set_aside_rows) == (1, 1)


def test_a_line_cut_short_is_set_aside_and_those_before_it_are_priced(tmp_path):
    path = put(tmp_path, "a.jsonl", json.dumps(RECORD) + '\nnot json\n{"id": "b", "usa')
    found = billed([path])
    assert (found.total.rows, found.set_aside_rows) == (1, 2)
    (aside,) = found.set_aside
    assert [e.row for e in aside.examples] == [2, 3]


def test_records_of_other_kinds_among_those_of_one_are_set_aside(tmp_path):
    """Another shape, an array, a text, a number and nothing; a record of 100,000 keys is priced."""
    wide = RECORD | {"id": "b", **{f"k{n}": n for n in range(100_000)}}
    other = {"type": "assistant", "message": {"id": "m", "usage": {"input_tokens": 3}}}
    records = [RECORD, wide, other, [1, 2], "text", 5, None]
    found = billed([put(tmp_path, "a.jsonl", "\n".join(map(json.dumps, records)))])
    assert (found.rows, found.total.rows) == (7, 2)
    (aside,) = found.set_aside
    assert [e.row for e in aside.examples] == [3, 4, 5, 6, 7]


def test_numbers_that_json_does_not_have_are_no_counts(tmp_path):
    tokens = ("NaN", "Infinity", "-5", "1e400", '"1,5"', "2.5", "[1]", "true")
    line = '{{"id": "{}", "created": 1795000000, "model": "gpt-5.4", "usage": {}}}\n'
    usage = '{{"prompt_tokens": {}, "completion_tokens": 1}}'
    text = "".join(line.format(f"r{n}", usage.format(t)) for n, t in enumerate(tokens))
    found = billed([put(tmp_path, "a.jsonl", json.dumps(RECORD) + "\n" + text)])
    assert (found.total.rows, found.set_aside_rows) == (1, len(tokens))


def test_a_line_as_long_as_is_promised_is_read(tmp_path):
    """Four million characters, two of which the engine takes by itself."""
    text = HEADER + ROW + ROW.replace("a,", "a" * 3_000_000 + ",", 1) + ROW
    found = billed([put(tmp_path, "a.csv", text)])
    assert (found.total.rows, found.set_aside_rows) == (3, 0)


@pytest.mark.parametrize("unit", [1, 1_000, 1_000_000, 1_000_000_000])
def test_unix_time_may_be_given_in_any_unit(tmp_path, unit):
    record = RECORD | {"created": RECORD["created"] * unit}
    found = billed([put(tmp_path, "a.jsonl", json.dumps(record))], by=("day",))
    assert [line.group for line in found.lines] == [("2026-11-18",)]


@pytest.mark.parametrize(
    ("time", "day"),
    [
        ("2026-11-20T00:30:00+02:00", "2026-11-19"),
        ("2026-11-20T23:30:00-02:00", "2026-11-21"),
        ("2026-11-20 23:30:00", "2026-11-20"),
        ("2026-11-20T23:30:00.123Z", "2026-11-20"),
    ],
)
def test_a_day_is_that_of_utc(tmp_path, time, day):
    path = put(tmp_path, "a.csv", HEADER + ROW.replace("2026-11-20", time))
    assert [line.group for line in billed([path], by=("day",)).lines] == [(day,)]


def test_packed_files_folders_and_patterns_are_read_alike(tmp_path):
    text = (HEADER + ROW).encode()
    put(tmp_path, "a.csv", text)
    put(tmp_path, "b.csv.gz", gzip.compress(text))
    put(tmp_path, "c.csv.zst", zstandard.compress(text))
    for paths in ([tmp_path], [tmp_path / "*.csv*"], [tmp_path, tmp_path / "a.csv"]):
        found = billed(paths)
        assert found.total.rows == 3
        assert len(found.files) == 3


@pytest.mark.parametrize("name", ["bomb.csv.gz", "bomb.jsonl.gz"])
def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path, name):
    with gzip.open(tmp_path / name, "wb", compresslevel=9) as bomb:
        bomb.write(HEADER.encode() if "csv" in name else b'{"a": "')
        for _ in range(30):
            bomb.write(b"0" * 10_000_000)
    code = (
        "import atexit, resource, sys; resource.setrlimit(resource.RLIMIT_AS, (3 * 2**30,) * 2);"
        "peak = lambda: print(open('/proc/self/status').read().split('VmHWM:')[1].split()[0]);"
        "atexit.register(peak);"
        "from tests.usage.reading import billed; billed([sys.argv[1]])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / name)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        cwd=Path(__file__).parents[2],
    )
    assert "InputError" in done.stderr
    assert int(done.stdout.split()[-1]) < 700 * 1024


def test_the_command_exits_with_3_where_a_row_has_no_price_and_2_for_a_bad_file(tmp_path):
    good = put(tmp_path, "good.csv", HEADER + ROW)
    part = put(tmp_path, "part.csv", HEADER + ROW + bad("-5,0,5"))
    none = put(tmp_path, "none.csv", "a,b\n1,2\n")
    assert [tco("usage", "bill", path).returncode for path in (good, part, none)] == [0, 3, 2]
    document = json.loads(tco("usage", "bill", part, "--json").stdout)
    assert document["rows"] == {"in": 2, "priced": 1, "bounded": 0, "set_aside": 1}
    refused = tco_process("usage", "bill", none, "--json")
    assert json.loads(refused.stdout)["code"] == "input"
    assert "Traceback" not in refused.stderr


@pytest.mark.parametrize("after_s", [0.0, 0.15, 0.3, 0.6, 1.0])
def test_an_interrupted_command_leaves_nothing_behind(tmp_path, after_s):
    """The one that writes a file is stopped while it looks, reads or adds up."""
    text = HEADER + ROW * 400_000
    path, out, spill = put(tmp_path, "a.csv", text), tmp_path / "s.toml", tmp_path / "spill"
    spill.mkdir()
    command = [PROGRAM, "usage", "scenario", str(path), "--out", str(out)]
    running = subprocess.Popen(
        command,
        env={**os.environ, "TMPDIR": str(spill)},
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    while not any(spill.iterdir()):
        assert running.poll() is None
        time.sleep(0.01)
    time.sleep(after_s)
    running.send_signal(signal.SIGINT)
    _, said = running.communicate(timeout=60)
    assert running.returncode == STOPPED_EXIT_CODE
    assert b"Traceback" not in said
    assert not list(spill.iterdir())
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.csv", "spill"]


def test_what_tells_costs_alone_is_sent_to_reconcile(tmp_path):
    path = put(tmp_path, "a.csv", "start_time,amount_value,amount_currency\n1795000000,1.5,usd\n")
    with pytest.raises(PlannerError, match="reconcile"):
        billed([path])
