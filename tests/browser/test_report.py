"""The report in a browser: two pages to sign, whatever was asked, and a PDF of all of it."""

import re

import pytest

from tco.answer.evaluation import evaluate
from tco.charts.printed import printed
from tco.exports.report_page import report_html
from tco.question.presets import presets
from tests.tco.command import tco
from tests.tco.test_export_report import SCENARIOS

pytestmark = pytest.mark.browser
PAGE = re.compile(rb"/Type\s*/Page\b")
DEFAULT = next(iter(presets().values()))


def pages(pdf):
    return len(PAGE.findall(pdf))


@SCENARIOS
def test_what_is_signed_prints_on_two_pages(browser, scenario):
    page = browser.new_page()
    page.set_content(report_html(scenario, evaluate(scenario)))
    whole = pages(page.pdf(prefer_css_page_size=True))
    page.evaluate("document.getElementById('appendix').remove()")
    assert pages(page.pdf(prefer_css_page_size=True)) == 2
    page.evaluate("document.querySelectorAll('.sheet')[1].remove()")
    assert pages(page.pdf(prefer_css_page_size=True)) == 1
    assert whole > 10
    page.close()


def test_the_command_prints_the_report_that_the_page_offers(tmp_path):
    target = tmp_path / "report.pdf"
    done = tco("export", "scenarios/default.toml", "--to", target)
    assert (done.returncode, done.stdout) == (0, "")
    assert target.read_bytes().startswith(b"%PDF-")
    report = printed(report_html(DEFAULT, evaluate(DEFAULT)))
    assert pages(target.read_bytes()) == pages(report) > 10
