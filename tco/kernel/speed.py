r"""How fast one replica serves: step time, time per token, time to first token, closed loop.

One engine step with :math:`P` new prompt tokens, :math:`B` decoding sequences whose contexts add up
to :math:`K` tokens, and prompt attention :math:`A` takes

.. math::
    t = a + a_w w(B) + g\,[P > 0] + bP + cB + dK + eA + m_w\left[1 - (1 - k/E)^{P+B}\right]^{0.85}

A batch that outgrows the small-batch kernels costs :math:`a_w` more per step; :math:`w` rises
from 0 at `wide_above` sequences to 1 at twice as many. A step with prompts in it is not one of the
captured graphs and costs :math:`g` more. The last term is there for mixtures of experts only:
:math:`k` of :math:`E` routed experts serve a token, and a step reads the weights of every expert
that one of its tokens meets. The derivation of what follows is in
docs/speed-model.md. Every function takes floats or arrays that broadcast, parameters of shape
``(draw,)`` included.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tco.kernel.roots import End, rising_root

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
Numbers = float | FloatArray

LOG_NORMAL_PARAMETERS: Final = (
    "a_ms",
    "b_ms_per_token",
    "c_ms_per_sequence",
    "d_ms_per_context_token",
    "e_ms_per_token2",
    "mw_ms",
    "t0_ms",
    "wide_ms",
    "mixed_ms",
)
KV_SHARE_IN_USE: Final = 0.95  # blocks are wasted and requests preempted before memory is full
BUSIEST_PREFILL: Final = 0.95  # beyond it the waiting time is past the formula
_FEW_EXPERTS: Final = 0.85
_TINY: Final = 1e-300
_CLOSE: Final = 1e-10


@dataclass(frozen=True, slots=True)
class StepTime:
    """Parameters of the step time; arrays hold one value per draw."""

    a_ms: Numbers
    b_ms_per_token: Numbers
    c_ms_per_sequence: Numbers
    d_ms_per_context_token: Numbers
    e_ms_per_token2: Numbers
    mw_ms: Numbers
    t0_ms: Numbers
    experts: int = 0
    experts_active: int = 0
    wide_ms: Numbers = 0.0
    wide_above: float = 0.0
    mixed_ms: Numbers = 0.0
    """Extra time of a step that works on a prompt at all [ms]."""
    overlap: float = 1.0
    """Order of the norm of weights read and arithmetic done; 1 adds them up."""
    ranks: float = 1.0
    """Data-parallel ranks whose tokens meet the same experts."""

    def scaled(self, factor: Numbers) -> "StepTime":
        """Build the same replica with every time longer by `factor`."""
        return self.with_values(
            {name: getattr(self, name) * factor for name in LOG_NORMAL_PARAMETERS}
        )

    def with_values(self, values: dict[str, Numbers]) -> "StepTime":
        """Build the same replica with some parameters replaced."""
        mine = {field.name: getattr(self, field.name) for field in fields(self)}
        return StepTime(**{**mine, **values})

    def as_columns(self) -> "StepTime":
        """Build the same parameter sets as columns, shape (draws, 1)."""
        values = {name: getattr(self, name) for name in LOG_NORMAL_PARAMETERS}
        return self.with_values(
            {name: np.reshape(value, (-1, 1)) for name, value in values.items() if np.ndim(value)}
        )

    def drawn(
        self, order: Sequence[str], covariance: FloatArray, standard_normals: FloatArray
    ) -> "StepTime":
        """Build one parameter set per draw: log-normal around this one.

        Parameters
        ----------
        order
            Names of the parameters, as the covariance counts them.
        covariance
            Of their natural logarithms, shape ``(len(order), len(order))``.
        standard_normals
            Independent, shape ``(draws, len(order))``.
        """
        values, vectors = np.linalg.eigh(np.asarray(covariance, dtype=float))
        spread = vectors * np.sqrt(np.clip(values, 0.0, None))
        factors = np.exp(standard_normals @ spread.T)
        return self.with_values(
            {name: getattr(self, name) * factors[:, i] for i, name in enumerate(order)}
        )


@dataclass(frozen=True, slots=True)
class EngineLimits:
    """What the engine admits at once."""

    max_num_seqs: Numbers
    max_num_batched_tokens: Numbers
    kv_tokens: Numbers
    """Of one data-parallel rank [token]."""

    def rows(self, index: NDArray[np.intp]) -> "EngineLimits":
        """Limits of the loads with these numbers; plain numbers hold for every load."""
        mine = [getattr(self, field.name) for field in fields(self)]
        return EngineLimits(*(x[index] if isinstance(x, np.ndarray) else x for x in mine))


@dataclass(frozen=True, slots=True)
class WorkMoments:
    """Second moments of the prompt tokens `x` and attention pairs `y` of one request."""

    tokens2: Numbers
    """E[x²] [token²]."""
    cross: Numbers
    """E[xy] [token³]."""
    pairs2: Numbers
    """E[y²] [token⁴]."""


@dataclass(frozen=True, slots=True)
class RequestMix:
    """Means per request that decide the speed, in tokens of the model that serves."""

    input_tokens: Numbers
    """E[I], prompt [token]."""
    output_tokens: Numbers
    """E[O] [token]."""
    context_tokens: Numbers
    """Context seen by a decoding token, E[I] + E[O²]/(2 E[O]) for one class [token]."""
    prefill_tokens: Numbers
    """E[I(1 - h)], prompt tokens not found in the prefix cache [token]."""
    prefill_attention_tokens2: Numbers
    """E[I²(1 - h²)/2], the pairs that prefill attention visits [token²]."""
    work: WorkMoments | None = None
    """How the work differs from request to request; as prompt lengths do where left out."""

    @classmethod
    def of_lengths(
        cls, input_tokens: Numbers, output_tokens: Numbers, cached_share: Numbers = 0.0
    ) -> "RequestMix":
        """Describe requests that all have the same lengths and cached share."""
        return cls(
            input_tokens=input_tokens,
            output_tokens=output_tokens,
            context_tokens=input_tokens + output_tokens / 2,
            prefill_tokens=input_tokens * (1 - cached_share),
            prefill_attention_tokens2=input_tokens**2 * (1 - cached_share**2) / 2,
        )

    def rows(self, index: NDArray[np.intp]) -> "RequestMix":
        """Loads with these numbers, of means that are arrays of one value per load."""
        return RequestMix(
            np.asarray(self.input_tokens)[index],
            np.asarray(self.output_tokens)[index],
            np.asarray(self.context_tokens)[index],
            np.asarray(self.prefill_tokens)[index],
            np.asarray(self.prefill_attention_tokens2)[index],
        )

    @property
    def token_intervals(self) -> FloatArray:
        """Gaps between output tokens, E[O] - 1 and at least one [interval/request]."""
        gaps = np.asarray(self.output_tokens, dtype=float) - 1
        return np.asarray(np.maximum(gaps, 1.0), dtype=float)

    @property
    def cached_share(self) -> FloatArray:
        """Share of prompt tokens found in the prefix cache [1]."""
        return np.asarray(1 - self.prefill_tokens / self.input_tokens, dtype=float)

    @property
    def prompt_cv2(self) -> FloatArray:
        """Squared coefficient of variation of the prompt length, as the means imply it [1]."""
        reach = np.maximum(1 - self.cached_share**2, 1e-12)
        mean_square = 2 * self.prefill_attention_tokens2 / reach
        cv2 = mean_square / np.square(self.input_tokens) - 1
        return np.asarray(np.maximum(cv2, 0.0), dtype=float)


def experts_touched(step: StepTime, tokens: Numbers) -> FloatArray:
    """Share of routed expert weights that a step of so many tokens reads, 0 if dense [1].

    Parameters
    ----------
    tokens
        Of one data-parallel rank; the experts see those of all ranks [token].
    """
    batch = np.asarray(tokens, dtype=float)
    if step.experts == 0:
        return np.zeros_like(batch)
    untouched = np.exp(step.ranks * batch * np.log1p(-step.experts_active / step.experts))
    return np.asarray(1 - untouched, dtype=float)


def experts_reading(step: StepTime, tokens: Numbers) -> FloatArray:
    """Time to read the experts that a step touches, over that of reading all of them [1].

    Falls slower than their share: a kernel with few experts keeps less of the memory busy. The
    power is the one under which mixtures carried to more clients err least to one side
    (docs/speed-model.md).
    """
    return np.asarray(experts_touched(step, tokens) ** _FEW_EXPERTS, dtype=float)


def read_ms(step: StepTime, running: Numbers, prompt_tokens: Numbers = 0.0) -> FloatArray:
    """Time of a step that its tokens share: weights read, launches, host work [ms].

    Parameters
    ----------
    running
        Sequences that decode [sequence].
    prompt_tokens
        New prompt tokens of the step; each of them meets experts too [token].
    """
    shared = step.a_ms + step.mw_ms * experts_reading(step, running + prompt_tokens)
    if step.wide_above > 0:
        shared = shared + step.wide_ms * np.clip(running / step.wide_above - 1, 0.0, 1.0)
    return np.asarray(shared, dtype=float)


def batch_ms(step: StepTime, running: Numbers, prompt_tokens: Numbers = 0.0) -> FloatArray:
    """Time of a step before contexts are attended to: weights read, and multiplied [ms].

    Arithmetic goes on while weights are read, so the slower of the two decides where tokens are
    few or many, and both count between: a norm of order `overlap`. Of order 1 they add up, and
    the arithmetic of decoding tokens is left to `c_ms_per_sequence`.
    """
    read = read_ms(step, running, prompt_tokens)
    if step.overlap == 1:
        return np.asarray(read + step.b_ms_per_token * prompt_tokens, dtype=float)
    work = step.b_ms_per_token * (running + prompt_tokens)
    return np.asarray((read**step.overlap + work**step.overlap) ** (1 / step.overlap), dtype=float)


def attention_ms(step: StepTime, mix: RequestMix) -> Numbers:
    """Attention of one request's prompt, in all its steps together [ms]."""
    return step.e_ms_per_token2 * mix.prefill_attention_tokens2


def _own_ms(step: StepTime, mix: RequestMix) -> Numbers:
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
    own = batch * _own_ms(step, mix) + begun * attention_ms(step, mix)
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
    residence_s = mix.token_intervals * tpot_ms(step, mix, running, limits) / 1_000
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
    prefill = np.asarray(mix.prefill_tokens, dtype=float)
    chunks = prompt_chunks(limits, mix)
    chunk = prefill / chunks
    alone_ms = step.mixed_ms + running * _own_ms(step, mix)
    pair_ms = attention_ms(step, mix)
    own_ms = chunks * (alone_ms + batch_ms(step, running, chunk)) + pair_ms
    served_ms = queued_prompt_ms(step, limits, mix, running)
    per_token_ms = tpot_ms(step, mix, running, limits)
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
    own_ms = running * _own_ms(step, mix)
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
    rate = requests_per_second(step, mix, running, limits)
    per_token_ms = tpot_ms(step, mix, running, limits)
    outside_ms = (clients - running) / rate * 1_000
    before_first = np.where(
        limit >= room_in_memory(limits, mix),
        np.minimum(mix.input_tokens / mix.context_tokens, 1.0),
        1.0,
    )
    steady_ms = ttft_ms(step, limits, mix, running)
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
        waiting = requests_per_second(step, mix, running, limits) / 1_000
        return np.asarray(running + waiting * ttft_ms(step, limits, mix, running) - clients)

    at_clients = excess(clients)
    none, all_ = np.zeros_like(at_clients), np.broadcast_to(clients, at_clients.shape)
    return rising_root(excess, End(none, -all_), End(all_, at_clients), _CLOSE * clients)
