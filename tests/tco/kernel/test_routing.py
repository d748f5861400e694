from hypothesis import given
from hypothesis import strategies as st

from tco.kernel.routing import Split, cost_tier, evaluation, fallback, private_first, specialist

shares = st.floats(0, 1)


@given(shares, shares, shares)
def test_nobody_is_left_without_an_answer(a, b, c):
    """Whatever the shares, both sides together answer each request once at least."""
    splits = [
        private_first(a, b, c),
        cost_tier(a, b, local_is_cheap=True),
        cost_tier(a, b, local_is_cheap=False),
        evaluation(a, b),
        fallback(a, b, local_is_reserve=True),
        fallback(a, b, local_is_reserve=False),
        specialist(a, b),
    ]
    for split in splits:
        assert split.local + split.api >= 1 - 1e-12
        assert 0 <= split.local <= split.sized_for + 1e-12 <= 2 + 1e-12
        assert 0 <= split.api <= 2


@given(shares, shares)
def test_only_repeated_work_makes_more_than_one_answer(a, b):
    assert cost_tier(a, 0.0, local_is_cheap=True) == Split(local=a, api=1 - a)
    assert private_first(a, 0.0, b).local + private_first(a, 0.0, b).api == 1
    assert specialist(a, 1.0).local + specialist(a, 1.0).api == 1
    split = fallback(a, b, local_is_reserve=True)
    assert abs(split.local + split.api - 1) < 1e-12


@given(shares, shares)
def test_the_cheap_side_may_be_either(a, b):
    one, other = cost_tier(a, b, local_is_cheap=True), cost_tier(a, b, local_is_cheap=False)
    assert (one.local, one.api) == (other.api, other.local)


def test_a_reserve_is_sized_for_the_outage_not_for_its_mean():
    split = fallback(0.01, 0.6, local_is_reserve=True)
    assert split.sized_for == 0.6
    assert fallback(0.01, 0.6, local_is_reserve=False).sized_for == 1.0
