"""Figures that others published, from the inputs they published, to the digits they printed."""

import pytest

from pricing.units import HOURS_PER_MONTH, SECONDS_PER_HOUR, SECONDS_PER_MONTH
from tco.kernel.break_even import LineBill, StairBill, volume_break_even
from tco.kernel.finance import level_payment
from tco.kernel.fleet import FleetRule
from tco.kernel.lengths import Fixed
from tco.kernel.unit_cost import break_even_utilisation, usd_per_mtok, usd_per_request
from tco.kernel.workload import ClassLoad, band_tokens


def output_usd_per_mtok(usd_per_hour, output_tokens_per_second, utilisation=1.0):
    monthly = usd_per_hour * HOURS_PER_MONTH
    capacity = output_tokens_per_second * SECONDS_PER_MONTH
    return usd_per_mtok(usd_per_request(monthly, capacity, utilisation), 1.0)


def crossing(stay, host, up_to, direction="self-hosting"):
    found = volume_break_even(stay, host, up_to)
    return [c.requests_per_month for c in found.crossings if c.direction == direction]


def owned(price_usd, running_usd):
    """A purchase that then costs a little each period; no capacity limit."""
    return StairBill(price_usd, running_usd, 0, 1_000_000, 1, 1, 0)


@pytest.mark.parametrize(
    ("tokens_per_second", "expected"),
    [(255.384, 7.5921), (8_155.066, 0.23775), (5_753.479, 0.33699)],
    ids=["R01 at 1 rps", "R02 at 200 rps", "R03 at 25 rps"],
)
def test_patil_2026_llama_8b_fp8_on_one_h100(tokens_per_second, expected):
    digits = len(str(expected).split(".")[1])
    assert round(output_usd_per_mtok(6.98, tokens_per_second), digits) == expected


def test_patil_2026_penalties_of_low_load():
    saturated = output_usd_per_mtok(6.98, 8_155.066)
    assert round(output_usd_per_mtok(6.98, 255.384) / saturated, 2) == 31.93
    assert round(output_usd_per_mtok(6.98, 5_753.479) / saturated, 4) == 1.4174


@pytest.mark.parametrize(
    ("utilisation", "expected"), [(0.1, 17.78), (0.3, 5.93), (0.6, 2.96), (0.9, 1.98)]
)
def test_inference_cost_truth_r06_llama_70b_on_two_h200(utilisation, expected):
    assert round(output_usd_per_mtok(2 * 3.59, 1_121.42, utilisation), 2) == expected


def test_inference_cost_truth_r07_needs_a_load_that_30_percent_reaches_and_10_does_not():
    month_usd, capacity = 5_169.60, 1_121.42 * 720 * SECONDS_PER_HOUR
    u = break_even_utilisation(month_usd, capacity, 15e-6)
    assert round(u * capacity) == 344_640_000
    assert 0.1 < u < 0.3
    assert round(0.3 * capacity) == 872_016_192


def test_lcpr_r12_gpt_output_price_against_one_h100():
    day_usd, day_tokens = 24 * 4.29, 1_500 * 86_400
    u = break_even_utilisation(day_usd, day_tokens, 15e-6)
    assert round(u * day_tokens / 1e6, 3) == 6.864
    assert round(u, 5) == 0.05296
    assert round(usd_per_mtok(usd_per_request(day_usd, day_tokens, 0.4), 1.0), 4) == 1.9861


@pytest.mark.parametrize(
    ("usd_per_hour", "printed"),
    [(98.32, 2_720), (62.92, 4_423), (43.16, 6_800), (39.32, 7_591)],
)
def test_lenovo_lp2368_r13_hours_until_eight_h100_are_paid(usd_per_hour, printed):
    hours = crossing(LineBill(0, usd_per_hour), owned(250_141.80, 6.37), 100_000)
    assert hours[0] == pytest.approx(printed, abs=1)  # the source rounds within one hour


@pytest.mark.parametrize(
    ("input_usd_per_mtok", "output_usd_per_mtok_", "months"),
    [(1.25, 10, 17.76), (15, 75, 2.27), (3, 15, 11.40)],
    ids=["GPT-5", "Opus 4", "Sonnet 4"],
)
def test_pan_2025_r17_llama_70b_on_one_a100(input_usd_per_mtok, output_usd_per_mtok_, months):
    mtok = 190 * 176 * SECONDS_PER_HOUR / 1e6
    api = mtok * (input_usd_per_mtok / 3 + 2 * output_usd_per_mtok_ / 3)
    electricity = 176 * 0.300 * 0.15
    found = crossing(LineBill(0, api), owned(15_000, electricity), 1_000)
    assert round(found[0], 2) == months


def test_silybench_r21_break_even_utilisation_at_its_objective():
    hour_usd, hour_requests, api_usd = 2.69, 32.258 * SECONDS_PER_HOUR, 0.178048e-3
    assert round(usd_per_request(hour_usd, hour_requests, 1.0) * 1e3, 5) == 0.02316
    u = break_even_utilisation(hour_usd, hour_requests, api_usd)
    assert round(u, 3) == 0.130
    assert round(24 * hour_usd / api_usd) == pytest.approx(362_599, abs=1)


def test_configiq_r25_capacity_of_a_replica_under_its_peak():
    rule = FleetRule(100 / 1_000, 2.0, 0.9, 1, 1, 0)
    requests_in_100_hours = rule.replica_requests * 100 / HOURS_PER_MONTH
    assert round(requests_in_100_hours * 5_000) == 81_000_000


def test_configiq_r26_blended_price_of_an_80_20_mix():
    (band,) = band_tokens([ClassLoad(1.0, Fixed(800), Fixed(200), 0.0)], [])
    usd = band.uncached_input * 1e-6 + band.output * 3e-6
    assert round(usd_per_mtok(usd, 1_000), 2) == 1.40


def test_configiq_r27_crosses_on_the_third_step():
    host = StairBill(30, 0, 100, 81_000_000, 1, 1, 0)
    found = crossing(LineBill(0, 1.40e-6), host, 400_000_000)
    assert round(found[0]) == 235_714_286
    assert 2 * 81e6 < found[0] <= 3 * 81e6


def test_configiq_r28_crosses_on_the_eighty_first_step():
    host = StairBill(80.50, 0, 99, 10e9, 1, 1, 0)
    found = crossing(LineBill(0, 0.01e-6), host, 1e12)
    assert round(found[0]) == 809_950_000_000
    assert 80 * 10e9 < found[0] <= 81 * 10e9


def test_configiq_r30_monthly_loss_of_value_of_an_l40s_server():
    assert round(float(level_payment(35_000, -0.2 * 35_000, 48, 0.0)), 2) == 583.33


def test_nvidia_r32_yearly_cost_of_a_server():
    assert 12 * level_payment(320_000, 0, 48, 0.0) + 3_000 + 4_500 == 87_500
