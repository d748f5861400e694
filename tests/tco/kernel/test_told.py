"""The closed form against the simulator: every shipped load, and random ones.

The oracle is the simulator, which is held to vLLM's own scheduler and to measured runs. Requests
arrive at random at the rate that the closed form calls the capacity; a closed loop of as many
clients asks for its rate. What the closed form does not tell is doubted, by name.
"""

import math
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from tco.kernel import told
from tco.kernel.capacity import slo_capacity
from tco.kernel.lengths import Fixed, Lognormal
from tco.kernel.request_mix import EngineLimits
from tco.kernel.simulate import simulate_closed_loop, summarise
from tco.kernel.simulate_load import RequestSet, sampler_of
from tco.kernel.simulate_traffic import simulated_load
from tco.kernel.speed import closed_loop
from tco.kernel.step_time import StepTime
from tco.kernel.told import TPOT_WITHIN, TTFT_WITHIN, doubts
from tco.kernel.workload import ClassLoad, request_mix
from tests.tco.kernel.random_loads import Load, load_of, random_loads, shipped_loads

SHIPPED = {load.name: load for load in shipped_loads()}
RATE_WITHIN = 1.15
REQUESTS = 6_000
SEED, EACH = 7, 6
STEP = StepTime(12.0, 0.05, 0.06, 4e-5, 1e-6, 0.0, 20.0)


def doubted(load):
    return {d.cause for d in doubts(load.step, load.limits, load.mix, load.capacity.running)}


def apart(load):
    """Simulated over said time per token and to the first, at capacity."""
    seen = simulated_load(
        load.step,
        load.limits,
        sampler_of(load.classes),
        load.capacity.requests_per_second,
        running=load.capacity.running,
        requests=REQUESTS,
    )
    return seen.mean_tpot_ms / load.capacity.tpot_ms, seen.mean_ttft_ms / load.capacity.ttft_ms


def rate_apart(load):
    """Simulated over said rate of a closed loop with the clients that run at capacity."""
    clients = max(1, round(load.capacity.running))
    rng = np.random.default_rng(SEED)
    drawn = sampler_of(load.classes)(max(3_000, 12 * clients), rng)
    sent = drawn.within(float(load.limits.kv_tokens))
    _, said, token_ms, _ = closed_loop(load.step, load.limits, sent.mix, float(clients))
    residence_ms = float(token_ms * sent.mix.token_intervals)
    starts = np.sort(rng.uniform(0, residence_ms, clients))
    log = simulate_closed_loop(load.step, load.limits, as_met(sent, clients, rng), clients, starts)
    return summarise(log, (0.3, 0.8)).requests_per_second / float(said)


def as_met(requests, clients, rng):
    """Begin with what one finds running: the longer an answer, the likelier, and a part is done.

    Else a few long answers fill a loop only after a run that is long beside them, and it is quick
    until then.
    """
    tokens = requests.output_tokens
    met = rng.choice(len(tokens), clients, p=tokens / tokens.sum())
    left = np.ceil(rng.uniform(0, 1, clients) * tokens[met]).astype(np.int64)
    later = slice(clients, None)
    return RequestSet(
        np.concatenate([requests.input_tokens[met], requests.input_tokens[later]]),
        np.concatenate([left, tokens[later]]),
        np.concatenate([requests.cached_tokens[met], requests.cached_tokens[later]]),
    )


def within(ratio, factor):
    return 1 / factor <= ratio <= factor


@cache
def random_ratios(each):
    loads = list(random_loads(each, SEED))
    told_ones = [load for load in loads if not doubted(load)]
    assert len(told_ones) > 0.35 * len(loads)
    return [(load.name, *apart(load), rate_apart(load)) for load in told_ones]


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_load_is_told_or_doubted(name):
    load = SHIPPED[name]
    tpot, ttft = apart(load)
    causes = doubted(load)
    assert within(tpot, TPOT_WITHIN) or causes & {"prefill", "crowded"}
    assert within(ttft, TTFT_WITHIN) or causes & {"memory", "slots", "prefill", "varied"}
    assert within(rate_apart(load), RATE_WITHIN)


def test_random_loads_that_are_not_doubted_are_told():
    ratios = random_ratios(EACH)
    outside = [
        name
        for name, tpot, ttft, _ in ratios
        if not (within(tpot, TPOT_WITHIN) and within(ttft, TTFT_WITHIN))
    ]
    assert len(outside) <= max(1, 0.05 * len(ratios)), outside
    assert 0.93 < np.median([tpot for _, tpot, _, _ in ratios]) < 1.05
    assert 0.95 < np.median([ttft for _, _, ttft, _ in ratios]) < 1.25


def test_a_closed_loop_is_never_said_to_be_much_quicker_than_it_is():
    """Equal requests in a loop fall into step and share prompts: then it is quicker than said."""
    rates = [rate for *_, rate in random_ratios(EACH)]
    assert min(rates) > 1 / RATE_WITHIN
    assert 0.97 < np.median(rates) < 1.05
    assert sum(not within(rate, RATE_WITHIN) for rate in rates) <= max(2, 0.1 * len(rates))


def test_a_memory_nearly_full_is_doubted_and_the_first_token_is_far_off_there():
    load = SHIPPED["agent on gpt-oss-120b-mxfp4-h200-tp2"]
    assert "memory" in doubted(load)
    assert apart(load)[1] > 5
    roomy = replace(load, limits=replace(load.limits, kv_tokens=4 * load.limits.kv_tokens))
    assert "memory" not in doubted(roomy)
    assert within(apart(roomy)[1], TTFT_WITHIN)


def test_slots_that_are_all_taken_are_doubted_and_the_first_token_is_far_off_there():
    """Steps of 20 ms whatever runs: a hundred requests of a thousand steps take 20 s together."""
    classes = (ClassLoad(1.0, Fixed(100), Fixed(1_001), 0.0),)
    step, mix = StepTime(20.0, 0.0, 0.0, 0.0, 0.0, 0.0, 20.0), request_mix(classes)
    ratios = []
    for slots in (100, 140):
        limits = EngineLimits(slots, 8_192, 1e9)
        found = slo_capacity(
            step, limits, mix, mean_tpot_ms=50.0, mean_ttft_ms=6e5, running_cap=100.0
        )
        load = Load(f"{slots} slots", step, limits, classes, mix, found)
        assert ("slots" in doubted(load)) == (slots == 100)
        ratios.append(apart(load)[1])
    assert ratios[0] > 5
    assert within(ratios[1], TTFT_WITHIN)


def test_short_answers_to_long_prompts_are_doubted_and_take_twice_the_time_a_token():
    load = SHIPPED["code on llama-3.1-8b-fp8-h200-tp1"]
    assert {"prefill", "crowded"} <= doubted(load)
    assert apart(load)[0] > 1.5


SHOWS = {
    "memory": (1_000.0, 0.0, 1_000.0, 50.0, 150_000.0),
    "slots": (500.0, 0.3, 500.0, 20.0, 1e9, 33),
    "prefill": (4_000.0, 0.0, 20.0, 20.0),
    "varied": (500.0, 5.0, 1_000.0, 10.0),
    "crowded": (2_000.0, 0.5, 60.0, 8.0),
}
"""Arguments of `load_with`, by what they show."""


def load_with(mean_in, cv_in, mean_out, running, kv_tokens=1e9, slots=256):
    prompt = Fixed(mean_in) if cv_in == 0 else Lognormal(mean_in, cv_in)
    mix = request_mix((ClassLoad(1.0, prompt, Fixed(mean_out), 0.0),))
    return doubts(STEP, EngineLimits(slots, 8_192, kv_tokens), mix, running)


@pytest.mark.parametrize(("cause", "load"), SHOWS.items())
def test_each_cause_of_doubt_has_a_load_that_shows_it(cause, load):
    assert cause in {doubt.cause for doubt in load_with(*load)}


def test_a_quiet_replica_under_even_requests_is_not_doubted():
    assert load_with(500.0, 0.3, 500.0, 20.0) == ()
    assert load_with(500.0, 0.3, 500.0, 20.0, slots=34) == ()  # 20 and 3 times their root are 33.4


def test_crowding_of_a_steady_linear_batch_is_the_share_worked_by_hand():
    """Steps of a + cB without prompts: X = B/(a + cB)(O - 1), so -X''X/(2X'²B) = c/a.

    With a = 10 ms and c = 1 ms per sequence that is 10 %, whatever the batch.
    """
    step = StepTime(10.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0)
    mix = request_mix((ClassLoad(1.0, Fixed(100), Fixed(101), 0.0),))
    found = {d.cause: d.value for d in doubts(step, EngineLimits(256, 8_192, 1e9), mix, 40.0)}
    assert found["crowded"] == pytest.approx(0.1, rel=0.01)


def lengths_for_work(load: Load) -> Load:
    """Seeded mistake: prompts are taken to wait by how their lengths vary, not their work."""
    record = load.name.rpartition(" ")[2]
    by_length = replace(load.mix, work=None)
    found = load_of(load.name, record, load.classes, 2_000.0, 50.0, mix=by_length)
    assert found is not None
    return found


def test_the_variance_of_lengths_in_place_of_work_is_noticed_on_long_documents():
    load = SHIPPED["rag on llama-4-scout-bf16-h200-tp8"]
    assert within(apart(load)[1], TTFT_WITHIN)
    assert not within(apart(lengths_for_work(load))[1], TTFT_WITHIN)


@pytest.mark.parametrize("cause", SHOWS)
def test_a_limit_left_out_is_noticed(monkeypatch, cause):
    monkeypatch.setattr(told, f"MOST_{cause.upper()}", math.inf)
    with pytest.raises(AssertionError):
        test_each_cause_of_doubt_has_a_load_that_shows_it(cause, SHOWS[cause])
