"""Page, command, report and exports tell one answer: the same bills, line by line, to the cent."""

import json
import re
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tco.question.presets import preset_paths
from tests.tco.command import tco
from tests.tco.xlsx_file import Workbook
from tests.ui.test_page import go

APP = str(Path(__file__).parents[2] / "app.py")
FILES = preset_paths()[::2]


def plain(text):
    return re.sub(r"[\u2060\\*]", "", str(text)).replace("\xa0", " ")


def whole(text):
    """Dollars that the page shows, of $1,234, of −$5 or of 1,234."""
    return int(plain(text).replace("$", "").replace(",", "").replace("−", "-"))


def page_on(title):
    app = AppTest.from_file(APP, default_timeout=120).run()
    return app.selectbox(key="start").set_value(title).run()


def exported(file, form, folder):
    target = folder / f"answer.{form}"
    assert tco("export", file, "--to", target).returncode == 0
    return target.read_bytes()


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_face_tells_the_same_bills(file, tmp_path):
    told = json.loads(tco("evaluate", file, "--json").stdout)
    cents = {
        one["label"]: round(one["usd_per_month"]["value"] * 100)
        for one in told["alternatives"]
        if one["usd_per_month"]
    }
    book = Workbook(exported(file, "xlsx", tmp_path)).column("Answer", "USD a month", "Alternative")
    assert {label: round(book[label] * 100) for label in cents} == cents
    document = json.loads(exported(file, "json", tmp_path))
    assert document["alternatives"] == told["alternatives"]
    report = exported(file, "html", tmp_path).decode()
    for label, total in cents.items():
        row = re.search(rf"<tr><th[^>]*>{re.escape(label)}</th><td[^>]*>([\d,.]+)</td>", report)
        assert round(float(row[1].replace(",", "")) * 100) == total
    app = go(page_on(told["scenario"]["name"]), "bills")
    table = app.dataframe[0].value
    for label, total in cents.items():
        shown = list(table[label])
        assert abs(whole(shown[-1]) - total / 100) <= 0.505  # rounded from before the cents
        lines = [whole(cell) for cell in shown[:-1] if re.fullmatch(r"[−\d,]+", plain(cell))]
        assert sum(lines) == whole(shown[-1])


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_face_tells_the_same_verdict(file, tmp_path):
    told = json.loads(tco("evaluate", file, "--json").stdout)
    headline = told["verdict"]["headline"]
    assert plain(page_on(told["scenario"]["name"]).title[0].value) == headline.replace("\xa0", " ")
    assert headline in exported(file, "html", tmp_path).decode().replace("&#x27;", "'")
    assert headline in exported(file, "csv", tmp_path).decode()
    assert " ".join(headline.split()) in " ".join(tco("evaluate", file).stdout.split())
