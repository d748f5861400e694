"""One model as one provider sells it: names, limits, dates, and its rate cards."""

from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from pricing.errors import Problem
from pricing.price_set import PriceSet, day_of, holds, set_on
from pricing.provenance import Source
from pricing.rate_card import RateCard
from pricing.refusal import NoPriceError, NotOfferedError
from pricing.residency import ResidencyRule

Availability = Literal["live", "listed", "ends", "ended"]
"""live: the seller says so; listed: a price list names it, nobody proves it is still served."""

GLOBAL = "global"
STANDARD = "standard"
PEAK = "peak"
OFF_PEAK = "off-peak"
"""Where a price depends on the hour: the standard tier inside and outside the dear hours."""
TIER_ALIASES = {"default": STANDARD, "fast": "priority", "priority": "fast"}
"""Other words for a tier, used where the offer does not know the word itself."""


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

    def sells(self, tier: str) -> bool:
        """Whether the tier, by this word or another for it, has a rate on some day."""
        return tier in self.tiers or TIER_ALIASES.get(tier, tier) in self.tiers

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
            'standard', 'batch', 'flex', 'priority' (also 'fast'), 'ultrafast'; 'off-peak' and
            'peak' where the standard price depends on the hour.
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

    def fee(self, tool: str, on: date) -> Fee | None:
        """Price of a tool call on a day; None: none is on record."""
        day = day_of(on)
        return next(
            (fee for fee in self.fees if fee.tool == tool and holds(fee.since, fee.until, day)),
            None,
        )

    def _find_card(self, tier: str, on: date, residency: str) -> RateCard:
        self._refuse_outside_its_life(day_of(on))
        known = self._canonical_tier(tier)
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
        if self.retires and day >= self.retires.on:
            raise NotOfferedError(
                Problem(
                    "on",
                    str(day),
                    f"{self.title} at {self.provider_title} ended on {self.retires.on}",
                    "Choose an earlier day, or a model that is still sold.",
                )
            )

    def _canonical_tier(self, tier: str) -> str:
        if tier in self.tiers:
            return tier
        other = TIER_ALIASES.get(tier, tier)
        if other in self.tiers:
            return other
        raise NotOfferedError(
            Problem(
                "tier",
                tier,
                f"{self.title} at {self.provider_title} is not offered in this tier",
                f"Offered: {', '.join(self.tiers)}.",
            )
        )

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
