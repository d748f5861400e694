"""How fast one replica serves: time per token, time to first token, the closed loop.

The time of a step is that of `tco.kernel.step_time`; the derivation of what follows from it is in
docs/speed-model.md. Every function takes floats or arrays that broadcast, parameters of shape
``(draw,)`` included.
"""

from typing import Final

import numpy as np

from tco.kernel.arrays import FloatArray, Numbers
from tco.kernel.request_mix import EngineLimits, RequestMix
from tco.kernel.roots import End, rising_root
from tco.kernel.step_time import (
    StepTime,
    batch_ms,
)

KV_SHARE_IN_USE: Final = 0.95  # blocks are wasted and requests preempted before memory is full
BUSIEST_PREFILL: Final = 0.95  # beyond it the waiting time is past the formula
_TINY: Final = 1e-300
_CLOSE: Final = 1e-10


def attention_ms(step: StepTime, mix: RequestMix) -> Numbers:
    """Attention of one request's prompt, in all its steps together [ms]."""
    return step.e_ms_per_token2 * mix.prefill_attention_tokens2


def sequence_ms(step: StepTime, mix: RequestMix) -> Numbers:
    """What a sequence that decodes adds to a step, beside the work all share [ms]."""
    return step.c_ms_per_sequence + step.d_ms_per_context_token * mix.context_tokens


def prompt_chunks(limits: "EngineLimits | None", mix: RequestMix) -> FloatArray:
    """Steps over which one prompt is worked through, at least one."""
    if limits is None:
        return np.ones_like(np.asarray(mix.prefill_tokens, dtype=float))
    chunks = np.ceil(np.asarray(mix.prefill_tokens, dtype=float) / limits.max_num_batched_tokens)
    return np.asarray(np.maximum(chunks, 1.0), dtype=float)


def tpot_ms(
    step: StepTime, mix: RequestMix, running: Numbers, limits: EngineLimits | None = None
) -> FloatArray:
    r"""Mean time per output token while `running` sequences decode [ms/token].

    In each step :math:`f = B/(O - 1)` requests begin on average, each over :math:`m` steps, so a
    share :math:`q = 1 - e^{-fm}` of the steps works on prompts, :math:`fI/q` tokens at a time.

    Parameters
    ----------
    limits
        Says over how many steps a prompt is spread; one where left out.

    Examples
    --------
    >>> step = StepTime(10, 0.02, 0.05, 1e-5, 0, 0, 30)
    >>> mix = RequestMix.of_lengths(1000, 101)
    >>> tpot_ms(step, mix, 20).round(3).item()
    15.21
    """
    batch = np.asarray(running, dtype=float)
    begun = batch / mix.token_intervals
    mixed = -np.expm1(-begun * prompt_chunks(limits, mix))
    tokens = begun * mix.prefill_tokens / np.maximum(mixed, _TINY)
    plain_ms = batch_ms(step, batch)
    extra = step.mixed_ms + batch_ms(step, batch, tokens) - plain_ms
    own = batch * sequence_ms(step, mix) + begun * attention_ms(step, mix)
    return np.asarray(plain_ms + mixed * extra + own, dtype=float)


def requests_per_second(
    step: StepTime, mix: RequestMix, running: Numbers, limits: EngineLimits | None = None
) -> FloatArray:
    """Rate of requests while `running` sequences decode, by Little's law [request/s].

    Examples
    --------
    >>> step = StepTime(10, 0.02, 0.05, 1e-5, 0, 0, 30)
    >>> mix = RequestMix.of_lengths(1000, 101)
    >>> requests_per_second(step, mix, 20).round(4).item()
    13.1492
    """
    return _rate(mix, running, tpot_ms(step, mix, running, limits))


def _rate(mix: RequestMix, running: Numbers, per_token_ms: FloatArray) -> FloatArray:
    """Rate of requests at a known time per token [request/s]."""
    residence_s = mix.token_intervals * per_token_ms / 1_000
    return np.asarray(running / residence_s, dtype=float)


def ttft_ms(step: StepTime, limits: EngineLimits, mix: RequestMix, running: Numbers) -> FloatArray:
    r"""Mean time to first token in the steady state, admission being free [ms].

    The request waits for the step in progress and for prompts ahead of it, then its own prompt is
    worked through in chunks beside the sequences that decode. Prompts that wait share full
    steps, so each takes the time :math:`S` of its part of such a step and of its attention, and
    they wait as in a queue with one server,
    :math:`\rho/(1 - \rho) \cdot E[S](1 + c_S^2)/2` (Pollaczek, 1930; Khinchine, 1932).
    Good in the mean, not for tails.
    """
    return _first_ms(step, limits, mix, running, tpot_ms(step, mix, running, limits))


def _first_ms(
    step: StepTime,
    limits: EngineLimits,
    mix: RequestMix,
    running: Numbers,
    per_token_ms: FloatArray,
) -> FloatArray:
    """Mean time to first token at a known time per token [ms]."""
    prefill = np.asarray(mix.prefill_tokens, dtype=float)
    chunks = prompt_chunks(limits, mix)
    chunk = prefill / chunks
    alone_ms = step.mixed_ms + running * sequence_ms(step, mix)
    pair_ms = attention_ms(step, mix)
    own_ms = chunks * (alone_ms + batch_ms(step, running, chunk)) + pair_ms
    served_ms = queued_prompt_ms(step, limits, mix, running)
    per_ms = running / (mix.token_intervals * per_token_ms)
    busy = np.minimum(per_ms * served_ms, BUSIEST_PREFILL)
    known_ms = np.where(served_ms > 0, served_ms, 1.0)
    variance = work_variance(mix, served_ms - pair_ms, pair_ms) / np.square(known_ms)
    waiting_ms = busy / (1 - busy) * served_ms * (1 + variance) / 2
    return np.asarray(step.t0_ms + own_ms + per_token_ms / 2 + waiting_ms, dtype=float)


def queued_prompt_ms(
    step: StepTime, limits: EngineLimits, mix: RequestMix, running: Numbers
) -> FloatArray:
    """Time of one prompt among others that wait: its part of full steps, and its attention [ms]."""
    full_ms = step.mixed_ms + batch_ms(step, running, limits.max_num_batched_tokens)
    steps = np.asarray(mix.prefill_tokens, dtype=float) / limits.max_num_batched_tokens
    own_ms = running * sequence_ms(step, mix)
    return np.asarray(steps * (full_ms + own_ms) + attention_ms(step, mix), dtype=float)


def work_variance(mix: RequestMix, token_ms: Numbers, pair_ms: Numbers) -> FloatArray:
    """Variance of a prompt's work over requests [ms²].

    Attention grows with the square of the length, so the work of heavy-tailed prompts varies more
    than their length.

    Parameters
    ----------
    token_ms, pair_ms
        Mean work that grows with the tokens, and with the pairs [ms].
    """
    mean_ms = np.asarray(token_ms + pair_ms, dtype=float)
    if mix.work is None:
        return np.asarray(np.square(mean_ms) * mix.prompt_cv2, dtype=float)
    tokens = np.asarray(mix.prefill_tokens, dtype=float)
    pairs = np.asarray(mix.prefill_attention_tokens2, dtype=float)
    per_token = token_ms / np.where(tokens > 0, tokens, 1.0)
    per_pair = pair_ms / np.where(pairs > 0, pairs, 1.0)
    mean_square = (
        np.square(per_token) * mix.work.tokens2
        + 2 * per_token * per_pair * mix.work.cross
        + np.square(per_pair) * mix.work.pairs2
    )
    return np.asarray(np.maximum(mean_square - np.square(mean_ms), 0.0), dtype=float)


def room_in_memory(limits: EngineLimits, mix: RequestMix) -> FloatArray:
    """Sequences whose contexts memory holds [sequence]."""
    tokens = KV_SHARE_IN_USE * np.asarray(limits.kv_tokens, dtype=float)
    return np.asarray(tokens / mix.context_tokens, dtype=float)


def room_in_steps(limits: EngineLimits, mix: RequestMix) -> FloatArray:
    """Sequences that the tokens of a step keep running, prompts of the next ones included.

    While each of `B` sequences gets one token a step, ``B I/(O - 1)`` prompt tokens have to be
    worked through for those that follow; both come out of `max_num_batched_tokens`.
    """
    each = 1 + mix.prefill_tokens / mix.token_intervals
    return np.asarray(limits.max_num_batched_tokens / each, dtype=float)


def max_running(limits: EngineLimits, mix: RequestMix) -> FloatArray:
    """Sequences that the engine can keep running: slots, memory, or the tokens of a step."""
    room = np.minimum(room_in_memory(limits, mix), room_in_steps(limits, mix))
    return np.asarray(np.minimum(limits.max_num_seqs, room), dtype=float)


def closed_loop(
    step: StepTime, limits: EngineLimits, mix: RequestMix, concurrency: Numbers
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Load point of `concurrency` clients that each send as soon as they are answered.

    Running sequences solve ``B = C - X(B) TTFT(B)`` below the engine's limit; at the limit the rest
    wait, as long as Little's law says. For want of a slot they wait before their first token. For
    want of memory only part of the wait comes before it, the prompt's part of the context: a prompt
    is admitted as soon as it fits itself, and preempted when the contexts of all have grown.

    Returns
    -------
    tuple of ndarray
        Running sequences, requests/s, time per output token [ms], time to first token [ms].
    """
    clients = np.asarray(concurrency, dtype=float)
    limit = max_running(limits, mix)
    running = np.minimum(_running_of(step, limits, mix, clients), limit)
    per_token_ms = tpot_ms(step, mix, running, limits)
    rate = _rate(mix, running, per_token_ms)
    outside_ms = (clients - running) / rate * 1_000
    before_first = np.where(
        limit >= room_in_memory(limits, mix),
        np.minimum(mix.input_tokens / mix.context_tokens, 1.0),
        1.0,
    )
    steady_ms = _first_ms(step, limits, mix, running, per_token_ms)
    waits = outside_ms > steady_ms
    first_ms = np.where(waits, np.maximum(before_first * outside_ms, steady_ms), outside_ms)
    per_token_ms = per_token_ms + (outside_ms - first_ms) / mix.token_intervals
    return running, rate, per_token_ms, first_ms


def _running_of(
    step: StepTime, limits: EngineLimits, mix: RequestMix, clients: FloatArray
) -> FloatArray:
    """Root of ``B + X(B) TTFT(B) - C``.

    Both terms grow with B, so the root is one, and lies between 0 and C.
    """

    def excess(running: FloatArray) -> FloatArray:
        per_token_ms = tpot_ms(step, mix, running, limits)
        waiting = _rate(mix, running, per_token_ms) / 1_000
        first_ms = _first_ms(step, limits, mix, running, per_token_ms)
        return np.asarray(running + waiting * first_ms - clients)

    at_clients = excess(clients)
    none, all_ = np.zeros_like(at_clients), np.broadcast_to(clients, at_clients.shape)
    return rising_root(excess, End(none, -all_), End(all_, at_clients), _CLOSE * clients)
