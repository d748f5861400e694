"""Which requests of a hybrid go where: per request of the company, how many each side answers.

Every rule is a split: requests on the own servers, calls of the API, and what else a request
brings, per request of the workload. A request may touch both sides, so they need not add up to 1.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Split:
    """What one request of the workload becomes."""

    local: float
    """Requests on the own servers [request/request]."""
    api: float
    """Calls of the API, in whole requests of the same mix [request/request]."""
    reviews: float = 0.0
    """Answers read by a person [review/request]."""
    reserve: float = 0.0
    """Load for which the own servers are sized though it comes only in outages [1]."""

    @property
    def sized_for(self) -> float:
        """Load the own fleet must be able to carry, over the load of the workload [1]."""
        return max(self.local, self.reserve)


def private_first(sensitive: float, escalated: float, summary: float) -> Split:
    """Sensitive requests stay local; the rest, and a summary of some sensitive ones, do not.

    Parameters
    ----------
    sensitive
        Share of requests that may not leave [1].
    escalated
        Share of those of which a summary is sent to the API [1].
    summary
        Cost of the API's answer to a summary over that of a whole request [1].

    Examples
    --------
    >>> private_first(0.5, 0.5, 0.25)
    Split(local=0.5, api=0.5625, reviews=0.0, reserve=0.0)
    """
    return Split(local=sensitive, api=(1 - sensitive) + sensitive * escalated * summary)


def cost_tier(cheap: float, misrouted: float, *, local_is_cheap: bool) -> Split:
    """A share goes to the cheap side; what was misrouted is answered again on the dear one.

    Examples
    --------
    >>> cost_tier(0.75, 0.25, local_is_cheap=True)
    Split(local=0.75, api=0.4375, reviews=0.0, reserve=0.0)
    """
    dear = (1 - cheap) + cheap * misrouted
    return Split(local=cheap, api=dear) if local_is_cheap else Split(local=dear, api=cheap)


def evaluation(compared: float, reviewed: float) -> Split:
    """The API answers everything; a share runs on both sides, and people read a share of that.

    Examples
    --------
    >>> evaluation(0.25, 0.5)
    Split(local=0.25, api=1.0, reviews=0.125, reserve=0.0)
    """
    return Split(local=compared, api=1.0, reviews=compared * reviewed)


def fallback(outage: float, reserved: float, *, local_is_reserve: bool) -> Split:
    """One side answers; the other takes over for the share of time it is out.

    Parameters
    ----------
    outage
        Share of time in which the first side does not answer [1].
    reserved
        Share of the load that the reserve takes over [1]; the rest waits for the first side.

    Examples
    --------
    >>> fallback(0.25, 0.5, local_is_reserve=True)
    Split(local=0.125, api=0.875, reviews=0.0, reserve=0.5)
    """
    moved = outage * reserved
    if local_is_reserve:
        return Split(local=moved, api=1 - moved, reserve=reserved)
    return Split(local=1 - moved, api=moved, reserve=1.0)


def specialist(share: float, accepted: float) -> Split:
    """A fine-tuned model answers a share; what is not accepted is answered again by the API.

    Examples
    --------
    >>> specialist(0.5, 0.75)
    Split(local=0.5, api=0.625, reviews=0.0, reserve=0.0)
    """
    return Split(local=share, api=(1 - share) + share * (1 - accepted))
