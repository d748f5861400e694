"""What the caches of your own servers hold of what the API reads from its own."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

import numpy as np

from hardware_profiles.calibration import CalibrationRecord
from tco.bill.loads import loads_of
from tco.facts.resolve import ResolvedHost
from tco.kernel.arrays import FloatArray
from tco.kernel.capacity import HIGHEST_CONCURRENCY_STRETCH, Infeasible, slo_capacity
from tco.kernel.cases import first
from tco.kernel.reuse import found_again, kept_s
from tco.kernel.roots import End, rising_root
from tco.kernel.workload import ClassLoad, mix_as_asked
from tco.question.scenario import Scenario
from tco.question.terms import Objective, OwnCache
from tco.results.bill import Finding
from tco.serving.fleet import fleet_rule, state_of
from tco.serving.posterior import limits_of, step_of
from tco.serving.replica import ReplicaCapacity
from tco.words.figures import number, share, whole

SECONDS_PER_MINUTE = 60.0
_CLOSE: Final = 1e-6
"""Share of hits to which what is held agrees with what is found [1]."""


def own_loads(scenario: Scenario, hits: float) -> list[ClassLoad]:
    """Classes as your own servers get them: the open model's, and what their caches hold.

    Parameters
    ----------
    hits
        Share of what the API reads from its cache that your servers find in theirs [1].
    """
    return list(_holding(_with_all_hits(scenario), hits))


def own_hits(host: ResolvedHost, scenario: Scenario, profile: Sequence[float]) -> float:
    """Share of the API's cached tokens that your own servers find too, given or worked out [1].

    More hits mean more requests at capacity, which overwrite memory sooner: the share is where both
    agree, for the volume of the first month.
    """
    cache = scenario.fleet.own_cache
    if cache is None or not _caches(scenario):
        return scenario.fleet.own_cache_hits
    spread = None if cache.by_prefix else _Spread(host, scenario, tuple(profile))
    return _agreed(host.record, _with_all_hits(scenario), scenario.objective, cache, spread)


@dataclass(frozen=True, slots=True)
class _Spread:
    """What says over how many replicas requests are spread that go to any of them."""

    host: ResolvedHost
    scenario: Scenario
    profile: tuple[float, ...]

    def replicas(self, capacity_rps: float) -> float:
        """Replicas that the first month's requests need."""
        rule = fleet_rule(self.host, self.scenario, self.profile, capacity_rps)
        return first(state_of(rule, self.scenario.workload.requests_per_month).replicas)


def _caches(scenario: Scenario) -> bool:
    """Whether the API reads any of the prompts from its cache."""
    return any(c.share * c.cached_prompt_share > 0 for c in scenario.workload.classes)


def _with_all_hits(scenario: Scenario) -> tuple[ClassLoad, ...]:
    return tuple(loads_of(scenario.workload.classes, as_open_model=True))


@lru_cache(maxsize=256)
def _holding(loads: tuple[ClassLoad, ...], hits: float) -> tuple[ClassLoad, ...]:
    return tuple(replace(load, cached_share=load.cached_share * hits) for load in loads)


@lru_cache(maxsize=256)
def _agreed(
    record: CalibrationRecord,
    loads: tuple[ClassLoad, ...],
    objective: Objective,
    cache: OwnCache,
    spread: _Spread | None,
) -> float:
    """Hits at which what memory allows is what is found [1]; kept, for prices ask for it again."""

    def beyond(hits: FloatArray) -> FloatArray:
        found = _found(record, _holding(loads, hits.item()), objective, cache, spread)
        return hits - found

    none, every = (End(hits, beyond(hits)) for hits in (np.array(0.0), np.array(1.0)))
    return float(rising_root(beyond, none, every, _CLOSE))


def _found(
    record: CalibrationRecord,
    loads: tuple[ClassLoad, ...],
    objective: Objective,
    cache: OwnCache,
    spread: _Spread | None,
) -> float:
    """Hits that memory allows at the capacity which the hits of these loads give."""
    mix, limits = mix_as_asked(loads), limits_of(record)
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
    replicas = 1.0 if spread is None else spread.replicas(found.requests_per_second)
    return found_again(kept, cache.reuse_minutes * SECONDS_PER_MINUTE, replicas)


def own_cache(
    host: ResolvedHost, scenario: Scenario, hits: float, replica: ReplicaCapacity
) -> Iterator[Finding]:
    """Say what your own servers find in their caches, and how long memory keeps a prompt."""
    if not _caches(scenario) or not replica.requests_per_second > 0:
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
