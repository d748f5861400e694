"""Models and accelerators by their own figures, and files of a model that is made up."""

import json

import pytest

from calibrate.files import read_document
from calibrate.plan.by_number import (
    accelerator_of_figures,
    llama_config,
    made_up_config,
    small_llama,
    with_cpu,
)
from calibrate.plan.plan import parse_plan
from calibrate.plan.server_spec import ServerSpec
from calibrate.propose.propose import Wanted, propose
from calibrate.server.made_up import made_up_spec
from hardware_profiles import Library
from hardware_profiles.model_config import model_of_config
from pricing.errors import InputError
from tests.calibrate.plans import calibrate


@pytest.fixture(scope="module")
def library():
    return Library.load()


@pytest.mark.parametrize(
    ("name", "width"),
    [("Llama 3.1 8B", 14_336), ("Llama 3.3 70B", 28_672), ("Llama 3.1 405B", 53_248)],
)
def test_the_width_that_the_dimensions_leave_is_the_published_one(library, name, width):
    config = llama_config(library.model(name))
    assert config["intermediate_size"] == width
    assert config["num_key_value_heads"] == 8


@pytest.mark.parametrize("name", ["Llama 3.1 8B", "Llama 3.3 70B"])
def test_a_configuration_gives_the_dimensions_that_the_library_has(library, name):
    known = library.model(name)
    found = model_of_config(llama_config(known), "mine", hf_id="/models/mine")
    for field in ("layers", "hidden", "kv_heads", "head_dim", "kv_growing_elements_per_token"):
        assert getattr(found, field) == getattr(known, field), field
    assert found.params_total == pytest.approx(known.params_total, rel=1e-3)
    assert found.weights_bf16_gb == pytest.approx(known.weights_bf16_gb, rel=1e-3)


def test_of_a_mixture_only_the_experts_that_are_used_are_active():
    dense = small_llama()
    experts = {"num_local_experts": 8, "num_experts_per_tok": 2}
    mixture = dense | experts | {"model_type": "mixtral"}
    found, plain = (model_of_config(c, "m", hf_id="/m") for c in (mixture, dense))
    expert = 3 * 512 * 2048 * 8
    assert found.params_total - plain.params_total == 7 * expert
    assert found.params_active - plain.params_active == expert


def test_every_dimension_that_is_missing_is_named():
    with pytest.raises(InputError) as refusal:
        model_of_config({"hidden_size": 512}, "m", hf_id="/m")
    assert len(refusal.value.problems) == 4


@pytest.mark.parametrize(
    "text", ["[]", "{", "", "[" * 100_000, '{"hidden_size": 1, "hidden_size": 2}', '{"a": NaN}']
)
def test_a_configuration_that_cannot_be_read_one_way_is_refused(tmp_path, text):
    (tmp_path / "config.json").write_text(text)
    with pytest.raises(InputError, match="is not a JSON object"):
        read_document(tmp_path / "config.json", "model_config")


def test_an_unknown_model_on_an_unknown_accelerator_is_planned_for(library):
    chip = accelerator_of_figures(
        "Chip X", memory_gb=96.0, bandwidth_tb_per_s=3.2, bf16_tflops=700.0
    )
    model = model_of_config(llama_config(library.model("Llama 3.1 8B")), "Ours", hf_id="/m/ours")
    known = library.with_facts(model, chip)
    plan = propose(known, Wanted("Ours", "Chip X", "bf16", 1, (1500, 300)))
    assert plan.server.model == "/m/ours"
    assert {point.role for point in plan.points} == {"fit", "held_out", "repeat"}


def test_a_cpu_has_a_plan_of_ten_minutes(library):
    plan = propose(with_cpu(library), Wanted("Small Llama", "CPU", "bf16", 1, (128, 32),
                                             within_minutes=10.0))  # fmt: skip
    assert plan.device == "cpu"
    assert plan.expected_minutes <= 10
    assert (plan.server.dtype, plan.server.load_format) == ("float32", "dummy")


def test_a_made_up_model_is_written_whole_and_served_from_its_folder(library, tmp_path):
    spec = ServerSpec(model="meta-llama/x", load_format="dummy", max_model_len=64, revision="main")
    config = made_up_config("Llama 3.1 8B", library)
    served = made_up_spec(spec, config, tmp_path)
    assert (served.model, served.revision) == (str(tmp_path / "model"), "")
    written = json.loads((tmp_path / "model" / "config.json").read_text())
    assert written["hidden_size"] == 4096
    words = json.loads((tmp_path / "model" / "tokenizer.json").read_text())["model"]["vocab"]
    assert sorted(words.values()) == list(range(written["vocab_size"]))
    # A word that begins another would be found inside it, if it is a special one.
    assert len({len(word) for word in words}) == 1


def test_only_made_up_weights_get_a_made_up_model(library, tmp_path):
    real = ServerSpec(model="meta-llama/x", max_model_len=64)
    assert made_up_spec(real, made_up_config("Llama 3.1 8B", library), tmp_path) == real
    assert made_up_config("gpt-oss-120b", library) is None  # random weights mislead its router
    assert list(tmp_path.iterdir()) == []


def test_a_folder_without_a_tokenizer_gets_one_and_keeps_its_configuration(tmp_path):
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "config.json").write_text(json.dumps(small_llama()))
    spec = ServerSpec(model=str(mine), load_format="dummy", max_model_len=64)
    served = made_up_spec(spec, None, tmp_path / "run")
    assert json.loads((tmp_path / "run" / "model" / "config.json").read_text()) == small_llama()
    (mine / "tokenizer.json").write_text("{}")
    assert made_up_spec(spec, None, tmp_path / "run") == spec
    assert served.model != spec.model


def test_the_command_plans_by_figures(tmp_path):
    config = tmp_path / "config.json"
    config.write_text(json.dumps(small_llama()))
    out = tmp_path / "plan.json"
    done = calibrate(
        *("plan", "--model", "Ours", "--model-config", config, "--accelerator", "Chip X"),
        *("--memory-gb", "24", "--bandwidth-tb-per-s", "0.6", "--bf16-tflops", "120"),
        *("--input-tokens", "300", "--output-tokens", "60", "--out", out),
    )
    assert done.returncode == 0, done.told
    assert parse_plan(out.read_bytes(), "plan.json").server.model == str(tmp_path)
    assert calibrate("plan", "--model", "Ours").returncode == 2
