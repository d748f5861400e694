import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tco.kernel.attempts import accepted_share, tries_per_request

rates = st.floats(0.001, 1)
retries = st.integers(0, 10)


@given(rates, retries)
def test_every_accepted_answer_costs_one_over_the_rate_in_tries(rate, most):
    """Wald: tries times the rate is what is accepted, whatever the number of retries."""
    assert tries_per_request(rate, most) * rate == pytest.approx(accepted_share(rate, most))


@given(rates, retries)
def test_more_retries_never_accept_less_and_never_take_fewer_tries(rate, most):
    assert accepted_share(rate, most + 1) >= accepted_share(rate, most)
    assert tries_per_request(rate, most + 1) >= tries_per_request(rate, most)
    assert 1 <= tries_per_request(rate, most) <= most + 1


def test_a_hundred_thousand_played_requests_agree():
    rng = np.random.default_rng(3)
    accepted = rng.random((100_000, 4)) < 0.6
    first = np.where(accepted.any(axis=1), accepted.argmax(axis=1) + 1, 4)
    assert tries_per_request(0.6, 3) == pytest.approx(first.mean(), rel=0.01)
    assert accepted_share(0.6, 3) == pytest.approx(accepted.any(axis=1).mean(), rel=0.01)
