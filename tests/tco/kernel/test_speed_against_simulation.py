"""The closed form against an engine stepped through one step at a time.

The oracle knows nothing of Little's law or of means: it queues requests, fills steps with prompt
chunks beside decoding sequences, adds up step times and reads its own clock.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pytest

from tco.kernel.request_mix import EngineLimits, RequestMix
from tco.kernel.speed import closed_loop
from tco.kernel.step_time import StepTime

DENSE = StepTime(10.0, 0.05, 0.06, 2e-5, 2e-7, 0.0, 20.0)
MOE = StepTime(3.0, 0.02, 0.05, 5e-6, 1e-7, 12.0, 20.0, experts=128, experts_active=4)
BUDGET = 8192


@dataclass
class Request:
    arrived_ms: float
    prompt_left: int
    prompt: int
    answer: int
    first_ms: float = 0.0
    sent: int = 0


@dataclass
class Engine:
    """Clients that each send as soon as they are answered, and the steps that serve them."""

    step: StepTime
    lengths: Callable[[np.random.Generator], tuple[int, int]]
    rng: np.random.Generator
    now: float = 0.0
    waiting: list[Request] = field(default_factory=list)
    running: list[Request] = field(default_factory=list)
    finished: list[tuple[float, Request]] = field(default_factory=list)

    def send(self, when_ms):
        prompt, answer = self.lengths(self.rng)
        self.waiting.append(Request(when_ms + self.step.t0_ms, prompt, prompt, answer))

    def chunks(self):
        """Prompt chunks of the next step, oldest request first."""
        self.waiting.sort(key=lambda request: request.arrived_ms)
        budget, chosen = BUDGET - len(self.running), []
        for request in self.waiting:
            if request.arrived_ms > self.now or budget <= 0:
                break
            chosen.append((request, min(budget, request.prompt_left)))
            budget -= chosen[-1][1]
        return chosen

    def step_ms(self, chunks):
        step, decoding = self.step, len(self.running)
        prompts = sum(chunk for _, chunk in chunks)
        attention = sum(c * (r.prompt - r.prompt_left + c / 2) for r, c in chunks)
        context = sum(request.prompt + request.sent for request in self.running)
        missed = 1.0
        if step.experts:
            missed = (1 - step.experts_active / step.experts) ** (prompts + decoding)
        return (
            step.a_ms
            + step.b_ms_per_token * prompts
            + step.c_ms_per_sequence * decoding
            + step.d_ms_per_context_token * context
            + step.e_ms_per_token2 * attention
            + step.mw_ms * (1 - missed) ** 0.85
        )

    def advance(self):
        chunks = self.chunks()
        if not self.running and not chunks:
            self.now = min(request.arrived_ms for request in self.waiting)
            return
        self.now += self.step_ms(chunks)
        for request in self.running:
            request.sent += 1
        done = [request for request in self.running if request.sent >= request.answer]
        self.running = [request for request in self.running if request.sent < request.answer]
        for request, chunk in chunks:
            request.prompt_left -= chunk
            if request.prompt_left == 0:
                self.waiting.remove(request)
                request.first_ms, request.sent = self.now, 1
                self.running.append(request)
        for request in done:
            self.finished.append((self.now, request))
            self.send(self.now)


def simulate(step, lengths, clients, requests, rng):
    """Rate, time per token and time to first token over the middle half of the requests."""
    engine = Engine(step, lengths, rng)
    for _ in range(clients):
        # Staggered starts: a loop long under way, not a wave sent at once.
        engine.send(rng.uniform(0, 2000))
    while len(engine.finished) < requests:
        engine.advance()
    middle = engine.finished[requests // 4 : 3 * requests // 4]
    per_token = np.mean([(end - r.first_ms) / (r.answer - 1) for end, r in middle])
    first = np.mean([r.first_ms - r.arrived_ms + step.t0_ms for _, r in middle])
    rate = (len(middle) - 1) / (middle[-1][0] - middle[0][0]) * 1000
    return rate, per_token, first


def even(low, high):
    return lambda rng: int(rng.integers(low, high + 1))


def said_and_seen(step, prompt, answer, clients, requests):
    """Rate, time per token and time to first token: of the closed form, and of the engine."""
    spread = 0.2
    in_low, in_high = int(prompt * (1 - spread)), int(prompt * (1 + spread))
    out_low, out_high = int(answer * (1 - spread)), int(answer * (1 + spread))
    draw_in, draw_out = even(in_low, in_high), even(out_low, out_high)
    seen = simulate(
        step,
        lambda rng: (draw_in(rng), draw_out(rng)),
        clients,
        requests=requests,
        rng=np.random.default_rng(5),
    )
    variance_in = ((in_high - in_low + 1) ** 2 - 1) / 12
    variance_out = ((out_high - out_low + 1) ** 2 - 1) / 12
    mix = RequestMix(
        input_tokens=prompt,
        output_tokens=answer,
        context_tokens=prompt + (answer**2 + variance_out) / (2 * answer),
        prefill_tokens=prompt,
        prefill_attention_tokens2=(prompt**2 + variance_in) / 2,
    )
    _, *said = closed_loop(step, EngineLimits(1024, BUDGET, 1e9), mix, float(clients))
    return said, seen


@pytest.mark.parametrize("step", [DENSE, MOE], ids=["dense", "moe"])
@pytest.mark.parametrize(
    ("prompt", "answer", "clients"),
    [(900, 300, 4), (900, 300, 48), (3000, 200, 16), (300, 300, 64)],
)
def test_closed_form_meets_the_stepped_engine(step, prompt, answer, clients):
    said, seen = said_and_seen(step, prompt, answer, clients, max(12 * clients, 200))
    assert said[0] == pytest.approx(seen[0], rel=0.05)
    assert said[1] == pytest.approx(seen[1], rel=0.05)
    assert said[2] == pytest.approx(seen[2], rel=0.35)


@pytest.mark.parametrize(
    ("prompt", "answer", "lacks"), [(128, 512, 0.02), (1500, 300, 0.04), (8192, 64, 0.26)]
)
def test_a_replica_with_few_clients_is_quicker_than_said_and_by_no_more_than_documented(
    prompt, answer, lacks
):
    """A client's own prompt never delays its own answer; the closed form lets it."""
    for clients in (1, 2, 4):
        said, seen = said_and_seen(DENSE, prompt, answer, clients, 300)
        assert -lacks < said[0] / seen[0] - 1 < 0
