"""The documents of prices: their example runs, and their numbers are the code's."""

import re
from pathlib import Path

from pricing.flags import EXPIRED_AFTER_DAYS, STALE_AFTER_DAYS
from tests.pricing.law_book import MISTAKES

DOCS = Path(__file__).parents[2] / "docs"
TEXT = (DOCS / "pricing.md").read_text("utf-8")


def test_the_example_prints_what_it_says(capsys):
    code = re.search(r"```python\n(.*?)```", TEXT, re.DOTALL)[1]
    exec(compile(code, "docs/pricing.md", "exec"), {})  # the document's own code
    assert capsys.readouterr().out.strip() == "0.6225 long"
    assert "# 0.6225 long" in code


def test_the_limits_of_age_are_those_of_the_code():
    assert f"more than {STALE_AFTER_DAYS} days" in TEXT
    assert f"beyond {EXPIRED_AFTER_DAYS}\ndays" in TEXT


def test_the_seeded_mistakes_are_counted():
    assert f"{len(MISTAKES)} seeded mistakes" in TEXT


def test_every_entry_of_the_ledger_has_a_verdict_and_a_reason():
    rows = re.findall(r"^\| [DL]\d\d \|.*$", (DOCS / "price-ledger.md").read_text("utf-8"), re.M)
    assert len(rows) == 32
    for row in rows:
        cells = [cell.strip() for cell in row.strip("|").split(" | ")]
        assert len(cells) == 6
        assert re.match(r"ours|both|open", cells[4])
        assert len(cells[5]) > 15
