"""Files of other load generators: read by their own marks, refused where they cannot be means."""

import csv
import io
import json
from contextlib import suppress

import pytest

from calibrate.fitting.points import by_group, parse_points
from calibrate.result.importers import About, import_points
from pricing.errors import InputError
from tests.calibrate.plans import calibrate
from tests.calibrate.test_window import simulated

ABOUT = About("meta-llama/Llama-3.1-70B", "h100_sxm", "fp8", 2)


def bench(rows=None, **changes):
    """A result as ``vllm bench serve`` 0.32 writes it."""
    document = {
        "date": "20261124-225344",
        "endpoint_type": "openai",
        "backend": "openai",
        "model_id": "m",
        "num_prompts": 32,
        "request_rate": "inf",
        "max_concurrency": 8,
        "duration": 70.75,
        "completed": 32,
        "failed": 0,
        "total_input_tokens": 32 * 318,
        "total_output_tokens": 32 * 64,
        "request_throughput": 0.452,
        "output_throughput": 29.26,
        "mean_ttft_ms": 1660.2,
        "mean_tpot_ms": 244.4,
        "mean_itl_ms": 246.4,
    }
    if rows:
        document |= {
            "completed": len(rows),
            "input_lens": [row.input_tokens for row in rows],
            "output_lens": [row.output_tokens for row in rows],
            "ttfts": [row.first_s - row.sent_s for row in rows],
            "itls": [
                [(row.finished_s - row.first_s) / (row.output_tokens - 1)] * (row.output_tokens - 1)
                for row in rows
            ],
            "start_times": [3_156.78 + row.sent_s for row in rows],
            "errors": [""] * len(rows),
        }
    return document | changes


def distribution(mean):
    return {"successful": {"mean": mean, "median": mean, "variance": 0.0, "count": 10}}


def guidellm(streams=16, errored=0):
    """A report as GuideLLM 0.8 writes it."""
    return {
        "metadata": {"version": 2, "guidellm_version": "0.8.1"},
        "config": {},
        "benchmarks": [
            {
                "config": {"strategy": {"type_": "concurrent", "streams": streams}},
                "metrics": {
                    "request_totals": {
                        "successful": 100,
                        "incomplete": 2,
                        "errored": errored,
                        "total": 102,
                    },
                    "requests_per_second": distribution(4.0),
                    "request_concurrency": distribution(15.5),
                    "prompt_token_count": distribution(1024.0),
                    "output_token_count": distribution(256.0),
                    "time_to_first_token_ms": distribution(120.0),
                    "inter_token_latency_ms": distribution(14.0),
                    "time_per_output_token_ms": distribution(14.4),
                },
            }
        ],
    }


def report(**changes):
    """A Benchmark Report as llm-d 0.2 writes it; the figures are those of its example."""
    return {
        "version": "0.2",
        "run": {"uid": "1", "time": {"start": "2025-11-05T18:00:42Z"}},
        "scenario": {
            "stack": [],
            "load": {"standardized": {"tool": "inference-perf", "concurrency": 12}},
        },
        "results": {
            "request_performance": {
                "aggregate": {
                    "requests": {
                        "total": 500,
                        "failures": 0,
                        "input_length": {"units": "count", "mean": 2262.448},
                        "output_length": {"units": "count", "mean": 1000.0},
                    },
                    "throughput": {"request_rate": {"units": "queries/s", "mean": 2.0}},
                    "latency": {
                        "time_to_first_token": {"units": "s", "mean": 0.0368578},
                        "time_per_output_token": {"units": "s/token", "mean": 0.0068578},
                    },
                }
            }
        },
    } | changes


@pytest.fixture
def read(tmp_path):
    def read(*documents):
        paths = []
        for number, document in enumerate(documents):
            path = tmp_path / f"file{number}.json"
            path.write_text(document if isinstance(document, str) else json.dumps(document))
            paths.append(path)
        return import_points(paths, ABOUT)

    return read


def test_aggregates_of_vllm_bench_are_taken_as_they_are(read):
    (point,) = read(bench())
    assert (point.isl, point.osl, point.concurrency) == (318, 64, 8)
    assert (point.ttft_ms, point.tpot_ms) == (1660.2, 244.4)
    assert point.measured == "20261124"


def test_rows_of_vllm_bench_are_read_in_their_steady_window(read):
    rows = simulated(requests=200)
    (point,) = read(bench(rows))
    window = [row for row in rows if row.sent_s > 5]
    steady = sum((r.finished_s - r.first_s) / (r.output_tokens - 1) for r in window) / len(window)
    assert point.tpot_ms == pytest.approx(steady * 1_000, rel=0.02)
    assert point.ttft_ms != 1660.2


def test_without_a_limit_on_clients_their_number_follows_from_littles_law(read):
    (point,) = read(bench(max_concurrency=None))
    assert point.concurrency == pytest.approx(0.452 * (1.6602 + 0.2444 * 63))


def test_guidellm_counts_time_per_token_without_the_first(read):
    """Its time per output token spreads the first one over all; ours does not."""
    (point,) = read(guidellm())
    assert (point.isl, point.osl, point.concurrency) == (1024, 256, 16)
    assert (point.ttft_ms, point.tpot_ms) == (120, 14)
    (scheduled,) = read(guidellm(streams=None))
    assert scheduled.concurrency == 15.5


def test_an_llm_d_report_is_read_in_its_own_units(read):
    (point,) = read(report())
    assert point.ttft_ms == pytest.approx(36.8578)
    assert point.tpot_ms == pytest.approx(6.8578)
    assert (point.isl, point.osl, point.concurrency) == (2262.448, 1000, 12)
    assert point.measured == "2025-11-05"


@pytest.mark.parametrize(
    ("document", "says"),
    [
        ("{", "is not JSON"),
        ("[]", "is of no form"),
        ({}, "is of no form"),
        (bench(failed=20), "20 of 52"),
        (bench(completed=0), "0 of 0"),
        (guidellm(errored=5), "5 of 105"),
        (report(version="0.1"), "versions 0.2 are read"),
        (report(results={}), "is not as its form says"),
        ({"benchmarks": [{}]}, "is not as its form says"),
    ],
)
def test_files_that_cannot_be_means_are_refused(read, document, says):
    with pytest.raises(InputError, match=says):
        read(document)


def test_all_files_are_looked_at_before_any_is_refused(read):
    with pytest.raises(InputError) as caught:
        read("{}", guidellm(), "[]")
    assert len(caught.value.problems) == 2


def test_the_command_prints_a_table_that_crossval_takes(tmp_path):
    for number, clients in enumerate((1, 2, 4, 8, 16)):
        document = bench(max_concurrency=clients, mean_tpot_ms=20.0 + clients)
        (tmp_path / f"{number}.json").write_text(json.dumps(document))
    done = calibrate(
        *("import", *sorted(tmp_path.glob("*.json"))),
        *("--model", ABOUT.model, "--system", "h100_sxm", "--precision", "fp8", "--gpus", "2"),
    )
    assert done.returncode == 0, done.told
    assert len(list(csv.DictReader(io.StringIO(done.said)))) == 5
    ((group, points),) = by_group(parse_points(done.said)).items()
    assert (group.model, group.tp) == (ABOUT.model, 2)
    assert [point.clients for point in points] == [1, 2, 4, 8, 16]


AIPERF = {
    "request_throughput": {"unit": "requests/sec", "avg": 3.8},
    "time_to_first_token": {"unit": "ms", "avg": 120.0},
    "inter_token_latency": {"unit": "ms", "avg": 20.0},
    "input_sequence_length": {"unit": "tokens", "avg": 1000.0},
    "output_sequence_length": {"unit": "tokens", "avg": 101.0},
    "request_count": {"unit": "requests", "avg": 200},
    "input_config": {"loadgen": {"concurrency": 8}},
}
STAGE = {
    "load_summary": {"count": 100, "achieved_rate": 4.0},
    "successes": {
        "count": 100,
        "latency": {
            "request_latency": {"mean": 2.12},
            "time_to_first_token": {"mean": 0.12},
            "time_per_output_token": {"mean": 0.01},
        },
        "throughput": {"requests_per_sec": 4.0},
        "prompt_len": {"mean": 1000.0},
        "output_len": {"mean": 101.0},
    },
    "failures": {"count": 0},
}
INFERENCEX = {"isl": 1000, "osl": 101, "conc": 8, "mean_ttft": 0.12, "mean_tpot": 0.02}
LLMPERF = {
    "results_ttft_s_mean": 0.12,
    "results_end_to_end_latency_s_mean": 2.12,
    "results_number_input_tokens_mean": 1000.0,
    "results_number_output_tokens_mean": 101.0,
    "results_num_completed_requests": 100,
    "results_number_errors": 0,
    "num_concurrent_requests": 8,
}
SERVE = {
    "completed": 100,
    "total_input_tokens": 100_000,
    "total_output_tokens": 10_100,
    "request_throughput": 4.0,
    "request_rate": "inf",
    "max_concurrency": None,
    "mean_ttft_ms": 120.0,
    "mean_tpot_ms": 20.0,
    "num_prompts": 100,
}
OLD_GUIDELLM = {
    "benchmarks": [
        {
            "args": {"strategy": {"type_": "constant", "rate": 4.0}},
            "request_totals": {"successful": 20, "errored": 0, "incomplete": 44, "total": 64},
            "metrics": {
                "prompt_token_count": {"successful": {"mean": 1000.0}},
                "output_token_count": {"successful": {"mean": 101.0}},
                "request_concurrency": {"successful": {"mean": 2.5}, "total": {"mean": 8.0}},
                "time_to_first_token_ms": {"successful": {"mean": 120.0}},
                "inter_token_latency_ms": {"successful": {"mean": 20.0}},
            },
        }
    ]
}
BY_LITTLE = 4.0 * (120 + 20 * 100) / 1000


@pytest.mark.parametrize(
    ("document", "clients", "origin"),
    [
        (AIPERF, 8.0, "AIPerf"),
        (STAGE, BY_LITTLE, "inference-perf"),
        (INFERENCEX, 8.0, "inferencex"),
        (LLMPERF, 8.0, "LLMPerf"),
        (SERVE, BY_LITTLE, "vllm bench serve"),
        ({**SERVE, "mean_e2e_latency_ms": 2120.0}, BY_LITTLE, "SGLang bench_serving"),
        (OLD_GUIDELLM, 8.0, "GuideLLM"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_every_form_gives_the_same_run(read, document, clients, origin):
    (point,) = read(json.dumps(document))
    assert point.origin == origin
    assert (point.isl, point.osl) == pytest.approx((1000.0, 101.0))
    assert (point.ttft_ms, point.tpot_ms) == pytest.approx((120.0, 20.0))
    assert point.concurrency == pytest.approx(clients)


@pytest.mark.parametrize(
    "document",
    [
        {**SERVE, "request_rate": 4.0, "max_concurrency": 256},
        {**SERVE, "request_rate": "4.0", "max_concurrency": 256},
        {**AIPERF, "input_config": {"loadgen": {"concurrency": 256, "request_rate": 3.8}}},
    ],
    ids=["number", "text", "aiperf"],
)
def test_a_schedule_counts_as_the_requests_inside_and_not_as_the_most_let_in(read, document):
    """256 clients with times of eight would be a server thirty times as quick as it is."""
    (point,) = read(json.dumps(document))
    assert point.concurrency == pytest.approx(BY_LITTLE, rel=0.06)


def test_a_schedule_of_an_llm_d_report_counts_as_the_requests_inside(read):
    (closed,) = read(report())
    load = {"standardized": {"concurrency": 500, "rate_qps": 2.0}}
    (scheduled,) = read(report(scenario={"load": load}))
    assert closed.concurrency == 12
    assert scheduled.concurrency == pytest.approx(2.0 * (0.0368578 + 0.0068578 * 999))


def test_rows_of_a_schedule_are_no_closed_loop(read):
    rows = simulated(requests=200)
    (point,) = read(bench(rows, request_rate=0.452, max_concurrency=64))
    assert point.ttft_ms == 1660.2
    assert point.concurrency == pytest.approx(0.452 * (1.6602 + 0.2444 * (point.osl - 1)))


def test_no_more_clients_were_there_than_requests(read):
    (point,) = read(json.dumps({**SERVE, "max_concurrency": 1_000}))
    assert point.concurrency == 100


@pytest.mark.parametrize(
    "document",
    [
        {**SERVE, "max_concurrency": 8, "mean_tpot_ms": 20_000.0},
        {**SERVE, "max_concurrency": 8, "request_throughput": 240.0},
        {**AIPERF, "inter_token_latency": {"unit": "s", "avg": 20.0}},
    ],
)
def test_times_and_rates_in_another_unit_are_refused(read, document):
    with pytest.raises(InputError, match="in another unit"):
        read(json.dumps(document))


@pytest.mark.parametrize("form", [AIPERF, STAGE, INFERENCEX, LLMPERF, SERVE, OLD_GUIDELLM])
@pytest.mark.parametrize(
    "odd",
    [None, "x", [], {}, -1, 0, 10**400, float("inf"), float("nan"), [1]],
    ids=lambda x: repr(x)[:9],
)
def test_whatever_stands_in_the_place_of_a_figure_is_read_or_refused(read, form, odd):
    for place in places(form):
        document = json.loads(json.dumps(form))
        holder = document
        for key in place[:-1]:
            holder = holder[key]
        holder[place[-1]] = odd
        with suppress(InputError):
            read(json.dumps(document))


def places(node, before=()):
    """Keys to every value of a document."""
    inside = node.items() if isinstance(node, dict) else enumerate(node)
    for key, value in inside:
        yield (*before, key)
        if isinstance(value, dict | list):
            yield from places(value, (*before, key))


def test_each_line_that_was_appended_is_a_run(read):
    lines = [json.dumps({**SERVE, "mean_tpot_ms": ms}) for ms in (20.0, 30.0)]
    assert [point.tpot_ms for point in read("\n".join(lines))] == [20.0, 30.0]


@pytest.mark.parametrize("value", [float("nan"), 0.0, -1.0])
def test_a_figure_that_cannot_be_measured_is_refused_by_file_line_and_name(read, value):
    lines = [json.dumps(SERVE), json.dumps({**SERVE, "mean_tpot_ms": value})]
    with pytest.raises(InputError) as refusal:
        read("\n".join(lines))
    fields = [problem.field for problem in refusal.value.problems]
    assert "file0.json line 2: tpot_ms" in fields
    assert all(field.startswith("file0.json line 2: ") for field in fields)


def test_failed_requests_are_counted_where_only_the_number_asked_for_is_known(read):
    with pytest.raises(InputError, match="20 of 120"):
        read(json.dumps({**SERVE, "num_prompts": 120}))
