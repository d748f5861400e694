"""Draws over arrays against the same month worked one at a time."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tco.kernel import draws as kernel
from tco.kernel.draws import Drawn, HostCosts, TokenCosts
from tco.kernel.fleet import FleetRule

SECONDS = 730 * 3_600

money = st.floats(0, 1e5)
positive = st.floats(0.01, 1e4)


@st.composite
def hosts(draw):
    return HostCosts(
        fixed_usd=draw(money),
        people_usd=draw(money),
        output_usd=draw(st.floats(0, 0.01)),
        gpu_usd=draw(positive),
        instance_usd=draw(money),
        peak_to_mean=draw(st.floats(1, 10)),
        allowed_load=draw(st.floats(0.1, 1)),
        replicas_per_instance=draw(st.integers(1, 8)),
        min_replicas=draw(st.integers(1, 4)),
        spare_replicas=draw(st.integers(0, 3)),
        kept=draw(st.booleans()),
    )


def worlds():
    """Three draws from a seed: quicker to make than numbers one by one."""

    def made(seed):
        random = np.random.default_rng(seed)
        low, high = np.log([1, 0.1, 0.1, 0.1, 0.01]), np.log([1e9, 2, 10, 10, 10])
        some = np.exp(random.uniform(low, high, (3, 5))).T
        return Drawn(some[0], some[1] - 1, some[2], some[3], some[4])

    return st.integers(0, 2**63).map(made)


capacities = st.integers(0, 2**63).map(
    lambda seed: np.exp(np.random.default_rng(seed).uniform(-7, 9, 3))
)


def rule_of(host, capacity):
    return FleetRule(
        capacity_rps=capacity,
        peak_to_mean=host.peak_to_mean,
        allowed_load=host.allowed_load,
        replicas_per_instance=host.replicas_per_instance,
        min_replicas=host.min_replicas,
        spare_replicas=host.spare_replicas,
    )


def host_bill_by_hand(host, drawn, draw, requests, rates):
    """One draw's months, one after the other, with the fleet rule of the point estimate."""
    bills, most = [], 0
    for volume in requests[draw]:
        needed = rule_of(host, rates[draw]).instances(volume)
        most = max(most, needed)
        count = most if host.kept else needed
        bills.append(
            host.fixed_usd
            + host.people_usd * drawn.staff[draw]
            + volume * host.output_usd * drawn.output[draw]
            + count * (host.gpu_usd * drawn.gpu_price[draw] + host.instance_usd)
        )
    return bills


def differs_from_hand(api, host, drawn, rates, growth):
    """Whether any draw's bill differs from the one worked month by month."""
    requests = api.monthly_requests(drawn.requests, growth, 6)
    fleet = api.fleet_instances(host, rates, requests)
    bills = api.host_bills(host, drawn, fleet, requests)
    hand_requests = [[v * (1 + growth) ** month for month in range(6)] for v in drawn.requests]
    return not all(
        bills[draw].tolist()
        == pytest.approx(host_bill_by_hand(host, drawn, draw, hand_requests, rates), rel=1e-12)
        for draw in range(3)
    )


@given(hosts(), worlds(), capacities, st.floats(-0.2, 0.3))
def test_a_self_hosted_bill_is_the_one_worked_month_by_month(host, drawn, rates, growth):
    assert not differs_from_hand(kernel, host, drawn, rates, growth)


@given(money, st.lists(st.floats(0, 0.1), min_size=4, max_size=4), worlds())
def test_a_token_bill_is_the_one_worked_month_by_month(fixed, prices, drawn):
    costs = TokenCosts(fixed, np.array(prices), np.array(prices[::-1]))
    requests = kernel.monthly_requests(drawn.requests, 0.1, 4)
    drift = kernel.price_drift(drawn.api_change, 4)
    bills = kernel.token_bills(costs, requests, drift, drawn.output)
    for draw in range(3):
        for month in range(4):
            volume = drawn.requests[draw] * 1.1**month
            level = (1 + drawn.api_change[draw]) ** (month / 12)
            tokens = prices[month] + prices[3 - month] * drawn.output[draw]
            by_hand = fixed + volume * level * tokens
            assert bills[draw, month] == pytest.approx(by_hand, rel=1e-12)


@given(hosts(), worlds(), capacities, st.floats(0.0001, 0.1), st.floats(0, 0.1), money)
def test_both_bills_are_equal_at_the_threshold(host, drawn, rates, prompt, output, fixed):
    """L29, in utilisation: the planned fleet, its load moved to u*, costs what staying costs."""
    stay = TokenCosts(fixed, np.array([prompt]), np.array([output]))
    instances = kernel.fleet_instances(host, rates, drawn.requests[:, None])[:, 0]
    at = kernel.thresholds(stay, host, drawn, instances, rates)
    for draw in range(3):
        saving = prompt + (output - host.output_usd) * drawn.output[draw]
        if saving <= 0:
            assert at[draw] == math.inf
            continue
        if at[draw] == 0:
            continue
        served = at[draw] * instances[draw] * host.replicas_per_instance * rates[draw] * SECONDS
        staying = fixed + served * (prompt + output * drawn.output[draw])
        hosting = (
            host.fixed_usd
            + host.people_usd * drawn.staff[draw]
            + served * host.output_usd * drawn.output[draw]
            + instances[draw] * (host.gpu_usd * drawn.gpu_price[draw] + host.instance_usd)
        )
        assert staying == pytest.approx(hosting, rel=1e-9)


@given(hosts(), worlds(), capacities, st.floats(1.01, 10))
def test_a_quicker_replica_never_costs_more(host, drawn, rates, quicker):
    """L27."""
    requests = kernel.monthly_requests(drawn.requests, 0.05, 6)
    slow = kernel.fleet_instances(host, rates, requests)
    quick = kernel.fleet_instances(host, rates * quicker, requests)
    assert np.all(quick <= slow)


@given(hosts(), worlds(), capacities, st.floats(0.1, 10))
def test_load_and_capacity_scaled_together_leave_the_threshold(host, drawn, rates, factor):
    """L35."""
    stay = TokenCosts(0.0, np.array([1.0]), np.array([0.0]))
    requests = drawn.requests[:, None]
    fleet = kernel.fleet_instances(host, rates, requests)[:, 0]
    scaled = kernel.fleet_instances(host, rates * factor, requests * factor)[:, 0]
    near_a_step = np.abs(fleet - scaled) > 0
    at = kernel.thresholds(stay, host, drawn, fleet, rates) / factor
    moved = kernel.thresholds(stay, host, drawn, scaled, rates * factor)
    assert np.allclose(at[~near_a_step], moved[~near_a_step], rtol=1e-12)


@given(hosts(), worlds(), capacities, st.floats(1.1, 10))
def test_the_threshold_is_inverse_to_the_price_of_tokens(host, drawn, rates, dearer):
    """L33: twice the price, half u*, where a request costs nothing beyond the machines."""
    free = HostCosts(**{**{f: getattr(host, f) for f in host.__slots__}, "output_usd": 0.0})
    fleet = kernel.fleet_instances(free, rates, drawn.requests[:, None])[:, 0]
    stay = TokenCosts(0.0, np.array([0.01]), np.array([0.02]))
    dear = TokenCosts(0.0, np.array([0.01 * dearer]), np.array([0.02 * dearer]))
    cheap_at = kernel.thresholds(stay, free, drawn, fleet, rates)
    dear_at = kernel.thresholds(dear, free, drawn, fleet, rates)
    assert np.allclose(cheap_at / dearer, dear_at, rtol=1e-12)


@given(st.lists(st.floats(-1e9, 1e9) | st.just(math.inf), min_size=1, max_size=60))
def test_bands_ascend_and_are_values_that_were_drawn(values):
    """L46, with draws that have no answer among them."""
    drawn = np.array(values)[:, None].repeat(2, axis=1)
    low, middle, high = kernel.bands(drawn)
    assert np.all(low <= middle)
    assert np.all(middle <= high)
    assert {low[0], middle[1], high[0]} <= set(values)
    for share, band in ((0.1, low), (0.5, middle), (0.9, high)):
        below = np.mean(np.array(values) <= band[0])
        under = np.mean(np.array(values) < band[0])
        assert below >= share - 1e-9
        assert under < share


def test_bands_agree_with_numpy_where_numpy_has_the_same_rule():
    values = np.random.default_rng(1).normal(size=(1_001, 3))
    theirs = np.quantile(values, [0.1, 0.5, 0.9], axis=0, method="inverted_cdf")
    assert np.array_equal(kernel.bands(values), theirs)


def test_a_replica_that_meets_no_objective_has_an_endless_bill_and_no_threshold():
    host = HostCosts(0, 0, 0, 100, 0, 2, 0.8, 1, 1, 1, False)
    drawn = Drawn(*(np.ones(2) for _ in range(5)))
    rates = np.array([0.0, 1.0])
    fleet = kernel.fleet_instances(host, rates, np.ones((2, 3)))
    bills = kernel.host_bills(host, drawn, fleet, np.ones((2, 3)))
    assert np.all(np.isinf(bills[0]))
    assert np.all(np.isfinite(bills[1]))
    stay = TokenCosts(0.0, np.array([1.0]), np.array([1.0]))
    at = kernel.thresholds(stay, host, drawn, fleet[:, 0], rates)
    assert math.isinf(at[0])
    assert math.isfinite(at[1])
    assert np.isinf(host.utilisation(drawn.requests, fleet[:, 0], rates)[0])


class _Mutant:
    """The kernel with one function spoilt."""

    def __init__(self, **spoilt):
        self._spoilt = spoilt

    def __getattr__(self, name):
        return self._spoilt.get(name, getattr(kernel, name))


def _fleet(host, rates, requests, *, rounding=np.ceil, spare=1, allowed=True, minimum=True):
    load = host.allowed_load if allowed else 1.0
    carried = (rates * SECONDS * load / host.peak_to_mean)[:, None]
    needed = rounding(requests / carried)
    needed = np.maximum(needed, host.min_replicas if minimum else 0)
    needed = needed + spare * host.spare_replicas
    needed = rounding(needed / host.replicas_per_instance)
    return np.maximum.accumulate(needed, axis=1) if host.kept else needed


def _never_kept(host, rates, requests):
    loose = HostCosts(**{**{f: getattr(host, f) for f in host.__slots__}, "kept": False})
    return kernel.fleet_instances(loose, rates, requests)


def _other_hours(host, rates, requests):
    return kernel.fleet_instances(host, rates * 720 / 730, requests)


MUTANTS = {
    "replicas rounded down": {"fleet_instances": lambda *a: _fleet(*a, rounding=np.floor)},
    "replicas rounded to nearest": {"fleet_instances": lambda *a: _fleet(*a, rounding=np.round)},
    "fractional replicas": {"fleet_instances": lambda *a: _fleet(*a, rounding=lambda x: x)},
    "one replica too many": {"fleet_instances": lambda *a: kernel.fleet_instances(*a) + 1},
    "spare counted twice": {"fleet_instances": lambda *a: _fleet(*a, spare=2)},
    "no spare": {"fleet_instances": lambda *a: _fleet(*a, spare=0)},
    "no minimum": {"fleet_instances": lambda *a: _fleet(*a, minimum=False)},
    "headroom ignored": {"fleet_instances": lambda *a: _fleet(*a, allowed=False)},
    "kept machines given back": {"fleet_instances": _never_kept},
    "a month of 720 hours": {"fleet_instances": _other_hours},
    "growth flat": {"monthly_requests": lambda v, g, m: np.repeat(v[:, None], m, axis=1)},
    "growth one month early": {
        "monthly_requests": lambda v, g, m: v[:, None] * (1 + g) ** np.arange(1, m + 1)
    },
    "simple growth": {"monthly_requests": lambda v, g, m: v[:, None] * (1 + g * np.arange(m))},
    "staff not drawn": {
        "host_bills": lambda h, d, f, r: kernel.host_bills(
            h, Drawn(d.requests, d.api_change, d.gpu_price, d.output, np.ones(3)), f, r
        )
    },
    "output not drawn": {
        "host_bills": lambda h, d, f, r: kernel.host_bills(
            h, Drawn(d.requests, d.api_change, d.gpu_price, np.ones(3), d.staff), f, r
        )
    },
    "GPU price on nothing": {
        "host_bills": lambda h, d, f, r: kernel.host_bills(
            h, Drawn(d.requests, d.api_change, np.ones(3), d.output, d.staff), f, r
        )
    },
}


@pytest.mark.parametrize("mistake", MUTANTS)
def test_the_law_of_the_bill_worked_by_hand_kills(mistake):
    random = np.random.default_rng(3)
    host = HostCosts(100.0, 500.0, 1e-4, 300.0, 20.0, 2.5, 0.8, 3, 2, 2, True)
    for _ in range(200):
        drawn = Drawn(
            random.uniform(1e6, 1e8, 3),
            random.uniform(-0.5, 0.5, 3),
            random.uniform(0.5, 2, 3),
            random.uniform(0.5, 2, 3),
            random.uniform(0.5, 2, 3),
        )
        rates, growth = random.uniform(0.5, 50, 3), random.uniform(-0.2, 0.2)
        assert not differs_from_hand(kernel, host, drawn, rates, growth)
        if differs_from_hand(_Mutant(**MUTANTS[mistake]), host, drawn, rates, growth):
            return
    pytest.fail(f"{mistake} was not noticed")


def threshold_is_missed(thresholds):
    """Whether the two bills differ at a utilisation that is said to be u*."""
    host = HostCosts(100.0, 500.0, 1e-4, 300.0, 20.0, 2.5, 0.8, 3, 2, 2, True, 1.25, 2e-4)
    stay = TokenCosts(900.0, 0.001, 0.002, 3e-4)
    drawn = Drawn(*np.array([[2e7], [0.0], [1.5], [0.8], [1.3]]))
    rates = np.array([4.0])
    fleet = kernel.fleet_instances(host, rates, drawn.requests[:, None])[:, 0]
    at = thresholds(stay, host, drawn, fleet, rates)[0]
    served = at * fleet[0] * 3 * rates[0] / 1.25 * SECONDS
    staying = 900 + served * (0.001 + 0.002 * 0.8 + 3e-4)
    hosting = 100 + 500 * 1.3 + served * (1e-4 * 0.8 + 2e-4) + fleet[0] * (300 * 1.5 + 20)
    return staying != pytest.approx(hosting, rel=1e-9)


def _spoilt_host(**changes):
    def thresholds(stay, host, drawn, fleet, rates):
        spoilt = HostCosts(**{**{f: getattr(host, f) for f in host.__slots__}, **changes})
        return kernel.thresholds(stay, spoilt, drawn, fleet, rates)

    return thresholds


def _spoilt_stay(**changes):
    def thresholds(stay, host, drawn, fleet, rates):
        spoilt = TokenCosts(**{**{f: getattr(stay, f) for f in stay.__slots__}, **changes})
        return kernel.thresholds(spoilt, host, drawn, fleet, rates)

    return thresholds


THRESHOLD_MUTANTS = {
    "people on the API not taken off": _spoilt_stay(fixed_usd=0.0),
    "output of the API left out": _spoilt_stay(output_usd=0.0),
    "repair on one side only": _spoilt_stay(request_usd=0.0),
    "network transfer left out": _spoilt_host(output_usd=0.0),
    "retries not served": _spoilt_host(tries=1.0),
    "one replica to an instance": _spoilt_host(replicas_per_instance=1),
    "energy left out": _spoilt_host(instance_usd=0.0),
    "one instance only": lambda s, h, d, f, r: kernel.thresholds(s, h, d, np.ones(1), r),
    "inverted": lambda *a: 1 / kernel.thresholds(*a),
}


@pytest.mark.parametrize("mistake", THRESHOLD_MUTANTS)
def test_the_law_of_equal_bills_kills(mistake):
    assert not threshold_is_missed(kernel.thresholds)
    assert threshold_is_missed(THRESHOLD_MUTANTS[mistake])


def drift_is_wrong(drift):
    """Twelve months of a yearly change are that change, and the first month is today's price."""
    change = np.array([-0.19, 0.5])
    levels = drift(change, 25)
    ends = [levels[:, 0], levels[:, 12], levels[:, 24]]
    return not np.allclose(ends, [[1, 1], 1 + change, (1 + change) ** 2], rtol=1e-12)


@pytest.mark.parametrize(
    ("mistake", "drift"),
    [
        ("a twelfth a month", lambda c, m: (1 + c[:, None] / 12) ** np.arange(m)),
        ("simple", lambda c, m: 1 + c[:, None] * np.arange(m) / 12),
        ("one month early", lambda c, m: (1 + c[:, None]) ** (np.arange(1, m + 1) / 12)),
        ("flat", lambda c, m: np.ones((len(c), m))),
        ("upside down", lambda c, m: (1 - c[:, None]) ** (np.arange(m) / 12)),
    ],
)
def test_the_law_of_a_year_kills(mistake, drift):
    assert not drift_is_wrong(kernel.price_drift)
    assert drift_is_wrong(drift), mistake
