"""Money in the currency a scenario is shown in, worked out in dollars."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from tco.words.money import (
    CENTS_BELOW_USD,
    cents,
    unit_price,
    usd,
    usd_cents,
    usd_change,
    usd_column,
    usd_each,
    usd_short,
)


@dataclass(frozen=True, slots=True)
class ShownMoney:
    r"""Writes dollars in another currency, at its dated rate.

    Examples
    --------
    >>> ShownMoney()(12_345.6), ShownMoney("EUR", 0.9)(-1_000.0), ShownMoney("EUR", 0.9)(0.0)
    ('$12,346', '−EUR\xa0900', 'EUR\xa00')
    """

    code: str = "USD"
    per_usd: float = 1.0

    def __call__(self, value_usd: float | None) -> str:
        """Whole money, and hundredths below 100."""
        return self._in_code(usd(None if value_usd is None else value_usd * self.per_usd))

    def short(self, value_usd: float | None) -> str:
        """Money in three figures, for a tile."""
        return self._in_code(usd_short(None if value_usd is None else value_usd * self.per_usd))

    def each(self, value_usd: float | None) -> str:
        """Unit price with its sign, inside a sentence."""
        return self._in_code(usd_each(None if value_usd is None else value_usd * self.per_usd))

    def unit_price(self, value_usd: float | None) -> str:
        """Unit price in a column headed by the currency."""
        return unit_price(None if value_usd is None else value_usd * self.per_usd)

    def to_the_cent(self, value_usd: float | None) -> str:
        """Money to the cent, where shown figures must work out by hand."""
        return self._in_code(usd_cents(None if value_usd is None else value_usd * self.per_usd))

    def apart(self, one_usd: float, other_usd: float) -> tuple[str, str]:
        """Two amounts in one sentence: to the cent where whole money does not tell them apart.

        Examples
        --------
        >>> ShownMoney().apart(250_060.4, 250_060.0), ShownMoney().apart(250.4, 900.0)
        (('$250,060.40', '$250,060.00'), ('$250', '$900'))
        """
        if one_usd != other_usd and self(one_usd) == self(other_usd):
            return self.to_the_cent(one_usd), self.to_the_cent(other_usd)
        return self(one_usd), self(other_usd)

    def moved(self, before_usd: float, after_usd: float) -> tuple[str, str, str]:
        """Two amounts and what is added: whole money where that works out by hand, else in cents.

        Examples
        --------
        >>> ShownMoney().moved(27_170.0, 40_305.0), ShownMoney().moved(45_580.21, 45_579.88)
        (('$27,170', '$40,305', '+$13,135'), ('$45,580.21', '$45,579.88', '−$0.33'))
        >>> ShownMoney().moved(27_169.6, 40_305.4)
        ('$27,169.60', '$40,305.40', '+$13,135.80')
        """
        before, after = before_usd * self.per_usd, after_usd * self.per_usd
        added = after - before
        by_hand = round(added) == round(after) - round(before)
        if by_hand and (abs(added) >= CENTS_BELOW_USD or not added):
            return self(before_usd), self(after_usd), self.change(after_usd - before_usd)
        shown = round(round(after, 2) - round(before, 2), 2)
        text = self._in_code(usd_cents(shown))
        return (
            self.to_the_cent(before_usd),
            self.to_the_cent(after_usd),
            f"+{text}" if shown > 0 else text,
        )

    def cents(self, value_usd: float) -> str:
        """Money to the cent in a column headed by the currency."""
        return cents(value_usd * self.per_usd)

    def column(
        self, amounts_usd: Sequence[float | None], sign: str = "", *, cents: bool = False
    ) -> list[str]:
        """Money of a column; shown rows add up to the shown sum.

        Without a sign where the column is headed by the currency; in whole money, and in cents
        where the sum is small, or all in cents.
        """
        amounts = [None if a is None else a * self.per_usd for a in amounts_usd]
        return usd_column(amounts, sign, cents=cents)

    def change(self, value_usd: float) -> str:
        """Money that is added or saved, its sign always shown."""
        return self._in_code(usd_change(value_usd * self.per_usd))

    @property
    def sign(self) -> str:
        """What stands before an amount."""
        return self._in_code("$")

    def amount(self, value_usd: float) -> float:
        """The amount itself [of its currency]."""
        return value_usd * self.per_usd

    @property
    def converted(self) -> "ShownMoney":
        """Writes amounts that are in its currency already."""
        return ShownMoney(self.code)

    def _in_code(self, text: str) -> str:
        return text if self.code == "USD" else text.replace("$", f"{self.code}\N{NO-BREAK SPACE}")


IN_DOLLARS: Final = ShownMoney()
