"""What a scenario chose beyond the defaults, for the ledger: fleets, money, hybrids."""

from collections.abc import Iterator
from typing import Final

from pydantic import BaseModel

from pricing.units import Unit
from tco.facts.cost_facts import YOURS
from tco.question.options import SelfHostedOption
from tco.question.rollout import MovedShare
from tco.question.scenario import Scenario
from tco.question.terms import PriceStep
from tco.results.answer import Assumption
from tco.results.bill import Basis
from tco.words.figures import as_entered

LISTED_ANYWAY: Final = frozenset(
    {
        "mean_ttft_ms",
        "mean_tpot_ms",
        "horizon_months",
        "discount_rate",
        "api_price_change_per_year",
    }
)
DEFAULT: Final = Basis(
    "planner's default",
    "2026-11-27",
    "medium",
    note="holds until the scenario says otherwise",
)


def given_or_default(record: BaseModel, name: str) -> Basis:
    """Whose a value of a record is: what stands at its default, nobody need have given."""
    is_default = getattr(record, name) == type(record).model_fields[name].default
    return DEFAULT if is_default else YOURS


def choices(scenario: Scenario) -> Iterator[Assumption]:
    """List what was chosen, field by field; what stands at its default is left out."""
    if scenario.fleet.autoscale is not None:
        yield from _fields("fleet.autoscale", "Autoscaling", scenario.fleet.autoscale)
    if scenario.fleet.own_cache is not None:
        yield from _fields("fleet.own_cache", "Own caches", scenario.fleet.own_cache)
    for index, option in enumerate(scenario.self_hosted):
        yield from _of_servers(f"self_hosted.{index}", option)
    for index, api in enumerate(scenario.apis):
        for name, label in (("commitment", "committed spend"), ("provisioned", "units")):
            if (terms := getattr(api, name)) is not None:
                yield from _fields(f"apis.{index}.{name}", f"{api.model}, {label}", terms)
    for index, quality in enumerate(scenario.qualities):
        yield from _fields(f"qualities.{index}", f"Answers of {quality.model}", quality)
    for index, hybrid in enumerate(scenario.hybrids):
        yield from _fields(f"hybrids.{index}", hybrid.name, hybrid)
    yield from _changed("objective", "Objective", scenario.objective)
    yield from _changed("finance", "Finance", scenario.finance)
    yield from _changed("currency", "Currency", scenario.currency)
    if scenario.assume != "typical":
        yield _row("assume", "Published figures taken", scenario.assume)


def _of_servers(place: str, option: SelfHostedOption) -> Iterator[Assumption]:
    for name in ("interruption", "already_owned", "loan", "lease", "rollout", "deployment"):
        if (record := getattr(option, name)) is not None:
            label = f"{option.name}, {name.replace('_', ' ')}"
            yield from _fields(f"{place}.{name}", label, record)
    if option.paid_upfront is not None:
        yield _row(f"{place}.paid_upfront", f"{option.name}: paid upfront", option.paid_upfront)
    if option.unfinished_term != "owed":
        what = f"{option.name}: what outlasts the horizon"
        yield _row(f"{place}.unfinished_term", what, option.unfinished_term)


def _fields(place: str, label: str, record: BaseModel) -> Iterator[Assumption]:
    for name, field in type(record).model_fields.items():
        value = getattr(record, name)
        if name != "name" and value is not None and value != ():
            unit = next((m.symbol for m in field.metadata if isinstance(m, Unit)), "")
            basis = given_or_default(record, name)
            yield _row(f"{place}.{name}", f"{label}: {name.replace('_', ' ')}", value, unit, basis)


def _changed(place: str, label: str, record: BaseModel) -> Iterator[Assumption]:
    for name, field in type(record).model_fields.items():
        value = getattr(record, name)
        if name not in LISTED_ANYWAY and value != field.default:
            unit = next((m.symbol for m in field.metadata if isinstance(m, Unit)), "")
            yield _row(f"{place}.{name}", f"{label}: {name.replace('_', ' ')}", value, unit)


def _step(one: PriceStep | MovedShare) -> str:
    value = one.factor if isinstance(one, PriceStep) else one.share
    return f"{as_entered(value)} from month {one.from_month}"


def _row(field: str, label: str, value: object, unit: str = "", basis: Basis = YOURS) -> Assumption:
    if isinstance(value, tuple):
        value = ", ".join(one if isinstance(one, str) else _step(one) for one in value)
    shown = (
        float(value)
        if isinstance(value, int | float) and not isinstance(value, bool)
        else str(value)
    )
    return Assumption(field, label, shown, unit, None, None, basis, yours=basis is YOURS)
