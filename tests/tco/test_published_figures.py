"""Ownership figures of others, and the errors their pages print, against our arithmetic."""

from dataclasses import replace
from pathlib import Path

import pytest

from hardware_profiles.memory import memory_fit, quickest_token_ms, require_fit
from pricing.errors import InputError
from pricing.units import HOURS_PER_MONTH, SECONDS_PER_HOUR, SECONDS_PER_MONTH
from tco.answer.evaluation import evaluate
from tco.facts.data import Data
from tco.kernel.break_even import LineBill, StairBill, cheaper_for_good_from, volume_break_even
from tco.kernel.finance import level_payment
from tco.kernel.fleet import FleetRule
from tco.kernel.lengths import Fixed
from tco.kernel.unit_cost import break_even_utilisation, usd_per_mtok, usd_per_request
from tco.kernel.workload import ClassLoad, band_tokens
from tco.question.files import changed
from tco.question.terms import Finance
from tests.tco.published_figures import SEMIANALYSIS, owned_per_gpu_hour, semianalysis_table

PAGE = (Path(__file__).parents[2] / "docs" / "published-figures.md").read_text(encoding="utf-8")
DATA = Data.shipped()
AT_COST = Finance(discount_rate=0.0)


def output_usd_per_mtok(usd_per_hour, tokens_per_second, utilisation=1.0):
    month, capacity = usd_per_hour * HOURS_PER_MONTH, tokens_per_second * SECONDS_PER_MONTH
    return usd_per_mtok(usd_per_request(month, capacity, utilisation), 1.0)


# Ownership


@pytest.mark.parametrize("server", SEMIANALYSIS)
def test_what_a_gpu_hour_costs_its_owner_is_within_a_tenth_of_semianalysis(server):
    """Their neocloud figure; the hyperscaler's is cheaper by its prices and power."""
    hyperscaler, neocloud = SEMIANALYSIS[server]
    ours = sum(owned_per_gpu_hour(DATA, server).values())
    assert ours == pytest.approx(neocloud, rel=0.10)
    assert ours > hyperscaler


def test_the_page_shows_the_table_the_product_computes():
    assert semianalysis_table(DATA) in PAGE


def test_lenovo_s_five_years_of_eight_h100_are_reproduced():
    """12.08 USD an hour: 250,141.80 over 43,800 hours and 6.37 of running cost."""
    capital = float(level_payment(250_141.80, 0.0, 60, 0.0)) / HOURS_PER_MONTH
    assert round(capital + 6.37, 2) == 12.08
    assert round((capital + 6.37) / 8, 2) == 1.51
    assert round(3.42 + 0.87 + 2.08, 2) == 6.37
    assert f"{capital:.2f}" in PAGE


def test_our_own_recomputation_of_lenovo_s_server_is_dearer_by_its_power_and_space():
    parts = owned_per_gpu_hour(
        DATA,
        "lenovo/8x-h100",
        AT_COST,
        useful_life_years=5.0,
        residual_share=0.0,
        hardware_support_per_year=0.12,
    )
    hour = {key: 8 * usd for key, usd in parts.items()}
    assert hour["support"] == pytest.approx(3.42, abs=0.01)  # Lenovo's 12 % a year
    assert hour["electricity"] == pytest.approx(1.06, abs=0.01)  # Lenovo says 0.87
    assert hour["colocation"] == pytest.approx(2.74, abs=0.01)  # Lenovo says 2.08
    assert sum(hour.values()) == pytest.approx(12.93, abs=0.01)


def test_the_worked_check_of_an_open_market_h200_server_is_reproduced():
    """(370,000 + 111,000 + 27,700 + 72,000) USD over three years: 2.76 a GPU-hour."""
    parts = owned_per_gpu_hour(
        DATA, "market/8x-h200", AT_COST, useful_life_years=3.0, residual_share=0.0
    )
    hours = 36 * HOURS_PER_MONTH * 8
    assert parts["capital"] * hours == pytest.approx(370_000)
    assert parts["support"] * hours == pytest.approx(111_000)
    assert parts["electricity"] * hours == pytest.approx(27_700, rel=0.01)
    assert parts["colocation"] * hours == pytest.approx(72_000, rel=0.01)
    assert round(sum(parts.values()), 2) == 2.76


# Errata: each kind of error, caught


def test_e3_output_and_total_tokens_are_never_set_against_each_other():
    usd = usd_per_request(6.98 * HOURS_PER_MONTH, 8_155.066 / 256 * SECONDS_PER_MONTH, 1.0)
    assert round(usd_per_mtok(usd, 256), 4) == 0.2378
    assert round(usd_per_mtok(usd, 512 + 256), 4) == 0.0793


def test_e4_a_crossing_beyond_what_the_machine_carries_is_not_one():
    """One H100 at 2.99 USD, 40 % of 1,500 token/s, 0.90 USD/Mtok: printed "month 7 to 8"."""
    rule = FleetRule(1_500.0, 1.0, 0.4, 1, 1, 0)  # in tokens for requests
    assert round(rule.replica_requests / HOURS_PER_MONTH * 24 / 1e6, 2) == 51.84
    assert round(output_usd_per_mtok(2.99, 1_500, 0.4), 3) == 1.384
    month = 2.99 * HOURS_PER_MONTH
    naive = month / 0.90e-6 / HOURS_PER_MONTH * 24
    assert round(naive / 1e6, 1) == 79.7  # above 51.84 M a day
    host = StairBill(0, 0, month, rule.replica_requests, 1, 1, 0)
    stay = LineBill(0, 0.90e-6)
    assert volume_break_even(stay, host, 1_000 * rule.replica_requests).crossings == ()
    assert cheaper_for_good_from(stay, host) is None


def test_e5_utilisation_belongs_to_capacity_and_not_to_the_volume():
    month, api = 5_169.60, 15e-6
    for capacity in (1e9, 3e9):
        assert break_even_utilisation(month, capacity, api) * capacity == pytest.approx(month / api)


def test_e6_the_prompt_is_part_of_what_the_api_costs():
    load = ClassLoad(1.0, Fixed(800.0), Fixed(400.0), 0.25)
    (band,) = band_tokens([load], [])
    whole = (band.uncached_input * 2.5 + band.cached_input * 0.25 + band.output * 15) / 1e6
    output_only = band.output * 15 / 1e6
    month, capacity = 8_000.0, 5e6
    assert break_even_utilisation(month, capacity, whole) < break_even_utilisation(
        month, capacity, output_only
    )


def test_e8_power_that_the_machine_cannot_mean_shows_in_kilowatts():
    """0.87 USD an hour at 0.12 + 0.18 USD/kWh is 2.9 kW for eight H100 of 10.2."""
    implied = 0.87 / (0.12 + 0.18)
    server = DATA.library.purchase("lenovo/8x-h100")
    assert implied == pytest.approx(2.9)
    assert implied < 0.3 * server.max_power_kw
    assert pytest.approx(9.7) == 2.91 / (0.12 + 0.18)


def test_e9_lenovo_s_b300_hour_is_23_14_and_not_23_19():
    capital = float(level_payment(461_567.50, 0.0, 60, 0.0)) / HOURS_PER_MONTH
    assert round(capital + 12.60, 2) == 23.14


@pytest.mark.parametrize(
    ("usd_per_hour", "tokens_per_second", "printed", "right"),
    [(2.50, 50, 0.14, 13.89), (2 * 2.99, 890, 1.84, 1.87)],
    ids=["E11 peakinfer, a factor of 100", "E13 Runpod, rounding"],
)
def test_unit_costs_follow_from_price_and_speed(usd_per_hour, tokens_per_second, printed, right):
    assert round(output_usd_per_mtok(usd_per_hour, tokens_per_second), 2) == right != printed


def test_e14_e21_cached_tokens_are_a_part_of_the_prompt_never_added_to_it():
    load = ClassLoad(1.0, Fixed(10_000.0), Fixed(1_000.0), 0.8)
    (band,) = band_tokens([load], [])
    assert band.uncached_input + band.cached_input == 10_000
    cost = (band.uncached_input * 2.5 + band.cached_input * 0.25 + band.output * 15) / 1e6
    assert cost == pytest.approx(0.0220)  # 0.0400 without the cache, 0.0420 counted twice


def test_e15_e22_the_row_of_long_prompts_is_not_the_standard_price(plain_scenario, plain_data):
    cell = DATA.catalogue.offer("openai", "gpt-5.4").rate_card(
        "standard", on=plain_scenario.prices_on
    )
    assert [float(band.input_usd_per_mtok) for band in cell.bands] == [2.5, 5.0]
    short = evaluate(plain_scenario, plain_data).alternatives[0]
    assert [line.unit_price_usd for line in short.lines[:2]] == [2.5, 15.0]
    assert 12_500 / 500 > 15.0  # 25 USD/Mtok: above even the output price
    assert 0.15 * 500 == 75
    assert 8 * 2 * HOURS_PER_MONTH == 11_680


def test_e16_e17_all_experts_of_a_mixture_stay_in_memory():
    scout, maverick = (DATA.library.model(f"Llama 4 {name}") for name in ("Scout", "Maverick"))
    assert scout.weights_gb("bf16") == pytest.approx(218, rel=0.02)
    assert maverick.weights_gb("bf16") == pytest.approx(800, rel=0.02)
    small = DATA.library.accelerator("A100 40GB")
    assert not memory_fit(scout, "int4", small, 1).fits  # 54.5 GB of weights alone
    with pytest.raises(InputError, match="weights"):
        require_fit(scout, "int4", small, 1)
    assert memory_fit(maverick, "bf16", DATA.library.accelerator("H100 SXM"), 8).fits is False


def test_e18_no_sequence_is_quicker_than_memory_can_be_read():
    """Llama 3 8B in bf16 on one H100: about 209 token/s, 6,000 were printed."""
    model, gpu = DATA.library.model("Llama 3.1 8B"), DATA.library.accelerator("H100 SXM")
    ceiling = 1_000 / quickest_token_ms(model, "bf16", gpu, 1)
    assert 195 < ceiling < 215
    assert ceiling < 6_000


def test_e19_one_stream_is_not_what_a_server_carries():
    """NVIDIA NIM, Llama 3.3 70B: 51.67 token/s alone, 920.9 at 150 at once."""
    alone, batched = output_usd_per_mtok(4.0, 51.67), output_usd_per_mtok(4.0, 920.9)
    assert alone / batched == pytest.approx(17.8, abs=0.05)


def test_a_record_quicker_than_the_machine_is_never_shipped():
    for record in DATA.library.calibrations.values():
        model = DATA.library.model(record.model)
        gpu = DATA.library.accelerator(record.accelerator)
        least = quickest_token_ms(model, record.precision, gpu, record.gpus_per_replica)
        assert record.parameters.a_ms > 0.3 * least, record.id


def test_every_erratum_of_the_page_has_its_test():
    tested = {
        part.upper()
        for name in globals()
        if name.startswith("test_e")
        for part in name.split("_")
        if part[:1] == "e" and part[1:].isdigit()
    } | {"E11", "E13"}
    listed = {line.split("|")[1].strip() for line in PAGE.splitlines() if line.startswith("| E")}
    assert listed == tested


def test_a_kind_of_error_cannot_enter_a_scenario(plain_scenario):
    """Shares as percents, prices of the wrong size and unknown keys are refused by name."""
    for changes, words in (
        ({"workload.classes.0.cached_share": 25.0}, "cached_share"),
        ({"self_hosted.0.usd_per_gpu_hour": 0.001}, "usd_per_gpu_hour"),
        ({"finance.discount_rate": 8.0}, "discount_rate"),
    ):
        with pytest.raises(InputError, match=words):
            changed(plain_scenario, changes)


def test_the_errors_would_have_moved_the_answer(plain_scenario, plain_data):
    """A server taken as one stream, as E19 does, turns the verdict's threshold upside down."""
    record = plain_data.library.calibration("plain")
    alone = record.model_copy(
        update={"limits": record.limits.model_copy(update={"max_num_seqs": 1})}
    )
    single = replace(plain_data, library=replace(plain_data.library, calibrations={"plain": alone}))
    batched = evaluate(plain_scenario, plain_data).break_even("self-hosted/rented")
    streamed = evaluate(plain_scenario, single).break_even("self-hosted/rented")
    assert batched.utilisation.value < 1
    assert streamed.utilisation.value is None
    assert streamed.utilisation.reason.kind == "dear"
    assert SECONDS_PER_HOUR == 3_600
