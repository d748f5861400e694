"""Every row of a damaged log is priced, bounded or set aside, or the file is refused.

A log has no digest: a digit that was turned over is another log. What can be promised is that no
row goes missing in silence and nothing that cannot be right is priced. Some programs write what is
no usage into the same file, and say so in a field: there a row may turn into one of those.
"""

import csv
import io

import pytest

from pricing.errors import PlannerError
from tco.own_data.usage.registry import shape_named
from tests.fuzz.damage import damaged
from tests.usage.reading import billed
from tests.usage.test_corpus import ADDED_UP, FLAT, PER_REQUEST, case

SHAPES = {**PER_REQUEST, **ADDED_UP, **FLAT}
ROWS = 8
COUNTS = [9, pytest.param(240, marks=pytest.mark.long)]


def written(name):
    writer, requests = case(name, ROWS, SHAPES)
    files = writer(requests)
    return files[0] if isinstance(files[0], tuple) else files


@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize("name", SHAPES)
def test_a_damaged_log_is_refused_or_each_of_its_rows_is_accounted_for(tmp_path, name, count):
    file, text = written(name)
    path = tmp_path / file
    for spoilt in damaged(text.encode(), count):
        path.write_bytes(spoilt)
        try:
            found = billed([path])
        except PlannerError:
            continue
        assert found.rows == found.total.rows + found.set_aside_rows
        assert found.total.lower_usd >= 0
        assert found.total.upper_usd is None or found.total.lower_usd <= found.total.upper_usd
        if (rows := rows_of(file, spoilt)) is not None:
            mixed = any(shape_named(key).only for key in found.shapes)
            assert found.rows <= rows if mixed else found.rows == rows, spoilt


def rows_of(file, content):
    """Rows that a file holds, where that can be said of a damaged one; None where it cannot."""
    text = content.decode("utf-8", errors="replace")
    if file.endswith(".jsonl"):
        return sum(1 for line in text.split("\n") if line.strip())
    if file.endswith(".csv") and '"' not in text and "\r" not in text.replace("\r\n", "\n"):
        rows = list(csv.reader(io.StringIO(text, newline="")))
        return sum(1 for row in rows[1:] if row)
    return None
