"""One quoted row: what its request costs line by line, kept as whole numbers and shared rates."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final, NamedTuple, Self

from pricing.figures import exact, exact_scaled
from pricing.provenance import Source
from pricing.quote_lines import EXACT
from pricing.refusal import Status

_encode: Final = json.JSONEncoder(ensure_ascii=False).encode


@dataclass(frozen=True, slots=True)
class LineRate:
    """What one unit of a line costs, and who says so."""

    name: str
    unit: str
    usd_per_unit: Decimal
    source: Source
    since: date | None


@dataclass(frozen=True, slots=True)
class Rates:
    """Rates of every line of many rows alike, on one scale of whole numbers."""

    band: str
    """Name of the band of length; empty where a row has no price."""
    flags: tuple[str, ...]
    lines: tuple[LineRate, ...]
    scale: int
    """Amounts are counted in 10^-scale USD."""
    whole: tuple[int, ...]
    """Rate of each line, in those."""
    texts: tuple[tuple[str, str], ...]
    """JSON of each line before its quantity, and after it up to its amount."""

    @classmethod
    def of(cls, band: str, flags: tuple[str, ...], lines: Sequence[LineRate]) -> Self:
        """Bring rates to one scale."""
        normal = [line.usd_per_unit.normalize(EXACT) for line in lines]
        scale = max([0, *(-int(rate.as_tuple().exponent) for rate in normal)])
        whole = tuple(int(rate.scaleb(scale, EXACT)) for rate in normal)
        return cls(band, flags, tuple(lines), scale, whole, tuple(_line_text(x) for x in lines))


NO_RATES: Final = Rates.of("", (), ())


class QuotedRow(NamedTuple):
    """One row of the file and its price; its lines are those of one request of `requests`."""

    id: str
    row: int
    """Line of the file; the header is line 1."""
    status: Status
    requests: int
    quantities: tuple[int, ...]
    """Of the lines of `rates`, tokens or calls."""
    rates: Rates
    reason: str
    remedy: str

    @property
    def is_priced(self) -> bool:
        """Whether the row has a price."""
        return self.status in ("priced", "zero_cost")

    @property
    def usd(self) -> Decimal | None:
        """Price of all `requests` together [USD], exact; None where there is none."""
        if not self.is_priced:
            return None
        return Decimal(self.whole_usd).scaleb(-self.rates.scale, EXACT)

    @property
    def usd_text(self) -> str | None:
        """The same as an exact decimal text."""
        return exact_scaled(self.whole_usd, self.rates.scale) if self.is_priced else None

    def json(self) -> str:
        """Row as JSON on one line; amounts are decimal strings."""
        usd = f'"{self.usd_text}"' if self.is_priced else "null"
        rates = self.rates
        lines = ", ".join(
            f'{head}{quantity}{tail}"{exact_scaled(quantity * whole, rates.scale)}"}}'
            for (head, tail), quantity, whole in zip(
                rates.texts, self.quantities, rates.whole, strict=True
            )
        )
        return (
            f'{{"id": {_encode(self.id)}, "status": "{self.status}", "usd": {usd}, '
            f'"requests": {self.requests}, "band": {_encode(rates.band or None)}, '
            f'"reason": {_encode(self.reason)}, "remedy": {_encode(self.remedy)}, '
            f'"flags": {_encode(rates.flags)}, "lines": [{lines}]}}'
        )

    @property
    def whole_usd(self) -> int:
        """Price of all `requests` together, counted in 10^-scale USD of `rates`."""
        pairs = zip(self.quantities, self.rates.whole, strict=True)
        return self.requests * sum(quantity * whole for quantity, whole in pairs)


def _line_text(line: LineRate) -> tuple[str, str]:
    fixed = {
        "unit": line.unit,
        "usd_per_unit": exact(line.usd_per_unit),
        "source": line.source.name,
        "url": line.source.url,
        "as_of": line.source.as_of,
        "since": line.since.isoformat() if line.since else None,
    }
    head = f'{{"name": {_encode(line.name)}, "quantity": '
    return head, f', {_encode(fixed)[1:-1]}, "usd": '
