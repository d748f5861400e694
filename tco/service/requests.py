"""What other programs may ask, as records; their JSON Schemas are what is published."""

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, Field, model_validator

from hardware_profiles.offer import Term
from pricing.offer import GLOBAL, STANDARD, Availability
from pricing.provenance import Name, Record
from pricing.request_table import MOST_COUNT_DIGITS
from tco.question.scenario import Scenario

Tokens = Annotated[int, Field(ge=0, lt=10**MOST_COUNT_DIGITS)]
NamedThing = Annotated[Name, Field(min_length=1)]


class ScenarioRequest(Record):
    """A question to answer: the scenario itself, or the name of one; the default when neither."""

    scenario: Scenario | None = None
    """The question itself, as docs/scenario.schema.json has it."""
    named: NamedThing | None = None
    """Name of a scenario that ships, such as ``rag``, or of a file in the folder that the planner
    was started with, such as ``ours.toml``."""

    @model_validator(mode="after")
    def _asks_one_question(self) -> Self:
        if self.scenario is not None and self.named is not None:
            msg = "give either a scenario or the name of one (named), not both"
            raise ValueError(msg)
        return self


class RankRequest(ScenarioRequest):
    """The work to rank every offer for."""

    top: Annotated[int, Field(ge=0, le=10_000)] = 40
    """Offers to list, the cheapest first; 0 for all."""


class ExplanationRequest(ScenarioRequest):
    """A figure of an answer to take apart, down to inputs and sources."""

    figure: Literal["bill", "line", "break-even", "worth", "odds"] = "bill"
    """A month's bill of an alternative, one line of it, its break-even utilisation; what the move
    is worth a year, and how often it costs less than staying."""
    alternative: NamedThing | None = None
    """Key or label; staying when left out, for a break-even the best option with own GPUs."""
    line: NamedThing | None = None
    """Name of the line, where one is asked for."""


class QuotedRequest(Record):
    """One request to price, or several that are all alike."""

    id: Name = ""
    provider: NamedThing
    model: NamedThing
    as_of: date | AwareDatetime
    """Day whose prices are meant, or a moment with its time zone."""
    input_tokens: Tokens
    """Cached and cache-written tokens included."""
    output_tokens: Tokens
    """Reasoning tokens included."""
    tier: NamedThing = STANDARD
    residency: NamedThing = GLOBAL
    cached_tokens: Tokens = 0
    cache_write_tokens: Tokens = 0
    cache_write_ttl: NamedThing | None = None
    """Lifetime of the cache writes, such as ``1h``; the seller's default when left out."""
    reasoning_tokens: Tokens = 0
    web_searches: Tokens = 0
    file_searches: Tokens = 0
    requests: Tokens = 1
    """How many there are, all alike."""
    served_tier: NamedThing | None = None
    """Tier that it was served in, where that is not the one asked for."""
    refused: bool = False
    """Whether the seller answered 429 and did no work."""

    def cells(self) -> dict[str, str]:
        """The same as cells of a table of requests."""
        plain = self.model_dump(mode="json", exclude_none=True)
        return {name: str(value) for name, value in plain.items()}


class QuoteRequest(Record):
    """Requests to price exactly."""

    requests: Annotated[tuple[QuotedRequest, ...], Field(min_length=1, max_length=1_000)]


class PricesRequest(Record):
    """Rates to list: those that meet every filter."""

    text: Name = ""
    """Part of a model's name."""
    provider: NamedThing | None = None
    open_model: NamedThing | None = None
    """Open model it serves, such as ``Llama 3.3 70B``."""
    tier: NamedThing | None = None
    availability: Availability | None = None
    on: date | None = None
    """Day whose prices are meant; today when left out."""


class MachinesRequest(Record):
    """Machines to list: those that meet every filter, with the records of what they serve."""

    accelerator: NamedThing | None = None
    provider: NamedThing | None = None
    term: Term | None = None
