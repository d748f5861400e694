"""Own facts that cannot be, and files that are not read: refused with field, limit and remedy."""

import json
import os
from pathlib import Path

import pytest

from pricing.errors import InputError
from tco.answer.evaluation import evaluate
from tco.question.files import document_of, load_scenario, scenario_from
from tco.question.own_libraries import LIBRARY_FILE, read_libraries
from tco.question.presets import preset_paths
from tests.tco.test_own_facts import (
    CONFIG,
    LIBRARY,
    OPTIONS,
    PATHS,
    RECORDS,
    SHIPPED,
    asked_in,
    in_scenario,
    kept_in,
    no_other_library,  # noqa: F401 - a fixture
    record_text,
)


@pytest.fixture
def folder(tmp_path):
    return kept_in(tmp_path)


@pytest.fixture
def scenario(folder):
    return load_scenario(asked_in(folder))


def spoilt(old, new):
    """The library with one thing changed; the change is there to be made."""
    assert old in LIBRARY
    return LIBRARY.replace(old, new, 1)


def problems(folder, library, records=RECORDS):
    """What is said of a scenario with these facts; all of it in one refusal."""
    path = folder / "spoilt.toml"
    path.write_text(preset_paths()[0].read_text() + OPTIONS + records + in_scenario(library))
    with pytest.raises(InputError) as refusal:
        evaluate(load_scenario(path), draws=5)
    for problem in refusal.value.problems:
        assert problem.field, problem
        assert problem.limit, problem
    return " | ".join(str(problem) for problem in refusal.value.problems)


NO_EXPERT = "experts = 8\nexperts_active = 0\nmoe_layers = 32\nlayers = 32"
LAST_BAND = "output = 16.5 },\n]\n"
SAME_RATES = """
[[api_prices.rates]]
tier = "Standard"
since = 2026-10-01
bands = [{ above = 0, input = 1.0, output = 5.0 }]
"""
SHORT_AND_LONG = """input = 2.0, cached = 0.2, output = 11.0 },
    { above = 272_000, input = 4.0, cached = 0.4"""
OF_LIST_PER_100 = """input = 0.015, output = 11.0 },
    { above = 272_000, input = 0.03"""
EXPERTS = "experts = 8\nexperts_active = 9\nmoe_layers = 32\nlayers = 32"
MIXTURE = "experts = 64\nexperts_active = 4\nmoe_layers = 32\nlayers = 32"
ACTIVE, KEPT = "params_active = 8_030_000_000", "kv_growing_elements_per_token = 65_536"
READ, CHIP = "memory_bandwidth_tb_per_s = 5.0", "bf16_tflops = 1_500.0"
SHORT, POWER = "cached = 0.2, output = 11.0", "max_power_kw = 10.0"
SLIPS = [
    ("layers = 32", MIXTURE, "params_active: must be at least 501875000 and below params_total"),
    ("layers = 32", MIXTURE.replace("moe_layers = 32\n", ""), "moe_layers: must be 1 to layers"),
    ("layers = 32", "layers = 32\nmoe_layers = 4", "moe_layers: must be 0 where experts is 0"),
    (ACTIVE, "params_active = 803_000_000", "params_active: must be at least half of params_total"),
    (KEPT, "kv_growing_elements_per_token = 0", "must be, local ones counted in, 1024"),
    (KEPT, "kv_growing_elements_per_token = 524_288", "every head in every layer) (got 524288)"),
    (KEPT, KEPT + "\nkv_local_elements_per_token = 8", "kv_local_cap_tokens: is required"),
    ("weights_fp8_gb = 9.0", "weights_fp8_gb = 5.0", "must be 0.9 to 4.5 bytes"),
    (READ, "memory_bandwidth_tb_per_s = 0.005", "must read memory_gb 192 once in 0.5 to 5,000 ms"),
    (READ, "memory_bandwidth_tb_per_s = 900.0", "must read memory_gb 192 once in 0.5 to 5,000 ms"),
    ("memory_gb = 192.0", "memory_gb = 90_000.0", "once in 0.5 to 5,000 ms, and takes 18,000"),
    ("memory_gb = 192.0", "memory_gb = 192.0\nusable_gb = 210.0", "usable_gb: must not exceed"),
    (CHIP, "bf16_tflops = 1.5", "bf16_tflops: must be 2 to 10,000 operations"),
    (CHIP, "bf16_tflops = 990_000.0", "bf16_tflops: must be 2 to 10,000 operations"),
    (CHIP, CHIP + "\nfp8_tflops = 3.0", "fp8_tflops: must be 2 to 10,000 operations"),
    (CHIP, CHIP + "\nfp8_tflops = 300.0", "fp8_tflops: must not be below bf16_tflops 1500"),
    (CHIP, CHIP + "\nfp4_tflops = 300.0", "fp4_tflops: must not be below bf16_tflops 1500"),
    (SHORT, "cached = 0.2, output = 0.011", "0.bands.0.output: must be at least 0.2 USD/Mtok"),
    (SHORT, "cached = 0.0002, output = 11.0", "0.bands.0.cached: must be 0.004 to 2 USD/Mtok"),
    (SHORT, "cached = 20.0, output = 11.0", "0.bands.0.cached: must be 0.004 to 2 USD/Mtok"),
    (SHORT, SHORT + ", writes = { 5m = 0.0025 }", "writes.5m: must be 0.02 to 200 USD/Mtok"),
    ("input = 4.0, cached = 0.4", "input = 0.1, cached = 0.01", "1.input: must be 0.2 to 200"),
    (LAST_BAND, LAST_BAND + SAME_RATES, "rates.1.since: has the tier and the first day of rates.0"),
    (POWER, "max_power_kw = 0.01", "max_power_kw: must be 0.02 to 20 kW/GPU, for 8 GPU"),
    (POWER, "max_power_kw = 1_020.0", "max_power_kw: must be 0.02 to 20 kW/GPU, for 8 GPU"),
    (POWER, POWER + "\naverage_power_kw = 12.0", "average_power_kw: must not exceed max_power"),
    ('as_of = "2026-10-01"', 'as_of = "2062-10-01"', "0.source.as_of: must not lie in the future"),
    ('as_of = "2026-10-02"', 'as_of = "2062-10-02"', "0.source.as_of: must not lie in the future"),
    ('as_of = "2026-10-20"', 'as_of = "2062-10-20"', "0.source.as_of: must not lie in the future"),
]
"""Figures in the unit beside the one that is asked for, and figures that contradict each other."""


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("layers = 32", EXPERTS, "experts_active: must not exceed experts 8 (got 9)"),
        ("layers = 32", NO_EXPERT, "experts_active: must be 1 to 7, of 8 experts (got 0)"),
        ("weights_fp8_gb = 9.0", "weights_fp8_gb = 1.9", "must be 0.9 to 4.5 bytes for each of"),
        ("weights_fp8_gb = 9.0", "weights_fp8_gb = 37.0", "must be 0.9 to 4.5 bytes for each of"),
        ("bf16 = 65_524_246_528", "bf16 = 10", "weights_bf16_gb: must be 1.8 to 4.5 bytes"),
        ("fp8 = 34_300", "int4 = 70_300", "weights_int4_gb: must not exceed weights_bf16_gb"),
        ('config = "models', 'layers = 64\nconfig = "models', "models.0.layers: is what config"),
        ("params_active = 8_030", "params_active = 9_030", "must not exceed params_total"),
        ("memory_bandwidth_tb_per_s = 5.0\n", "", "memory_bandwidth_tb_per_s: is required"),
        ("memory_bandwidth_tb_per_s = 5.0", "memory_bandwidth_tb_per_s = 5_000.0", "1000"),
        ("memory_gb = 192.0", "memory_gb = -1.0", "greater than 0"),
        ("input = 2.0", "input = 0.002", "A price of 1,000 tokens is multiplied by 1,000"),
        (SHORT_AND_LONG, OF_LIST_PER_100, "less than a hundredth of the least list price"),
        ("input = 2.0", "input = 2_000.0", "less than or equal to 1000"),
        ("usd_per_instance_hour = 16.0", "usd_per_instance_hour = 0.0", "0.05 to 100 USD/GPU-h"),
        ("usd_per_instance_hour = 16.0", "usd_per_instance_hour = 10_000.0", "0.05 to 100"),
        ("price_usd = 210_000.0", "price_usd = 210.0", "100 to 1,000,000 USD/GPU"),
        ("since = 2026-10-01", "since = 2026-10-01\nuntil = 2026-09-01", "must come after since"),
        ("above = 272_000", "above = 0", "bands: must start at 0 and ascend"),
        ("weights_fp8_gb = 9.0\n", "", "needs the size of its weights"),
        ('accelerator = "H100 SXM"', 'accelerator = "H1000"', "is not in the library"),
        (
            'name = "Our 8B"',
            'name = "Qwen3-32B"',
            "models: must have names that differ",
        ),
        ('name = "Our 8B"', 'name = "Our 8B"\ncolour = "blue"', "is not a known key"),
        ("{ bf16 = 65_524_246_528", "{ fp16 = 65_524_246_528", "is by precision"),
        *SLIPS,
        ('"models/config.json"', '"models/other.json"', "is not there"),
        ('"models/config.json"', f'"models/{"x" * 5_000}"', "is not there"),
        ('"models/config.json"', '"../config.json"', "must lie in the folder of the scenario"),
        ('"models/config.json"', '"/etc/hostname"', "must lie in the folder of the scenario"),
        ('"models/config.json"', '"https://example.org/config.json"', "must lie in the folder"),
        ('"models/config.json"', "7", "must name a file"),
    ],
)
def test_a_fact_that_cannot_be_is_refused_with_what_it_may_be(folder, old, new, said):
    assert said in problems(folder, spoilt(old, new)).replace("\xa0", " ")


@pytest.mark.parametrize(("old", "new", "said"), SLIPS)
def test_a_library_in_a_folder_is_refused_in_the_words_of_a_scenario(folder, old, new, said):
    library = spoilt(old, new)
    (folder / LIBRARY_FILE).write_text(library)
    with pytest.raises(InputError) as refusal:
        list(read_libraries([folder]))
    told = " | ".join(str(problem) for problem in refusal.value.problems)
    assert told.replace(f"{LIBRARY_FILE}.", "library.") == problems(folder, library)
    assert said in told


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("models = 3", "library.toml.models: must be a valid array (got 3). Write a list"),
        ("[[models]]\nname = 'x'", "library.toml.models.0.layers: is required. Add it."),
        ("[[accelerators]]\nmemory = 8", "accelerators.0.memory: is not a known key. Did you mean"),
        ("[[rentals]]\nterm = '2-year'", "'serverless' (got '2-year'). Did you mean '5-year'?"),
        ("[[rentals]]\ngpus = '8'", "gpus: must be a valid integer (got '8'). Write 8, without"),
        ("[library]\nmodels = []", "library.toml.library: is not a known key"),
        ("models = [", "is not valid TOML"),
    ],
)
def test_a_library_of_another_form_is_refused_by_key(folder, text, said):
    (folder / LIBRARY_FILE).write_text(text)
    with pytest.raises(InputError) as refusal:
        list(read_libraries([folder]))
    told = " | ".join(str(problem) for problem in refusal.value.problems)
    assert said in told
    assert "Input should" not in told


def test_a_configuration_of_another_kind_of_network_is_refused(folder):
    (folder / PATHS["models"]).write_text(json.dumps(CONFIG | {"model_type": "mamba"}))
    said = problems(folder, LIBRARY)
    assert "library.models.0.config: model_type: keys and values are known of" in said


def test_a_configuration_of_no_possible_network_is_refused_by_its_entry(folder):
    (folder / PATHS["models"]).write_text(json.dumps(CONFIG | {"num_key_value_heads": 128}))
    said = problems(folder, LIBRARY)
    assert "library.models.0.config: num_key_value_heads: must not exceed num_attention_h" in said


@pytest.mark.parametrize("linked", [PATHS["models"], PATHS["records"], "models"])
def test_no_link_is_followed(folder, linked):
    path = folder / linked
    path.rename(folder / "elsewhere")
    path.symlink_to(folder / "elsewhere")
    assert "links are not followed" in problems(folder, LIBRARY)


@pytest.mark.parametrize("make", [os.mkfifo, Path.mkdir, lambda path: path.symlink_to("gone")])
def test_a_library_that_is_no_file_is_refused_and_not_passed_over(tmp_path, make):
    make(tmp_path / LIBRARY_FILE)
    with pytest.raises(InputError, match="is no file"):
        list(read_libraries([tmp_path]))


def test_files_that_a_link_names_are_not_read(scenario):
    document = document_of(scenario)
    document["library"]["models"][0] = {"name": "Q", "config": "models/config.json"}
    with pytest.raises(InputError, match="has no folder"):
        scenario_from(document)


def test_a_size_beyond_any_number_of_the_machine_is_refused(scenario):
    document = document_of(scenario)
    model = {"name": "Q", "config": CONFIG, "weights_bytes": {"fp8": 10**400}}
    document["library"]["models"][0] = model
    with pytest.raises(InputError, match="is whole bytes by precision"):
        scenario_from(document)


def test_a_configuration_may_stand_in_the_scenario_itself(scenario):
    document = document_of(scenario)
    document["library"]["models"][0] = {"name": "Qwen3-32B", "config": CONFIG}
    pasted = scenario_from(document).library.models[0]
    assert pasted.layers == scenario.library.models[0].layers
    assert pasted.weights_bf16_gb == pytest.approx(65.5, rel=0.01)


MORE_SEQUENCES_THAN_TOKENS = {
    "max_num_seqs": 9_000,
    "max_num_batched_tokens": 8_192,
    "kv_tokens": 100_000.0,
    "kv_tokens_basis": "read from the server",
}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (record_text().replace('"a_ms"', '"a_ms" '), None),
        (record_text().replace("measured by our team", "measured by us"), "its digest"),
        ("{", "is not JSON"),
        (record_text(model="Llama 9"), "is not in the library"),
        (record_text(id=SHIPPED), "is the id of a record that ships"),
        (record_text(points="many"), "points: must be a valid integer (got 'many'). Take the"),
        (record_text(colour="blue"), "colour: is not a known key. Take the file as tco-cal"),
        (record_text(kind="estimated"), "kind: must be measured or published"),
        (record_text(kind="stated"), "kind: must be measured or published"),
        (
            record_text(limits=MORE_SEQUENCES_THAN_TOKENS),
            "limits.max_num_batched_tokens: must be at least max_num_seqs 9000",
        ),
    ],
)
def test_a_record_is_taken_as_it_was_written_or_refused(folder, text, said):
    (folder / PATHS["records"]).write_text(text)
    if said is None:
        path = folder / "own.toml"
        path.write_text(preset_paths()[0].read_text() + OPTIONS + RECORDS + in_scenario(LIBRARY))
        assert evaluate(load_scenario(path), draws=5).asked.data.library.calibration("mine").own
    else:
        assert said in problems(folder, LIBRARY)


def test_a_record_of_another_model_is_refused_by_name(folder):
    options = OPTIONS.replace("Llama 3.3 70B", "Qwen3-32B", 1)
    path = folder / "other.toml"
    path.write_text(preset_paths()[0].read_text() + options + RECORDS + in_scenario(LIBRARY))
    with pytest.raises(InputError, match=r"measured with Llama 3\.1 70B, not with Qwen3"):
        evaluate(load_scenario(path))
