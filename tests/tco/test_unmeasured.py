"""Speeds that nobody measured: estimates from data sheets, and figures that somebody states."""

import csv
import json
import math

import pytest

from hardware_profiles import Library
from pricing.errors import InputError
from tco.answer.evaluation import evaluate
from tco.exports.forms import FORMS
from tco.facts.data import Data
from tco.facts.unmeasured import record_for
from tco.question.files import (
    canonical_json,
    document_of,
    load_scenario,
    scenario_from,
)
from tco.question.presets import preset_paths
from tests.tco.command import tco
from tests.tco.test_own_facts import (
    CONFIG,
    no_other_library,  # noqa: F401 - a fixture
    ways_of,
    written,
)

NEW_MODEL_NEW_CHIP = """
[[self_hosted]]
name = "Qwen3-32B on MI355X"
model = "Qwen3-32B"
calibration = "estimate"
precision = "fp8"
gpus_per_replica = 2
rent = "our-mi355x"

[[self_hosted]]
name = "INT4 on one H100"
model = "Llama 3.3 70B"
calibration = "estimate"
precision = "int4"
gpus_per_replica = 1
rent = "aws/p5.48xlarge/us-east-1/on-demand"

[[library.models]]
name = "Qwen3-32B"
config = "config.json"
weights_bytes = { bf16 = 65_524_246_528, fp8 = 34_300_000_000 }

[[library.rentals]]
id = "our-mi355x"
accelerator = "MI355X"
gpus = 8
usd_per_instance_hour = 23.2
source = { name = "offer of a neocloud", as_of = "2026-11-12" }
"""
STATED = """
[[self_hosted]]
name = "8B as printed"
model = "Llama 3.1 8B"
calibration = "stated"
precision = "fp8"
gpus_per_replica = 1
rent = "aws/p5.48xlarge/us-east-1/on-demand"

[self_hosted.stated]
output_tokens_per_second = 8_155.066
concurrency = 200
input_tokens = 512
output_tokens = 256
source = { name = "master_results.csv", as_of = "2026-05" }
"""
MI355X, INT4, PRINTED = "Qwen3-32B on MI355X", "INT4 on one H100", "8B as printed"


@pytest.fixture
def question(tmp_path):
    """The default scenario, and options that no record speaks of."""
    (tmp_path / "config.json").write_text(json.dumps(CONFIG))
    path = tmp_path / "own.toml"
    path.write_text(preset_paths()[0].read_text() + NEW_MODEL_NEW_CHIP)
    return path


@pytest.fixture
def answer(question):
    return evaluate(load_scenario(question), draws=200)


def alternative(answer, name):
    return next(a for a in answer.alternatives if a.key == f"self-hosted/{name}")


@pytest.mark.parametrize(
    ("name", "model", "record", "said"),
    [
        (MI355X, "Qwen3-32B", (2, "MI355X", "fp8"), "yours: offer of a neocloud"),
        (INT4, "Llama 3.3 70B", (1, "H100 SXM", "int4"), ""),
    ],
)
def test_any_model_on_any_accelerator_is_answered_as_an_estimate(answer, name, model, record, said):
    found = alternative(answer, name)
    held = answer.worked[found.key].host.record
    assert found.model == model
    assert (held.gpus_per_replica, held.accelerator, held.precision) == record
    assert found.monthly_usd > 0
    assert found.serving.calibration_kind == "estimated"
    assert said in {line.basis.source for line in found.lines} or not said


def test_what_rests_on_an_estimate_says_so_and_how_to_narrow_it(answer):
    for name, chip in ((MI355X, "MI355X"), (INT4, "'H100 SXM'")):
        found = alternative(answer, name)
        assert found.label.startswith(f"{name} (estimate, ±")
        (flag,) = [f for f in found.findings if f.code == "estimated"]
        assert flag.severity == "flagged"
        assert "estimate, ±" in flag.message
        assert (
            "no replica with" in flag.message
        )  # neither AMD nor int4 of a dense model was compared
        assert "tco-calibrate plan --model" in flag.remedy
        assert f"--accelerator {chip}" in flag.remedy


@pytest.mark.parametrize("form", sorted({*FORMS} - {"toml"}))
def test_every_file_says_estimate_and_whose_the_rent_is(question, answer, form):
    said = written(form, load_scenario(question), answer)
    assert "estimate, ±" in said
    assert "yours: offer of a neocloud" in said


def test_every_face_says_estimate(question):
    for face in ("json", "csv", "html"):
        said = tco("export", question, "--format", face)
        assert said.returncode == 0, said.stderr
        assert "estimate, ±" in said.stdout, face
    months = csv.DictReader(tco("export", question, "--format", "forecast").stdout.splitlines())
    speeds = {row["x_Alternative"]: row["x_Speed"] for row in months}
    for name in (MI355X, INT4):
        assert speeds[f"self-hosted/{name}"].startswith("estimate, ±")
    assert not [told for key, told in speeds.items() if "/" not in key and "estimate" in told]
    for command in ("evaluate", "break-even"):
        assert "(estimate, ±" in " ".join(tco(command, question).stdout.split()), command


def test_its_band_is_as_wide_as_it_says(answer):
    """The objective binds less than the batch here, so capacity moves with the step times."""
    serving = alternative(answer, MI355X).serving
    record = answer.worked[f"self-hosted/{MI355X}"].host.record
    spread = math.log(serving.capacity_p90_rps / serving.capacity_p10_rps) / 2 / 1.2816
    assert spread >= record.residual_sd


def test_an_estimate_comes_back_byte_equal_from_every_way_it_travels(question, answer):
    scenario = load_scenario(question)
    told = canonical_json(document_of(scenario))
    for way, back in ways_of(scenario, answer, question.parent):
        assert canonical_json(document_of(back)) == told, way


def test_estimates_move_with_what_the_analyses_move(question):
    for command in (
        ("sensitivity", question, "--draws", "0", "--only", f"speed.estimate {INT4}"),
        ("solve", question, "--for", "volume"),
        ("rank", question),
    ):
        said = tco(*command)
        assert said.returncode == 0, said.stderr


def test_moving_an_option_to_other_machines_estimates_it_anew(question):
    document = document_of(load_scenario(question))
    data = Data.shipped().with_facts_of(scenario_from(document))
    before = data.library.calibration(f"estimate {INT4}")
    document["self_hosted"][-1]["rent"] = "runpod/pods-h200/global/on-demand"
    after = data.with_facts_of(scenario_from(document)).library.calibration(f"estimate {INT4}")
    assert (before.accelerator, after.accelerator) == ("H100 SXM", "H200 SXM")
    assert after.parameters.a_ms < before.parameters.a_ms


@pytest.fixture
def stated(tmp_path):
    path = tmp_path / "stated.toml"
    path.write_text(preset_paths()[0].read_text() + STATED)
    return document_of(load_scenario(path))


def at_its_lengths(document, **changes):
    """The stated option alone, asked at the lengths and objective it was stated with."""
    (chat,) = document["workload"]["classes"]
    for side, tokens in (("input", 512.0), ("output", 256.0)):
        chat[side] = {"kind": "fixed", "tokens": tokens}
    chat["cached_share"] = 0.0
    document["self_hosted"] = [document["self_hosted"][-1] | changes]
    return document


def test_a_stated_rate_is_what_a_replica_carries(stated):
    answer = evaluate(scenario_from(at_its_lengths(stated)), draws=50)
    serving = alternative(answer, PRINTED).serving
    assert serving.capacity_per_replica_rps * 256 == pytest.approx(8_155.066, rel=2e-3)
    assert serving.calibration_kind == "stated"
    (flag,) = [f for f in alternative(answer, PRINTED).findings if f.code == "stated"]
    assert "latencies are not stated" in flag.message


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"precision": None}, "needs precision and gpus_per_replica"),
        ({"calibration": "estimate"}, "stated belongs to calibration"),
        ({"stated": None}, "stated belongs to calibration"),
        ({"calibration": "llama-3.1-8b-fp8-h200-tp1", "stated": None}, "are the record's"),
        ({"gpus_per_replica": 64}, "a replica lies on one node"),
        ({"precision": "nvfp4"}, "Llama 3.1 8B is known in"),
    ],
)
def test_what_is_unmeasured_names_its_layout_and_nothing_else_does(stated, changes, said):
    with pytest.raises(InputError) as refusal:
        evaluate(scenario_from(at_its_lengths(stated, **changes)), draws=5)
    assert said in str(refusal.value)


def test_more_tokens_than_memory_can_be_read_for_are_refused(stated):
    """6,000 tokens/s to one request on an H100 was printed; bandwidth over weights gives 369."""
    one = stated["self_hosted"][-1]["stated"] | {
        "output_tokens_per_second": 6_000.0,
        "concurrency": 1.0,
    }
    with pytest.raises(InputError, match="at most"):
        evaluate(scenario_from(at_its_lengths(stated, stated=one)), draws=5)


def test_more_requests_in_flight_than_an_engine_admits_are_refused_by_key(stated):
    crowd = stated["self_hosted"][-1]["stated"] | {"concurrency": 1_000_000.0}
    with pytest.raises(InputError, match=r"stated\.concurrency: must be less than"):
        scenario_from(at_its_lengths(stated, stated=crowd))


def test_figures_from_which_no_replica_follows_are_refused_by_name(question):
    """Each within its own limits: a memory for more tokens than can be counted."""
    option = load_scenario(question).self_hosted[-1]
    library = Library.load()
    model = library.model("Llama 3.3 70B").model_copy(update={"kv_growing_elements_per_token": 1})
    chip = library.accelerator("H100 SXM").model_copy(update={"usable_gb": 1e7})
    with pytest.raises(InputError) as refusal:
        record_for(option, model, chip)
    (problem,) = refusal.value.problems
    assert problem.field == "kv_tokens"
    assert "follows from Llama 3.3 70B on H100 SXM, and must be less than" in problem.limit
    assert problem.remedy


def test_a_model_that_does_not_fit_at_that_precision_is_refused(question):
    document = document_of(load_scenario(question))
    document["self_hosted"][-1] |= {"precision": "bf16"}
    with pytest.raises(InputError) as refusal:
        evaluate(scenario_from(document), draws=5)
    (problem,) = refusal.value.problems
    assert "weights" in str(problem)
    assert problem.remedy


def test_half_the_bytes_a_weight_read_faster_and_leave_more_room(question):
    """Oracle: the roofline's own terms. Reading halves; the room beside the weights grows."""
    library = Library.load()
    model, chip = library.model("Llama 3.3 70B"), library.accelerator("H200 SXM")
    document = document_of(load_scenario(question))
    found = {}
    for precision in ("bf16", "fp8", "int4"):
        document["self_hosted"][-1] |= {
            "precision": precision,
            "gpus_per_replica": 2,
            "rent": "coreweave/hgx-h200/na/on-demand",
        }
        library = Data.shipped().with_facts_of(scenario_from(document)).library
        found[precision] = library.calibration(f"estimate {INT4}")
    read = {p: r.parameters.a_ms - 0.06 * model.layers for p, r in found.items()}
    for precision in found:
        gb = model.weights_gb(precision)
        assert read[precision] == pytest.approx(gb / (2 * chip.memory_bandwidth_tb_per_s * 0.85))
    rooms = [found[precision].limits.kv_tokens for precision in ("bf16", "fp8", "int4")]
    assert rooms == sorted(rooms)
