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
from pricing.offer import Offer
from pricing.provenance import Name, Record, Source
from pricing.provider_file import read_offers
from pricing.quantities import Count
from pricing.schema import OfferRecord, ProviderRecord, RateRecord

WHOSE: Final = "yours"
NOT_STATED: Final = "not stated"
LEAST_INPUT_USD_PER_MTOK: Final = Decimal("0.01")
"""Half the cheapest input price on record, that of gpt-oss-20b: a lower one is of a thousand."""
MOST_FACTS: Final = 40
MOST_OWN_RECORDS: Final = 12
MOST_RECORD_CHARACTERS: Final = 90_000


def _yours(source: Source) -> Source:
    """Begin the name of a source with whose it is."""
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
    hf_id: Name = ""
    experts: Count = 0
    experts_active: Count = 0
    moe_layers: Count = 0
    kv_local_elements_per_token: KvElements = 0
    licence: Name = NOT_STATED
    multimodal: bool = False
    multimodal_eu_excluded: bool = False
    source: OwnSource = UNDATED_OWN

    @model_validator(mode="after")
    def _has_weights_of_a_size(self) -> Self:
        if not self.precisions:
            msg = "needs the size of its weights in one precision at least, such as weights_fp8_gb"
            raise ValueError(msg)
        return self


class OwnAccelerator(Accelerator):
    """An accelerator by its data sheet: dense figures per chip."""

    name: OwnName
    vendor: Name = NOT_STATED
    form_factor: Name = NOT_STATED
    memory_type: Name = NOT_STATED
    scale_up_link: Name = NOT_STATED
    scale_up_domain: Annotated[Count, Field(ge=1, le=1_024)] = 8
    source: OwnSource = UNDATED_OWN


class OwnRental(RentalOffer):
    """A machine you rent, or were offered, by the hour."""

    id: OwnName
    provider: Name = WHOSE
    instance: Name = NOT_STATED
    region: Name = "global"
    term: Term = "on-demand"
    source: OwnSource = UNDATED_OWN


class OwnPurchase(PurchaseOffer):
    """A server you own, or were offered, by its price."""

    id: OwnName
    system: Name = NOT_STATED
    source: OwnSource = UNDATED_OWN


class OwnRate(RateRecord):
    """Rates of your contract in one tier over one span of days."""

    tier: Name = "standard"
    source: Name = WHOSE


class OwnApiPrice(OfferRecord):
    """Your contract for one model: rates per token class and band, by tier, from a day on."""

    provider: OwnName
    """Seller: one on record, whose list price it replaces, or a name of your own."""
    model: OwnName
    title: Name = ""
    served: bool = True
    rates: Annotated[tuple[OwnRate, ...], Field(min_length=1, max_length=MOST_FACTS)]
    source: OwnSource = UNDATED_OWN

    @model_validator(mode="after")
    def _is_per_million(self) -> Self:
        for rate in self.rates:
            for band in rate.bands:
                if band.input is not None and band.input < LEAST_INPUT_USD_PER_MTOK:
                    msg = (
                        f"input {band.input} must be at least {LEAST_INPUT_USD_PER_MTOK} "
                        "USD/Mtok: a price of 1,000 tokens is multiplied by 1,000"
                    )
                    raise ValueError(msg)
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
    accelerators: Annotated[tuple[OwnAccelerator, ...], Field(max_length=MOST_FACTS)] = ()
    rentals: Annotated[tuple[OwnRental, ...], Field(max_length=MOST_FACTS)] = ()
    purchases: Annotated[tuple[OwnPurchase, ...], Field(max_length=MOST_FACTS)] = ()
    api_prices: Annotated[tuple[OwnApiPrice, ...], Field(max_length=MOST_FACTS)] = ()
    calibrations: Annotated[tuple[RecordText, ...], Field(max_length=MOST_OWN_RECORDS)] = ()

    @model_validator(mode="after")
    def _names_differ(self) -> Self:
        for kind, names in self.names():
            doubles = sorted({name for name in names if names.count(name) > 1})
            if doubles:
                msg = f"{kind} name {', '.join(doubles)} twice"
                raise ValueError(msg)
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
