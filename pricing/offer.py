"""One model as one provider sells it: names, limits, dates, and its rate cards."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Literal

from pricing.errors import Problem
from pricing.price_rows import Row, day_in, day_of, holds, read_band, row_on
from pricing.provenance import Source
from pricing.rate_card import RateCard
from pricing.refusal import NoPriceError, NotOfferedError

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
    rows: tuple[Row, ...] = field(repr=False)
    """Price sets as stored; read them through `rate_card`."""
    residency_rules: tuple[Row, ...] = field(repr=False)
    sources: Mapping[str, Source] = field(repr=False)
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
        return tuple(dict.fromkeys([*(str(row["tier"]) for row in self.rows), *by_hour]))

    @property
    def priced_by_hour(self) -> bool:
        """Whether the standard price depends on the hour of the day."""
        return any(row.get("hours") for row in self.rows)

    def sells(self, tier: str) -> bool:
        """Whether the tier, by this word or another for it, has a rate on some day."""
        return tier in self.tiers or TIER_ALIASES.get(tier, tier) in self.tiers

    @property
    def residencies(self) -> tuple[str, ...]:
        """Regions with a rate or an uplift on record, 'global' first."""
        rows = (str(row.get("residency", GLOBAL)) for row in self.rows)
        rules = (region for rule in self._rules() for region in rule["regions"])
        return tuple(dict.fromkeys([*rows, *rules]))

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
        key = (tier, on, residency)
        if key not in self._cards:
            self._cards[key] = self._find_card(tier, on, residency)
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
        rows = self._rows_of(known)
        local = [row for row in rows if row.get("residency", GLOBAL) == residency]
        if local:
            return self._card(row_on(local, on, self.title), known, residency)
        rule = self._residency_rule(residency)
        plain = [row for row in rows if row.get("residency", GLOBAL) == GLOBAL]
        return self._card(row_on(plain, on, self.title), known, residency, rule)

    def _rows_of(self, tier: str) -> list[Row]:
        """Price sets of a tier; those of one part of the day hold at any hour."""
        if tier not in (PEAK, OFF_PEAK):
            return [row for row in self.rows if row["tier"] == tier]
        return [
            {key: value for key, value in row.items() if key != "hours"}
            for row in self.rows
            if row["tier"] == STANDARD and bool(row.get("hours")) == (tier == PEAK)
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

    def _rules(self) -> tuple[Row, ...]:
        return tuple(
            rule
            for rule in self.residency_rules
            if not rule.get("models") or self.model in rule["models"]
        )

    def _residency_rule(self, residency: str) -> Row:
        for rule in self._rules():
            if residency in rule["regions"]:
                return rule
        raise NotOfferedError(
            Problem(
                "residency",
                residency,
                f"no price for this region is on record for {self.title} at {self.provider_title}",
                f"On record: {', '.join(self.residencies)}.",
            )
        )

    def _uplifted(self, rule: Row) -> bool:
        if not rule.get("released_from") or self.model in rule.get("newer_models", ()):
            return True
        if self.released is None:
            raise NoPriceError(
                Problem(
                    "residency",
                    "",
                    f"the uplift depends on the release date of {self.title}, which is not known",
                    "Use residency 'global', or add the date with its source to the overrides.",
                )
            )
        return self.released.on >= date.fromisoformat(rule["released_from"])

    def _card(self, row: Row, tier: str, residency: str, rule: Row | None = None) -> RateCard:
        factor, note = Decimal(1), str(row.get("note", ""))
        if rule is not None:
            factor = Decimal(rule["multiplier"]) if self._uplifted(rule) else Decimal(1)
            source = self.sources[rule["source"]]
            said = f"Every rate × {factor} for residency {residency}: {source.name}."
            note = " ".join(part for part in (note, said, source.note) if part)
        return RateCard(
            offer=self,
            tier=tier,
            residency=residency,
            bands=tuple(read_band(row, band, factor, self.sources) for band in row["bands"]),
            since=day_in(row, "since"),
            until=day_in(row, "until"),
            date_basis=row.get("basis", "unknown"),
            source=self.sources[row["source"]],
            promotion_until=day_in(row, "promotion_until"),
            note=note,
        )
