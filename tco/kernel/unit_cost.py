r"""What a token costs on a machine that is paid for by the hour, and when that equals a price.

With fixed cost F of a month, capacity Q, utilisation u and cost v of each request beyond the
machines, a request costs :math:`F/(uQ) + v`. Against a price p that is equal at
:math:`u^* = F / (Q (p - v))`.
"""

import numpy as np

from pricing.units import TOKENS_PER_MTOK
from tco.kernel.arrays import Numbers


def usd_per_request(
    fixed_usd: float, capacity_requests: float, utilisation: Numbers, variable_usd: float = 0.0
) -> Numbers:
    """Cost of a request at a utilisation [USD/request]; fixed cost and capacity of one period."""
    return fixed_usd / (utilisation * capacity_requests) + variable_usd


def usd_per_mtok(usd_per_request: Numbers, tokens_per_request: float) -> Numbers:
    """Cost of a million tokens, input and output together as `tokens_per_request` counts them."""
    return usd_per_request / tokens_per_request * TOKENS_PER_MTOK


def break_even_utilisation(
    fixed_usd: Numbers, capacity_requests: Numbers, saving_per_request_usd: Numbers
) -> Numbers:
    """Utilisation at which the fixed cost equals what it saves [1]; a number, or one of each draw.

    Above 1 the machine is too dear at any load; infinite where a request saves nothing or nobody
    can run the fleet; 0 where the fixed cost is none, or is less than none by more than the
    requests of a full machine cost on top.
    """
    saving, capacity = np.asarray(saving_per_request_usd), np.asarray(capacity_requests)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        full = np.where(saving > 0, saving * capacity, 0.0)
        meet = np.maximum(0.0, fixed_usd / full)
        always = (saving <= 0) & (fixed_usd < saving * capacity)
    found = np.where(full > 0, meet, np.where(always, 0.0, np.inf))
    return np.where(np.isfinite(capacity), found, np.inf)[()]
