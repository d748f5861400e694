"""A replica as a queue of requests and a clock: continuous batching, event by event.

The scheduling is vLLM's (`vllm/v1/core/sched/scheduler.py`, 0.32). Every step first serves what
runs, then takes from the head of the queue while tokens of `max_num_batched_tokens`, slots of
`max_num_seqs` and memory are left. A prompt that is longer than the tokens left is worked through
in chunks. It is taken only if its whole length fits into memory. When the contexts have outgrown
memory, the newest request loses its place: back to the head of the queue, prompt and answer so far
to be worked through again, and in that step nothing is taken.

While no prompt is being worked through, the clock jumps to the next answer finished, arrival, or
end of memory: cost is per event, not per token. Contexts are counted in tokens, not in blocks, and
a cached prefix is counted whole, as if nobody shared it.
"""

import math
from collections import deque
from heapq import heappop, heappush
from typing import Final

import numpy as np

from tco.kernel.request_mix import EngineLimits
from tco.kernel.simulate_clock import StepClock, lasts_ms, steps_to
from tco.kernel.step_time import StepTime
from tco.words.figures import tokens

NO_LIMIT: Final = 1 << 60


class Engine:
    """One replica; requests are numbered in the order of `submit`."""

    def __init__(self, step: StepTime, limits: EngineLimits) -> None:
        if limits.max_num_batched_tokens < limits.max_num_seqs:
            msg = "max_num_batched_tokens must be at least max_num_seqs, or vLLM does not start"
            raise ValueError(msg)
        self.slots = int(limits.max_num_seqs)
        self.budget = int(limits.max_num_batched_tokens)
        memory = float(np.asarray(limits.kv_tokens))
        self.memory = NO_LIMIT if math.isinf(memory) else int(memory)
        self.clock = StepClock(step, self.slots)
        self.request_overhead_ms = float(np.asarray(step.t0_ms))
        self.now_ms = 0.0
        self.prompt: list[int] = []
        self.answer: list[int] = []
        self.cached: list[int] = []
        self.sent_ms: list[float] = []
        self.first_ms: list[float] = []
        self.finished_ms: list[float] = []
        self.preemptions: list[int] = []
        self.running_area_ms = 0.0
        self.queued_area_ms = 0.0
        self.batch = 0
        """Sequences that decode."""
        self.context = 0
        """Tokens that they attend to in their next step, together."""
        self.worked_tokens = 0
        """Prompt tokens worked through, again ones included."""
        self.decoded_tokens = 0
        self._arrivals: list[tuple[float, int]] = []
        self._queue: deque[int] = deque()
        self._said: list[int] = []  # answer tokens known when a prompt is taken
        self._joined: list[int] = []  # decoding steps done, less tokens said
        self._partial = -1
        self._partial_done = 0
        self._steps = 0
        self._ends: list[tuple[int, int, int]] = []
        self._newest: list[int] = []
        self._decodes: list[bool] = []

    @property
    def busy(self) -> bool:
        """Whether anything is left to do, now or later."""
        return bool(self.batch or self._partial >= 0 or self._queue or self._arrivals)

    @property
    def queued(self) -> int:
        """Requests received that hold no slot."""
        return len(self._queue)

    def submit(self, when_ms: float, prompt: int, answer: int, cached: int = 0) -> int:
        """Send a request at a time not before the engine's own; its number."""
        if prompt < 1 or answer < 1 or not 0 <= cached < prompt:
            msg = f"a request of {prompt} in ({cached} cached) and {answer} out cannot be served"
            raise ValueError(msg)
        if prompt + answer - 1 > self.memory:
            msg = f"a request of {tokens(prompt + answer - 1)} never fits into {self.memory}"
            raise ValueError(msg)
        number = len(self.prompt)
        self.prompt.append(prompt)
        self.answer.append(answer)
        self.cached.append(cached)
        self.sent_ms.append(when_ms)
        self.first_ms.append(math.nan)
        self.finished_ms.append(math.nan)
        self.preemptions.append(0)
        self._said.append(0)
        self._joined.append(0)
        self._decodes.append(False)
        heappush(self._arrivals, (when_ms + self.request_overhead_ms, number))
        return number

    def tokens_said(self, number: int) -> int:
        """Answer tokens that a request has been sent so far."""
        return self._steps - self._joined[number] if self._decodes[number] else self._said[number]

    def advance(self, most_steps: int = NO_LIMIT) -> list[int]:
        """Run to the next event, at most that many steps; the requests answered by then."""
        if not (self.batch or self._queue or self._partial >= 0) and self._arrivals:
            self.now_ms = max(self.now_ms, self._arrivals[0][0])
        self._receive()
        crowded = self._make_room()
        chunks = self._chunks(take=not crowded)
        if chunks:
            return self._mixed_step(chunks)
        return self._decode(most_steps) if self.batch else []

    def _receive(self) -> None:
        arrivals, now_ms = self._arrivals, self.now_ms
        while arrivals and arrivals[0][0] <= now_ms:
            since_ms, number = heappop(arrivals)
            self._queue.append(number)
            self.queued_area_ms += now_ms - since_ms

    def _make_room(self) -> bool:
        """Take the place of the newest while memory does not hold the step; whether it had to."""
        crowded = False
        while self._held() > self.memory:
            self._preempt(self._newest.pop())
            crowded = True
        return crowded

    def _held(self) -> int:
        """Memory that the next step needs: contexts, and a prompt begun as far as it will get."""
        return self.context + (self._partial_end() if self._partial >= 0 else 0)

    def _partial_end(self) -> int:
        left = self.budget - self.batch
        return min(self._length(self._partial), self._partial_done + left)

    def _length(self, number: int) -> int:
        """Tokens to be worked through before the next answer token: prompt and answer so far."""
        return self.prompt[number] + self._said[number]

    def _preempt(self, number: int) -> None:
        if number == self._partial:
            self._partial = -1
        elif self._decodes[number]:
            said = self._steps - self._joined[number]
            self._said[number] = said
            self._decodes[number] = False
            self.context -= self.prompt[number] + said
            self.batch -= 1
        else:  # answered already: its place in the order was left behind
            return
        self.preemptions[number] += 1
        self._queue.appendleft(number)

    def _chunks(self, *, take: bool) -> list[tuple[int, int, int]]:
        """Prompts of the next step as (request, first token, token after the last)."""
        left = self.budget - self.batch
        chunks: list[tuple[int, int, int]] = []
        if self._partial >= 0:
            end = self._partial_end()
            chunks.append((self._partial, self._partial_done, end))
            left -= end - self._partial_done
        held = self._held()
        places = self.slots - self.batch - len(chunks)
        queue = self._queue
        while take and queue and left > 0 and places > 0:
            number = queue[0]
            length = self._length(number)
            if held + length > self.memory:
                break
            queue.popleft()
            self._newest.append(number)
            start = self.cached[number]
            end = min(length, start + left)
            chunks.append((number, start, end))
            held, left, places = held + length, left - (end - start), places - 1
        return chunks

    def _mixed_step(self, chunks: list[tuple[int, int, int]]) -> list[int]:
        prompt, attention = 0, 0.0
        for _, start, end in chunks:
            prompt += end - start
            attention += (end - start) * (start + end) / 2
        took_ms = self.clock.mixed_ms(self.batch, self.context, prompt, attention)
        self._pass(took_ms, self.batch + len(chunks))
        self.worked_tokens += prompt
        done = self._decoded(1)
        self._partial = -1
        for number, _, end in chunks:
            if end < self._length(number):
                self._partial, self._partial_done = number, end
                continue
            said = self._said[number] + 1
            self._said[number] = said
            if said == 1:
                self.first_ms[number] = self.now_ms
            if said == self.answer[number]:
                self._finish(number)
                done.append(number)
                continue
            self._joined[number] = self._steps - said
            self._decodes[number] = True
            self.batch += 1
            self.context += self.prompt[number] + said
            end_step = self._joined[number] + self.answer[number]
            heappush(self._ends, (end_step, number, self.preemptions[number]))
        return done

    def _decode(self, most_steps: int) -> list[int]:
        batch, context = self.batch, self.context
        step_ms = self.clock.decode_ms(batch, context)
        growth_ms = self.clock.context_ms * batch
        steps = min(
            most_steps, self._next_end() - self._steps, (self.memory - context) // batch + 1
        )
        # Behind a queue nothing is taken before a place is free, so arrivals change nothing.
        if self._arrivals and not self._queue and batch < self.slots:
            gap_ms = self._arrivals[0][0] - self.now_ms
            steps = min(steps, steps_to(gap_ms, step_ms, growth_ms))
        self._pass(lasts_ms(steps, step_ms, growth_ms), batch)
        return self._decoded(steps)

    def _next_end(self) -> int:
        """Step at whose end the next answer is complete; entries of the preempted are dropped."""
        ends = self._ends
        while not self._counts(ends[0]):
            heappop(ends)
        return ends[0][0]

    def _counts(self, entry: tuple[int, int, int]) -> bool:
        _, number, preemptions = entry
        return self._decodes[number] and self.preemptions[number] == preemptions

    def _decoded(self, steps: int) -> list[int]:
        """Account for decoding steps; the requests whose last token they gave."""
        if not self.batch:
            return []
        self._steps += steps
        self.context += steps * self.batch
        self.decoded_tokens += steps * self.batch
        done = []
        ends = self._ends
        while ends and ends[0][0] <= self._steps:
            entry = heappop(ends)
            if self._counts(entry):
                number = entry[1]
                self._said[number] = self.answer[number]
                self._decodes[number] = False
                self.batch -= 1
                self.context -= self.prompt[number] + self.answer[number]
                self._finish(number)
                done.append(number)
        return done

    def _finish(self, number: int) -> None:
        self.finished_ms[number] = self.now_ms
        newest = self._newest
        while newest and not math.isnan(self.finished_ms[newest[-1]]):
            newest.pop()

    def _pass(self, took_ms: float, running: int) -> None:
        self.running_area_ms += took_ms * running
        self.queued_area_ms += took_ms * len(self._queue)
        self.now_ms += took_ms
