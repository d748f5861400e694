"""Several files read as one: each row keeps its own file and line, and each file is read once."""

import gzip
import json

import pytest

from tco.own_data.usage import usage_log
from tco.own_data.usage.reconcile import reconcile
from tco.own_data.usage.sellers import Sellers
from tco.own_data.usage.usage_log import open_usage
from tests.usage import written, written_gateways, written_sellers, written_tools
from tests.usage.reading import CATALOGUE, billed, put
from tests.usage.test_bad_files import HEADER, RECORD, ROW, bad
from tests.usage.truth import AUTUMN, sent

BAD = bad("-5,0,5")
SHORT = "x,openai,gpt-5.4,2026-11-20,5,0\n"


def where(found):
    return [(e.file, e.row) for aside in found.set_aside for e in aside.examples]


def test_a_bad_row_is_told_with_the_line_of_its_own_file(tmp_path):
    files = [
        ("a.csv", HEADER + ROW * 3),
        ("b.csv", HEADER + ROW + BAD),
        ("c.csv", HEADER + BAD + ROW * 2 + BAD),
    ]
    assert where(billed(put(tmp_path, files))) == [("b.csv", 3), ("c.csv", 2), ("c.csv", 5)]


def test_a_row_without_a_price_is_told_with_the_line_of_its_own_file(tmp_path):
    unknown = "x,openai,nothing,2026-11-20,5,0,5\n"
    files = [("a.csv", HEADER + ROW * 3), ("b.csv", HEADER + ROW + unknown)]
    assert where(billed(put(tmp_path, files))) == [("b.csv", 3)]


def test_lines_that_are_no_rows_count_in_their_own_file_alone(tmp_path):
    files = [
        ("a.csv", HEADER + SHORT + ROW * 2),
        ("b.csv", HEADER + ROW + SHORT + BAD),
    ]
    found = billed(put(tmp_path, files))
    assert sorted(where(found)) == [("a.csv", 2), ("b.csv", 3), ("b.csv", 4)]
    assert found.rows == 6


def test_records_of_json_lines_are_counted_file_by_file(tmp_path):
    good, wrong = json.dumps(RECORD), "not json"
    files = [
        ("a.jsonl", f"{good}\n{good}\n"),
        ("b.jsonl", f"{good}\n{wrong}\n"),
    ]
    assert where(billed(put(tmp_path, files))) == [("b.jsonl", 2)]


def test_a_line_with_two_faults_is_one_row(tmp_path):
    line = b"x,openai,\xff,2026-11-20,5,0,5,6,7\n"
    (tmp_path / "a.csv").write_bytes((HEADER + ROW).encode() + line)
    found = billed([tmp_path / "a.csv"])
    assert (found.rows, found.set_aside_rows) == (2, 1)
    assert where(found) == [("a.csv", 3)]


@pytest.fixture
def readings(monkeypatch):
    """What is read whole, call by call."""
    calls = []

    def count(name):
        real = getattr(usage_log, name)

        def counted(*given):
            calls.append(name)
            return real(*given)

        monkeypatch.setattr(usage_log, name, counted)

    count("first_names")
    count("keep")
    return calls


def test_each_kind_of_files_is_looked_through_for_names_and_added_up_once(tmp_path, readings):
    paths = [
        *put(tmp_path, ("a.csv", HEADER + ROW)),
        *put(tmp_path, written_gateways.litellm(sent(1, 5, written.SHORT_GPT))),
        *put(tmp_path, written_sellers.own_log(sent(2, 5, written.SHORT_GPT))),
    ]
    assert billed(paths).total.requests == 11
    assert sorted(readings) == ["first_names"] * 3 + ["keep"] * 3


def test_the_bills_of_a_reconciliation_are_drawn_from_one_reading(tmp_path, readings):
    requests = sent(33, 50, written.SHORT_GPT, days=AUTUMN)
    (usage,) = put(tmp_path, written_sellers.own_log(requests))
    book = "start_time,amount_value,amount_currency\n1792454400,999,usd\n"
    with open_usage([usage]) as log, open_usage(put(tmp_path, ("costs.csv", book))) as costs:
        found = reconcile(log, costs, Sellers(CATALOGUE))
    assert "agrees" not in found.gap_by_kind
    assert sorted(readings) == ["first_names", "keep"]


def twice(found):
    return [remark for remark in found.remarks if "counts twice" in remark]


DAYS = ("2026-10-20", "2026-10-21", "2026-10-22")


@pytest.mark.parametrize("pack", [False, True])
@pytest.mark.parametrize(
    "writer", [written_gateways.helicone, written_gateways.litellm, written_tools.claude_code]
)
def test_requests_with_a_name_count_once_however_their_files_are_packed(tmp_path, writer, pack):
    models = written.CLAUDE if writer is written_tools.claude_code else written.SHORT_GPT
    name, text = writer(sent(71, 60, models, days=DAYS, most=20_000))
    (first,) = put(tmp_path, (name, text))
    again = tmp_path / f"again-{name}"
    again.write_text(text, encoding="utf-8")
    if pack:
        again = again.with_name(f"{again.name}.gz")
        again.write_bytes(gzip.compress(text.encode()))
    alone, both = billed([first]), billed([first, again])
    assert both.total.upper_usd == alone.total.upper_usd
    assert not twice(both)


@pytest.mark.parametrize("ending", ["", ".gz"])
def test_files_that_overlap_say_so_where_their_rows_have_no_name(tmp_path, ending):
    """Two exports of the same days, whole or in part; two of other days say nothing."""
    requests = sent(72, 90, written.SHORT_GPT, days=DAYS, most=20_000)

    def export(name, days):
        part = [r for r in requests if r.at.date().isoformat() in days]
        text = written_sellers.openai_export(part)[1].encode()
        path = tmp_path / f"{name}.csv{ending}"
        path.write_bytes(gzip.compress(text) if ending else text)
        return path

    one, other, last = export("a", DAYS[:2]), export("b", DAYS[1:]), export("c", DAYS[2:])
    (said,) = twice(billed([one, other]))
    assert f"a.csv{ending} and b.csv{ending}" in said
    assert f"on {DAYS[1]}:" in said
    assert not twice(billed([one, last]))
    assert len(twice(billed([one, other, last]))) == 2


def test_shapes_that_may_tell_the_same_requests_say_so(tmp_path):
    requests = sent(73, 60, written.SHORT_GPT, days=DAYS, most=20_000)
    paths = put(
        tmp_path, [written_sellers.openai_usage(requests), written_gateways.litellm(requests)]
    )
    assert any("Files of several shapes are added up" in said for said in billed(paths).remarks)


@pytest.mark.parametrize("replayed", [True, False])
def test_a_fork_of_a_fork_tells_its_ancestors_events_no_second_time(tmp_path, replayed):
    """Whether or not a fork tells its parents' first records again."""

    def counts(sent, answered):
        told = {"input_tokens": sent, "cached_input_tokens": 0, "output_tokens": answered}
        return {**told, "total_tokens": sent + answered}

    def event(hour, whole, last):
        info = {"total_token_usage": counts(*whole), "last_token_usage": counts(*last)}
        payload = {"type": "token_count", "info": info}
        return {"timestamp": f"2026-11-20T{hour}:00:00Z", "type": "event_msg", "payload": payload}

    turn = {"type": "turn_context", "payload": {"model": "gpt-5.4"}}
    events = [event(10, (1000, 100), (1000, 100)), event(11, (3000, 200), (2000, 100))]
    events.append(event(12, (6000, 300), (3000, 100)))
    metas = [
        {"type": "session_meta", "payload": {"id": id_} | ({"forked_from_id": of} if of else {})}
        for id_, of in (("a", ""), ("b", "a"), ("c", "b"))
    ]
    files = []
    for n, meta in enumerate(metas):
        told = [meta, *(metas[:n][::-1] if replayed else []), turn, *events[: n + 1]]
        files.append((f"rollout-{n}.jsonl", "\n".join(map(json.dumps, told))))
    for order in (files, files[::-1]):
        found = billed(put(tmp_path, order))
        assert (found.total.input_tokens, found.total.output_tokens) == (6000, 300)
        assert not found.unpriced_rows
