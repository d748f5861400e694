"""Seeded mistakes in the simulator, and the law that notices each of them."""

from collections import deque

import numpy as np
import pytest

from tco.kernel import simulate, simulate_capacity, simulate_clock, simulate_engine, simulate_trial
from tco.kernel.simulate_engine import Engine
from tests.tco.kernel import test_simulate as one_run
from tests.tco.kernel import test_simulate_against_vllm as vllm
from tests.tco.kernel import test_simulate_capacity as search


class PromptsIgnoreWhatDecodes(Engine):
    """Decoding sequences take no tokens of the step's budget."""

    def _chunks(self, *, take):
        batch, self.budget = self.batch, self.budget + self.batch
        try:
            return super()._chunks(take=take)
        finally:
            self.budget -= batch

    def _partial_end(self):
        return min(self._length(self._partial), self._partial_done + self.budget)


class OldestIsPreempted(Engine):
    def _preempt(self, number):
        self._newest.append(number)
        super()._preempt(self._newest.pop(0))


class PreemptedKeepTheirWork(Engine):
    """Only the prompt is worked through again, not the answer so far."""

    def _length(self, number):
        return self.prompt[number]


class PreemptionIsNotCounted(Engine):
    def _preempt(self, number):
        before = self.preemptions[number]
        super()._preempt(number)
        self.preemptions[number] = before


class PreemptedGoToTheEnd(Engine):
    def _preempt(self, number):
        before = len(self._queue)
        super()._preempt(number)
        if len(self._queue) > before:
            self._queue.append(self._queue.popleft())


class CachedPromptsCostPrefill(Engine):
    def submit(self, when_ms, prompt, answer, cached=0):
        return super().submit(when_ms, prompt, answer, 0)


class OneSlotTooMany(Engine):
    def __init__(self, step, limits):
        super().__init__(step, limits)
        self.slots += 1
        self.clock = simulate_clock.StepClock(step, self.slots)


class MemoryIsEndless(Engine):
    def __init__(self, step, limits):
        super().__init__(step, limits)
        self.memory = simulate_engine.NO_LIMIT


class LastComeFirstServed(Engine):
    def _receive(self):
        super()._receive()
        self._queue = deque(sorted(self._queue, reverse=True))


class ContextsDoNotGrow(Engine):
    """A jump of many steps takes the first step's time for each."""

    def _decode(self, most_steps):
        kept = simulate_engine.lasts_ms
        simulate_engine.lasts_ms = lambda steps, step_ms, growth_ms: steps * step_ms
        try:
            return super()._decode(most_steps)
        finally:
            simulate_engine.lasts_ms = kept


class LastTokenIsFree(Engine):
    def submit(self, when_ms, prompt, answer, cached=0):
        return super().submit(when_ms, prompt, max(answer - 1, 1), cached)


class RequestOverheadIsForgotten(Engine):
    def __init__(self, step, limits):
        super().__init__(step, limits)
        self.request_overhead_ms = 0.0


class PromptsTouchNoExperts(Engine):
    def _mixed_step(self, chunks):
        clock = self.clock
        batch_ms = clock._batch_ms
        frozen = type("Clock", (), {})()
        frozen.mixed_ms = lambda batch, context, prompt, attention: (
            clock.mixed_ms(batch, context, prompt, attention)
            - batch_ms(batch, prompt)
            + batch_ms(batch, 0)
            + clock.prompt_ms * prompt
        )
        self.clock = frozen
        try:
            return super()._mixed_step(chunks)
        finally:
            self.clock = clock


class QueueIsNotCounted(Engine):
    def _receive(self):
        before = self.queued_area_ms
        super()._receive()
        self.queued_area_ms = before


ENGINES = {
    PromptsIgnoreWhatDecodes: vllm.every_request_is_scheduled_as_vllm_does,
    OldestIsPreempted: one_run.memory_takes_the_newest_and_works_it_through_again,
    PreemptedKeepTheirWork: one_run.memory_takes_the_newest_and_works_it_through_again,
    PreemptionIsNotCounted: one_run.a_full_memory_preempts_and_counts,
    PreemptedGoToTheEnd: vllm.every_request_is_scheduled_as_vllm_does,
    CachedPromptsCostPrefill: one_run.cached_prompt_tokens_cost_no_prefill,
    OneSlotTooMany: one_run.slots_and_memory_are_never_exceeded,
    MemoryIsEndless: one_run.a_full_memory_preempts_and_counts,
    LastComeFirstServed: one_run.a_queue_is_served_in_order,
    ContextsDoNotGrow: one_run.jumping_gives_what_stepping_gives,
    LastTokenIsFree: one_run.tokens_said_add_up_to_those_asked,
    RequestOverheadIsForgotten: one_run.no_request_is_quicker_than_alone_with_free_tokens,
    PromptsTouchNoExperts: one_run.moe_prompt_reads_more_experts_than_a_token,
    QueueIsNotCounted: one_run.requests_inside_are_rate_times_residence,
}


@pytest.mark.parametrize("mutant", ENGINES, ids=lambda mutant: mutant.__name__)
def test_a_mistake_in_the_engine_breaks_its_law(mutant, monkeypatch):
    law = ENGINES[mutant]
    law()
    monkeypatch.setattr(simulate, "Engine", mutant)
    with pytest.raises(AssertionError):
        law()


def median_for_95th_percentile(patch):
    patch.setattr(simulate_trial, "p95", lambda values: float(np.median(values)))


def new_traffic_at_every_rate(patch):
    tried = iter(range(10_000))
    kept = simulate_trial.simulate_open_loop

    def shuffled(step, limits, requests, *rest):
        order = np.random.default_rng(next(tried)).permutation(len(requests))
        mixed = type(requests)(
            requests.input_tokens[order],
            requests.output_tokens[order],
            requests.cached_tokens[order],
        )
        return kept(step, limits, mixed, *rest)

    patch.setattr(simulate_trial, "simulate_open_loop", shuffled)


def chance_for_seed(patch):
    kept = np.random.SeedSequence
    patch.setattr(np.random, "SeedSequence", lambda _seed: kept())


def saturation_is_not_looked_for(patch):
    kept = simulate_capacity.saturated

    def endless(*question):
        found = kept(*question)
        return simulate_trial.Saturation(10 * found.rate, found.sd, found.bound_by)

    patch.setattr(simulate_capacity, "saturated", endless)


def the_first_rate_that_misses_is_the_answer(patch):
    patch.setattr(simulate_capacity, "CLOSE", 10.0)


SEARCHES = {
    median_for_95th_percentile: search.the_answer_meets_its_objective_on_other_draws,
    new_traffic_at_every_rate: search.times_and_objectives_scale_together,
    chance_for_seed: search.the_same_seed_gives_the_same_answer,
    saturation_is_not_looked_for: (
        search.without_objectives_the_replica_saturates_as_the_closed_form_says
    ),
    the_first_rate_that_misses_is_the_answer: search.the_answer_meets_its_objective_on_other_draws,
}


@pytest.mark.parametrize("mutant", SEARCHES, ids=lambda mutant: mutant.__name__)
def test_a_mistake_in_the_search_breaks_its_law(mutant, monkeypatch):
    mutant(monkeypatch)
    with pytest.raises(AssertionError):
        SEARCHES[mutant]()
