"""What the caches of your own servers hold of what the API reads from its own."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from scipy.optimize import brentq

from tco.bill.loads import loads_of
from tco.facts.resolve import ResolvedHost
from tco.kernel.capacity import HIGHEST_CONCURRENCY_STRETCH, Infeasible, slo_capacity
from tco.kernel.cases import first
from tco.kernel.reuse import found_again, kept_s
from tco.kernel.workload import ClassLoad, mix_as_asked
from tco.question.scenario import Scenario
from tco.question.terms import OwnCache
from tco.results.bill import Finding
from tco.serving.fleet import fleet_rule, state_of
from tco.serving.posterior import limits_of, step_of
from tco.serving.replica import ReplicaCapacity
from tco.words.figures import number, share, whole

SECONDS_PER_MINUTE = 60.0


def own_loads(scenario: Scenario, hits: float) -> list[ClassLoad]:
    """Classes as your own servers get them: the open model's, and what their caches hold.

    Parameters
    ----------
    hits
        Share of what the API reads from its cache that your servers find in theirs [1].
    """
    loads = loads_of(scenario.workload.classes, as_open_model=True)
    return [replace(load, cached_share=load.cached_share * hits) for load in loads]


def own_hits(host: ResolvedHost, scenario: Scenario, profile: Sequence[float]) -> float:
    """Share of the API's cached tokens that your own servers find too, given or worked out [1].

    More hits mean more requests at capacity, which overwrite memory sooner: the share is where both
    agree, for the volume of the first month.
    """
    cache = scenario.fleet.own_cache
    if cache is None or not cached_share(scenario):
        return scenario.fleet.own_cache_hits
    known = cache

    def excess(hits: float) -> float:
        return _found(host, scenario, profile, known, hits) - hits

    return float(brentq(excess, 0.0, 1.0, xtol=1e-4)) if excess(0.0) > 0 else 0.0


def cached_share(scenario: Scenario) -> float:
    """Share of requests' prompts that the API reads from its cache, weighed by requests [1]."""
    return sum(c.share * c.cached_prompt_share for c in scenario.workload.classes)


def _found(
    host: ResolvedHost, scenario: Scenario, profile: Sequence[float], cache: OwnCache, hits: float
) -> float:
    """Hits that memory allows at the capacity which so many hits give."""
    record, objective = host.record, scenario.objective
    mix, limits = mix_as_asked(tuple(own_loads(scenario, hits))), limits_of(record)
    found = slo_capacity(
        step_of(record),
        limits,
        mix,
        mean_tpot_ms=objective.mean_tpot_ms,
        mean_ttft_ms=objective.mean_ttft_ms,
        running_cap=HIGHEST_CONCURRENCY_STRETCH * record.span.concurrency.high,
    )
    if isinstance(found, Infeasible):
        return 0.0
    kept = kept_s(limits, mix, found.requests_per_second, found.running)
    replicas = 1.0
    if not cache.by_prefix:
        replicas = _replicas(host, scenario, profile, found.requests_per_second)
    return found_again(kept, cache.reuse_minutes * SECONDS_PER_MINUTE, replicas)


def _replicas(
    host: ResolvedHost, scenario: Scenario, profile: Sequence[float], capacity_rps: float
) -> float:
    """Replicas over which the first month's requests are spread."""
    rule = fleet_rule(host, scenario, profile, capacity_rps)
    return first(state_of(rule, scenario.workload.requests_per_month).replicas)


def own_cache(
    host: ResolvedHost, scenario: Scenario, hits: float, replica: ReplicaCapacity
) -> Iterator[Finding]:
    """Say what your own servers find in their caches, and how long memory keeps a prompt."""
    if not cached_share(scenario) or not replica.requests_per_second > 0:
        return
    mix = mix_as_asked(tuple(own_loads(scenario, hits)))
    kept = kept_s(limits_of(host.record), mix, replica.requests_per_second, replica.running)
    cache = scenario.fleet.own_cache
    if cache is None:
        yield _assumed(hits, kept)
    else:
        yield _worked_out(cache, hits, kept)


def _assumed(hits: float, kept: float) -> Finding:
    return Finding(
        "flagged",
        "own-cache",
        f"Your own servers are taken to find {share(hits)} of the prompt tokens that the API "
        f"reads from its cache. At capacity a replica overwrites its free memory in about "
        f"{whole(kept)} s: only prompts that come back sooner, to the same replica, are found "
        f"there.",
        "Set own_cache of the fleet to how soon prompts come back and how they are routed, or "
        "own_cache_hits to the share you measure.",
        "docs/methodology.md",
    )


def _worked_out(cache: OwnCache, hits: float, kept: float) -> Finding:
    routed = (
        "to the replica that holds them" if cache.by_prefix else "to any replica, not by prefix"
    )
    return Finding(
        "flagged",
        "own-cache",
        f"Your own servers find {share(hits)} of the prompt tokens that the API reads from its "
        f"cache: at capacity a replica overwrites its free memory in about {whole(kept)} s, and "
        f"prompts come back after {number(cache.reuse_minutes, 3)} min on average, {routed}.",
        "Measure the share and set own_cache_hits instead.",
        "docs/methodology.md",
    )
