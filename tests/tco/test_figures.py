"""Figures as people read them: each written in one way, each close to what it stands for."""

import math
import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tco.words import figures, money

AMOUNTS = st.floats(-1e12, 1e12, allow_nan=False)


def read(text: str) -> Decimal:
    """What a reader takes a figure for, signs of units aside."""
    bare = re.sub(r"[$,%]|ms|\N{NO-BREAK SPACE}", "", text)
    return Decimal(bare.replace("\N{MINUS SIGN}", "-"))


@given(st.lists(st.floats(0, 1e7) | st.none(), max_size=20), st.booleans())
def test_a_column_of_money_adds_up_to_the_total_that_is_written_under_it(amounts, in_cents):
    known = [amount for amount in amounts if amount is not None]
    column = money.usd_column(amounts, cents=in_cents)
    total = (money.cents if in_cents else money.usd)(math.fsum(known))
    shown = [cell for cell in column if cell != figures.NOT_ESTIMATED]
    assert len(shown) == len(known)
    assert sum(map(read, shown)) == read(total)
    assert all(
        abs(float(read(cell)) - exact) <= 1 for cell, exact in zip(shown, known, strict=True)
    )


@given(AMOUNTS)
def test_money_is_within_half_of_its_last_digit_and_cents_end_at_a_hundred_dollars(amount):
    text = money.usd(amount)
    in_cents = "." in text
    assert abs(float(read(text)) - amount) <= (0.00501 if in_cents else 0.501)
    assert in_cents == (0.005 < abs(amount) < 99.995) or math.isclose(
        abs(amount), 99.995 if abs(amount) > 1 else 0.005, rel_tol=1e-9
    )


@given(AMOUNTS)
def test_a_tile_and_a_sentence_say_the_same_amount_in_fewer_digits(amount):
    short = money.usd_short(amount)
    if figures.NBSP not in short:
        assert short == money.usd(amount)


@given(st.floats(-1e15, 1e15, allow_nan=False), st.integers(2, 10))
def test_a_number_has_no_powers_of_ten_and_keeps_its_figures(value, digits):
    text = figures.number(value, digits)
    assert "e" not in text
    if abs(value) >= 1e-8:
        assert math.isclose(float(read(text)), value, rel_tol=10.0 ** (1 - digits), abs_tol=1e-300)


@given(st.floats(-1e6, 1e6, allow_nan=False))
@pytest.mark.parametrize(
    "write",
    [
        money.usd, money.usd_cents, money.usd_short, money.usd_change, money.usd_each,
        money.unit_price, figures.share, figures.share_change, figures.count, figures.whole,
        figures.number, figures.quantity, figures.milliseconds,
    ],
    ids=lambda write: write.__name__,
)  # fmt: skip
def test_a_minus_is_a_minus_and_nothing_is_never_less_than_nothing(write, value):
    text = write(value)
    assert "-" not in text
    assert text.startswith(("−", "+")) or "−" not in text
    if text.startswith("−"):
        assert value < 0
        assert re.search("[1-9]", text)


@given(st.floats(-3, 3, allow_nan=False))
def test_a_share_is_in_percent_with_one_space_and_two_digits_at_least(value):
    text = figures.share(value)
    assert re.fullmatch(r"−?\d+(\.\d)?\N{NO-BREAK SPACE}%", text)
    assert abs(float(read(text)) / 100 - value) <= 0.00501


@given(st.floats(0.9, 1 - 1e-8))
def test_nearly_all_is_never_written_as_all(value):
    assert not figures.share(value).startswith("100")
    assert figures.share(1).startswith("100")


@pytest.mark.parametrize("noun", ["month", "time", "replica", "token"])
def test_one_is_singular_and_every_other_number_is_plural(noun):
    assert figures.plural(1, noun) == f"1 {noun}"
    for number in (0, 2, 11, 1_001):
        assert figures.plural(number, noun).endswith(f" {noun}s")


def test_what_nobody_knows_is_named_and_never_zero():
    for write in (money.usd, money.usd_short, money.usd_change, money.unit_price,
                  money.usd_each, figures.quantity):  # fmt: skip
        assert write(None) == "not estimated"
        assert write(0.0) != "not estimated"
    assert figures.share(None) == "—"
    assert figures.band(0.1, None) == "—"
