"""Tables and small files of users and packages: read or refused, no traceback, and an end.

What has no digest is its owner's to edit: a flipped digit is another table. But a row with a cell
too few or too many would be read askew, and is refused.
"""

import hashlib
import json
import re
import resource
import shutil
from importlib.resources import files
from pathlib import Path

import pytest

from calibrate.files import read_document
from calibrate.fitting.points import by_group, parse_points, point_set
from calibrate.result.importers import import_points
from hardware_profiles.feeds.refresh import refresh_rents
from hardware_profiles.library import Library
from hardware_profiles.model_config import model_of_config
from hardware_profiles.own_records import own_records
from pricing import overrides
from pricing.csv_table import CsvTable
from pricing.errors import InputError, PlannerError
from pricing.quote_file import quote_file
from pricing.refresh import read_snapshot
from pricing.text_files import read_text
from tco.analysis.sweep_checkpoint import open_checkpoint, row_line
from tco.analysis.sweep_grid import rows_of_csv
from tco.own_data.benchmark import read_trials, standings
from tco.own_data.usage.column_map import read_map
from tco.question.files import load_scenario
from tests.calibrate import test_importers as forms
from tests.calibrate.test_by_number import llama_config
from tests.fuzz.damage import damaged

EXTRACTS = Path(__file__).parents[1] / "hardware_profiles" / "extracts"
COUNTS = [120, pytest.param(6_000, marks=pytest.mark.long)]
QUOTE = "id,provider,model,as_of,input_tokens,output_tokens,cached_tokens,tier\n" + "".join(
    f"r{i},openai,gpt-5.4,2026-11-{10 + i},{1_000 * i + 100},{20 + i},{10 * i},standard\n"
    for i in range(8)
)
QUALITY = "task,difficulty,model,accepted,latency_s,cost_usd\n" + "".join(
    f"t{i},{'easy' if i % 2 else 'hard'},m,{'yes' if i % 3 else 'no'},1.{i},0.0{i}\n"
    for i in range(8)
)
SWEEP = "workload.requests_per_month,finance.horizon_months\n" + "".join(
    f"{1_000_000 * (i + 1)},{12 * (i + 1)}\n" for i in range(8)
)
MAP = """rows = "request"
[columns]
model = "deployment/name"
input = "usage/prompt"
output = "usage/completion"
[constants]
provider = "openai"
[models]
gpt5 = "gpt-5.4"
"""
POINTS = "".join(
    (files("calibrate") / "data" / "vllm_closed_loop.csv").read_text().splitlines(True)[:10]
)
FORMS = (
    forms.bench(),
    forms.guidellm(),
    forms.report(),
    forms.AIPERF,
    forms.STAGE,
    forms.INFERENCEX,
    forms.LLMPERF,
    forms.SERVE,
    forms.OLD_GUIDELLM,
)
DATA = Path(str(files("hardware_profiles") / "data"))


def points_of(path):
    return {name: point_set(rows) for name, rows in by_group(parse_points(read_text(path))).items()}


def configured(path):
    return model_of_config(read_document(path, "model_config"), "mine", hf_id="/m")


def imported(path):
    return import_points([path], forms.ABOUT)


READ = {
    "quote.csv": (QUOTE, lambda path: list(quote_file(path))),
    "quality.csv": (QUALITY, lambda path: standings(read_trials(path))),
    "sweep.csv": (SWEEP, rows_of_csv),
    "points.csv": (POINTS, points_of),
    "map.toml": (MAP, read_map),
    "config.json": (json.dumps(llama_config(Library.load().model("Llama 3.1 8B"))), configured),
    **{f"form{i}.json": (json.dumps(form), imported) for i, form in enumerate(FORMS)},
}


@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize("name", READ)
def test_a_damaged_file_of_a_user_is_read_or_refused(tmp_path, name, count):
    text, read = READ[name]
    path = tmp_path / name
    path.write_text(text)
    assert read(path)
    for spoilt in damaged(text.encode(), count):
        path.write_bytes(spoilt)
        try:
            read(path)
        except PlannerError:
            continue


@pytest.mark.parametrize("count", COUNTS)
def test_damaged_overrides_of_prices_are_read_or_refused(tmp_path, count):
    for source in sorted(Path(str(files("pricing") / "data" / "overrides")).glob("*.toml")):
        for spoilt in damaged(source.read_bytes(), count // 12):
            (tmp_path / "a.toml").write_bytes(spoilt)
            try:
                overrides.read(tmp_path)
            except InputError:
                continue


@pytest.mark.parametrize("count", COUNTS)
def test_a_damaged_table_of_the_library_is_read_or_refused(tmp_path, count):
    folder = shutil.copytree(DATA, tmp_path / "data", ignore=shutil.ignore_patterns("*.json"))
    for source in sorted(DATA.glob("*.csv")):
        for spoilt in damaged(source.read_bytes(), count // 12):
            (folder / source.name).write_bytes(spoilt)
            try:
                Library.load(folder)
            except InputError:
                continue
        shutil.copy(source, folder)


@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize("name", sorted(path.name for path in EXTRACTS.glob("*.[cj]s*")))
def test_a_damaged_list_of_rents_is_read_or_refused(tmp_path, name, count):
    """Its digest is written down anew, so that what reads the list meets the damage."""
    lists = shutil.copytree(EXTRACTS, tmp_path / "lists")
    whole, described = (lists / name).read_bytes(), (lists / "sources.toml").read_text()
    was = hashlib.sha256(whole).hexdigest()
    for spoilt in damaged(whole, count // 6):
        (lists / name).write_bytes(spoilt)
        now = hashlib.sha256(spoilt).hexdigest()
        (lists / "sources.toml").write_text(described.replace(was, now))
        try:
            assert not refresh_rents(lists).written
        except InputError:
            continue


@pytest.mark.parametrize("count", [300, pytest.param(20_000, marks=pytest.mark.long)])
def test_a_damaged_checkpoint_goes_on_from_a_beginning_of_what_was_written(tmp_path, count):
    path = tmp_path / "checkpoint"
    open_checkpoint(path, "asked", replace=False)
    rows = "".join(
        row_line("asked", i, {"status": "answered", "worth_usd": 1.5 * i}) for i in range(6)
    )
    path.write_text(whole := path.read_text() + rows)
    assert open_checkpoint(path, "asked", replace=False) == 6
    for spoilt in damaged(whole.encode(), count):
        path.write_bytes(spoilt)
        try:
            kept = open_checkpoint(path, "asked", replace=False)
        except InputError:
            continue
        assert path.read_text() == "".join(whole.splitlines(True)[: kept + 1])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a,b\n1\n", "has 1 cells, the header has 2"),
        ("a,b\n1,2,3\n", "has 3 cells"),
        ("a,a\n1,2\n", "stands twice"),
        ("a, \n1,2\n", "without a name"),
        ("", "is empty"),
        (f"a,b\n1,{'x' * 200_000}\n", "field larger than"),
        ('a,b\n1,"2\n', "unexpected end of data"),
    ],
)
def test_what_is_no_table_is_refused_with_its_line(text, words):
    with pytest.raises(InputError, match=re.escape(words)):
        CsvTable.read("table.csv", text)


@pytest.fixture
def memory():
    """Let this process take 500 MB more, and no more."""
    kept = resource.getrlimit(resource.RLIMIT_AS)
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + 500_000_000, kept[1]))
    yield
    resource.setrlimit(resource.RLIMIT_AS, kept)


def test_a_record_of_ones_own_without_an_end_is_refused_within_bounds(tmp_path, memory):
    (tmp_path / "mine.json").symlink_to("/dev/zero")
    with pytest.raises(InputError, match=r"mine\.json: is larger than"):
        own_records([tmp_path], {})


@pytest.mark.parametrize(
    "read", [load_scenario, read_snapshot, *dict.fromkeys(read for _, read in READ.values())]
)
def test_a_file_without_an_end_is_refused_within_bounds(read, memory):
    with pytest.raises(PlannerError):
        read(Path("/dev/zero"))
