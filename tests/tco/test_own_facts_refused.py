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
EXPERTS = "experts = 8\nexperts_active = 9\nmoe_layers = 32\nlayers = 32"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("layers = 32", EXPERTS, "experts_active 9 must not exceed experts 8"),
        ("layers = 32", NO_EXPERT, "experts_active 0 must be 1 to 7"),
        ("weights_fp8_gb = 9.0", "weights_fp8_gb = 1.9", "must be 0.25 to 4.5 bytes for each of"),
        ("weights_fp8_gb = 9.0", "weights_fp8_gb = 37.0", "must be 0.25 to 4.5 bytes for each of"),
        ("bf16 = 65_524_246_528", "bf16 = 10", "weights_bf16_gb 1e-08 must be 0.25 to 4.5 bytes"),
        ("fp8 = 34_300", "int4 = 70_300", "weights_int4_gb 70.3 must not exceed weights_bf16_gb"),
        ('config = "models', 'layers = 64\nconfig = "models', "models.0.layers: is what config"),
        ("params_active = 8_030", "params_active = 9_030", "must not exceed params_total"),
        ("memory_bandwidth_tb_per_s = 5.0\n", "", "memory_bandwidth_tb_per_s: is required"),
        ("memory_bandwidth_tb_per_s = 5.0", "memory_bandwidth_tb_per_s = 5_000.0", "1000"),
        ("memory_gb = 192.0", "memory_gb = -1.0", "greater than 0"),
        ("input = 2.0", "input = 0.002", "a price of 1,000 tokens is multiplied by 1,000"),
        ("input = 2.0", "input = 0.015", "less than a hundredth of the least list price"),
        ("input = 2.0", "input = 2_000.0", "less than or equal to 1000"),
        ("usd_per_instance_hour = 16.0", "usd_per_instance_hour = 0.0", "0.05 to 100 USD/GPU-h"),
        ("usd_per_instance_hour = 16.0", "usd_per_instance_hour = 10_000.0", "0.05 to 100"),
        ("price_usd = 210_000.0", "price_usd = 210.0", "100 to 1e+06 USD/GPU"),
        ("since = 2026-10-01", "since = 2026-10-01\nuntil = 2026-09-01", "must come after since"),
        ("above = 272_000", "above = 0", "bands must start at 0 and ascend"),
        ("weights_fp8_gb = 9.0\n", "", "needs the size of its weights"),
        ('accelerator = "H100 SXM"', 'accelerator = "H1000"', "is not in the library"),
        ('name = "Our 8B"', 'name = "Qwen3-32B"', "models name Qwen3-32B twice"),
        ('name = "Our 8B"', 'name = "Our 8B"\ncolour = "blue"', "is not a known key"),
        ("{ bf16 = 65_524_246_528", "{ fp16 = 65_524_246_528", "is by precision"),
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


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (record_text().replace('"a_ms"', '"a_ms" '), None),
        (record_text().replace("measured by our team", "measured by us"), "its digest"),
        ("{", "is not JSON"),
        (record_text(model="Llama 9"), "is not in the library"),
        (record_text(id=SHIPPED), "is the id of a record that ships"),
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
