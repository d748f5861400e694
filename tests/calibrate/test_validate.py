"""Finished runs looked at again: changed bytes, other machines, other schemas, and the page."""

import gzip
import json
import random
from html.parser import HTMLParser

import pytest

from calibrate.fitting.record import record_text
from calibrate.result.own_record import write_results
from calibrate.result.page import report_page
from calibrate.result.validate import read_record_file, validate_run
from calibrate.run.journal import Journal
from calibrate.run.run import PLAN, outcome_so_far
from hardware_profiles import Library
from hardware_profiles.fingerprint import Fingerprint, differences, fingerprint_of
from pricing.errors import InputError, RecordInvalidError, StorageError
from tco.exports import svg
from tests.calibrate.plans import calibrate
from tests.calibrate.simulated_runs import simulated_run
from tests.calibrate.test_known_truth import spread_plan

NOTHING_MEANT = Fingerprint()


@pytest.fixture(scope="module")
def library():
    return Library.load()


@pytest.fixture(scope="module")
def files(tmp_path_factory, library):
    """Bytes of a finished run, by name."""
    folder = tmp_path_factory.mktemp("finished")
    plan = spread_plan()
    (folder / PLAN).write_text(plan.model_dump_json(indent=1))
    outcome = simulated_run(plan, folder=folder)
    with Journal.open(folder / "journal") as journal:
        for entry in outcome.entries:
            journal.append(entry)
        journal.seal()
    assert write_results(outcome, folder, library) == ()
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.fixture
def run(tmp_path, files):
    for name, content in files.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
    return tmp_path


def record_of(run):
    (path,) = run.glob("small-*.json")
    return path


def test_a_finished_run_is_worked_out_again_to_the_byte(run, library):
    found = validate_run(run, library, NOTHING_MEANT)
    assert record_text(found.record).encode() == record_of(run).read_bytes()
    assert found.differences == ()
    assert calibrate("validate", run).returncode == 0


def test_another_version_of_numpy_that_adds_otherwise_changes_nothing(run, library, monkeypatch):
    """The last digits of a fit move with the libraries it is worked out with."""
    import calibrate.result.validate as module

    worked_out = module.own_record

    def elsewhere(outcome, found):
        record = worked_out(outcome, found)
        moved = [[x * (1 + 3e-5) for x in row] for row in record.covariance]
        return type(record).model_validate(record.model_dump() | {"covariance": moved})

    monkeypatch.setattr(module, "own_record", elsewhere)
    monkeypatch.setattr(module, "software", lambda: {"numpy": "9.9", "scipy": "9.8"})
    found = validate_run(run, library, NOTHING_MEANT)
    assert any("numpy" in remark and "checked with 9.9" in remark for remark in found.remarks)


def test_a_record_of_other_measurements_is_refused_and_the_place_named(run, library, monkeypatch):
    import calibrate.result.validate as module

    worked_out = module.own_record

    def otherwise(outcome, found):
        record = worked_out(outcome, found)
        return record.model_copy(update={"residual_sd": record.residual_sd * 1.01})

    monkeypatch.setattr(module, "own_record", otherwise)
    with pytest.raises(RecordInvalidError, match="residual_sd"):
        validate_run(run, library, NOTHING_MEANT)


def test_an_unfinished_run_is_refused_with_the_command_that_goes_on(run, library):
    lines = (run / "journal").read_bytes().splitlines(keepends=True)
    (run / "journal").write_bytes(b"".join(lines[:4]))
    with pytest.raises(RecordInvalidError) as refusal:
        validate_run(run, library, NOTHING_MEANT)
    first = refusal.value.problems[0]
    assert (first.field, first.limit) == ("journal", "is not finished")
    assert first.remedy == f"Go on with: tco-calibrate resume {run}"


def test_a_stopped_run_leaves_a_provisional_record_that_validates(run, library):
    """As many points as were measured, with the remark that it was stopped."""
    lines = [line.split(" ", 3)[3] for line in (run / "journal").read_text().splitlines()]
    (run / "journal").unlink()
    record_of(run).unlink()
    with Journal.open(run / "journal") as journal:
        for line in lines[:8]:
            journal.append(json.loads(line))
        journal.append({"kind": "interrupted", "at": "2026-11-24T00:00:00Z", "signal": 2})
    assert write_results(outcome_so_far(run), run, library) == ()
    found = validate_run(run, library, NOTHING_MEANT)
    assert found.grade == "provisional"
    assert found.remarks[0] == "the run was stopped: 7 of 14 points were measured"


def test_f18_a_changed_byte_in_any_file_is_found(run, files, library):
    chance = random.Random(18)
    watched = [name for name in files if name.startswith(("rows/V", "small-", "journal"))]
    for name in watched:
        content = bytearray(files[name])
        content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
        (run / name).write_bytes(bytes(content))
        with pytest.raises((RecordInvalidError, StorageError)):
            validate_run(run, library, NOTHING_MEANT)
        (run / name).write_bytes(files[name])


def test_figures_that_the_raw_rows_do_not_give_are_found(run, library):
    """Even where the journal is whole in itself."""
    lines = [line.split(" ", 3)[3] for line in (run / "journal").read_text().splitlines()]
    (run / "journal").unlink()
    with Journal.open(run / "journal") as journal:
        for line in lines:
            entry = json.loads(line)
            if entry.get("id") == "V0":
                entry["judged"]["figures"]["requests_per_second"] *= 1.01
            journal.append(entry)
    with pytest.raises(RecordInvalidError, match="not what its raw rows give"):
        validate_run(run, library, NOTHING_MEANT)


def test_f23_another_machine_version_revision_or_flag_is_flagged(run, library):
    measured = fingerprint_of(read_record_file(record_of(run)))
    assert list(differences(measured, measured)) == []
    for field, meant in {
        "model": "Llama 3.1 8B",
        "precision": "fp8",
        "accelerator": "H100 SXM",
        "gpus_per_replica": 2,
        "engine_version": "0.33.1",
        "flags": ("--max-num-seqs=128",),
    }.items():
        (flag,) = differences(measured, Fingerprint(**{field: meant}))
        assert flag.field == field
    assert list(differences(measured, Fingerprint(engine_version="0.32.7"))) == []
    said = calibrate("validate", run, "--accelerator", "H100 SXM", "--json")
    assert json.loads(said.said)["flags"] == ["accelerator: measured with CPU, meant H100 SXM"]


def test_f25_a_newer_schema_is_refused_by_both_numbers(run):
    document = json.loads(record_of(run).read_text())
    record_of(run).write_text(json.dumps(document | {"schema_version": 999}))
    with pytest.raises(InputError, match="reads up to 2") as caught:
        read_record_file(record_of(run))
    assert "999" in str(caught.value)
    done = calibrate("validate", record_of(run), "--json")
    assert done.returncode == 2
    assert json.loads(done.said)["exit_code"] == 2


def test_f25_records_of_the_first_schema_are_read(library):
    """Those that ship are of it."""
    assert {record.schema_version for record in library.calibrations.values()} == {1}


def test_a_record_of_unknown_fields_or_no_json_is_refused(run):
    document = json.loads(record_of(run).read_text())
    record_of(run).write_text(json.dumps(document | {"speed": 9}))
    with pytest.raises(InputError, match="speed"):
        read_record_file(record_of(run))
    record_of(run).write_text("{")
    with pytest.raises(InputError, match="not JSON"):
        read_record_file(record_of(run))


class Page(HTMLParser):
    """Tags and text of a page, every tag closed."""

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.words = [], [], []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag != "meta":
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)


def test_the_page_shows_curve_points_residuals_goodput_and_what_to_do(run, library):
    text = report_page(run, library)
    page = Page(text)
    words = " ".join(page.words)
    for part in (
        "VALID",
        "Capacity: ",
        "90% interval",
        "Curve against points",
        "Held-out points",
        "Residuals",
        "Goodput",
        "What to do next",
        "How it was measured",
    ):
        assert part in words
    circles = [attrs for tag, attrs in page.tags if tag == "circle"]
    assert len(circles) == 10 + 10 + 4  # points on curves, residuals of both kinds
    for attrs in circles:
        assert 0 < float(attrs["cx"]) < svg.WIDTH
        assert 0 < float(attrs["cy"]) < 380
    for forbidden in ("<script", "http://", "https://", "src=", "nan"):
        assert forbidden not in text.replace("http-equiv", "")


def test_the_page_of_an_unfinished_run_says_what_is_missing(run, library):
    lines = (run / "journal").read_bytes().splitlines(keepends=True)
    (run / "journal").write_bytes(b"".join(lines[:4]))
    words = " ".join(Page(report_page(run, library)).words)
    assert "INVALID" in words
    assert "not measured" in words


def test_a_name_from_outside_cannot_put_markup_into_the_page(run, library):
    document = json.loads((run / PLAN).read_text())
    document["model"] = "<script>alert(1)</script>"
    (run / PLAN).write_text(json.dumps(document))
    assert "<script" not in report_page(run, library)


def test_report_writes_the_page_beside_the_run(run):
    assert calibrate("report", run).returncode == 0
    assert (run / "report.html").read_text().startswith("<!doctype html>")


def test_raw_rows_are_one_document_a_line(files):
    rows = gzip.decompress(files["rows/F0.0.jsonl.gz"]).splitlines()
    assert len(rows) >= 24
    assert json.loads(rows[0])["error"] == ""
