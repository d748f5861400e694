"""The months of the horizon: every alternative's costs, compared with staying."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from pricing.catalogue import Catalogue
from tco.facts.cost_facts import CostFacts
from tco.facts.resolve import Resolved, ResolvedApi, ResolvedHost, api_key
from tco.kernel.autoscale import AutoscaleRule
from tco.kernel.fleet import FleetRule
from tco.months.answer import month_answer
from tco.months.api_prices import PricePath, price_path
from tco.months.appraisal import appraise
from tco.months.cash_flow import Growth, MonthlyCosts, api_growth, fleet_growth, monthly_costs
from tco.months.price_levels import FloatArray, PriceLevels, price_levels
from tco.question.scenario import Scenario
from tco.results.answer import Appraisal, MonthAnswer
from tco.results.bill import Alternative
from tco.serving.tenure import Holding, holding


@dataclass(frozen=True, slots=True)
class Horizon:
    """Prices over the months, and the costs worked out so far by alternative."""

    scenario: Scenario
    levels: PriceLevels
    paths: Mapping[str, PricePath]
    """Published changes and your drift of each API option, by key."""
    baseline: str
    costs: dict[str, MonthlyCosts] = field(default_factory=dict)

    @classmethod
    def of(cls, resolved: Resolved, catalogue: Catalogue) -> "Horizon":
        """Follow the prices of every API option."""
        apis = (resolved.baseline, *resolved.apis)
        return cls(
            resolved.scenario,
            price_levels(resolved.scenario.finance),
            {api_key(a.option): price_path(a, resolved.scenario, catalogue) for a in apis},
            api_key(resolved.baseline.option),
        )

    def tokens(self, key: str) -> FloatArray:
        """API prices of each month over those of the first [1], shape (months,)."""
        return self.paths[key].factors * self.levels.drift

    def add_api(self, alternative: Alternative) -> None:
        """Work out an API option."""
        growth = api_growth(self.scenario)
        self._add(alternative, growth, self.tokens(alternative.key), Holding(kept=False))

    def add_fleet(
        self,
        alternative: Alternative,
        rule: FleetRule | AutoscaleRule,
        host: ResolvedHost,
        facts: CostFacts,
        api: ResolvedApi | None = None,
    ) -> None:
        """Work out a self-hosted option, or a hybrid with an API."""
        held = holding(host, facts)
        key = self.baseline if api is None else api_key(api.option)
        growth = fleet_growth(self.scenario, rule, kept=held.kept)
        self._add(alternative, growth, self.tokens(key), held)

    def add_grown(
        self, alternative: Alternative, growth: Growth, tokens: FloatArray, held: Holding
    ) -> None:
        """Work out an alternative whose growth is its own."""
        self._add(alternative, growth, tokens, held)

    def _add(
        self, alternative: Alternative, growth: Growth, tokens: FloatArray, held: Holding
    ) -> None:
        finance = self.scenario.finance
        costs = monthly_costs(alternative, growth, finance, self.levels, tokens, held)
        self.costs[alternative.key] = costs

    def month(self, key: str) -> MonthAnswer:
        """When an alternative pays within the horizon."""
        return month_answer(self.costs[self.baseline], self.costs[key], self.scenario.finance)

    def appraisals(self) -> tuple[Appraisal, ...]:
        """Appraise every alternative worked out, in the order it was."""
        stay, finance = self.costs[self.baseline], self.scenario.finance
        return tuple(appraise(key, stay, costs, finance) for key, costs in self.costs.items())
