"""What watches a run: no request beyond the budget, every request priced, every answer counted."""

import json
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Final

from inspect_ai.hooks import BeforeModelGenerate, Hooks, ModelUsageData, SampleEnd, hooks
from inspect_ai.model import ModelUsage
from inspect_ai.util import LimitExceededError

from pricing.catalogue import Catalogue
from pricing.usage import RequestUsage
from tco.quality.budget import Budget, most_usd, usage_usd
from tco.quality.endpoints import Endpoint

BUDGET_REASON: Final = "the budget holds no further request"
"""Why a task was not answered; it is asked when the run is resumed with a higher budget."""
BUDGET_LIMIT: Final = "custom"
"""Kind of limit that Inspect notes for it."""
ANSWERED_BY: Final = "planner"
"""Key of a log's metadata that says who answered."""
_under_way: ContextVar[object] = ContextVar("request under way")

TellSpent = Callable[[int, Decimal], None]
"""Told how many tasks are done with, and what was spent [USD]."""


@dataclass(slots=True)
class RunWatch:
    """One run: its budget, and the endpoints by the names that Inspect has for their models."""

    budget: Budget
    endpoints: Mapping[str, Endpoint]
    catalogue: Catalogue
    on: date
    most_output_tokens: int
    tell: TellSpent
    finished: int = 0
    is_over: bool = field(default=False)
    """Whether the budget held a request back."""

    def before(self, data: BeforeModelGenerate) -> None:
        """Set a request's highest price aside, or hold it back."""
        endpoint = self.endpoints[data.model_name]
        texts = [message.text for message in data.input]
        texts += [json.dumps(tool.model_dump(mode="json")) for tool in data.tools]
        most = most_usd(endpoint, texts, self.most_output_tokens, self.catalogue, self.on)
        request = (data.sample_id, data.model_name)
        _under_way.set(request)
        if not self.budget.set_aside(request, most):
            self.is_over = True
            limit = self.budget.limit_usd or Decimal(0)
            spent = float(self.budget.spent_usd)
            raise LimitExceededError(
                BUDGET_LIMIT, value=spent, limit=float(limit), message=BUDGET_REASON
            )

    def after(self, data: ModelUsageData) -> None:
        """Put the exact price in its place."""
        usd = usage_usd(
            self.endpoints[data.model_name], request_usage(data.usage), self.catalogue, self.on
        )
        self.budget.spend(_under_way.get(), usd or Decimal(0))

    def ended(self) -> None:
        """Count a task that is done with."""
        self.finished += 1
        self.tell(self.finished, self.budget.spent_usd)


def watched(watch: RunWatch) -> None:
    """Have Inspect tell a run's watch of every request and every task."""

    @hooks(name="tco_run_watch", description="Budget and progress of a run of the planner.")
    class _Watching(Hooks):
        async def on_before_model_generate(self, data: BeforeModelGenerate) -> None:
            watch.before(data)

        async def on_model_usage(self, data: ModelUsageData) -> None:
            watch.after(data)

        async def on_sample_end(self, data: SampleEnd) -> None:
            watch.ended()

    assert _Watching is not None


def request_usage(usage: ModelUsage) -> RequestUsage:
    """Count the tokens of a request as the catalogue does: cached ones are part of the input."""
    cached, written = usage.input_tokens_cache_read or 0, usage.input_tokens_cache_write or 0
    return RequestUsage(
        input_tokens=usage.input_tokens + cached + written,
        cached_tokens=cached,
        cache_write_tokens=written,
        output_tokens=usage.output_tokens,
        reasoning_tokens=min(usage.reasoning_tokens or 0, usage.output_tokens),
    )


def told_of(endpoint: Endpoint) -> dict[str, Any]:
    """What the log of a model says of it, beside what Inspect says: no address, and no key."""
    offer = endpoint.offer
    return {
        "name": endpoint.name,
        "measured_as": endpoint.measured_as,
        "provider": offer.provider if offer else None,
        "model": offer.model if offer else None,
        "tier": endpoint.tier,
    }
