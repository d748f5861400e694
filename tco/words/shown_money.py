"""Money in the currency a scenario is shown in, worked out in dollars."""

from dataclasses import dataclass

from tco.words.money import usd, usd_short


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

    def _in_code(self, text: str) -> str:
        return text if self.code == "USD" else text.replace("$", f"{self.code}\N{NO-BREAK SPACE}")
