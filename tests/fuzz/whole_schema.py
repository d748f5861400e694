"""Random scenarios over the whole schema: every field at plausible values and at its limits.

Fields are found by walking the schema, so that a new one is drawn from the day it exists. Names of
models, machines and sellers are those of the catalogue and the library, so that most scenarios
reach an answer.
"""

import math
import random
from datetime import date, timedelta
from types import NoneType, UnionType
from typing import Annotated, Literal, Union, get_args, get_origin

from annotated_types import Ge, Gt, Interval, Le, Lt
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from tco.facts.data import Data
from tco.question.files import scenario_from
from tco.question.presets import presets
from tco.question.scenario import Scenario

DATA = Data.shipped()
PRESETS = tuple(presets().values())
APIS = [
    {"provider": option.provider, "model": option.model, "tier": option.tier}
    for scenario in PRESETS
    for option in (scenario.baseline, *scenario.apis)
]
OWN = [
    option.model_dump(mode="json", exclude_none=True)
    for scenario in PRESETS
    for option in scenario.self_hosted
]
TOKENS = (Interval(ge=1e-3, le=1e7),)
NAMES = {
    "profile": ["business-hours", "consumer", "flat"],
    "code": ["USD"],
    "usage_tier": [None],
    "cache_lifetime": [None, "5m", "1h"],
    "residency": ["global", "global", "eu", "us"],
    "data_region": [None, "eu", "us"],
    "engine_version": ["0.11.0"],
}
TYPICAL = {
    "requests_per_month": (1e3, 1e9),
    "growth_per_month": (-0.1, 0.1),
    "tokens": (10.0, 20_000.0),
    "mean_tokens": (10.0, 20_000.0),
    "horizon_months": (1, 120),
    "instances": (1, 50),
    "min_replicas": (1, 8),
    "spare_replicas": (0, 4),
}


class Draws:
    """Draws of one scenario."""

    def __init__(self, seed, daring=0.15):
        """Draw from a seed; `daring` is how often a field is drawn at all, or at its limit."""
        self.chance = random.Random(seed)
        self.daring = daring

    def maybe(self, share):
        """Whether something of this probability happens."""
        return self.chance.random() < share

    def scenario(self):
        """Draw a document that is usually a scenario."""
        base = self.chance.choice(PRESETS).model_dump(mode="json", exclude_none=True)
        base["workload"] = {**base["workload"], **self.record(Scenario, "workload")}
        self._classes(base["workload"])
        base["baseline"] = self._api(base["baseline"])
        base["apis"] = self._apis(base["baseline"])
        base["self_hosted"] = self._machines()
        base["hybrids"] = self._hybrids(base)
        for name in ("objective", "fleet", "finance", "company", "costs"):
            base[name] = self.record(Scenario, name)
        for path in ("api_price", "gpu_price"):
            if base["finance"].get(f"{path}_steps"):
                base["finance"].pop(f"{path}_change_per_year", None)
        if base["workload"].get("profile") in ([], None):
            base["workload"]["profile"] = "business-hours"
        if self.maybe(0.3):
            base["team"] = self.chance.choice(("small", "platform", "regulated"))
        if self.maybe(0.3):
            base["assume"] = self.chance.choice(("frugal", "typical", "careful"))
        moved = self.chance.randrange(-120, 400)
        base["prices_on"] = str(date(2026, 11, 24) + timedelta(days=moved))
        return base

    def record(self, owner, name):
        """Draw some fields of the record that a field holds."""
        return self.fields(owner.model_fields[name].annotation)

    def fields(self, kind, needed=True):
        """Draw values of a record: each required field, and some of the others."""
        drawn = {}
        for name, field in kind.model_fields.items():
            if name in {"name", "classes", "kind"}:
                continue
            if field.is_required() or self.maybe(self.daring):
                value = self.value(name, field.annotation, field.metadata)
                if value is not None:
                    drawn[name] = value
        return drawn

    def value(self, name, annotation, metadata=()):
        """Draw a value of an annotation."""
        if name in NAMES and self.maybe(0.9):
            return self.chance.choice(NAMES[name])
        origin = get_origin(annotation)
        if origin is Annotated:
            inner, *more = get_args(annotation)
            return self.value(name, inner, (*metadata, *more))
        if origin in (Union, UnionType):
            kinds = [kind for kind in get_args(annotation) if kind is not NoneType]
            return self.value(name, self.chance.choice(kinds), metadata)
        if origin is Literal:
            return self.chance.choice(get_args(annotation))
        if origin is tuple:
            items = range(self.chance.randrange(4))
            return [self.value(name, get_args(annotation)[0]) for _ in items]
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            extra = (
                {"kind": annotation.model_fields["kind"].default}
                if "kind" in annotation.model_fields
                else {}
            )
            return {**extra, **self.fields(annotation)}
        if annotation is bool:
            return self.maybe(0.5)
        if annotation in (int, float):
            return self.number(name, annotation, metadata)
        if annotation is str:
            return self.chance.choice(("standard", "note", "=1+1", "🦙", ""))
        return None

    def number(self, name, kind, metadata):
        """Draw a number: mostly typical, sometimes at one end of what the schema takes."""
        low, high = bounds(metadata)
        if name == "from_month":
            return self.chance.randrange(1, 121)
        if self.maybe(self.daring / 3):
            value = self.chance.choice((low, high))
        else:
            first, last = TYPICAL.get(name, (low, high))
            first, last = max(first, low), min(last, high)
            if first > 0 and last / first > 50:
                value = math.exp(self.chance.uniform(math.log(first), math.log(last)))
            elif last > 1e3 and first >= 0 and name not in TYPICAL:
                value = min(high, math.exp(self.chance.uniform(0, math.log(last) / 2)) - 1 + first)
            else:
                value = self.chance.uniform(first, last)
        return round(value) if kind is int else float(value)

    def _classes(self, workload):
        kinds = [dict(kind) for kind in workload["classes"]]
        if self.maybe(0.2):
            kinds = [{**kinds[0], "name": f"kind {i}", "share": 1 / 4} for i in range(4)]
        for kind in kinds:
            record = Scenario.model_fields["workload"].annotation.model_fields["classes"]
            more = self.fields(get_args(record.annotation)[0])
            kept = {k: v for k, v in more.items() if k not in {"share", "cache"}}
            kind.update(kept if self.maybe(0.5) else {})
            if kind.get("input", {}).get("kind") == "quantiles" and not kind["input"].get("tokens"):
                kind["input"] = {"kind": "fixed", "tokens": 700.0}
            for side in ("input", "output"):
                if kind[side]["kind"] == "quantiles":
                    ends = sorted(self.number("tokens", float, TOKENS) for _ in range(4))
                    kind[side] = {
                        "kind": "quantiles",
                        "probabilities": [0.0, 0.5, 0.9, 1.0],
                        "tokens": ends,
                    }
        workload["classes"] = kinds

    def _api(self, option):
        more = {}
        if self.maybe(0.3):
            more["quality"] = self._quality()
        if self.maybe(0.2):
            more["contract_discount"] = self.number(
                "contract_discount", float, (Interval(ge=0, le=1),)
            )
        return {**option, **more}

    def _quality(self):
        return {
            "acceptance_rate": self.chance.uniform(0.05, 1.0),
            "retries": self.chance.randrange(11),
            "usd_per_unaccepted": self.chance.choice((0.0, 0.02, 5.0, 1e10)),
        }

    def _apis(self, baseline):
        key = ("provider", "model", "tier")
        seen, kept = {tuple(baseline.get(k, "standard") for k in key)}, []
        for option in self.chance.sample(APIS, min(len(APIS), self.chance.randrange(6))):
            name = tuple(option[k] for k in key)
            if name not in seen:
                seen.add(name)
                kept.append(self._api(option))
        return kept

    def _machines(self):
        chosen = [dict(self.chance.choice(OWN)) for _ in range(self.chance.randrange(5))]
        for number, option in enumerate(chosen):
            option["name"] = f"own {number}"
            if self.maybe(0.3):
                option["quality"] = self._quality()
            if "rent" in option and self.maybe(0.2):
                option["usd_per_gpu_hour"] = self.chance.choice((0.05, 1.5, 100.0))
            if "rent" in option and self.maybe(0.1):
                then = self.chance.choice(("re-run", "baseline"))
                option["interruption"] = {
                    "lost_share": self.chance.choice((0.0, 0.2, 0.99)),
                    "then": then,
                }
        return chosen

    def _hybrids(self, base):
        union = get_args(Scenario.model_fields["hybrids"].annotation)[0]
        kinds = get_args(get_args(union)[0])
        drawn = []
        for number in range(self.chance.randrange(4) if base["self_hosted"] else 0):
            kind = self.chance.choice(kinds)
            more = self.fields(kind)
            own = self.chance.choice(base["self_hosted"])["name"]
            api = "baseline"
            kept = {k: v for k, v in more.items() if k not in {"api", "self_hosted"}}
            place = {"name": f"mixed {number}", "kind": kind.model_fields["kind"].default}
            drawn.append({**kept, **place, "self_hosted": own, "api": api})
        return drawn


def bounds(metadata):
    """Lowest and highest value that a field takes; just inside where an end is left out."""
    low, high = -math.inf, math.inf
    for mark in metadata:
        if isinstance(mark, FieldInfo):
            inner = bounds(mark.metadata)
            low, high = max(low, inner[0]), min(high, inner[1])
        parts = list(mark) if isinstance(mark, Interval) else [mark]
        for part in parts:
            if isinstance(part, Ge):
                low = max(low, part.ge)
            if isinstance(part, Gt):
                low = max(low, part.gt + 1e-9)
            if isinstance(part, Le):
                high = min(high, part.le)
            if isinstance(part, Lt):
                high = min(high, part.lt - 1e-9)
    return (max(low, -1e12), min(high, 1e12))


def scenarios(count, seed, daring=0.15):
    """Scenarios that the schema accepts, with the number that each was drawn from."""
    for number in range(count):
        document = Draws(f"{seed}-{number}", daring).scenario()
        yield number, document


__all__ = ["Draws", "scenario_from", "scenarios"]
