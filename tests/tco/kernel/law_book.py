"""Laws of fleets, break-even and money over an engine given as a bundle of functions.

Every law takes the bundle and one drawn case, so that a seeded mistake can stand in for a function
and be caught. Numbers are those of the list L20 to L45.
"""

import math
import random
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import pairwise

from tco.kernel import break_even, finance, fleet, kept_machines, unit_cost
from tco.kernel.break_even import LineBill, StairBill
from tco.kernel.fleet import FleetRule
from tco.kernel.tax_schedules import TaxSchedule

HOURS = 730.0


def machines_usd(instances, gpus, usd_per_gpu_hour):
    """Rent of a month: machines × GPUs × hours × price."""
    return instances * gpus * HOURS * usd_per_gpu_hour


def hosted_usd(engine, case, volume):
    """Whole bill of self-hosting a volume."""
    rent = engine.machines_usd(
        engine.instances(case.rule, volume), case.gpus, case.usd_per_gpu_hour
    )
    return rent + engine.scaled_fixed(case.fixed_usd, 1.0)


def grown(first, growth, months):
    """Volumes of months 1 to n."""
    return [first * (1 + growth) ** m for m in range(months)]


def payment_later(flows, rate):
    return finance.present_value([0.0, *flows], rate)


@dataclass(frozen=True)
class Engine:
    """The functions under law."""

    instances: object = FleetRule.instances
    needed: object = FleetRule.needed_replicas
    state: object = staticmethod(fleet.fleet_state)
    machines_usd: object = staticmethod(machines_usd)
    scaled_fixed: object = staticmethod(lambda usd, factor: usd * factor)
    crossings: object = staticmethod(break_even.volume_break_even)
    for_good: object = staticmethod(break_even.cheaper_for_good_from)
    u_star: object = staticmethod(unit_cost.break_even_utilisation)
    present_value: object = staticmethod(finance.present_value)
    monthly_rate: object = staticmethod(lambda rate: float(finance.monthly_rate(rate)))
    grown: object = staticmethod(grown)
    price_factors: object = staticmethod(finance.price_factors)
    turns: object = staticmethod(finance.sign_changes)
    write_offs: object = staticmethod(kept_machines.write_offs)
    convert: object = staticmethod(lambda usd, rate: usd * rate)
    convert_other: object = staticmethod(lambda usd, rate: usd * rate)


@dataclass(frozen=True)
class Case:
    """One draw: numbers a small scenario is made of."""

    rule: FleetRule
    volume: float
    other_volume: float
    gpus: int
    usd_per_gpu_hour: float
    fixed_usd: float
    price: Fraction
    capacity: int
    ratio: Fraction
    """Break-even utilisation of one full replica, C / (p cap)."""
    flows: tuple[float, ...]
    rate: float
    growth: float
    factor: float
    months: int
    seed: int = field(default=0)


def draw_case(seed):
    """Draw one case; the same seed, the same case."""
    rng = random.Random(seed)
    rule = FleetRule(
        capacity_rps=rng.choice([0.5, 1.0, 4.0]),
        peak_to_mean=rng.choice([1.0, 2.0, 5.0]),
        allowed_load=rng.choice([0.5, 0.8, 1.0]),
        replicas_per_instance=rng.choice([1, 1, 2, 4]),
        min_replicas=rng.choice([1, 1, 2, 3]),
        spare_replicas=rng.choice([0, 1, 2]),
    )
    whole = rng.random() < 0.3
    replicas = rng.randint(1, 9) if whole else rng.uniform(0.01, 9)
    den = rng.randint(2, 12)
    return Case(
        rule=rule,
        volume=rule.replica_requests * replicas,
        other_volume=rule.replica_requests * rng.uniform(0.01, 9),
        gpus=rng.choice([2, 4, 8]),
        usd_per_gpu_hour=rng.uniform(0.5, 12),
        fixed_usd=rng.uniform(100, 20_000),
        price=Fraction(rng.randint(1, 20), 1_000),
        capacity=rng.choice([1_000, 4_096, 10_000]),
        ratio=Fraction(rng.randint(1, den - 1), den),
        flows=tuple(float(rng.randint(-1_000, 1_000)) for _ in range(rng.randint(1, 40))),
        rate=rng.uniform(0.01, 0.5),
        growth=rng.uniform(0.01, 0.1),
        factor=rng.uniform(0.2, 5),
        months=rng.randint(2, 48),
        seed=seed,
    )


def close(a, b, rel=1e-9, scale=1.0):
    return math.isclose(a, b, rel_tol=rel, abs_tol=1e-9 * scale)


def stay_and_host(case, **changes):
    """The flat case of L31: one minimum replica, no fixed cost, one replica an instance."""
    instance = case.ratio * case.capacity * case.price
    host = StairBill(0.0, 0.0, float(instance), float(case.capacity), 1, 1, 0)
    return LineBill(0.0, float(case.price)), replace(host, **changes)


def equal(found, expected):
    """Volumes that differ by rounding at most."""
    return len(found) == len(expected) and all(map(close, found, map(float, expected)))


def l20_enough_and_no_more(e, c):
    n = e.needed(c.rule, c.volume)
    carried = c.rule.capacity_rps * 3_600 * HOURS * c.rule.allowed_load / c.rule.peak_to_mean
    return (
        n >= c.rule.min_replicas
        and n == int(n)
        and n * carried >= c.volume * (1 - 1e-12)
        and (n == c.rule.min_replicas or (n - 1) * carried < c.volume)
    )


def l21_steps_at_full_fleets(e, c):
    one = replace(c.rule, min_replicas=1)
    full = 3 * one.capacity_rps * 3_600 * HOURS * one.allowed_load / one.peak_to_mean
    return e.needed(one, full * (1 - 1e-9)) == 3 and e.needed(one, full * (1 + 1e-9)) == 4


def l22_homogeneous_in_prices(e, c):
    dearer = e.machines_usd(
        e.instances(c.rule, c.volume), c.gpus, c.usd_per_gpu_hour * c.factor
    ) + e.scaled_fixed(c.fixed_usd, c.factor)
    return close(dearer, c.factor * hosted_usd(e, c, c.volume))


def l23_slope_in_the_gpu_price(e, c):
    n = e.instances(c.rule, c.volume)
    more = e.machines_usd(n, c.gpus, c.usd_per_gpu_hour + 1)
    return close(more - e.machines_usd(n, c.gpus, c.usd_per_gpu_hour), n * c.gpus * 8_760 / 12)


def l24_sub_additive(e, c):
    rule = replace(c.rule, spare_replicas=0, replicas_per_instance=1)
    both = e.instances(rule, c.volume + c.other_volume)
    return both <= e.instances(rule, c.volume) + e.instances(rule, c.other_volume)


def l25_a_spare_adds_one(e, c):
    rule = replace(c.rule, replicas_per_instance=1)
    spared = replace(rule, spare_replicas=rule.spare_replicas + 1)
    return e.instances(spared, c.volume) == e.instances(rule, c.volume) + 1


def l26_idle_keeps_the_minimum(e, c):
    rule = replace(c.rule, replicas_per_instance=1)
    return e.instances(rule, 0.0) >= rule.min_replicas + rule.spare_replicas


def l27_more_throughput_never_costs_more(e, c):
    quicker = replace(c.rule, capacity_rps=c.rule.capacity_rps * (1 + c.factor))
    looser = replace(c.rule, allowed_load=min(1.0, c.rule.allowed_load * 1.2))
    n = e.instances(c.rule, c.volume)
    return e.instances(quicker, c.volume) <= n and e.instances(looser, c.volume) <= n


def l28_unit_cost_within_a_step(e, c):
    low, high = c.volume * 0.999, c.volume
    if e.instances(c.rule, low) != e.instances(c.rule, high):
        return True
    at_low, at_high = (hosted_usd(e, c, v) / v for v in (low, high))
    return close(at_low * low, at_high * high) and at_low > at_high


def l28_utilisation_is_demand_over_capacity(e, c):
    state = e.state(c.rule, c.volume)
    capacity = state.replicas * c.rule.capacity_rps * 3_600 * HOURS
    return close(state.utilisation * capacity, c.volume) and close(
        math.prod(f for _, f in state.causes), state.utilisation
    )


def l29_bills_meet_at_a_crossing(e, c):
    stay, host = stay_and_host(c)
    for crossing in e.crossings(stay, host, 8.75 * c.capacity).crossings:
        v = crossing.requests_per_month
        n = max(1, math.ceil(v / c.capacity * (1 - 1e-12)))
        gap = stay.usd_per_request * v - host.instance_usd * n
        above = stay.usd_per_request * v - host.instance_usd * max(
            1, math.floor(v / c.capacity) + 1
        )
        if crossing.kind == "continuous" and not close(gap, 0, scale=stay.usd_per_request * v):
            return False
        if crossing.kind == "step" and not (gap > 0 >= above):
            return False
    return True


def l30_complete_and_alternating(e, c):
    stay, host = stay_and_host(c)
    found = e.crossings(stay, host, 8.75 * c.capacity)
    ways = [crossing.direction for crossing in found.crossings]
    if ways and ways[0] != "self-hosting":  # at volume 0 staying costs nothing
        return False
    if any(a == b for a, b in pairwise(ways)):
        return False
    for k in range(1, 70):
        v = Fraction(k * c.capacity, 8)
        gap = c.price * v - c.ratio * c.capacity * c.price * max(1, math.ceil(v / c.capacity))
        inside = any(low < v < high for low, high in found.spans)
        border = any(close(float(v), end) for span in found.spans for end in span)
        if gap != 0 and not border and inside != (gap > 0):
            return False
    return True


def l31_number_of_crossings(e, c):
    stay, host = stay_and_host(c)
    last = math.ceil(1 / (1 - c.ratio)) + 1
    found = e.crossings(stay, host, last * c.capacity).crossings
    upward = [x.requests_per_month for x in found if x.direction == "self-hosting"]
    downward = [x.requests_per_month for x in found if x.direction == "api"]
    ups = math.ceil(1 / (1 - c.ratio)) - 1
    downs = math.ceil(c.ratio / (1 - c.ratio)) - 1
    return equal(upward, [n * c.ratio * c.capacity for n in range(1, ups + 1)]) and equal(
        downward, [n * c.capacity for n in range(1, downs + 1)]
    )


def l32_for_good(e, c):
    stay, host = stay_and_host(c)
    expected = (math.ceil(1 / (1 - c.ratio)) - 1) * c.ratio * c.capacity
    return equal([e.for_good(stay, host)], [expected])


def l33_u_star_moves_with_prices(e, c):
    at = e.u_star(c.fixed_usd, c.capacity, float(c.price))
    return close(e.u_star(c.fixed_usd, c.capacity, 2 * float(c.price)), at / 2) and close(
        e.u_star(c.factor * c.fixed_usd, c.capacity, float(c.price)), c.factor * at
    )


def l34_inverse(e, c):
    at = e.u_star(c.fixed_usd, c.capacity, float(c.price))
    return close(c.fixed_usd / (at * c.capacity), float(c.price))


def l35_scaling_load_and_capacity(e, c):
    stay, host = stay_and_host(c)
    larger = replace(host, replica_requests=3 * c.capacity, instance_usd=3 * host.instance_usd)
    return equal([e.for_good(stay, larger)], [3 * e.for_good(stay, host)])


def l36_a_constant_on_both_sides(e, c):
    stay, host = stay_and_host(c)
    limit = 8.75 * c.capacity
    dearer = e.crossings(replace(stay, fixed_usd=7), replace(host, fixed_usd=7), limit)
    own = e.crossings(stay, host, limit)
    moved = e.for_good(stay, replace(host, fixed_usd=float(c.capacity * c.price / 8)))
    same = [(x.direction, x.kind) for x in dearer.crossings] == [
        (x.direction, x.kind) for x in own.crossings
    ]
    return (
        same
        and equal(
            [x.requests_per_month for x in dearer.crossings],
            [x.requests_per_month for x in own.crossings],
        )
        and moved >= e.for_good(stay, host) * (1 - 1e-12)
    )


def l37_dominance(e, c):
    stay, host = stay_and_host(c, instance_usd=float(c.capacity * c.price * (1 + c.ratio)))
    found = e.crossings(stay, host, 9 * c.capacity)
    tied = e.crossings(
        stay, replace(host, instance_usd=float(c.capacity * c.price)), 9 * c.capacity
    )
    return not found.crossings and e.for_good(stay, host) is None and not tied.crossings


def l38_l39_parts_add_up(e, c):
    volumes = e.grown(c.volume, c.growth, c.months)
    cut = c.months // 2
    later = e.grown(volumes[cut], c.growth, c.months - cut)
    return (
        close(sum(volumes), sum(volumes[:cut]) + sum(later))
        and close(12 * HOURS, 8_760)
        and close(e.machines_usd(1, 1, 1.0) * 12, 8_760)
    )


def l40_present_value(e, c):
    flows = list(c.flows)
    worth = e.present_value(flows, c.rate)
    scale = sum(abs(f) for f in flows)
    twice = e.present_value([2 * f for f in flows], c.rate)
    later = e.present_value([0.0] * 12 + flows, c.rate)
    return (
        close(e.present_value([100.0], 0.10), 100.0)
        and abs(e.present_value(flows, 0.0) - sum(flows)) <= 1e-9 * max(1.0, scale)
        and abs(twice - 2 * worth) <= 1e-9 * max(1.0, scale)
        and abs(later * (1 + c.rate) - worth) <= 1e-9 * max(1.0, scale)
        and close((1 + e.monthly_rate(c.rate)) ** 12, 1 + c.rate, 1e-12)
    )


def l41_growth(e, c):
    volumes = e.grown(c.volume, c.growth, c.months)
    g = 1 + c.growth
    return (
        e.grown(c.volume, 0.0, c.months) == [c.volume] * c.months
        and close(sum(volumes), c.volume * (g**c.months - 1) / (g - 1))
        and volumes[0] == c.volume
        and close(volumes[1], c.volume * g)
    )


def l42_depreciation(e, c):
    needed = [1.0] * c.months
    for life in (c.months, max(1, c.months // 3)):
        line, macrs = TaxSchedule("straight-line", life), TaxSchedule("macrs", 36, 0.4)
        paid = kept_machines.outlays(needed, 110.0, life).sum()
        sold = kept_machines.resale(needed, 100.0, 0.2, life).sum()
        for schedule in (line, macrs):
            lost = e.write_offs(needed, 110.0, 100.0, 0.2, life, schedule)
            if not close(float(lost.sum()), float(paid - sold)):
                return False
    whole = e.write_offs([1.0] * 6, 100.0, 100.0, 0.2, 6, TaxSchedule("straight-line", 6))
    return close(float(whole.sum()), 80.0)


def l43_all_paybacks(e, c):
    cumulative, total = [], 0.0
    for flow in c.flows:
        total += flow
        cumulative.append(total)
    turns = e.turns(cumulative)
    positive = False
    expected = []
    for month, value in enumerate(cumulative):
        if (value > 0) != positive:
            positive = value > 0
            expected.append((month, "saving" if positive else "costing"))
    return list(turns) == expected


def l44_currency(e, c):
    there = e.convert(c.fixed_usd, c.factor)
    at = unit_cost.break_even_utilisation(
        there, c.capacity, e.convert_other(float(c.price), c.factor)
    )
    own = unit_cost.break_even_utilisation(c.fixed_usd, c.capacity, float(c.price))
    return close(there / c.factor, c.fixed_usd) and close(at, own)


def l45_price_decline(e, c):
    decline = -min(0.9, c.rate)
    falling = e.price_factors(c.months + 12, decline)
    stay, host = stay_and_host(c)
    cheaper = replace(stay, usd_per_request=stay.usd_per_request * float(falling[-1]))
    before, after = e.for_good(stay, host), e.for_good(cheaper, host)
    never_lower = after is None or after >= before
    return (
        never_lower
        and falling[0] == 1
        and close(float(falling[12] / falling[0]), 1 + decline)
        and bool((falling[1:] < falling[:-1]).all())
    )


LAWS = {
    name: law
    for name, law in list(globals().items())
    if name.startswith("l") and name[1:3].isdigit()
}
