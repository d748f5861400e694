"""When a point counts: every rule broken once, by a run that was whole before."""

from dataclasses import replace
from itertools import islice

import pytest

from calibrate.load.built_in import piles_up
from calibrate.load.driver import CANCELLED, Driven, asked_requests, prefix_prompts, prompt_of
from calibrate.load.goodput import goodput
from calibrate.plan.plan import Load, Rules
from calibrate.run.judge import judge
from calibrate.server.device import DeviceReading
from calibrate.server.endpoint import parse_samples
from tests.calibrate.plans import load, plan_of
from tests.calibrate.simulated_runs import simulated_rows, taken

RULES = Rules()
LOAD = Load(**load("A", 8, 120, input_tokens=300, output_tokens=60))
OPEN = Load(**load("O", requests=200, requests_per_second=2.0, input_tokens=300, output_tokens=60))
SERVER = {"max_num_seqs": 64, "max_num_batched_tokens": 1_024}


@pytest.fixture(scope="module")
def run():
    return simulated_rows(LOAD, plan_of(server=SERVER))


@pytest.fixture(scope="module")
def scheduled():
    return simulated_rows(OPEN, plan_of(server=SERVER))


def reasons(load, attempt, rules=RULES):
    return {reason.code for reason in judge(load, attempt, rules).reasons}


def with_rows(rows, client, **more):
    return taken(rows, client, driven=Driven(tuple(rows), 1.0), **more)


def test_an_undisturbed_point_is_valid(run, scheduled):
    assert judge(LOAD, taken(*run), RULES).verdict == "VALID"
    assert judge(OPEN, taken(*scheduled), RULES).verdict == "VALID"


def test_f07_sent_is_ok_and_failed_and_cancelled(run):
    rows, client = run
    assert {row.error for row in rows[:80]} == {""}
    broken = [
        replace(row, error="http_500", finished_s=None) if number in {30, 50, 70} else row
        for number, row in enumerate(rows)
    ]
    judged = judge(LOAD, with_rows(broken, client), RULES)
    dropped = sum(row.error == CANCELLED for row in rows)
    assert 0 < dropped < LOAD.concurrency
    assert (judged.failed, judged.cancelled) == (3, dropped)
    assert judged.sent == len(rows) == judged.ok + 3 + dropped
    assert judged.errors == {"http_500": 3}
    assert {reason.code for reason in judged.reasons} == {"error_share"}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"output_tokens": 30, "streamed_tokens": 30}, "output_length"),
        ({"input_tokens": 200}, "input_length"),
        ({"output_tokens": None}, "token_accounting"),
        ({"streamed_tokens": 59}, "token_accounting"),
    ],
)
def test_f10_f11_lengths_and_tokens_have_to_agree(run, change, code):
    rows, client = run
    changed = [replace(row, **change) for row in rows]
    assert code in reasons(LOAD, with_rows(changed, client))


def test_f11_a_neighbour_on_the_server_shows_in_its_counters(run):
    rows, client = run
    after = client.counters()
    more = replace(after, generated_tokens=after.generated_tokens * 1.05)
    assert reasons(LOAD, taken(rows, client, after=more)) == {"token_accounting"}
    assert reasons(LOAD, taken(rows, client, after=None)) == {"token_accounting"}


def test_prompts_that_were_in_the_cache_show_in_its_counters(run):
    rows, client = run
    after = client.counters()
    hits = replace(after, cache_hits=0.02 * after.cache_queries)
    assert reasons(LOAD, taken(rows, client, after=hits)) == {"prefix_hits"}
    shared = LOAD.model_copy(update={"cached_share": 0.5})
    assert "prefix_hits" in reasons(shared, taken(rows, client))
    # What was preempted finds its own prompt again; that says nothing about the load.
    assert reasons(LOAD, taken(rows, client, after=replace(hits, preemptions=3.0))) == set()


def test_f17_a_clock_that_is_set_is_noted_and_changes_no_figure(run):
    rows, client = run
    plain = judge(LOAD, taken(rows, client), RULES)
    for step_s in (-3_600.0, 3_600.0):
        judged = judge(LOAD, taken(rows, client, clock_step_s=step_s), RULES)
        assert judged.figures == plain.figures
        assert judged.verdict == "VALID"
        assert judged.notes == (f"the wall clock was set by {step_s:+.1f} s meanwhile",)


def test_f21_a_load_generator_that_is_late_is_the_bottleneck(run, scheduled):
    rows, client = scheduled
    late = [replace(row, intended_s=row.intended_s - 0.06) for row in rows]
    assert reasons(OPEN, with_rows(late, client)) == {"client_bound"}
    assert reasons(LOAD, taken(*run, driven=Driven(tuple(run[0]), 80.0))) == {"client_bound"}


@pytest.mark.parametrize("stopped", ["hung", "server_died", "engine_failing", "too_long"])
def test_an_attempt_that_was_ended_is_never_valid(run, stopped):
    assert stopped in reasons(LOAD, taken(*run, stopped=stopped))


def test_too_few_waves_are_no_steady_state(run):
    rows, client = run
    begun = [row for row in rows if row.sent_s < rows[24].sent_s]
    assert "window" in reasons(LOAD, with_rows(begun, client))
    assert reasons(LOAD, with_rows([], client)) >= {"no_requests", "window"}


def test_f12_a_schedule_above_capacity_piles_up_and_one_below_does_not(scheduled):
    rows, _ = scheduled
    above = OPEN.model_copy(update={"requests_per_second": 60.0, "requests": 2_000})
    crowd, client = simulated_rows(above, plan_of(server=SERVER))
    assert client.saturated
    assert len(crowd) < above.requests / 4  # the client itself sees it, and stops
    stopped_s = client.engine.now_ms / 1_000
    assert piles_up(seen_by(crowd, stopped_s), stopped_s)
    for now_s in (1.0, 5.0, 20.0, float(max(row.sent_s for row in rows))):
        assert not piles_up(seen_by(rows, now_s), now_s)


def seen_by(rows, now_s):
    """What a client knows at a time."""
    return [
        row if row.ok and row.finished_s <= now_s else replace(row, finished_s=None)
        for row in rows
        if row.sent_s <= now_s
    ]


GPU = {"uuid": "GPU-1", "name": "H100", "clocks_event_reasons.active": "0x0000000000000004"}


def reading(processes=(), **changes):
    return DeviceReading(gpus=(GPU | changes,), processes=tuple(processes))


@pytest.mark.parametrize(
    ("devices", "codes"),
    [
        ((reading([5]), reading([5]), reading([5])), set()),
        ((reading(), DeviceReading(fault="GPU is lost"), reading()), {"device_lost"}),
        ((reading(), reading(uuid="GPU-2")), {"device_lost"}),
        ((reading([5]), reading([5, 6])), {"device_shared"}),
        ((reading(), reading(**{"clocks_event_reasons.active": "0x40"})), {"device_throttled"}),
        ((reading(), reading(**{"clocks_event_reasons.active": "0x80"})), {"device_throttled"}),
    ],
)
def test_f13_devices_before_during_and_after(run, devices, codes):
    assert reasons(LOAD, taken(*run, devices=devices)) == codes


def test_prompts_share_their_beginning_and_nothing_behind_it():
    shared = Load(**load("P", 4, 40, input_tokens=200, cached_share=0.5))
    asked = list(islice(asked_requests(shared, seed=7), 40))
    prompts = [prompt_of(one, seed=7) for one in asked]
    assert [len(prompt) for prompt in prompts] == [one.input_tokens for one in asked]
    beginnings = {tuple(prompt[:100]) for prompt in prompts}
    assert beginnings <= {tuple(prompt[:100]) for prompt in prefix_prompts(shared, seed=7)}
    assert len({tuple(prompt[100:116]) for prompt in prompts}) == 40
    other = {
        tuple(prompt_of(one, seed=8)[:16]) for one in islice(asked_requests(shared, seed=8), 40)
    }
    assert not other & {prompt[:16] for prompt in beginnings}


def test_the_same_seed_asks_for_the_same_requests():
    def asked(seed):
        """Twice as many as the load has: what keeps it up behind those that count is drawn too."""
        return list(islice(asked_requests(OPEN, seed), 400))

    assert asked(3) == asked(3)
    assert asked(3) != asked(4)
    times = [one.intended_s for one in asked(3)]
    assert times == sorted(times)
    assert times[-1] == pytest.approx(200, rel=0.25)
    assert [one.number for one in asked(3)] == list(range(400))


def test_goodput_counts_answers_that_met_both_objectives(run):
    rows = [row for row in run[0] if row.ok][:100]
    first = sorted((row.first_s - row.sent_s) * 1_000 for row in rows)
    assert goodput(rows, first_token_ms=1e9, per_token_ms=1e9) == 1.0
    assert goodput(rows, first_token_ms=first[49] + 1e-6, per_token_ms=1e9) == 0.5
    assert goodput(rows, first_token_ms=1e9, per_token_ms=0.0) == 0.0
    failed = [replace(row, error="http_500") for row in rows]
    assert goodput(failed, first_token_ms=1e9, per_token_ms=1e9) == 0.0


def test_a_page_of_metrics_is_read_with_its_labels():
    text = '# HELP x\nx_total{a="1",b="q\\"r"} 2\nx_total{a="2"} 3e2\nbad line\ny NaN\n'
    samples = list(parse_samples(text))
    assert samples[:2] == [
        ("x_total", {"a": "1", "b": 'q\\"r'}, 2.0),
        ("x_total", {"a": "2"}, 300.0),
    ]
    assert len(samples) == 3


def test_the_wall_clock_is_never_used_for_a_duration(monkeypatch):
    """F17: nothing but the label of a time may come from it."""
    import ast
    from pathlib import Path

    import calibrate

    for path in Path(calibrate.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if (
                isinstance(node, ast.Attribute)
                and isinstance(node.value, ast.Name)
                and node.value.id == "time"
                and node.attr == "time"
            ):
                assert path.name == "attempt.py"  # the step of the clock itself
