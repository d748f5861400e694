"""What a closed loop really shows: answers counted by the clock, long after it has settled."""

import numpy as np

from calibrate.load.driver import asked_requests
from calibrate.run.judge import judge
from tco.kernel.request_mix import EngineLimits
from tco.kernel.simulate_engine import Engine
from tests.calibrate.simulated_runs import SimulatedClient, taken

SETTLED_AFTER, COUNTED = 12, 30
FEWEST_COUNTED = 200
OTHER_SEED = 987_654


def by_the_clock(load, plan, step, kv_tokens):
    """Rate [request/s] and mean time per token [ms] of a long closed loop of other prompts."""
    spec = plan.server
    limits = EngineLimits(spec.max_num_seqs, spec.max_num_batched_tokens, kv_tokens)
    engine, stream, clients = (
        Engine(step, limits),
        asked_requests(load, OTHER_SEED),
        load.concurrency,
    )

    def send(share=1.0):
        asked = next(stream)
        answer = max(round(asked.output_tokens * share), 2)
        cached = min(asked.prefix_tokens, asked.input_tokens - 1)
        engine.submit(engine.now_ms, asked.input_tokens, answer, cached)

    for share in np.random.default_rng(5).uniform(0.05, 1.0, clients):
        send(share)
    first, last = SETTLED_AFTER * clients, max(COUNTED * clients, FEWEST_COUNTED)
    answered, since_ms, per_token_ms = 0, 0.0, []
    while answered < first + last:
        for number in engine.advance():
            answered += 1
            if answered == first:
                since_ms = engine.now_ms
            if answered > first:
                spoke_ms = engine.finished_ms[number] - engine.first_ms[number]
                per_token_ms.append(spoke_ms / (engine.answer[number] - 1))
            send()
    rate = len(per_token_ms) / (engine.now_ms - since_ms) * 1_000
    return rate, float(np.mean(per_token_ms))


def errors_of_windows(plan, step, kv_tokens):
    """Relative errors of rate and time per token of every closed loop of a plan, shape (n, 2)."""
    errors = []
    for load in plan.points:
        if load.is_open:
            continue
        client = SimulatedClient(load, plan, step, kv_tokens, load.seed)
        rows = client.work()
        seen = judge(load, taken(rows, client, saturated=client.saturated), plan.rules).figures
        rate, per_token_ms = by_the_clock(load, plan, step, kv_tokens)
        errors.append((seen.requests_per_second / rate - 1, seen.mean_tpot_ms / per_token_ms - 1))
    return np.array(errors)
