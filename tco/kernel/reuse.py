r"""What the memory of a replica still holds of a prompt when it is asked for again.

What no running request needs is overwritten, the longest unused first. An item that nobody asks for
is gone after the characteristic time :math:`T` in which that memory is written anew, and a prompt
that comes back at random, on average after :math:`\tau`, is found with probability
:math:`1 - e^{-T/\tau}` (Che, Tung and Wang, *IEEE JSAC* 20(7), 2002; Fricker, Robert and Roberts,
*ITC 24*, 2012). Where requests go to any of :math:`R` replicas alike, each sees the prompt again
only after :math:`R\,\tau`.
"""

import math

import numpy as np

from tco.kernel.request_mix import EngineLimits, RequestMix


def kept_s(
    limits: EngineLimits, mix: RequestMix, requests_per_second: float, running: float
) -> float:
    r"""Time in which a replica overwrites the memory that no running request needs [s].

    With :math:`N` requests running at a mean context of :math:`C` tokens,
    :math:`(M - N C) / (\lambda (P + O))`: prefilled and decoded tokens are written.

    Parameters
    ----------
    requests_per_second
        That one replica answers [request/s].
    running
        Requests that run at once on it.
    """
    held = running * float(np.asarray(mix.context_tokens))
    free = max(0.0, float(np.asarray(limits.kv_tokens)) - held)
    each = float(np.asarray(mix.prefill_tokens)) + float(np.asarray(mix.output_tokens))
    return free / (requests_per_second * each)


def found_again(kept_s: float, reuse_s: float, replicas: float) -> float:
    """Probability that a prompt that comes back is still held where it arrives [1].

    Parameters
    ----------
    kept_s
        How long a replica holds what nobody asks for [s].
    reuse_s
        Mean time until the prompt is sent again [s].
    replicas
        Replicas that it may reach; 1 where it is sent to the one that holds it.

    Examples
    --------
    >>> round(found_again(60.0, 60.0, 1), 4), round(found_again(60.0, 60.0, 4), 4)
    (0.6321, 0.2212)
    """
    return -math.expm1(-kept_s / (reuse_s * replicas))
