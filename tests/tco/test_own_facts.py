"""Models, machines, contracts and records of one's own, in a scenario or in a folder."""

import csv
import html
import io
import json
import shutil
import zipfile

import pytest

from hardware_profiles import Library
from hardware_profiles.own_records import VARIABLE
from hardware_profiles.record_digest import with_digest
from tco.answer.documents import csv_text, scenario_toml
from tco.answer.evaluation import evaluate
from tco.exports.forms import FORMS
from tco.facts.data import Data
from tco.question.files import (
    canonical_json,
    document_of,
    load_scenario,
    scenario_file,
    scenario_from,
)
from tco.question.link import link_value, read_link
from tco.question.presets import preset_paths
from tco.store.connect import open_store
from tco.store.scenario_store import ScenarioStore
from tests.tco.command import tco

SHIPPED = "llama-3.1-70b-fp8-h100-tp2"
CONFIG = {
    "model_type": "qwen3",
    "hidden_size": 5120,
    "num_hidden_layers": 64,
    "num_attention_heads": 64,
    "num_key_value_heads": 8,
    "head_dim": 128,
    "intermediate_size": 25_600,
    "vocab_size": 151_936,
    "max_position_embeddings": 40_960,
    "tie_word_embeddings": False,
}
"""Dimensions of Qwen/Qwen3-32B as its maker publishes them (Apache-2.0)."""
LIBRARY = """
[[models]]
name = "Qwen3-32B"
config = "models/config.json"
weights_bytes = { bf16 = 65_524_246_528, fp8 = 34_300_000_000 }
licence = "Apache-2.0"

[[models]]
name = "Our 8B"
layers = 32
hidden = 4096
attention_heads = 32
kv_heads = 8
head_dim = 128
params_total = 8_030_000_000
params_active = 8_030_000_000
max_context_tokens = 131_072
weights_fp8_gb = 9.0
kv_growing_elements_per_token = 65_536

[[accelerators]]
name = "Chip X"
memory_gb = 192.0
memory_bandwidth_tb_per_s = 5.0
bf16_tflops = 1_500.0
scale_up_gb_per_s = 400.0

[[rentals]]
id = "our-rack"
accelerator = "H100 SXM"
gpus = 8
usd_per_instance_hour = 16.0
source = { name = "frame contract 4711", as_of = "2026-10-02" }

[[purchases]]
id = "our-server"
accelerator = "H100 SXM"
gpus = 8
price_usd = 210_000.0
max_power_kw = 10.0
source = { name = "quotation of the dealer", as_of = "2026-10-20" }

[[api_prices]]
provider = "openai, our contract"
model = "gpt-5.4"
source = { name = "agreement of October", as_of = "2026-10-01" }

[[api_prices.rates]]
since = 2026-10-01
bands = [
    { above = 0, input = 2.0, cached = 0.2, output = 11.0 },
    { above = 272_000, input = 4.0, cached = 0.4, output = 16.5 },
]
"""
PATHS = {"models": "models/config.json", "records": "records/mine.json"}


@pytest.fixture(autouse=True)
def no_other_library(monkeypatch, tmp_path):
    monkeypatch.setenv(VARIABLE, "")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))


def record_text(**changes):
    """A record as a team writes it after measuring, with its digest."""
    record = Library.load().calibration(SHIPPED)
    document = json.loads(record.model_dump_json(exclude={"run"}))
    document |= {"id": "mine", "label": "measured by our team", "measured_on": "2026-11-02"}
    return json.dumps(with_digest(document | changes), indent=1)


def kept_in(tmp_path):
    """What a team keeps beside its scenario: a model's configuration, and a record."""
    for path, text in ((PATHS["models"], json.dumps(CONFIG)), (PATHS["records"], record_text())):
        (tmp_path / path).parent.mkdir()
        (tmp_path / path).write_text(text)
    return tmp_path


@pytest.fixture
def folder(tmp_path):
    return kept_in(tmp_path)


def in_scenario(library):
    """Own facts as a scenario has them: the same tables, under `library`."""
    return library.replace("[[", "[[library.")


OPTIONS = """
[[self_hosted]]
name = "own record, own rent"
model = "Llama 3.3 70B"
calibration = "mine"
rent = "our-rack"

[[self_hosted]]
name = "own record, own server"
model = "Llama 3.3 70B"
calibration = "mine"
own = "our-server"

[[apis]]
provider = "openai, our contract"
model = "gpt-5.4"
"""
RECORDS = '\n[library]\ncalibrations = ["records/mine.json"]\n'


def asked_in(folder):
    """The default scenario with everything of one's own that a scenario may hold."""
    path = folder / "own.toml"
    path.write_text(preset_paths()[0].read_text() + OPTIONS + RECORDS + in_scenario(LIBRARY))
    return path


@pytest.fixture
def question(folder):
    return asked_in(folder)


@pytest.fixture
def scenario(question):
    return load_scenario(question)


@pytest.fixture
def answer(scenario):
    return evaluate(scenario, draws=20)


def alternative(answer, label):
    return next(a for a in answer.alternatives if label in a.label or label in a.key)


def test_a_scenario_brings_models_machines_contracts_and_records_along(answer):
    data = answer.asked.data
    assert data.library.model("Qwen3-32B").weights_bf16_gb == 65.524246528
    assert data.library.model("Qwen3-32B").weights_int4_gb is None  # sizes were given, not counted
    assert data.library.model("Our 8B").licence == "not stated"
    assert data.library.accelerator("Chip X").fit_gb == 192.0
    assert data.library.calibration("mine").own
    assert alternative(answer, "own record, own rent").monthly_usd > 0
    assert not data.shadowed


def test_dimensions_from_a_configuration_are_those_that_its_maker_counts(answer):
    model = answer.asked.data.library.model("Qwen3-32B")
    assert model.params_total == pytest.approx(32.8e9, rel=0.01)  # 32.8 B on the model's card
    assert model.kv_growing_elements_per_token == 2 * 64 * 8 * 128


def test_an_own_contract_is_billed_by_its_own_rates_and_bands(answer, scenario):
    mine, listed = alternative(answer, "openai, our contract"), answer.alternatives[0]
    requests = scenario.workload.requests_per_month
    input_, output = mine.input_tokens_per_request, mine.output_tokens_per_request
    usd = requests * (input_ * (0.75 * 2.0 + 0.25 * 0.2) + output * 11.0) / 1e6
    tokens = [line for line in mine.lines if line.unit == "Mtok"]
    assert sum(line.cost_usd for line in tokens) == pytest.approx(usd, rel=1e-9)
    assert sum(line.cost_usd for line in listed.lines if line.unit == "Mtok") > usd
    assert {line.basis.source for line in tokens} == {"yours: agreement of October"}


@pytest.mark.parametrize(
    ("label", "said"),
    [
        ("own record, own rent", "yours: frame contract 4711"),
        ("own record, own server", "yours: quotation of the dealer"),
        ("openai, our contract", "yours: agreement of October"),
    ],
)
def test_every_line_of_an_own_fact_says_that_it_is_yours(answer, label, said):
    assert said in {line.basis.source for line in alternative(answer, label).lines}


OWN_SOURCES = ("frame contract 4711", "quotation of the dealer", "agreement of October")
"""Of the rent, the server and the contract of two rates."""


def written(form, scenario, answer):
    """A form as text; of a workbook all that its cells say."""
    content = FORMS[form].write(scenario, answer)
    if form != "xlsx":
        return content.decode()
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        return html.unescape(book.read("xl/sharedStrings.xml").decode())


@pytest.mark.parametrize("form", sorted({*FORMS} - {"toml"}))
def test_every_file_says_of_each_own_fact_that_it_is_yours(scenario, answer, form):
    said = written(form, scenario, answer)
    assert [name for name in OWN_SOURCES if f"yours: {name}" not in said] == []
    assert "mine" in said  # the record, by its id
    assert form != "forecast" or "yours: mine, measured" in said


def test_the_terminal_says_whose_the_facts_are(question):
    shown = tco("evaluate", question).stdout
    assert "Yours, in this scenario" in " ".join(shown.split())


def test_an_own_fact_in_the_place_of_one_of_ours_is_flagged(folder, question):
    text = question.read_text().replace('provider = "openai, our contract"', 'provider = "openai"')
    text = text.replace('[[apis]]\nprovider = "openai"\nmodel = "gpt-5.4"\n\n', "")
    text = text.replace('name = "Our 8B"', 'name = "Llama 3.1 8B"')
    at = text.rindex('[[apis]]\nprovider = "openai"\nmodel = "gpt-5.4"\n')
    end = text.index("[library]")
    question.write_text(text[:at] + text[end:])
    answer = evaluate(load_scenario(question), draws=20)
    (found,) = [f for f in answer.findings if f.code == "own-shadows"]
    assert found.severity == "flagged"
    assert "model Llama 3.1 8B" in found.message
    assert "price of gpt-5.4 at OpenAI" in found.message
    assert "yours: agreement of October" in {
        line.basis.source for line in answer.alternatives[0].lines
    }


def ways_of(scenario, answer, folder):
    """Every way a scenario travels, and how it comes back."""
    data = Data.shipped()
    yield "toml", scenario_file(scenario_toml(scenario), "a.toml").scenario
    yield "json", scenario_file(json.dumps(document_of(scenario)), "a.json").scenario
    yield "csv", scenario_file(csv_text(scenario, answer), "a.csv").scenario
    yield "link", read_link(link_value(scenario, data.catalogue), data.catalogue).scenario
    yield "document", scenario_from(document_of(scenario))
    engine = open_store(f"sqlite:///{folder / 'store.sqlite'}")
    store = ScenarioStore(engine, "ada")
    yield "store", store.load(store.create(scenario, answer, "ours").id).scenario
    engine.dispose()


def test_own_facts_come_back_byte_equal_from_every_way_they_travel(scenario, answer, folder):
    told = canonical_json(document_of(scenario))
    for way, back in ways_of(scenario, answer, folder):
        assert canonical_json(document_of(back)) == told, way


def test_a_folder_of_the_same_layout_serves_every_scenario(folder, question):
    kept = folder / "library"
    kept.mkdir()
    shutil.copytree(folder / "models", kept / "models")
    shutil.copy(folder / "records" / "mine.json", kept / "mine.json")
    (kept / "library.toml").write_text(LIBRARY)
    question.write_text(preset_paths()[0].read_text() + OPTIONS)
    assert tco("evaluate", question).returncode != 0
    shown = tco("evaluate", question, "--library", kept, "--json")
    assert shown.returncode == 0, shown.stderr
    assert "yours: frame contract 4711" in shown.stdout


def test_a_folder_of_records_is_carried_whole(folder, question):
    (folder / "records" / "second.json").write_text(record_text(id="second"))
    question.write_text(question.read_text().replace('"records/mine.json"', '"records"'))
    own = load_scenario(question).library
    assert [json.loads(text)["id"] for text in own.calibrations] == ["mine", "second"]


def test_of_two_scenarios_each_is_answered_with_its_own_facts(folder, question):
    other = folder / "other.toml"
    other.write_text(question.read_text().replace("= 16.0", "= 32.0"))
    said = tco("compare", question, other, "--json")
    assert said.returncode == 0, said.stderr
    bare = folder / "bare.toml"
    bare.write_text(preset_paths()[0].read_text() + OPTIONS)
    assert tco("compare", question, bare).returncode != 0  # the other's facts are not its own


def test_a_sweep_answers_every_point_with_own_facts(folder, question):
    out = folder / "sweep.csv"
    vary = ("--vary", "workload.requests_per_month=1000000,2000000")
    said = tco("sweep", question, *vary, "--out", out, "--workers", "1")
    assert said.returncode == 0, said.stderr
    rows = list(csv.DictReader(out.read_text().splitlines()))
    assert [row["reason"] for row in rows] == ["", ""]
    assert all(float(row["staying_present_usd"]) > 0 for row in rows)


@pytest.mark.parametrize("command", ["break-even", "validate", "rank"])
def test_commands_answer_from_own_facts(question, command):
    said = tco(command, question)
    assert said.returncode == 0, said.stderr


def test_an_own_rent_moves_with_the_price_of_gpus(question):
    said = tco("sensitivity", question, "--draws", "0", "--only", "gpu_price")
    assert said.returncode == 0, said.stderr
    assert tco("solve", question, "--for", "gpu-price").returncode in (0, 2)


def test_a_contract_without_a_day_is_undated_and_answered(folder, question):
    said = 'source = { name = "agreement of October", as_of = "2026-10-01" }\n'
    assert said in question.read_text()
    question.write_text(question.read_text().replace(said, ""))
    answer = evaluate(load_scenario(question), draws=5)
    mine = alternative(answer, "openai, our contract")
    assert {line.basis.source for line in mine.lines if line.unit == "Mtok"} == {"yours"}
    assert any("undated" in finding.message for finding in answer.findings)
