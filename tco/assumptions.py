"""Every value an answer rests on: yours where you gave one, the library's otherwise."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from hardware_profiles.assumption import Assumption as LibraryAssumption
from hardware_profiles.library import Library
from pricing.provenance import Source
from tco.resolve import Resolved, ResolvedApi, ResolvedHost
from tco.results import Assumption, Basis
from tco.scenario import Costs, Scenario

YOURS: Final = Basis("your scenario", "as given", "high")


def basis_of(source: Source) -> Basis:
    """Carry a source from the data to the answer."""
    return Basis(source.name, source.as_of, source.confidence, source.url, source.note)


@dataclass(frozen=True, slots=True)
class CostFacts:
    """The surrounding costs of a scenario, each with where it is from."""

    costs: Costs
    library: Library

    def value(self, key: str) -> float | None:
        """Your figure, else the library's; None = not estimated."""
        yours: float | None = getattr(self.costs, key)
        return self.library.assumption(key).value if yours is None else yours

    def known(self, key: str) -> float:
        """Value of a key that the library always holds."""
        value = self.value(key)
        if value is None:
            msg = f"assumption {key} has no value"
            raise LookupError(msg)
        return value

    def basis(self, key: str) -> Basis:
        """Where the value is from."""
        if getattr(self.costs, key) is not None:
            return YOURS
        return basis_of(self.library.assumption(key).source)

    def table(self) -> tuple[Assumption, ...]:
        """All of them, for the assumptions table."""
        return tuple(self._row(self.library.assumption(key)) for key in Costs.model_fields)

    def _row(self, fact: LibraryAssumption) -> Assumption:
        return Assumption(
            field=f"costs.{fact.key}",
            label=fact.label,
            value=self.value(fact.key),
            unit=fact.unit,
            low=fact.low,
            high=fact.high,
            basis=self.basis(fact.key),
            yours=getattr(self.costs, fact.key) is not None,
        )


def assumption_table(resolved: Resolved, facts: CostFacts) -> tuple[Assumption, ...]:
    """All values the answer rests on: traffic, prices, machines, speed, costs, conventions."""
    scenario = resolved.scenario
    return (
        *_traffic(resolved),
        *(row for api in (resolved.baseline, *resolved.apis) for row in _rates(api)),
        *(row for host in resolved.hosts for row in _machine(host)),
        *(_yours(field, label, get(scenario), unit) for field, label, get, unit in _CONVENTIONS),
        *facts.table(),
    )


def _traffic(resolved: Resolved) -> tuple[Assumption, ...]:
    workload = resolved.scenario.workload
    classes = (
        row
        for index, c in enumerate(workload.classes)
        for row in _class_rows(f"workload.classes.{index}", c.name, c)
    )
    return (
        _yours(
            "workload.requests_per_month", "Requests", workload.requests_per_month, "request/month"
        ),
        _yours("workload.growth_per_month", "Growth", workload.growth_per_month, "1/month"),
        Assumption(
            "workload.profile",
            "Shape of the week",
            resolved.profile.name,
            "",
            None,
            None,
            resolved.profile.basis,
            yours=not isinstance(workload.profile, str),
        ),
        _yours(
            "workload.peak_within_hour",
            "Busiest minute over its hour",
            workload.peak_within_hour,
            "1",
        ),
        *classes,
    )


def _class_rows(path: str, name: str, c: object) -> tuple[Assumption, ...]:
    from tco.scenario import RequestClass

    assert isinstance(c, RequestClass)
    basis = Basis(c.source, "", "medium") if c.source else YOURS
    rows = (
        ("input", "mean prompt", c.input.distribution().mean, "token"),
        ("output", "mean output", c.output.distribution().mean, "token"),
        ("cached_share", "cached share of the prompt", c.cached_share, "1"),
        (
            "llama_tokens_per_gpt_token",
            "open-model tokens per GPT token",
            c.llama_tokens_per_gpt_token,
            "1",
        ),
    )
    return tuple(
        Assumption(
            f"{path}.{field}",
            f"{name}: {label}",
            value,
            unit,
            None,
            None,
            basis if field in {"input", "output"} else YOURS,
            yours=not c.source,
        )
        for field, label, value, unit in rows
    )


def _rates(api: ResolvedApi) -> tuple[Assumption, ...]:
    rows = []
    for band in api.card.bands:
        if not band.offered:
            continue
        above = f", prompts over {band.above_input_tokens:,}" if band.above_input_tokens else ""
        rates = (
            ("input", band.input_usd_per_mtok),
            ("cached input", band.cached_input_usd_per_mtok),
            ("output", band.output_usd_per_mtok),
        )
        rows += [
            Assumption(
                f"{api.option.provider}/{api.option.model}/{api.option.tier}",
                f"{api.card.offer.title} {api.option.tier}: {kind}{above}",
                None if rate is None else float(rate),
                "USD/Mtok",
                None,
                None,
                basis_of(band.source),
                yours=False,
            )
            for kind, rate in rates
        ]
    return tuple(rows)


def _machine(host: ResolvedHost) -> tuple[Assumption, ...]:
    option, machine = host.option, host.machine
    if option.own is not None:
        price, unit = getattr(machine, "price_usd", None), "USD"
        basis, yours = basis_of(machine.source), False
    elif option.usd_per_gpu_hour is not None:
        price, unit, basis, yours = option.usd_per_gpu_hour, "USD/GPU-h", YOURS, True
    else:
        price, unit = getattr(machine, "usd_per_gpu_hour", None), "USD/GPU-h"
        basis, yours = basis_of(machine.source), False
    return (
        Assumption(
            f"self_hosted.{option.name}.price",
            f"{option.name}: {machine.id}",
            price,
            unit,
            None,
            None,
            basis,
            yours=yours,
        ),
        Assumption(
            f"self_hosted.{option.name}.calibration",
            f"{option.name}: {host.record.label}",
            host.record.id,
            "",
            None,
            None,
            basis_of(host.record.source),
            yours=False,
        ),
    )


def _yours(field: str, label: str, value: float | str | None, unit: str) -> Assumption:
    return Assumption(field, label, value, unit, None, None, YOURS, yours=True)


_CONVENTIONS: Final[tuple[tuple[str, str, Callable[[Scenario], float | None], str], ...]] = (
    (
        "objective.mean_ttft_ms",
        "Mean time to first token allowed",
        lambda s: s.objective.mean_ttft_ms,
        "ms",
    ),
    (
        "objective.mean_tpot_ms",
        "Mean time per output token allowed",
        lambda s: s.objective.mean_tpot_ms,
        "ms",
    ),
    (
        "fleet.allowed_load",
        "Load allowed in the busiest minute",
        lambda s: s.fleet.allowed_load,
        "1",
    ),
    (
        "fleet.spare_replicas",
        "Spare replicas",
        lambda s: float(s.fleet.spare_replicas),
        "replica",
    ),
    (
        "finance.horizon_months",
        "Horizon",
        lambda s: float(s.finance.horizon_months),
        "month",
    ),
    (
        "finance.discount_rate",
        "Discount rate, annual effective, real",
        lambda s: s.finance.discount_rate,
        "1/year",
    ),
    (
        "finance.api_price_change_per_year",
        "Change of API prices",
        lambda s: s.finance.api_price_change_per_year,
        "1/year",
    ),
)
