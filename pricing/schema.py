"""The shape of a provider's price file, checked when it is built and in the tests."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal, Self

from annotated_types import Interval
from pydantic import Field, WithJsonSchema, model_validator

from pricing.clashes import ClashError
from pricing.provenance import Record, Source
from pricing.quantities import TokenLimit
from pricing.units import Unit

SCHEMA = "pricing.provider/1"

Number = WithJsonSchema({"type": "number", "minimum": 0, "maximum": 1_000})
"""What is promised of an exact amount: a number; one written as text is read too."""
Rate = Annotated[Decimal, Unit("USD/Mtok"), Interval(ge=0, le=1_000), Number]
"""Price of a million tokens; a thousand dollars is taken for a slip of unit."""
FirstRate = Annotated[
    Decimal,
    Unit("USD/Mtok"),
    Interval(ge=Decimal("0.001"), le=1_000),
    WithJsonSchema({"type": "number", "minimum": 0.001, "maximum": 1_000}),
]
"""Input or output price: below a tenth of a cent per million it is a slip of unit too."""
Basis = Literal["documented", "first_observed", "upstream", "unknown"]
SourceKey = str
Lifetime = Annotated[str, Field(pattern=r"^[0-9]{1,4}[smhd]$")]
"""How long what is written to a prompt cache is kept, such as ``5m``."""


class BandRecord(Record):
    """Rates of one span of total input."""

    above: Annotated[int, Unit("token"), Interval(ge=0)]
    """Edge [token of total input]."""
    inclusive: bool = False
    """Whether a prompt of exactly that length is in it."""
    offered: bool = True
    """Whether prompts of that length are accepted."""
    input: FirstRate | None = None
    """Price of the prompt."""
    cached: Rate | None = None
    """Price of what is read from the cache; as input when left out."""
    writes: dict[Lifetime, Rate] = Field(
        default_factory=dict, json_schema_extra={"additionalProperties": False}
    )
    """By lifetime, the default first."""
    writes_source: dict[str, SourceKey] = Field(default_factory=dict)
    """Sources of single write rates, where they are not the band's."""
    output: FirstRate | None = None
    """Price of the answer."""
    source: SourceKey | None = None
    """Key of who says so, where it is not that of the rates."""
    note: str = ""
    """What a reader must know."""

    @model_validator(mode="after")
    def _has_both_rates(self) -> Self:
        if self.offered != (self.input is not None and self.output is not None):
            limit = "an offered band has input and output rates, no other"
            raise ClashError("offered", self.offered, limit, "Give input and output, or neither.")
        return self


class RateRecord(Record):
    """All bands of one tier and region over one span of days."""

    tier: str
    residency: str = "global"
    """Region the requests stay in."""
    since: date | None = None
    """First day of these rates."""
    until: date | None = None
    """First day they no longer hold."""
    basis: Basis = "unknown"
    """What the first day rests on."""
    promotion_until: date | None = None
    """Last day promised for a promotion."""
    context_window_tokens: TokenLimit | None = None
    """Window while these rates held, where it was another than the offer's."""
    hours: tuple[tuple[str, str], ...] = ()
    """UTC windows in which these rates replace the untimed ones."""
    weekdays: bool = False
    """Whether those hours are of Monday to Friday only."""
    source: SourceKey
    note: str = ""
    """What a reader must know."""
    bands: tuple[BandRecord, ...] = Field(min_length=1)
    """Rates by the length of the prompt, from 0 up."""

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> Self:
        if self.since is not None and self.until is not None and self.until <= self.since:
            limit = f"must come after since {self.since}"
            raise ClashError("until", self.until.isoformat(), limit, "Correct one of them.")
        return self

    @model_validator(mode="after")
    def _bands_ascend(self) -> Self:
        edges = [band.above for band in self.bands]
        if edges[0] != 0 or edges != sorted(set(edges)):
            limit, remedy = "must start at 0 and ascend", "Order them by above."
            raise ClashError("bands", edges, limit, remedy)
        return self


class FactRecord(Record):
    """A day, and who says so."""

    on: date
    """The day."""
    source: SourceKey
    """Key of who says so."""


class FeeRecord(Record):
    """Price of a thousand tool calls."""

    tool: Literal["web_search", "file_search"]
    """What is called."""
    usd_per_thousand: Annotated[Decimal, Unit("USD/1000 calls"), Interval(ge=0, le=1_000), Number]
    """Price of a thousand calls."""
    since: date | None = None
    """First day of this price."""
    until: date | None = None
    """First day it no longer holds."""
    source: SourceKey
    """Key of who says so."""


class OfferRecord(Record):
    """One model as one provider sells it."""

    model: str
    title: str
    aliases: tuple[str, ...] = ()
    """Other names of the model."""
    open_weights: str | None = None
    """Open model it serves, such as ``Llama 3.3 70B``."""
    released: FactRecord | None = None
    """Day it was released."""
    first_seen: FactRecord | None = None
    """First day anyone on record saw it sold, where its release is not on record."""
    retires: FactRecord | None = None
    """First day it can no longer be called."""
    served: bool = False
    context_window_tokens: TokenLimit | None = None
    """Prompt and answer together."""
    max_input_tokens: TokenLimit | None = None
    """Longest prompt."""
    max_output_tokens: TokenLimit | None = None
    """Longest answer."""
    quantisation: str | None = None
    """Precision that its seller serves."""
    note: str = ""
    """What a reader must know."""
    fees: tuple[FeeRecord, ...] = ()
    """Prices of tool calls."""
    rates: tuple[RateRecord, ...] = Field(min_length=1)


class ResidencyRecord(Record):
    """An uplift on every token rate for requests kept in a region."""

    regions: tuple[str, ...] = Field(min_length=1)
    multiplier: Annotated[Decimal, Unit("1"), Interval(ge=1, le=2)]
    released_from: date | None = None
    """Only models released on or after this day pay it; earlier ones do not."""
    newer_models: tuple[str, ...] = ()
    """Models newer than that day whose own release day is not on record."""
    models: tuple[str, ...] = ()
    """Only these models are sold in the region; empty: all."""
    source: SourceKey


class ProviderRecord(Record):
    """Everything on record for one provider."""

    schema_version: Literal["pricing.provider/1"] = Field("pricing.provider/1", alias="schema")
    provider: str
    title: str
    sources: dict[SourceKey, Source]
    tier_words: dict[str, str] = Field(default_factory=dict)
    """Other words of the seller for a tier it sells."""
    tiers_not_sold: dict[str, str] = Field(default_factory=dict)
    """Words for what looks like a tier and has no rate, and what to do instead."""
    residency: tuple[ResidencyRecord, ...] = ()
    offers: tuple[OfferRecord, ...]

    @model_validator(mode="after")
    def _names_are_unique_and_sourced(self) -> Self:
        models = [offer.model.lower() for offer in self.offers]
        doubles = {model for model in models if models.count(model) > 1}
        if doubles:
            msg = f"listed twice: {sorted(doubles)}"
            raise ValueError(msg)
        missing = set(self._source_keys()) - set(self.sources)
        if missing:
            msg = f"sources named and not given: {sorted(missing)}"
            raise ValueError(msg)
        return self

    def _source_keys(self) -> list[str]:
        keys = [rule.source for rule in self.residency]
        for offer in self.offers:
            facts = (offer.released, offer.first_seen, offer.retires)
            keys += [fact.source for fact in facts if fact]
            keys += [fee.source for fee in offer.fees]
            for rate in offer.rates:
                keys.append(rate.source)
                for band in rate.bands:
                    keys += [*band.writes_source.values(), *([band.source] if band.source else [])]
        return keys
