"""Servers of your own that are there already."""

from pricing.provenance import Record
from pricing.quantities import Usd, Whole, YearsUsed


class OwnedAlready(Record):
    """Servers that were bought before, for whatever use.

    What was paid for them is gone either way. Keeping them costs what they would sell for today.
    """

    servers: Whole
    """How many there are; those that the first month needs no place for are left out."""
    age_years: YearsUsed
    """How long they have been used."""
    market_usd: Usd | None = None
    """What one of them would sell for today; left out, what its age says (`residual_share`)."""
