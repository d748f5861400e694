"""What is committed to with a seller of tokens, instead of paying for each token as it is used."""

from typing import Annotated

from pydantic import Field

from pricing.provenance import Record
from pricing.quantities import Months, Usd


class CommittedSpend(Record):
    """A spending that is promised, or paid ahead as credits, period after period."""

    usd_per_period: Annotated[Usd, Field(gt=0)]
    """What has to be spent on the tokens of the option in each period, at its contract prices."""
    period_months: Months = 12
    """Length of a period; one that the horizon cuts short counts in proportion."""
    prepaid: bool = False
    """Whether it is paid at the start of the period as credits, of which the rest lapses; else what
    is missing at its end is paid then."""
