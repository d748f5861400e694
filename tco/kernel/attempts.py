r"""Answers that are not accepted are tried again: how many tries, how many are accepted in the end.

With acceptance rate q and up to r retries, tries are independent:

.. math:: \text{accepted} = 1 - (1 - q)^{r+1}, \qquad
          \text{tries} = \sum_{k=0}^{r} (1 - q)^k = \frac{1 - (1 - q)^{r+1}}{q}
"""


def accepted_share(acceptance_rate: float, retries: int) -> float:
    """Share of requests that end with an accepted answer [1].

    Examples
    --------
    >>> accepted_share(0.8, 0), round(accepted_share(0.8, 2), 3)
    (0.8, 0.992)
    """
    return 1 - (1 - acceptance_rate) ** (retries + 1)


def tries_per_request(acceptance_rate: float, retries: int) -> float:
    """Mean tries of a request, the first one included [1].

    Examples
    --------
    >>> tries_per_request(0.8, 0), round(tries_per_request(0.8, 2), 3), tries_per_request(1.0, 5)
    (1.0, 1.24, 1.0)
    """
    return sum((1 - acceptance_rate) ** k for k in range(retries + 1))
