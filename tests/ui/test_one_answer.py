"""Page, command, report and exports tell one answer: bills line by line, worths, to the cent."""

import csv
import io
import json
import re
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tco.question.presets import preset_paths
from tests.tco.command import tco
from tests.tco.test_export_report import Page
from tests.tco.xlsx_file import Workbook
from tests.ui.test_page import go

APP = str(Path(__file__).parents[2] / "app.py")
AMOUNT = re.compile(r"(−?)\$?([\d,]+(?:\.\d\d)?)")
CENT = Decimal("0.01")
CENTS_BELOW = 100


def plain(text):
    """Text as a reader sees it."""
    return re.sub(r"[\u2060\\*]", "", str(text)).replace("\xa0", " ")


def shown(text):
    """Amount that is shown, of $1,234.50, of −$5 or of 1,234; None where it is none."""
    found = AMOUNT.fullmatch(plain(text))
    return Decimal(f"{'-' if found[1] else ''}{found[2].replace(',', '')}") if found else None


def is_rounded(text, usd, *, places=2):
    """Whether the exact amount is shown, rounded to so many decimals."""
    amount = shown(text)
    half = Decimal("0.5").scaleb(-places)
    return amount.as_tuple().exponent == -places and abs(amount - Decimal(usd)) <= half


def is_in_dollars(text, usd):
    """Whether the exact amount is shown in whole dollars, or in cents where it is small."""
    return is_rounded(text, usd, places=2 if usd < CENTS_BELOW else 0)


@dataclass(frozen=True)
class Faces:
    """One scenario as every face tells it."""

    told: dict
    """What the command prints as JSON."""
    printed: str
    page: AppTest
    report: str
    book: Workbook
    document: dict
    csv: str

    @property
    def priced(self):
        return [one for one in self.told["alternatives"] if one["usd_per_month"]]


def of_json(text):
    return json.loads(text, parse_float=Decimal)


def exported(file, form, folder):
    target = folder / f"answer.{form}"
    assert tco("export", file, "--to", target).returncode == 0
    return target.read_bytes()


@pytest.fixture(scope="module", params=preset_paths(), ids=lambda file: file.stem)
def faces(request, tmp_path_factory):
    file, folder = request.param, tmp_path_factory.mktemp("exports")
    told = of_json(tco("evaluate", file, "--json").stdout)
    page = AppTest.from_file(APP, default_timeout=120).run()
    return Faces(
        told,
        tco("evaluate", file).stdout,
        page.selectbox(key="start").set_value(told["scenario"]["name"]).run(),
        exported(file, "html", folder).decode(),
        Workbook(exported(file, "xlsx", folder)),
        of_json(exported(file, "json", folder)),
        exported(file, "csv", folder).decode("utf-8-sig"),
    )


def bills_of_report(report):
    """Names with amounts of every bill in the report, each ending in its total."""
    bills = []
    for row in Page(report).rows:
        if row[:1] == ["Line"]:
            bills.append({})
        elif bills and len(row) == 6 and "Total" not in bills[-1]:
            bills[-1][row[0]] = row[4]
        elif row[:1] == ["Total"]:
            bills[-1]["Total"] = row[1]
    return bills


def test_every_face_tells_the_same_bills_to_the_cent(faces):
    assert faces.document["alternatives"] == faces.told["alternatives"]
    table = go(faces.page, "bills").dataframe[0].value
    names, reported = list(table.iloc[:, 0]), bills_of_report(faces.report)
    in_book = faces.book.column("Answer", "USD a month", "Alternative")
    assert len(reported) == len(faces.priced) >= 5
    for one, lines in zip(faces.priced, reported, strict=True):
        on_page = dict(zip(names, map(plain, table[one["label"]]), strict=True))
        assert {name: cell for name, cell in on_page.items() if cell} == lines
        assert is_rounded(lines["Total"], one["usd_per_month"]["value"])
        assert is_rounded(lines["Total"], in_book[one["label"]])
        amounts = {line["name"]: line["cost_usd"] for line in one["lines"]}
        assert set(amounts) == set(lines) - {"Total"}
        known = {name: usd for name, usd in amounts.items() if usd is not None}
        assert sum(shown(lines[name]) for name in known) == shown(lines["Total"])
        for name, usd in known.items():  # a line gives way by a cent where the lines must add up
            assert abs(shown(lines[name]) - usd) < CENT
        in_csv = {
            row["value"]: Decimal(row["cost_usd_per_month"])
            for row in csv.DictReader(io.StringIO(faces.csv))
            if (row["record"], row["alternative"]) == ("line", one["key"]) and row["value"] in known
        }
        assert in_csv == known


def test_every_face_that_rounds_a_bill_rounds_the_same_one(faces):
    table = go(faces.page, "alternatives").dataframe[0].value.set_index("Alternative")
    for one in faces.priced:
        usd = one["usd_per_month"]["value"]
        assert is_in_dollars(table.loc[one["label"], "Bill a month"], usd)
        (row,) = re.findall(rf"^{re.escape(one['label'])}  +(\S+)", faces.printed, re.M)[:1]
        assert is_in_dollars(row, usd)


def explained(page, label):
    """Figure that the explanation of a tile ends in."""
    page.button(key=f"explain {label}").click().run()
    (head,) = [node.value for node in page.markdown if re.match(r"\*\*.*: .*\*\*$", node.value)]
    return head.rpartition(": ")[2]


def test_a_tile_of_the_page_is_explained_to_the_cent_of_the_exports(faces):
    page, verdict = go(faces.page, ""), faces.told["verdict"]
    bills = {one["key"]: one["usd_per_month"]["value"] for one in faces.priced}
    for tile, usd in {
        "Your bill, a month": bills[faces.told["alternatives"][0]["key"]],
        "The choice, a month": bills[verdict["chosen"]],
        "Own GPUs, a month": bills[verdict["best_own"]],
        "Moving is worth": verdict["worth_usd_per_year"],
    }.items():
        assert is_rounded(explained(page, tile), usd)


def test_every_face_tells_the_same_verdict(faces):
    headline = faces.told["verdict"]["headline"]
    assert plain(go(faces.page, "").title[0].value) == headline.replace("\xa0", " ")
    assert headline in faces.report.replace("&#x27;", "'")
    assert headline in faces.csv
    assert " ".join(headline.split()) in " ".join(faces.printed.split())
