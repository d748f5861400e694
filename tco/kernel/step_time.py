r"""How long one engine step takes.

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

from tco.kernel.arrays import FloatArray, Numbers

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
_FEW_EXPERTS: Final = 0.85


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
    touched = experts_touched(step, tokens)
    return np.asarray(touched**_FEW_EXPERTS, dtype=float) if step.experts else touched


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
