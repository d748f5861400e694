"""Why a request has no price, in words and as a status.

::

    PriceError                    exit 3
    └── PriceRefusedError
        ├── UnknownModelError     unknown_model   no such provider or model
        ├── NotOfferedError       not_offered     the model is not sold that way, or not on that day
        ├── NoPriceError          not_offered     it is sold, and no rate is on record
        ├── ContextError          reject_context  the request does not fit the model
        └── ExpiredPriceError     stale           the last rate on record no longer holds
    InputError                    exit 2
    └── UsageError                reject_usage    the token counts contradict each other
"""

from typing import ClassVar, Literal

from pricing.errors import InputError, PriceError

Status = Literal[
    "priced",
    "zero_cost",
    "not_offered",
    "reject_context",
    "reject_usage",
    "unknown_model",
    "stale",
]


class PriceRefusedError(PriceError):
    """A price was asked for that the catalogue will not give."""

    status: ClassVar[Status] = "not_offered"


class UnknownModelError(PriceRefusedError):
    """The catalogue lists no such provider or model."""

    status = "unknown_model"
    code = "unknown_model"


class NotOfferedError(PriceRefusedError):
    """The seller does not sell the model in that tier, region, length or on that day."""

    code = "not_offered"


class NoPriceError(PriceRefusedError):
    """The model is sold, and no rate for that day is on record."""

    code = "no_price"


class ContextError(PriceRefusedError):
    """The request is longer than the model accepts."""

    status = "reject_context"
    code = "reject_context"


class ExpiredPriceError(PriceRefusedError):
    """The last rate on record ended, or was checked too long ago to be believed."""

    status = "stale"
    code = "stale_price"


class UsageError(InputError):
    """Token counts that cannot belong to one request."""

    status: ClassVar[Status] = "reject_usage"
    code = "usage"
