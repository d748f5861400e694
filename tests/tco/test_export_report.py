import re
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tco.answer.evaluation import evaluate
from tco.exports.markup import element, escaped, link
from tco.exports.report_page import report_html
from tco.exports.report_tables import adding_up
from tco.question.files import changed
from tco.question.presets import presets
from tests.tco.random_questions import NAMES
from tests.tco.test_export_forecast import RICH

DEFAULT = next(iter(presets().values()))
SCENARIOS = pytest.mark.parametrize(
    "scenario", [*presets().values(), RICH], ids=lambda scenario: scenario.name
)
VOID = {"meta", "br", "line", "rect", "polyline"}


class Page(HTMLParser):
    """Tags, attributes, text and tables of a page as a browser would find them."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.attributes, self.texts, self.rows, self.open = [], [], [], [], []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, name, value) for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in {"td", "th"}:
            self.rows[-1].append("")

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, name, value) for name, value in attrs]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if "style" in self.open:
            return
        self.texts.append(data)
        if self.open and self.open[-1] in {"td", "th", "a"} and self.rows and self.rows[-1]:
            self.rows[-1][-1] += data


def page_of(scenario):
    return Page(report_html(scenario, evaluate(scenario)))


@pytest.fixture(scope="module")
def plain():
    return page_of(DEFAULT)


def cents(text):
    return round(float(text.replace(",", "")) * 100)


@SCENARIOS
def test_every_bill_adds_up_to_its_total_in_the_cents_that_are_shown(scenario):
    evaluation = evaluate(scenario)
    page = Page(report_html(scenario, evaluation))
    bills, lines = [], []
    for row in page.rows:
        if len(row) == 6 and row[0] == "Line":
            lines = []
        elif row and row[0] == "Total":
            bills.append((lines, cents(row[1])))
        elif (
            len(row) == 6 and row[4] != "not estimated" and re.fullmatch(r"-?[\d,]+\.\d\d", row[4])
        ):
            lines.append(cents(row[4]))
    priced = [a.monthly_usd for a in evaluation.alternatives if a.refused is None]
    assert [total for _, total in bills] == pytest.approx([usd * 100 for usd in priced], abs=0.501)
    for shown, total in bills:
        assert sum(shown) == total


@given(st.lists(st.floats(-1e9, 1e9), max_size=30))
def test_rounded_amounts_add_up_to_the_rounded_sum(amounts):
    rounded = adding_up(amounts, 100)
    assert sum(rounded) == pytest.approx(sum(amounts) * 100, abs=0.51 + 1e-6 * len(amounts))
    for amount, cent in zip(amounts, rounded, strict=True):
        assert abs(cent - amount * 100) < 1 + 1e-4


def test_it_says_what_the_page_says(plain):
    evaluation = evaluate(DEFAULT)
    text = " ".join(plain.texts)
    for said in (
        evaluation.verdict.headline,
        evaluation.verdict.sentence,
        evaluation.verdict.also,
        evaluation.stamp.catalogue_sha256,
        *evaluation.conventions,
        *(finding.message for finding in evaluation.findings),
        *(alternative.label for alternative in evaluation.alternatives),
        *(row.label for row in evaluation.assumptions),
    ):
        assert said in text


def test_it_loads_and_runs_nothing(plain):
    assert not set(plain.tags) & {"script", "link", "img", "iframe", "object", "embed", "form"}
    for tag, name, value in plain.attributes:
        assert not name.startswith("on"), name
        assert name not in {"src", "srcset", "style", "xlink:href"}
        if "//" in (value or ""):
            assert (tag, name) == ("a", "href")
    policy = next(value for _, name, value in plain.attributes if name == "content")
    assert policy.startswith("default-src 'none'")
    assert "url(" not in report_html(DEFAULT, evaluate(DEFAULT))


def test_every_chart_has_its_finding_in_words(plain):
    assert plain.tags.count("figure") == plain.tags.count("figcaption") == 3
    assert [value for _, name, value in plain.attributes if name == "role"] == ["img"] * 3


def test_what_nobody_knows_says_so(plain):
    assert "not estimated" in plain.texts


def test_a_refused_alternative_gives_its_reason():
    scenario = changed(DEFAULT, {"objective.mean_ttft_ms": 1.0})
    page = page_of(scenario)
    assert any(len(row) == 2 and row[1].startswith("refused: ") for row in page.rows)
    assert page.tags.count("figure") == 1


@given(name=NAMES, note=NAMES, option=NAMES, source=NAMES)
@settings(max_examples=settings.default.max_examples // 2)
def test_what_a_user_wrote_is_text_and_never_markup(plain, name, note, option, source):
    scenario = changed(
        DEFAULT,
        {
            "name": name,
            "note": note,
            "self_hosted.0.name": f"{option} mine"[:80],
            "workload.classes.0.source": source,
        },
    )
    page = page_of(scenario)
    assert page.tags == plain.tags
    assert {name for _, name, _ in page.attributes} == {name for _, name, _ in plain.attributes}
    shown = re.sub(
        "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]", "\N{REPLACEMENT CHARACTER}", name
    )
    assert shown.replace("\r\n", "\n").replace("\r", "\n") in " ".join(page.texts).replace(
        "\r\n", "\n"
    ).replace("\r", "\n")


@given(st.text())
def test_escaped_text_holds_nothing_that_opens_or_closes(text):
    assert not set(escaped(text)) & set("<>\"'\0")


def test_attributes_are_escaped_too():
    built = element("a", "x", href='"><script>', class_="a & b").text
    assert built == '<a href="&quot;&gt;&lt;script&gt;" class="a &amp; b">x</a>'


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "", "//example.org"])
def test_only_addresses_of_the_web_become_links(url):
    assert "<a" not in link("source", url).text
    assert "<a" in link("source", "https://example.org/").text


def test_the_horizon_is_in_the_currency_of_the_scenario():
    euro = {"code": "EUR", "per_usd": 0.8, "as_of": "2026-11-20"}
    scenario = changed(DEFAULT, {"currency": euro})
    evaluation = evaluate(scenario)
    page = page_of(scenario)
    (head,) = [row for row in page.rows if "All money out, EUR" in row]
    start = page.rows.index(head)
    for appraisal, row in zip(evaluation.appraisals, page.rows[start + 1 :], strict=False):
        assert row[0] == evaluation.alternative(appraisal.alternative).label
        assert row[1] == f"{0.8 * appraisal.total_usd:,.0f}"
        assert row[3] == f"{0.8 * appraisal.npv_usd:,.0f}"
