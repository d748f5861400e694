"""Commitments: a fee for a term, an amount included, a discount, and the price of what is over."""

from dataclasses import dataclass
from decimal import Decimal

from pricing.errors import InputError, Problem


@dataclass(frozen=True, slots=True)
class Commitment:
    """A contract on token spend; such prices are not public, so every part is an input."""

    fee_usd_per_month: Decimal
    term_months: int
    included_usd_per_month: Decimal = Decimal(0)
    """List-price spend that the fee covers each month."""
    discount: Decimal = Decimal(0)
    """Share off the list price of what the fee does not cover."""
    overage_multiple: Decimal = Decimal(1)
    """Price of spend beyond the included amount over the discounted list price."""

    def __post_init__(self) -> None:
        money = ("fee_usd_per_month", "included_usd_per_month", "overage_multiple")
        problems = [
            Problem(name, str(getattr(self, name)), "must be 0 or more", "Write it without a sign.")
            for name in money
            if not getattr(self, name) >= 0
        ]
        if not 0 <= self.discount <= 1:
            hint = "Give a share: 0.15 for 15 %."
            problems.append(Problem("discount", str(self.discount), "must be from 0 to 1", hint))
        if self.term_months < 1:
            hint = "Give the months of the contract."
            problems.append(
                Problem("term_months", str(self.term_months), "must be 1 or more", hint)
            )
        if problems:
            raise InputError(*problems)

    def bill_usd(self, list_usd: Decimal) -> Decimal:
        """Bill of one month whose tokens cost `list_usd` at list prices [USD].

        Examples
        --------
        >>> terms = Commitment(Decimal(8_000), 12, Decimal(10_000), Decimal("0.1"))
        >>> terms.bill_usd(Decimal(4_000)), terms.bill_usd(Decimal(15_000))
        (Decimal('8000.0'), Decimal('12500.0'))
        """
        over = max(Decimal(0), list_usd - self.included_usd_per_month)
        return self.fee_usd_per_month + over * (1 - self.discount) * self.overage_multiple

    def cheaper_span_usd(self) -> tuple[Decimal, Decimal | None] | None:
        """Span of monthly list-price spend in which the commitment costs less [USD].

        Returns
        -------
        tuple of Decimal, or None
            Lower and upper end; an upper end of None is "for good", None is "never".

        Examples
        --------
        >>> Commitment(Decimal(8_000), 12, Decimal(10_000)).cheaper_span_usd()
        (Decimal('8000'), None)
        """
        fee, included = self.fee_usd_per_month, self.included_usd_per_month
        rate = (1 - self.discount) * self.overage_multiple
        if fee < included:
            upper = (rate * included - fee) / (rate - 1) if rate > 1 else None
            return fee, upper
        if rate >= 1:
            return None
        return (fee - rate * included) / (1 - rate), None

    def term_usd(self, list_usd_by_month: tuple[Decimal, ...]) -> Decimal:
        """Bill of a whole term; months after the last one given still owe the fee [USD]."""
        idle = max(0, self.term_months - len(list_usd_by_month)) * self.fee_usd_per_month
        return sum((self.bill_usd(usd) for usd in list_usd_by_month), Decimal(idle))
