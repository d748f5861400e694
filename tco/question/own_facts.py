"""Facts of the user's own in a scenario: models, machines, contracts, records; no code needed.

Each is the record of the library it stands beside, so it is held to the same limits. What only a
reader needs may be left out. Its source begins with "yours", and so does every line it enters.
"""

from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from typing import Annotated, Any, Final, Self

from pydantic import AfterValidator, Field, ValidationError, model_validator

from hardware_profiles.accelerator import Accelerator
from hardware_profiles.language_model import LanguageModel
from hardware_profiles.offer import PurchaseOffer, RentalOffer, Term
from hardware_profiles.quantities import KvElements
from pricing.clashes import ClashError
from pricing.figures import exact
from pricing.offer import Offer
from pricing.provenance import Name, Record, Source, is_to_come
from pricing.provider_file import read_offers
from pricing.quantities import Count
from pricing.schema import OfferRecord, ProviderRecord, RateRecord

WHOSE: Final = "yours"
NOT_STATED: Final = "not stated"
LEAST_USD_PER_MTOK: Final = Decimal("0.01")
"""Half the cheapest input price on record, that of gpt-oss-20b: a lower one is of a thousand."""
OUTPUT_SHARES: Final = (Decimal("0.1"), None)
"""Of the input price, an output price: 1 to 12.3 on record; any where it is all there is."""
READ_SHARES: Final = (Decimal("0.002"), Decimal(1))
"""Of the input price, one of what is read from the cache, where it costs at all: 0.008 to 1."""
WRITE_SHARES: Final = (Decimal("0.01"), Decimal(100))
"""Of the input price, one of what is written to the cache: 1 to 2."""
BAND_SHARES: Final = (Decimal("0.1"), Decimal(100))
"""Of the input price of short prompts, that of long ones: 1.6 to 5."""
MOST_FACTS: Final = 40
MOST_OWN_RECORDS: Final = 12
MOST_RECORD_CHARACTERS: Final = 90_000


def _yours(source: Source) -> Source:
    """Begin the name of a source with whose it is; its day has begun."""
    if source.day is not None and is_to_come(source.day):
        remedy = "Give the day on which it was read; when a price begins is its since."
        raise ClashError("as_of", source.as_of, "must not lie in the future", remedy)
    if source.name.startswith(WHOSE):
        return source
    return source.model_copy(update={"name": f"{WHOSE}: {source.name}"})


OwnSource = Annotated[Source, AfterValidator(_yours)]
"""Who says so among you; *undated* where no day is given."""
UNDATED_OWN: Final = Source(name=WHOSE, as_of="undated")
OwnName = Annotated[Name, Field(min_length=1)]


class OwnModel(LanguageModel):
    """A model by its dimensions, or by the ``config.json`` beside the file."""

    name: OwnName
    """What options call it."""
    hf_id: Name = ""
    """Where its weights are published."""
    experts: Count = 0
    """Routed experts of a layer; 0 for a dense model."""
    experts_active: Count = 0
    """Routed experts that one token passes through."""
    moe_layers: Count = 0
    """Layers that hold experts."""
    kv_local_elements_per_token: KvElements = 0
    """Keys and values kept in local layers, up to their window."""
    licence: Name = NOT_STATED
    """Under which it may be used."""
    multimodal: bool = False
    """Whether it reads more than text."""
    multimodal_eu_excluded: bool = False
    """Whether companies domiciled in the EU may not use it."""
    source: OwnSource = UNDATED_OWN
    """Who says so, and when."""

    @model_validator(mode="after")
    def _has_weights_of_a_size(self) -> Self:
        if not self.precisions:
            limit = "needs the size of its weights in one precision at least"
            raise ClashError("weights_fp8_gb", None, limit, "Add it, or that of another one.")
        return self


class OwnAccelerator(Accelerator):
    """An accelerator by its data sheet: dense figures per chip."""

    name: OwnName
    """What machines call it."""
    vendor: Name = NOT_STATED
    """Who makes it."""
    form_factor: Name = NOT_STATED
    """How it is built in."""
    memory_type: Name = NOT_STATED
    """Kind of its memory."""
    scale_up_link: Name = NOT_STATED
    """Name of the link to its neighbours."""
    scale_up_domain: Annotated[Count, Field(ge=1, le=1_024)] = 8
    """Accelerators that reach each other over that link."""
    source: OwnSource = UNDATED_OWN
    """Who says so, and when."""


class OwnRental(RentalOffer):
    """A machine you rent, or were offered, by the hour."""

    id: OwnName
    """What options call it."""
    provider: Name = WHOSE
    """Who rents it out."""
    instance: Name = NOT_STATED
    """What its seller calls it."""
    region: Name = "global"
    """Where it stands."""
    term: Term = "on-demand"
    """For how long it is taken."""
    source: OwnSource = UNDATED_OWN
    """Who says so, and when."""


class OwnPurchase(PurchaseOffer):
    """A server you own, or were offered, by its price."""

    id: OwnName
    """What options call it."""
    system: Name = NOT_STATED
    """What it is called."""
    source: OwnSource = UNDATED_OWN
    """Who says so, and when."""


class OwnRate(RateRecord):
    """Rates of your contract in one tier over one span of days."""

    tier: Name = "standard"
    """Tier they are of."""
    source: Name = WHOSE
    """Always ``yours``."""


def _require_of_a_million(key: str, price: Decimal) -> None:
    if price < LEAST_USD_PER_MTOK:
        limit = f"must be at least {LEAST_USD_PER_MTOK} USD/Mtok"
        remedy = "A price of 1,000 tokens is multiplied by 1,000."
        raise ClashError(key, str(price), limit, remedy)


def _require_near(
    key: str, price: Decimal, named: str, other: Decimal, shares: tuple[Decimal, Decimal | None]
) -> None:
    """Refuse a price that no contract has beside another of its own."""
    least = shares[0] * other
    most = None if shares[1] is None else shares[1] * other
    if price < least or (most is not None and price > most):
        span = f"at least {exact(least)}" if most is None else f"{exact(least)} to {exact(most)}"
        limit = f"must be {span} USD/Mtok, beside {named} {other}"
        remedy = "Write all prices in USD of a million tokens."
        raise ClashError(key, str(price), limit, remedy)


class OwnApiPrice(OfferRecord):
    """Your contract for one model: rates per token class and band, by tier, from a day on."""

    provider: OwnName
    """Seller: one on record, whose list price it replaces, or a name of your own."""
    model: OwnName
    """Model, as options name it."""
    title: Name = ""
    """How it is shown; its name and *your contract* when left out."""
    served: bool = True
    """Whether its seller serves it."""
    rates: Annotated[tuple[OwnRate, ...], Field(min_length=1, max_length=MOST_FACTS)]
    """Rates by tier and span of days."""
    source: OwnSource = UNDATED_OWN
    """Who says so, and when."""

    @model_validator(mode="after")
    def _is_per_million(self) -> Self:
        for number, rate in enumerate(self.rates):
            first = rate.bands[0].input
            for place, band in enumerate(rate.bands):
                where = f"rates.{number}.bands.{place}"
                if band.input is None or band.output is None:
                    continue
                _require_of_a_million(f"{where}.input", band.input)
                _require_of_a_million(f"{where}.output", band.output)
                _require_near(f"{where}.output", band.output, "input", band.input, OUTPUT_SHARES)
                if first is not None:
                    named = "input of the first band"
                    _require_near(f"{where}.input", band.input, named, first, BAND_SHARES)
                if band.cached:
                    _require_near(f"{where}.cached", band.cached, "input", band.input, READ_SHARES)
                for lifetime, price in band.writes.items():
                    key = f"{where}.writes.{lifetime}"
                    if price:
                        _require_near(key, price, "input", band.input, WRITE_SHARES)
        return self

    @model_validator(mode="after")
    def _names_each_day_once(self) -> Self:
        begun: list[tuple[object, ...]] = []
        for number, rate in enumerate(self.rates):
            span = (
                rate.tier.strip().lower(),
                rate.residency,
                rate.since,
                rate.hours,
                rate.weekdays,
            )
            if span in begun:
                limit = f"has the tier and the first day of rates.{begun.index(span)}"
                since = None if rate.since is None else rate.since.isoformat()
                raise ClashError(f"rates.{number}.since", since, limit, "Leave one of them out.")
            begun.append(span)
        return self

    @model_validator(mode="after")
    def _has_one_source(self) -> Self:
        try:
            self.offer(WHOSE, WHOSE)
        except ValidationError as error:
            msg = f"the source of what it holds is {WHOSE!r}, or left out"
            raise ValueError(msg) from error
        return self

    def offer(self, provider: str, provider_title: str) -> Offer:
        """The contract as the catalogue holds offers."""
        sold = self.model_dump(mode="json", exclude={"provider", "source"}, exclude_none=True)
        sold["title"] = self.title or f"{self.model} (your contract)"
        filed = ProviderRecord.model_validate(
            {
                "provider": provider,
                "title": provider_title,
                "sources": {WHOSE: self.source.model_dump()},
                "offers": [sold],
            }
        )
        (offer,) = read_offers(filed.model_dump(mode="json", exclude_none=True))
        return offer


RecordText = Annotated[str, Field(min_length=2, max_length=MOST_RECORD_CHARACTERS)]
"""A calibration record as `tco-calibrate` wrote it, digest included."""


class OwnFacts(Record):
    """What the scenario brings along, instead of or beside what ships."""

    models: Annotated[tuple[OwnModel, ...], Field(max_length=MOST_FACTS)] = ()
    """Models that no library holds, or that replace one of ours."""
    accelerators: Annotated[tuple[OwnAccelerator, ...], Field(max_length=MOST_FACTS)] = ()
    """Accelerators, by their data sheets."""
    rentals: Annotated[tuple[OwnRental, ...], Field(max_length=MOST_FACTS)] = ()
    """Machines you rent, or were offered."""
    purchases: Annotated[tuple[OwnPurchase, ...], Field(max_length=MOST_FACTS)] = ()
    """Servers you own, or were offered."""
    api_prices: Annotated[tuple[OwnApiPrice, ...], Field(max_length=MOST_FACTS)] = ()
    """Your contracts for tokens."""
    calibrations: Annotated[tuple[RecordText, ...], Field(max_length=MOST_OWN_RECORDS)] = ()
    """Records of your own: files or folders, and what they held once read."""

    @model_validator(mode="after")
    def _names_differ(self) -> Self:
        for kind, names in self.names():
            doubles = sorted({name for name in names if names.count(name) > 1})
            if doubles:
                limit = "must have names that differ"
                raise ClashError(kind, ", ".join(doubles), limit, "Rename or remove one.")
        return self

    def names(self) -> Iterator[tuple[str, list[str]]]:
        """Name of every fact, by kind."""
        kinds: tuple[tuple[str, Iterable[Any], Callable[[Any], str]], ...] = (
            ("models", self.models, lambda fact: fact.name),
            ("accelerators", self.accelerators, lambda fact: fact.name),
            ("rentals", self.rentals, lambda fact: fact.id),
            ("purchases", self.purchases, lambda fact: fact.id),
            ("api_prices", self.api_prices, lambda fact: f"{fact.provider}/{fact.model}".lower()),
        )
        for kind, facts, name_of in kinds:
            yield kind, [name_of(fact) for fact in facts]
