"""What a token costs, and the utilisation at which a machine costs what it saves."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tco.kernel.unit_cost import break_even_utilisation, usd_per_mtok, usd_per_request

amounts = st.floats(1e-3, 1e6)


@given(amounts, amounts, amounts, st.floats(0, 100))
def test_at_the_break_even_utilisation_a_request_costs_what_it_costs_elsewhere(
    fixed, capacity, saving, variable
):
    at = break_even_utilisation(fixed, capacity, saving)
    own = usd_per_request(fixed, capacity, at, variable)
    assert own == pytest.approx(saving + variable)
    assert usd_per_mtok(own, 500.0) == pytest.approx(own * 2_000)


@given(
    st.lists(st.tuples(*[st.floats(-1e6, 1e6, allow_subnormal=False)] * 3), min_size=1, max_size=6)
)
def test_the_break_even_utilisation_of_draws_is_that_of_each_draw(draws):
    fixed, capacity, saving = np.array(draws).T
    found = break_even_utilisation(fixed, np.maximum(0.0, capacity), saving)
    alone = [break_even_utilisation(f, max(0.0, c), s) for f, c, s in draws]
    assert found.tolist() == alone


@pytest.mark.parametrize(
    ("fixed", "capacity", "saving", "expected"),
    [
        (10.0, 100.0, 0.2, 0.5),
        (10.0, 100.0, 0.0, math.inf),
        (10.0, 100.0, -0.1, math.inf),
        (10.0, 0.0, 0.2, math.inf),
        (math.inf, math.nan, 0.2, math.inf),
        (0.0, 100.0, 0.2, 0.0),
        (-10.0, 100.0, 0.2, 0.0),
        (-10.0, 100.0, 0.0, 0.0),
        (-10.0, 100.0, -0.05, 0.0),  # a full machine's requests cost 5 more, and the rest 10 less
        (-10.0, 100.0, -0.2, math.inf),
    ],
)
def test_a_machine_that_saves_nothing_never_breaks_even(fixed, capacity, saving, expected):
    assert break_even_utilisation(fixed, capacity, saving) == expected
