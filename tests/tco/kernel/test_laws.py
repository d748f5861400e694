"""Laws L20 to L45, and the mistakes they must notice."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tco.kernel import break_even, finance, fleet, kept_machines, unit_cost
from tco.kernel.break_even import Crossing, VolumeBreakEven
from tests.tco.kernel.law_book import LAWS, Engine, draw_case, grown, machines_usd

RIGHT = Engine()
EXAMPLES_PER_MISTAKE = 200


@pytest.mark.parametrize("name", LAWS)
def test_the_law_holds(name):
    @settings(database=None)
    @given(st.integers(0, 2**32))
    def holds(seed):
        case = draw_case(seed)
        assert LAWS[name](RIGHT, case), case

    holds()


def by_replicas(count):
    """An engine whose fleet is sized by another count of replicas."""

    def instances(rule, volume):
        return math.ceil((count(rule, volume) + rule.spare_replicas) / rule.replicas_per_instance)

    return replace(RIGHT, needed=count, instances=instances)


def raw(rule, volume):
    return volume / rule.replica_requests


def least(rule, count):
    return max(rule.min_replicas, count)


def only(keep):
    """Crossings of which only some are reported."""

    def crossings(stay, host, up_to):
        found = break_even.volume_break_even(stay, host, up_to)
        return VolumeBreakEven(found.spans, tuple(keep(found.crossings)))

    return replace(RIGHT, crossings=crossings)


def swapped(crossings):
    other = {"self-hosting": "api", "api": "self-hosting"}
    return [Crossing(c.requests_per_month, other[c.direction], c.kind) for c in crossings]


def npv(flows, factor):
    return float(sum(f * factor(m) for m, f in enumerate(flows)))


MISTAKES = {
    "replicas rounded down": by_replicas(lambda r, v: least(r, math.floor(raw(r, v)))),
    "replicas rounded": by_replicas(lambda r, v: least(r, round(raw(r, v)))),
    "replicas rounded down, plus one": by_replicas(
        lambda r, v: least(r, math.floor(raw(r, v)) + 1)
    ),
    "parts of replicas": by_replicas(lambda r, v: least(r, raw(r, v))),
    "no minimum": by_replicas(lambda r, v: math.ceil(raw(r, v))),
    "allowed load left out": by_replicas(
        lambda r, v: least(r, math.ceil(raw(r, v) * r.allowed_load))
    ),
    "peak left out": by_replicas(lambda r, v: least(r, math.ceil(raw(r, v) / r.peak_to_mean))),
    "spare counted twice": replace(
        RIGHT,
        instances=lambda r, v: math.ceil(
            (r.needed_replicas(v) + 2 * r.spare_replicas) / r.replicas_per_instance
        ),
    ),
    "utilisation over busy replicas": replace(
        RIGHT,
        state=lambda r, v: replace(
            fleet.fleet_state(r, v),
            utilisation=v / (r.needed_replicas(v) * r.capacity_requests) * 0.999,
        ),
    ),
    "GPUs of an instance left out": replace(
        RIGHT, machines_usd=lambda n, gpus, usd: n * 730.0 * usd
    ),
    "a month of 720 hours": replace(
        RIGHT, machines_usd=lambda n, gpus, usd: machines_usd(n, gpus, usd) * 720 / 730
    ),
    "fixed cost not scaled": replace(RIGHT, scaled_fixed=lambda usd, factor: usd),
    "first crossing only": only(lambda c: c[:1]),
    "last crossing only": only(lambda c: c[-1:]),
    "upward crossings only": only(lambda c: [x for x in c if x.direction == "self-hosting"]),
    "directions swapped": only(swapped),
    "first upward crossing taken as for good": replace(
        RIGHT,
        for_good=lambda stay, host: (
            host.instance_usd / stay.usd_per_request
            if host.instance_usd < stay.usd_per_request * host.replica_requests
            else None
        ),
    ),
    "ties counted as cheaper": replace(
        RIGHT,
        for_good=lambda stay, host: break_even.cheaper_for_good_from(
            replace(stay, usd_per_request=stay.usd_per_request * 2), host
        ),
    ),
    "utilisation multiplied into the break-even": replace(
        RIGHT,
        u_star=lambda fixed, capacity, saving: (
            unit_cost.break_even_utilisation(fixed, capacity, saving) * min(1.0, saving)
        ),
    ),
    "present value shifted by a month": replace(
        RIGHT, present_value=lambda flows, rate: finance.present_value([0.0, *flows], rate)
    ),
    "simple interest": replace(
        RIGHT, present_value=lambda flows, rate: npv(flows, lambda m: 1 / (1 + rate * m / 12))
    ),
    "annual rate over twelve": replace(RIGHT, monthly_rate=lambda rate: rate / 12),
    "annual rate over twelve in the present value": replace(
        RIGHT, present_value=lambda flows, rate: npv(flows, lambda m: (1 + rate / 12) ** -m)
    ),
    "no growth": replace(RIGHT, grown=lambda first, growth, n: grown(first, 0.0, n)),
    "growth a month early": replace(
        RIGHT, grown=lambda first, growth, n: grown(first * (1 + growth), growth, n)
    ),
    "linear growth": replace(
        RIGHT, grown=lambda first, growth, n: [first * (1 + growth * m) for m in range(n)]
    ),
    "price decline once, not every year": replace(
        RIGHT, price_factors=lambda n, change: np.where(np.arange(n) > 0, 1 + change, 1.0)
    ),
    "price decline by the month": replace(
        RIGHT, price_factors=lambda n, change: (1 + change) ** np.arange(n)
    ),
    "price rise for a decline": replace(
        RIGHT, price_factors=lambda n, change: finance.price_factors(n, -change)
    ),
    "residual written off too": replace(
        RIGHT,
        write_offs=lambda needed, cost, price, residual, *lives: kept_machines.write_offs(
            needed, cost, price, 0.0, *lives
        ),
    ),
    "first payback only": replace(RIGHT, turns=lambda v: finance.sign_changes(v)[:1]),
    "currency on one side": replace(RIGHT, convert_other=lambda usd, rate: usd),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_seeded_mistake_breaks_a_law(mistake):
    broken = next(
        (
            name
            for seed in range(EXAMPLES_PER_MISTAKE)
            for name, law in LAWS.items()
            if not law(MISTAKES[mistake], draw_case(seed))
        ),
        None,
    )
    assert broken is not None, "no law notices it"


def test_there_are_laws_for_every_number():
    numbers = {int(part[1:]) for name in LAWS for part in name.split("_") if part[:1] == "l"
               and part[1:].isdigit()}  # fmt: skip
    assert numbers == set(range(20, 46))
