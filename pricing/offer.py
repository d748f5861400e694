"""One model as one provider sells it: names, limits, dates, and its rate cards."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from pricing.errors import Problem
from pricing.price_set import PriceSet, day_of, holds, night_of, set_on
from pricing.provenance import Source
from pricing.rate_card import RateCard
from pricing.refusal import NoPriceError, NotOfferedError, PriceRefusedError
from pricing.residency import ResidencyRule

Availability = Literal["live", "listed", "ends", "ended"]
"""live: the seller says so; listed: a price list names it, nobody proves it is still served."""

GLOBAL = "global"
STANDARD = "standard"
PEAK = "peak"
OFF_PEAK = "off-peak"
"""Where a price depends on the hour: the standard tier inside and outside the dear hours."""
DEFAULT = "default"
"""What responses of several sellers call the standard tier."""


@dataclass(frozen=True, slots=True)
class Fact:
    """A day in a model's life, and who says so."""

    on: date
    source: Source


@dataclass(frozen=True, slots=True)
class Fee:
    """Price of a tool call, on top of the tokens it reads."""

    tool: str
    usd_per_thousand: Decimal
    since: date | None
    until: date | None
    source: Source


@dataclass(frozen=True, slots=True, eq=False)
class Offer:
    """A model, as one provider sells it. Rates hang on the offer, never on the model's name."""

    provider: str
    provider_title: str
    model: str
    title: str
    aliases: tuple[str, ...]
    open_weights: str | None
    """Open model it serves, such as 'Llama 3.3 70B'; None for closed models."""
    released: Fact | None
    first_seen: Fact | None
    """First day anyone on record saw it sold, where its release is not on record."""
    retires: Fact | None
    """First day it can no longer be called; None: no date is known."""
    served: bool
    """Whether the seller's own word, not only a price list, says it is served."""
    context_window_tokens: int | None
    max_input_tokens: int | None
    max_output_tokens: int | None
    quantisation: str | None
    note: str
    fees: tuple[Fee, ...]
    price_sets: tuple[PriceSet, ...] = field(repr=False)
    """Read them through `rate_card`."""
    residency_rules: tuple[ResidencyRule, ...] = field(repr=False)
    """Those that are about this model."""
    tier_words: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Other words of the seller for a tier it sells."""
    tiers_not_sold: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Words for what looks like a tier and has no rate, and what to do instead."""
    _cards: dict[tuple[object, ...], RateCard] = field(default_factory=dict, repr=False)

    def availability(self, on: date) -> Availability:
        """Whether the model can be called on `on`, as far as anyone says."""
        if self.retires is None:
            return "live" if self.served else "listed"
        return "ends" if on < self.retires.on else "ended"

    @property
    def tiers(self) -> tuple[str, ...]:
        """Tiers with a rate on some day, standard first."""
        by_hour = (OFF_PEAK, PEAK) if self.priced_by_hour else ()
        return tuple(dict.fromkeys([*(item.card.tier for item in self.price_sets), *by_hour]))

    @property
    def priced_by_hour(self) -> bool:
        """Whether the standard price depends on the hour of the day."""
        return any(item.hours for item in self.price_sets)

    @property
    def first_day(self) -> date | None:
        """Day before which it has no price: its release, else when it was first seen."""
        fact = self.released or self.first_seen
        return fact.on if fact else None

    def is_sold(self, day: date) -> bool:
        """Whether a day lies within its life, as far as its ends are on record."""
        return holds(self.first_day, self.retires.on if self.retires else None, day)

    def tier_of(self, word: str) -> str | None:
        """Tier that the seller means by a word; None: it sells no such tier."""
        tiers = self.tiers
        meant = word if word in tiers else self.tier_words.get(word)
        if meant is None and word == DEFAULT:
            meant = STANDARD
        return meant if meant in tiers else None

    def sells(self, tier: str) -> bool:
        """Whether the tier, by this word or another for it, has a rate on some day."""
        return self.tier_of(tier) is not None

    @property
    def residencies(self) -> tuple[str, ...]:
        """Regions with a rate or an uplift on record, 'global' first."""
        priced = (item.card.residency for item in self.price_sets)
        ruled = (region for rule in self.residency_rules for region in rule.regions)
        return tuple(dict.fromkeys([*priced, *ruled]))

    def rate_card(self, tier: str = STANDARD, *, on: date, residency: str = GLOBAL) -> RateCard:
        """Rates that hold on a day.

        Parameters
        ----------
        tier
            'standard' (also 'default'), 'batch', 'flex', 'priority', 'fast', 'ultrafast', each as
            its seller means it; 'off-peak' and 'peak' where the standard price depends on the
            hour.
        on
            Day by UTC, or a moment with time zone where the price depends on the hour.
        residency
            'global', or the region the request must stay in.

        Raises
        ------
        NotOfferedError
            The tier or region is not sold, or the model not yet or no longer.
        NoPriceError
            It is sold, but no rate for that day is on record.
        """
        moment = on if self.priced_by_hour else day_of(on)
        if isinstance(moment, datetime):
            return self._find_card(tier, moment, residency)
        key = (tier, moment, residency)
        if key not in self._cards:
            self._cards[key] = self._find_card(tier, moment, residency)
        return self._cards[key]

    def card_of(self, tier: str, day: date, residency: str = GLOBAL) -> RateCard | None:
        """Rates of a plain day, off-peak where they depend on the hour; None where refused."""
        try:
            return self.rate_card(tier, on=night_of(day), residency=residency)
        except PriceRefusedError:
            return None

    def fee(self, tool: str, on: date) -> Fee | None:
        """Price of a tool call on a day; None: none is on record."""
        day = day_of(on)
        return next(
            (fee for fee in self.fees if fee.tool == tool and holds(fee.since, fee.until, day)),
            None,
        )

    def _find_card(self, tier: str, on: date, residency: str) -> RateCard:
        self._refuse_outside_its_life(day_of(on))
        known = self._known_tier(tier)
        sets = self._sets_of(known)
        local = [item for item in sets if item.card.residency == residency]
        if local:
            return set_on(local, on, self.title).card
        rule = self._residency_rule(residency)
        plain = [item for item in sets if item.card.residency == GLOBAL]
        return self._uplifted(set_on(plain, on, self.title).card, residency, rule)

    def _sets_of(self, tier: str) -> list[PriceSet]:
        """Price sets of a tier; those of one part of the day hold at any hour."""
        if tier not in (PEAK, OFF_PEAK):
            return [item for item in self.price_sets if item.card.tier == tier]
        return [
            PriceSet(replace(item.card, tier=tier))
            for item in self.price_sets
            if item.card.tier == STANDARD and bool(item.hours) == (tier == PEAK)
        ]

    def _refuse_outside_its_life(self, day: date) -> None:
        if self.released and day < self.released.on:
            raise NotOfferedError(
                Problem(
                    "on",
                    str(day),
                    f"{self.title} was released on {self.released.on}",
                    "Choose that day or a later one.",
                )
            )
        if self.first_seen and not self.released and day < self.first_seen.on:
            limit = (
                f"{self.title} was first seen on {self.first_seen.on}: no earlier price is known"
            )
            raise NoPriceError(Problem("on", str(day), limit, "Choose that day or a later one."))
        if self.retires and day >= self.retires.on:
            raise NotOfferedError(
                Problem(
                    "on",
                    str(day),
                    f"{self.title} at {self.provider_title} ended on {self.retires.on}",
                    "Choose an earlier day, or a model that is still sold.",
                )
            )

    def _known_tier(self, word: str) -> str:
        tier = self.tier_of(word)
        if tier is None:
            limit = f"{self.title} at {self.provider_title} is not offered in this tier"
            instead = self.tiers_not_sold.get(word, "")
            remedy = f"{instead} Offered: {', '.join(self.tiers)}.".strip()
            raise NotOfferedError(Problem("tier", word, limit, remedy))
        return tier

    def _residency_rule(self, residency: str) -> ResidencyRule:
        for rule in self.residency_rules:
            if residency in rule.regions:
                return rule
        raise NotOfferedError(
            Problem(
                "residency",
                residency,
                f"no price for this region is on record for {self.title} at {self.provider_title}",
                f"On record: {', '.join(self.residencies)}.",
            )
        )

    def _uplifted(self, card: RateCard, residency: str, rule: ResidencyRule) -> RateCard:
        factor = rule.factor(self.model, self.released.on if self.released else None)
        if factor is None:
            raise NoPriceError(
                Problem(
                    "residency",
                    "",
                    f"the uplift depends on the release date of {self.title}, which is not known",
                    "Use residency 'global', or add the date with its source to the overrides.",
                )
            )
        said = f"Every rate × {factor} for residency {residency}: {rule.source.name}."
        note = " ".join(part for part in (card.note, said, rule.source.note) if part)
        return replace(card.times(factor), residency=residency, note=note)
