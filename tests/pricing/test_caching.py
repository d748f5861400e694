"""Cache economics: shares from rates and conversations."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pricing.caching import (
    cached_tokens,
    conversation,
    conversation_share,
    hit_probability,
    machines,
    prefix_share,
)
from pricing.errors import InputError


@pytest.mark.parametrize(
    ("prompt", "read"), [(1_023, 0), (1_024, 1_024), (1_151, 1_024), (1_152, 1_152), (2_006, 1_920)]
)
def test_a_read_is_a_whole_number_of_128_from_1024_on(prompt, read):
    assert cached_tokens(prompt) == read


@pytest.mark.parametrize("renewed", [True, False])
def test_the_hit_rate_agrees_with_simulated_arrivals(renewed):
    """The oracle draws arrivals and walks through them; it knows neither formula."""
    rng = np.random.default_rng(7)
    rate, lifetime = 0.3, 4.0
    arrivals = np.cumsum(rng.exponential(1 / rate, 200_000))
    expires, hits = -math.inf, 0
    for moment in arrivals:
        if moment <= expires:
            hits += 1
            if renewed:
                expires = moment + lifetime
        else:
            expires = moment + lifetime
    simulated = hits / len(arrivals)
    assert hit_probability(rate, lifetime, renewed_by_use=renewed) == pytest.approx(
        simulated, abs=0.005
    )


def test_a_busy_prefix_is_spread_over_machines_each_with_its_share_of_the_rate():
    assert [machines(rate) for rate in (0.1, 15, 15.1, 60)] == [1, 1, 2, 4]
    spread = prefix_share(2_048, 4_096, requests_per_minute=16, lifetime_minutes=0.05)
    alone = hit_probability(8, 0.05) / 2
    assert spread == pytest.approx(alone)


def test_a_prefix_may_be_the_whole_input():
    assert prefix_share(2_048, 2_048.0, requests_per_minute=15, lifetime_minutes=60) == 1.0


def test_a_prefix_longer_than_the_input_is_refused():
    with pytest.raises(InputError, match="mean input"):
        prefix_share(5_000, 4_096, requests_per_minute=1, lifetime_minutes=5)


@pytest.mark.parametrize("bad", [0.0, -1.0, math.nan, math.inf])
def test_a_rate_that_is_no_rate_is_refused(bad):
    with pytest.raises(InputError, match="requests_per_minute"):
        hit_probability(bad, 5)


def test_a_conversation_by_hand():
    turns = conversation(system_tokens=1_000, growth_tokens_per_turn=600, turns=4)
    assert [turn.input_tokens for turn in turns] == [1_600, 2_200, 2_800, 3_400]
    assert [turn.cached_tokens for turn in turns] == [0, 1_536, 2_176, 2_688]
    assert conversation_share(turns) == 6_400 / 10_000


@given(st.integers(1_024, 9_000), st.integers(1, 3_000), st.integers(2, 60))
@settings(database=None)
def test_a_conversation_reads_all_but_its_newest_turn_to_within_one_step_a_turn(
    system, growth, turns
):
    found = conversation(system_tokens=system, growth_tokens_per_turn=growth, turns=turns)
    total = sum(turn.input_tokens for turn in found)
    ideal = sum(turn.input_tokens for turn in found[:-1]) / total
    assert ideal - 128 * (turns - 1) / total < conversation_share(found) <= ideal
