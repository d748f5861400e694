"""What is written to a prompt cache is billed where its seller charges for that."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tco.answer.evaluation import evaluate
from tco.question.files import changed, scenario_from

PLAIN = {
    "name": "Cached",
    "prices_on": "2026-11-24",
    "workload": {
        "requests_per_month": 1_000_000.0,
        "classes": [
            {
                "name": "only",
                "input": {"kind": "fixed", "tokens": 60_000.0},
                "output": {"kind": "fixed", "tokens": 600.0},
                "cached_share": 0.93,
            }
        ],
    },
    "baseline": {"provider": "openai", "model": "gpt-5.6-terra"},
}


def tokens_usd(scenario):
    bill = evaluate(scenario).alternatives[0]
    return sum(line.cost_usd for line in bill.lines if line.group == "tokens")


def test_what_the_cache_did_not_hold_is_written_at_the_published_rate():
    """55,800 Mtok read at 0.20, 4,200 written at 2.50, 600 out at 12: 11,160 + 10,500 + 7,200."""
    assert tokens_usd(scenario_from(PLAIN)) == pytest.approx(28_860, rel=1e-12)


def test_nothing_is_written_where_caching_is_off_or_the_seller_does_not_charge():
    off = changed(scenario_from(PLAIN), {"workload.classes.0.cached_share": 0.0})
    assert tokens_usd(off) == pytest.approx(60_000 * 2 + 600 * 12, rel=1e-12)
    free = changed(scenario_from(PLAIN), {"baseline.model": "gpt-5.4"})
    names = [line.name for line in evaluate(free).alternatives[0].lines]
    assert not any("write" in name for name in names)


@given(st.floats(0.0, 1.0), st.floats(0.01, 0.99))
def test_the_bill_is_that_of_its_reads_writes_and_rest(written, cached):
    asked = changed(
        scenario_from(PLAIN),
        {
            "workload.classes.0.cached_share": cached,
            "workload.classes.0.cache_written_share": written,
        },
    )
    rest = 60_000 * (1 - cached)
    by_hand = 60_000 * cached * 0.2 + rest * (written * 2.5 + (1 - written) * 2) + 600 * 12
    assert tokens_usd(asked) == pytest.approx(by_hand, rel=1e-9)


def test_a_lifetime_has_its_own_rate_and_one_that_is_not_sold_is_refused():
    sonnet = {"provider": "anthropic", "model": "claude-sonnet-4-5"}
    short = tokens_usd(changed(scenario_from(PLAIN), {"baseline": sonnet}))
    kept = {"baseline": sonnet | {"cache_lifetime": "1h"}}
    long = tokens_usd(changed(scenario_from(PLAIN), kept))
    assert long - short == pytest.approx(4_200 * (6 - 3.75), rel=1e-9)
