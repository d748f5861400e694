"""Many worlds at once: bills, fleets and thresholds of every draw and month.

Arrays are ``(draw, month)``; what does not change over the months is ``(draw,)``. The arithmetic
is that of one evaluation, written over arrays: a fleet fixed to its peak in whole instances, and
prices that move by the month. Where a fleet meets no objective its capacity is 0,
its bill infinite: nobody can run it.
"""

from dataclasses import dataclass

import numpy as np

from pricing.units import MONTHS_PER_YEAR, SECONDS_PER_MONTH
from tco.kernel.capacity import capacity_draws
from tco.kernel.speed import EngineLimits, FloatArray, Numbers, RequestMix, StepTime

OUTCOMES = (0.1, 0.5, 0.9)


@dataclass(frozen=True, slots=True)
class Drawn:
    """Inputs of every draw, shape (draws,) each."""

    requests: FloatArray
    """First month's volume [request/month]."""
    api_change: FloatArray
    """Yearly change of every API price [1/year]."""
    gpu_price: FloatArray
    """Price of GPUs over the one given [1]."""
    output: FloatArray
    """Output length over the one given [1]."""
    staff: FloatArray
    """Engineers who run the servers, over those given [1]."""


@dataclass(frozen=True, slots=True)
class TokenCosts:
    """An API option by what each part of its bill grows with, for every month or for all alike."""

    fixed_usd: Numbers
    """[USD/month]."""
    prompt_usd: Numbers
    """Prompt of a request, published price changes included [USD/request]."""
    output_usd: Numbers
    """Output of a request [USD/request]."""
    request_usd: Numbers = 0.0
    """Rest of a request that is no tokens [USD/request]."""


@dataclass(frozen=True, slots=True)
class HostCosts:
    """A self-hosted option by what each part of its bill grows with, as `TokenCosts` is."""

    fixed_usd: Numbers
    """[USD/month]."""
    people_usd: Numbers
    """Engineers who run it [USD/month]."""
    output_usd: Numbers
    """Network transfer of a request's output [USD/request]."""
    gpu_usd: Numbers
    """Part of an instance's month that moves with the GPU price [USD/instance]."""
    instance_usd: Numbers
    """The rest of an instance's month [USD/instance]."""
    peak_to_mean: float
    allowed_load: float
    replicas_per_instance: int
    min_replicas: int
    spare_replicas: int
    kept: bool
    """Whether an instance once taken is kept to the end of the horizon."""
    tries: float = 1.0
    """Tries of a request until it is accepted or given up [1]."""
    request_usd: Numbers = 0.0
    """Rest of a request that is no network transfer [USD/request]."""

    def utilisation(
        self, requests: FloatArray, instances: FloatArray, capacity_rps: FloatArray
    ) -> FloatArray:
        """Demand over the capacity of all replicas [1]; infinite where there is no fleet."""
        meets = capacity_rps > 0
        replicas = np.where(meets, instances, 1.0) * self.replicas_per_instance
        served = replicas * np.where(meets, capacity_rps / self.tries, 1.0) * SECONDS_PER_MONTH
        return np.where(meets, requests / served, np.inf)


@dataclass(frozen=True, slots=True)
class ClassMoments:
    """Lengths of one kind of request as the open model counts them."""

    share: float
    prompt: float
    prompt_square: float
    output: float
    output_square: float
    cached_share: float


@dataclass(frozen=True, slots=True)
class Replica:
    """One replica as it was measured, and how far that may be carried."""

    step: StepTime
    limits: EngineLimits
    running_cap: float
    most_context_tokens: float
    most_prompt_share: float


@dataclass(frozen=True, slots=True)
class CalibratedDraws:
    """Step times of one calibration record in every draw."""

    step: StepTime

    def parameter(self, name: str, index: int) -> float:
        """One parameter in one draw [as its name says]."""
        values = np.asarray(getattr(self.step, name), dtype=float)
        return float(values[index] if values.ndim else values)


def drawn_mix(classes: tuple[ClassMoments, ...], output: FloatArray) -> RequestMix:
    """Means per request with every output longer by a factor, shape (draws,)."""
    tokens = sum(c.share * c.output for c in classes) * output
    context = sum(
        c.share * (c.output * output * c.prompt + c.output_square * output**2 / 2) for c in classes
    )
    return RequestMix(
        input_tokens=sum(c.share * c.prompt for c in classes),
        output_tokens=tokens,
        context_tokens=context / tokens,
        prefill_tokens=sum(c.share * c.prompt * (1 - c.cached_share) for c in classes),
        prefill_attention_tokens2=sum(
            c.share * c.prompt_square * (1 - c.cached_share**2) / 2 for c in classes
        ),
    )


def drawn_capacity(
    replica: Replica, mix: RequestMix, *, mean_tpot_ms: float, mean_ttft_ms: float
) -> FloatArray:
    """Capacity of a replica in every draw; 0 where it meets no objective [request/s]."""
    rates = capacity_draws(
        replica.step,
        replica.limits,
        mix,
        mean_tpot_ms=mean_tpot_ms,
        mean_ttft_ms=mean_ttft_ms,
        running_cap=replica.running_cap,
    )
    share = np.asarray(mix.prefill_tokens) / mix.token_intervals
    known = (np.asarray(mix.context_tokens) <= replica.most_context_tokens) & (
        share <= replica.most_prompt_share
    )
    return np.where(known, rates, 0.0)


def monthly_requests(requests: FloatArray, growth_per_month: float, months: int) -> FloatArray:
    """Volume of every month [request/month], shape (draws, months)."""
    growth = (1 + growth_per_month) ** np.arange(months)
    return np.asarray(requests[:, None] * growth)


def price_drift(change_per_year: FloatArray, months: int) -> FloatArray:
    """API prices of every month over the published ones [1], shape (draws, months).

    Examples
    --------
    >>> price_drift(np.array([-0.19]), 13)[0, [0, 6, 12]].round(6).tolist()
    [1.0, 0.9, 0.81]
    """
    years = np.arange(months) / MONTHS_PER_YEAR
    return np.asarray((1 + change_per_year[:, None]) ** years)


def token_bills(
    costs: TokenCosts, requests: FloatArray, drift: FloatArray, output: FloatArray
) -> FloatArray:
    """Bills of an API option [USD/month], shape (draws, months).

    Parameters
    ----------
    requests, drift
        Volume and drift of prices in every month, shape (draws, months).
    """
    bills = output[:, None] * costs.output_usd + costs.prompt_usd
    bills = bills * drift
    if np.any(costs.request_usd):
        bills += costs.request_usd
    bills *= requests
    bills += costs.fixed_usd
    return bills


def fleet_instances(costs: HostCosts, capacity_rps: FloatArray, requests: FloatArray) -> FloatArray:
    """Whole instances for every month's peak, spares included [1], shape (draws, months)."""
    rates = capacity_rps / costs.tries
    carried = (rates * SECONDS_PER_MONTH * costs.allowed_load / costs.peak_to_mean)[:, None]
    with np.errstate(divide="ignore"):
        needed = requests / carried
    np.ceil(needed, out=needed)
    np.maximum(needed, costs.min_replicas, out=needed)
    needed += costs.spare_replicas
    needed /= costs.replicas_per_instance
    np.ceil(needed, out=needed)
    if costs.kept:
        np.maximum.accumulate(needed, axis=1, out=needed)
    return needed


def host_bills(
    costs: HostCosts, drawn: Drawn, instances: FloatArray, requests: FloatArray
) -> FloatArray:
    """Bills of a self-hosted option [USD/month], shape (draws, months)."""
    bills = drawn.gpu_price[:, None] * costs.gpu_usd + costs.instance_usd
    bills = bills * instances
    bills += requests * (drawn.output[:, None] * costs.output_usd + costs.request_usd)
    bills += drawn.staff[:, None] * costs.people_usd + costs.fixed_usd
    return bills


def thresholds(
    stay: TokenCosts,
    host: HostCosts,
    drawn: Drawn,
    instances: FloatArray,
    capacity_rps: FloatArray,
) -> FloatArray:
    """Utilisation u* of the first month's fleet [1], shape (draws,); infinite where there is none.

    Parameters
    ----------
    instances
        Of the first month, shape (draws,).
    """
    per_instance = _first(host.gpu_usd) * drawn.gpu_price + _first(host.instance_usd)
    people = _first(host.people_usd) * drawn.staff
    fixed = _first(host.fixed_usd) + people - _first(stay.fixed_usd)
    saving = (
        _first(stay.prompt_usd)
        + (_first(stay.output_usd) - _first(host.output_usd)) * drawn.output
        + (_first(stay.request_usd) - _first(host.request_usd))
    )
    meets = (capacity_rps > 0) & (saving > 0)
    counted = np.where(meets, instances, 0.0)
    replicas = counted * host.replicas_per_instance
    served = replicas * (capacity_rps / host.tries) * SECONDS_PER_MONTH * saving
    gap = fixed + counted * per_instance
    return np.where(meets, np.maximum(0.0, gap / np.where(meets, served, 1.0)), np.inf)


def _first(value: Numbers) -> float:
    return float(np.asarray(value).flat[0])


def bands(values: FloatArray) -> FloatArray:
    """P10, P50 and P90 over the draws, each one of the values drawn, shape (3, …).

    The smallest value that at least that share of the draws do not exceed, so that infinite draws
    need no arithmetic, and no spread gives the one value to its last bit.
    """
    columns = np.ascontiguousarray(np.moveaxis(values, 0, -1))
    count = columns.shape[-1]
    ranks = [max(0, int(np.ceil(share * count - 1e-9)) - 1) for share in OUTCOMES]
    columns.partition(sorted(set(ranks)), axis=-1)
    return np.stack([columns[..., rank] for rank in ranks])
