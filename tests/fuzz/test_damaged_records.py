"""A calibration record is the one that was written, or it is refused."""

import json
import re
from importlib.resources import files

import pytest

from hardware_profiles.calibration import read_record
from hardware_profiles.library import Library
from hardware_profiles.own_records import own_records
from pricing.errors import InputError
from tco.serving.records import record_from_text
from tests.fuzz.damage import damaged

FOLDER = files("hardware_profiles") / "data" / "calibrations"
PATHS = sorted((p for p in FOLDER.iterdir() if p.name.endswith(".json")), key=lambda p: p.name)
LIBRARY = Library.load()


@pytest.mark.parametrize("count", [600, pytest.param(30_000, marks=pytest.mark.long)])
def test_a_damaged_record_is_refused_or_is_the_same_record(count):
    each = max(3, count // len(PATHS))
    for path in PATHS:
        content = path.read_bytes()
        record = read_record(content, path.name)
        refused = 0
        for spoilt in damaged(content, each):
            try:
                found = read_record(spoilt, path.name)
            except InputError:
                refused += 1
            else:
                assert found == record
        assert refused > 0.5 * each


def test_each_figure_of_a_record_that_is_changed_is_noticed():
    text = PATHS[-1].read_text()
    for found in re.finditer(r"\d+\.\d+", text):
        other = "9" if found.group()[0] != "9" else "8"
        with pytest.raises(InputError):
            read_record(text[: found.start()] + other + text[found.start() + 1 :], "record")


def test_a_record_without_a_digest_is_refused_wherever_it_is_read(tmp_path):
    document = {**json.loads(PATHS[0].read_text()), "id": "mine"}
    for spoilt in (document, {k: v for k, v in document.items() if k != "content_sha256"}):
        (tmp_path / "mine.json").write_text(json.dumps(spoilt))
        with pytest.raises(InputError, match="is not what was written"):
            own_records([tmp_path], {})
        with pytest.raises(InputError, match="is not what was written"):
            record_from_text(json.dumps(spoilt), "mine.json", LIBRARY)


def test_a_record_that_was_indented_anew_is_the_same_record():
    document = json.loads(PATHS[0].read_text())
    again = read_record(json.dumps(document, indent=7, sort_keys=True), "record")
    assert again == read_record(PATHS[0].read_text(), "record")
