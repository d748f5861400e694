"""The data files: whole, sourced, and refused with every fault at once."""

import csv
import json
import re
import shutil
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import pytest

from hardware_profiles import Library
from hardware_profiles.assumption import AssumptionKey
from hardware_profiles.model_config import model_of_config
from hardware_profiles.record_digest import with_digest
from pricing.errors import InputError
from tests.hardware_profiles.network_configs import GEMMA_26B, GEMMA_31B, MUSE_GLIMMER

DIMENSIONS = {
    "layers", "hidden", "attention_heads", "kv_heads", "head_dim", "experts", "experts_active",
    "moe_layers", "params_total", "params_active", "kv_growing_elements_per_token",
    "kv_local_elements_per_token", "kv_local_cap_tokens",
}  # fmt: skip


DATA = Path(str(files("hardware_profiles") / "data"))


@pytest.fixture(scope="module")
def library():
    return Library.load()


@pytest.fixture
def copied_data(tmp_path):
    return Path(shutil.copytree(DATA, tmp_path / "data"))


def test_the_models_have_exactly_the_names_that_scenarios_use(library):
    assert list(library.models) == [
        "Llama 3.1 8B",
        "Llama 3.1 70B",
        "Llama 3.3 70B",
        "Llama 3.1 405B",
        "Llama 4 Scout",
        "Llama 4 Maverick",
        "gpt-oss-120b",
        "gpt-oss-20b",
        "MiniMax-M2.5",
        "Kimi-K2.5",
        "Qwen3-235B-A22B",
        "Qwen3 32B",
        "Qwen3 30B A3B",
        "Kimi-K2.6",
        "Gemma 4 31B",
        "Gemma 4 26B A4B",
        "Muse Glimmer 30B",
    ]


@pytest.mark.parametrize(
    ("name", "total", "active"),
    [
        ("Qwen3 32B", 32.8, 32.8),
        ("Qwen3 30B A3B", 30.5, 3.3),
        ("Kimi-K2.6", 1_026, 32.7),
        ("Gemma 4 31B", 30.7, 30.7),
        ("Gemma 4 26B A4B", 25.2, 3.8),
    ],
)
def test_parameters_are_those_of_the_maker_s_card(library, name, total, active):
    """In billions, as the card prints them; of Kimi's 1 T and 32 B the text model is meant."""
    model = library.model(name)
    assert model.params_total / 1e9 == pytest.approx(total, rel=0.01)
    assert model.params_active / 1e9 == pytest.approx(active, rel=0.02)


@pytest.mark.parametrize(
    ("name", "config"),
    [
        ("Gemma 4 31B", GEMMA_31B),
        ("Gemma 4 26B A4B", GEMMA_26B),
        ("Muse Glimmer 30B", MUSE_GLIMMER),
    ],
)
def test_dimensions_of_the_library_are_those_of_the_configuration(library, name, config):
    counted = model_of_config(config, name, hf_id="").model_dump(include=DIMENSIONS)
    assert library.model(name).model_dump(include=DIMENSIONS) == counted


def test_every_assumption_the_bill_needs_is_listed_once_and_no_other(library):
    assert set(library.assumptions) == set(AssumptionKey.__args__)


def test_an_assumption_without_a_source_has_no_value_rather_than_zero(library):
    unknown = [a for a in library.assumptions.values() if a.value is None]
    assert {a.key for a in unknown} >= {"observability_usd_per_month", "exit_usd", "install_share"}
    assert all("no citable source" in a.source.name for a in unknown)
    assert all(
        "no citable source" not in a.source.name
        for a in library.assumptions.values()
        if a.value is not None
    )


def test_every_fact_names_who_says_so_and_when(library):
    facts = [
        *library.accelerators.values(),
        *library.models.values(),
        *library.rentals.values(),
        *library.purchases.values(),
        *library.assumptions.values(),
        *library.calibrations.values(),
    ]
    assert len(facts) > 190
    for fact in facts:
        assert fact.source.name.strip(), fact
        assert fact.source.as_of.strip(), fact


def test_source_columns_reach_the_loaded_record(library):
    source = library.offer("aws/p5.48xlarge/us-east-1/on-demand").source
    assert source.name.startswith("datareceipts/data-receipts")
    assert (source.as_of, source.confidence) == ("2026-11-09", "high")


def test_offer_ids_are_readable_paths_of_provider_instance_region_and_term(library):
    shape = re.compile(r"[a-z0-9.]+/[a-z0-9._-]+/[a-z0-9-]+/[a-z0-9-]+")
    for offer in library.rentals.values():
        assert shape.fullmatch(offer.id), offer.id
        assert offer.id.split("/")[3].startswith(offer.term)


def test_no_row_of_a_file_is_lost_on_the_way_in(library):
    for file, facts in (
        ("accelerators.csv", library.accelerators),
        ("models.csv", library.models),
        ("purchases.csv", library.purchases),
        ("assumptions.csv", library.assumptions),
    ):
        with (DATA / file).open(encoding="utf-8") as lines:
            assert len(list(csv.DictReader(lines))) == len(facts), file


def rows_of(file):
    with (DATA / file).open(encoding="utf-8") as lines:
        return {row["id"]: row for row in csv.DictReader(lines)}


def test_a_rent_kept_by_hand_stands_over_that_of_a_list(library):
    kept, read = (rows_of(file) for file in ("offers.csv", "feed_offers.csv"))
    assert kept.keys() & read.keys()
    assert library.rentals.keys() == kept.keys() | read.keys()
    for name, offer in library.rentals.items():
        row = kept.get(name) or read[name]
        assert offer.usd_per_instance_hour == float(row["usd_per_instance_hour"])
        assert offer.source.url == row["source_url"]


def test_published_prices_arrive_to_the_digit(library):
    assert library.offer("aws/p5.48xlarge/us-east-1/on-demand").usd_per_instance_hour == 55.04
    assert library.offer("aws/p5.48xlarge/us-east-1/3-year").usd_per_instance_hour == 23.777
    assert library.offer("gcp/a3-highgpu-8g/us/1-year").usd_per_instance_hour == 54.5
    assert library.purchase("lenovo/8x-h200").price_usd == 277_898
    assert library.assumption("electricity_usd_per_kwh").value == 0.0977


def test_price_per_gpu_is_the_instance_price_shared_by_its_gpus(library):
    assert library.offer("aws/p5.48xlarge/us-east-1/on-demand").usd_per_gpu_hour == 6.88


def test_power_that_no_source_states_stays_unknown(library):
    assert library.purchase("lenovo/8x-b300").max_power_kw is None
    assert library.purchase("lenovo/8x-h100").max_power_kw == 10.2


def test_offers_can_be_narrowed_and_come_cheapest_per_gpu_first(library):
    chosen = library.offers(accelerator="H100 SXM", term="on-demand", min_gpus=8)
    assert len(chosen) >= 5
    assert {o.accelerator for o in chosen} == {"H100 SXM"}
    assert all(o.gpus >= 8 and o.term == "on-demand" for o in chosen)
    rates = [o.usd_per_gpu_hour for o in chosen]
    assert rates == sorted(rates)


@pytest.mark.parametrize(
    ("look_up", "wrong", "nearest"),
    [
        ("accelerator", "H100 SXN", "H100 SXM"),
        ("model", "Llama 3.3 70b", "Llama 3.3 70B"),
        ("offer", "aws/p5.48xlarge/us-east-1/ondemand", "aws/p5.48xlarge/us-east-1/on-demand"),
        ("purchase", "lenovo/8xh100", "lenovo/8x-h100"),
        ("assumption", "pues", "pue"),
    ],
)
def test_an_unknown_name_is_refused_with_the_nearest_known_one(library, look_up, wrong, nearest):
    with pytest.raises(InputError) as refusal:
        getattr(library, look_up)(wrong)
    (problem,) = refusal.value.problems
    assert problem.value == wrong
    assert repr(nearest) in problem.remedy


def test_all_faults_of_all_files_are_reported_together(copied_data):
    offers = copied_data / "offers.csv"
    offers.write_text(
        offers.read_text()
        .replace("H100 SXM,8,us-east-1,on-demand,55.04", "H100 SXM,8,us-east-1,on-demand,-55.04", 1)
        .replace("A10G,1,us-east-1,on-demand,1.006", "A10G,1,us-east-1,on-demand,nan", 1)
    )
    models = copied_data / "models.csv"
    models.write_text(models.read_text().replace("hf_id", "hf_ids", 1))
    with pytest.raises(InputError) as refusal:
        Library.load(copied_data)
    fields = [problem.field for problem in refusal.value.problems]
    assert "offers.csv line 4: usd_per_instance_hour" in fields
    assert "offers.csv line 8: usd_per_instance_hour" in fields
    assert "models.csv line 2: hf_ids" in fields
    assert "models.csv line 9: hf_id" in fields


def test_a_name_listed_twice_is_refused(copied_data):
    purchases = copied_data / "purchases.csv"
    lines = purchases.read_text().splitlines(keepends=True)
    purchases.write_text("".join([*lines, lines[1]]))
    with pytest.raises(InputError, match="lenovo/8x-h100"):
        Library.load(copied_data)


def test_an_accelerator_that_no_file_explains_is_refused(copied_data):
    purchases = copied_data / "purchases.csv"
    purchases.write_text(purchases.read_text().replace("H200 SXM,8", "H200 SXN,8", 1))
    with pytest.raises(InputError, match="Did you mean 'H200 SXM'"):
        Library.load(copied_data)


def edited(copied_data, change):
    path = copied_data / "calibrations" / "llama-3.1-70b-fp8-h100-tp2.json"
    record = json.loads(path.read_text())
    change(record)
    path.write_text(json.dumps(with_digest(record)))
    return copied_data


def test_a_record_quicker_than_its_weights_can_be_read_is_refused(copied_data):
    """72.655 GB over 2 x 3.35 TB/s take 10.8 ms; seconds in place of milliseconds claim 0.0166."""

    def in_seconds(record):
        record["parameters"]["a_ms"] /= 1000

    with pytest.raises(InputError, match=r"at least 10\.8 ms"):
        Library.load(edited(copied_data, in_seconds))


@pytest.mark.parametrize(
    ("key", "value", "says"),
    [
        ("model", "Llama 3.1 70b", "Did you mean 'Llama 3.1 70B'"),
        ("accelerator", "H100", "Did you mean 'H100 SXM'"),
        ("precision", "mxfp4", "known in bf16, fp8, int4"),
        ("covariance_order", ["a_ms"], "covariance must be 1 by 1"),
        ("gpus_per_replicas", 2, "is not a known key"),
        ("residual_sd", -0.1, "greater than or equal to 0"),
        ("schema_version", 3, "this planner reads up to 2"),
    ],
)
def test_a_record_that_cannot_be_used_is_refused_where_it_is_wrong(copied_data, key, value, says):
    with pytest.raises(InputError) as refusal:
        Library.load(edited(copied_data, lambda record: record.update({key: value})))
    assert says in str(refusal.value)
    assert "llama-3.1-70b-fp8-h100-tp2" in str(refusal.value)


def test_an_unknown_calibration_is_refused_with_the_nearest_known_one(library):
    with pytest.raises(InputError, match=r"'llama-3\.1-70b-fp8-h100-tp2'"):
        library.calibration("lama-3.1-70b-fp8-h100-tp2")


def test_loading_pulls_in_no_heavy_library():
    code = (
        "import sys; from hardware_profiles import Library; Library.load(); "
        "heavy = {'pandas', 'scipy', 'numpy', 'genai_prices', 'streamlit'}; "
        "print(sorted(heavy & set(sys.modules)))"
    )
    root = Path(__file__).parents[2]
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == "[]"
