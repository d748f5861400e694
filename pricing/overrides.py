"""What we know better than the upstream package: read from hand-kept files and merged last.

Each entry names its sources and its reason. An entry for a model upstream does not list adds
the offer; for one it does, its fields replace upstream's, and its rates replace those of the
same tier, region, hours and first day.
"""

from datetime import date
from decimal import Decimal
from importlib.resources.abc import Traversable
from typing import Annotated, Any, Final, Self

from annotated_types import MinLen
from pydantic import Field, ValidationError, model_validator

from pricing.errors import InputError, Problem
from pricing.faults import problems_in
from pricing.package_files import read_toml
from pricing.provenance import Record, Source
from pricing.quantities import TokenLimit
from pricing.schema import FactRecord, FeeRecord, Rate, RateRecord, ResidencyRecord

_NO_RATES: Final = ("above", "inclusive", "source", "note")
"""What a band keeps when it is closed."""


class OfferOverride(Record):
    """An offer to add, or fields and rates of one to replace."""

    provider: str
    model: str
    reason: Annotated[str, MinLen(10)]
    """Why upstream is not enough here."""
    title: str | None = None
    aliases: tuple[str, ...] | None = None
    open_weights: str | None = None
    released: FactRecord | None = None
    first_seen: FactRecord | None = None
    retires: FactRecord | None = None
    served: bool | None = None
    context_window_tokens: int | None = None
    max_input_tokens: int | None = None
    max_output_tokens: int | None = None
    quantisation: str | None = None
    note: str | None = None
    fees: tuple[FeeRecord, ...] | None = None
    rates: tuple[RateRecord, ...] = ()


class ResidencyOverride(ResidencyRecord):
    """A residency rule of one provider."""

    provider: str
    reason: Annotated[str, MinLen(10)]


class Amendment(Record):
    """A correction to the rates in force of some models, in one tier and band or in all."""

    provider: str
    models: tuple[str, ...] = Field(min_length=1)
    tier: str | None = None
    above: int | None = None
    reason: Annotated[str, MinLen(10)]
    offered: bool | None = None
    """False closes the band."""
    writes: dict[str, Rate] = Field(default_factory=dict)
    """Cache-write rates to add, by lifetime."""
    writes_source: str = ""
    """Source of the write rates; required where there are any."""
    source: str | None = None
    """Source of the bands it matches."""
    confirmed_by: str | None = None
    """Source that shows the same rates on its own day; replaces the rates' source."""
    while_input: Rate | None = None
    """Apply only while the first band's input rate is this; required by `confirmed_by`."""
    note: str | None = None
    promotion_until: date | None = None
    ended: date | None = None
    """Correct the rates that ended on this day, not those in force."""
    context_window_tokens: TokenLimit | None = None
    """Window while the rates it matches held."""

    @model_validator(mode="after")
    def _confirms_a_number(self) -> Self:
        if self.confirmed_by and self.while_input is None:
            msg = "confirmed_by needs while_input: a source confirms a number, not a name"
            raise ValueError(msg)
        return self


class OverrideFile(Record):
    """One file of overrides."""

    sources: dict[str, Source] = Field(default_factory=dict)
    offers: tuple[OfferOverride, ...] = ()
    residency: tuple[ResidencyOverride, ...] = ()
    amendments: tuple[Amendment, ...] = ()


def read(folder: Traversable) -> dict[str, OverrideFile]:
    """Every override file of a folder, by name; all that is wrong in all of them at once."""
    files: dict[str, OverrideFile] = {}
    problems: list[Problem] = []
    for path in sorted(folder.iterdir(), key=lambda item: item.name):
        if not path.name.endswith(".toml"):
            continue
        try:
            files[path.name] = OverrideFile.model_validate(read_toml(path))
        except InputError as error:
            problems += error.problems
        except ValidationError as error:
            problems += problems_in(error, path.name, "Correct the entry.")
    if problems:
        raise InputError(*problems)
    return files


def amend(offer: dict[str, Any] | None, override: OfferOverride) -> dict[str, Any]:
    """Merge one override into an offer; None makes a new offer."""
    merged = dict(offer or {"model": override.model, "title": override.model, "rates": []})
    given = override.model_dump(mode="json", exclude_unset=True)
    rates = given.pop("rates", [])
    for key in ("provider", "model", "reason"):
        given.pop(key, None)
    merged |= given
    replaced = {_slot(rate) for rate in rates}
    kept = [rate for rate in merged["rates"] if _slot(rate) not in replaced]
    merged["rates"] = [*kept, *rates]
    return merged


def apply(amendment: Amendment, offer: dict[str, Any]) -> None:
    """Correct the rates of an offer that are still in force; all of them where it matches."""
    touched = False
    for rate in offer["rates"]:
        ended = amendment.ended.isoformat() if amendment.ended else None
        if rate.get("until") != ended or amendment.tier not in (None, rate["tier"]):
            continue
        if amendment.while_input is not None and not _costs(rate, amendment.while_input):
            touched = True  # the price moved on, and the page read earlier says nothing of it
            continue
        if amendment.confirmed_by:
            rate["source"] = amendment.confirmed_by
            touched = True
        if amendment.context_window_tokens:
            rate["context_window_tokens"] = amendment.context_window_tokens
            touched = True
        if amendment.promotion_until:
            rate["promotion_until"] = amendment.promotion_until.isoformat()
            touched = True
        for band in rate["bands"]:
            if amendment.above in (None, band["above"]):
                _correct(band, amendment)
                touched = True
    if not touched:
        raise InputError(
            Problem(
                f"{amendment.provider}/{offer['model']}",
                f"tier {amendment.tier}, above {amendment.above}",
                "the amendment matches no rate in force",
                "Correct its tier or band, or remove it.",
            )
        )


def _costs(rate: dict[str, Any], usd_per_mtok: Decimal) -> bool:
    return Decimal(rate["bands"][0]["input"]) == usd_per_mtok


def _correct(band: dict[str, Any], amendment: Amendment) -> None:
    if amendment.offered is False:
        for cell in band.keys() - _NO_RATES:
            del band[cell]
        band["offered"] = False
    for key in ("source", "note"):
        if getattr(amendment, key) is not None:
            band[key] = getattr(amendment, key)
    if amendment.writes:
        given = {life: str(rate) for life, rate in amendment.writes.items()}
        band["writes"] = band.get("writes", {}) | given
        named = dict.fromkeys(given, amendment.writes_source)
        band["writes_source"] = band.get("writes_source", {}) | named


def close_spans(rates: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rates in order of tier and day, each ended by the next one of its kind."""
    tiers = list(dict.fromkeys(["standard", *(rate.get("tier", "standard") for rate in rates)]))
    ordered = sorted(
        rates,
        key=lambda rate: (
            tiers.index(rate.get("tier", "standard")),
            rate.get("residency", "global") != "global",
            rate.get("residency", "global"),
            str(rate.get("hours", "")),
            rate.get("since") or "",
        ),
    )
    closed = []
    for rate, following in zip(ordered, [*ordered[1:], None], strict=True):
        ended = dict(rate)
        if following and _kind(rate) == _kind(following) and not rate.get("until"):
            ended["until"] = following["since"]
        closed.append(ended)
    return closed


def _kind(rate: dict[str, Any]) -> tuple[object, ...]:
    hours = rate.get("hours") or []
    return (rate.get("tier", "standard"), rate.get("residency", "global"), str(list(hours)))


def _slot(rate: dict[str, Any]) -> tuple[object, ...]:
    return (*_kind(rate), rate.get("since"))
