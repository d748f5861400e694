"""A laptop that slept, a server that was restarted: the same question, or word that it is gone.

The click after it reaches a session that knows nothing.
"""

import json
import sqlite3
from contextlib import ExitStack, closing
from dataclasses import dataclass

import pytest
from playwright.sync_api import Page, expect

from tco.answer.evaluation import evaluate
from tco.question.files import changed, document_of
from tco.question.presets import presets
from tco.words.money import usd_short
from tests.browser.conftest import DRAWN, free_port, serving
from tests.browser.relay import relayed
from tests.browser.steps import (
    DESK,
    SECONDS,
    as_shown,
    bill,
    choose,
    enter,
    expect_volume,
    go,
    headline,
    settled,
    text_of,
    tile,
)

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

PRESETS = presets()
DEFAULT = next(iter(PRESETS.values()))
VOLUME = "workload.requests_per_month"
SLEEP_MS = 140_000
"""Streamlit forgets a session two minutes after its browser went."""
LOST = "This page had lost its connection for too long, or its server was restarted."


@dataclass
class Asked:
    """A page with a question on it, and what it showed."""

    page: Page
    headline: str
    bill: str
    own: str

    @classmethod
    def shown_on(cls, page, scenario):
        """Take what the page shows once it is the answer to a scenario."""
        answer = evaluate(scenario)
        expect(headline(page)).to_have_text(as_shown(answer.verdict.headline), timeout=SECONDS)
        staying = usd_short(answer.alternatives[0].monthly_usd)
        expect(bill(page)).to_contain_text(staying, timeout=SECONDS)
        own = usd_short(answer.alternative(answer.verdict.best_own).monthly_usd)
        expect(tile(page, "Own GPUs, a month")).to_contain_text(own, timeout=SECONDS)
        settled(page)
        return cls.of(page)

    @classmethod
    def of(cls, page):
        return cls(
            page,
            headline(page).inner_text(),
            bill(page).inner_text(),
            tile(page, "Own GPUs, a month").inner_text(),
        )

    def is_taken_up(self):
        """The page says what happened, and shows what it showed before."""
        expect(self.page.get_by_text(LOST)).to_be_visible(timeout=SECONDS)
        settled(self.page)
        assert Asked.of(self.page) == self


def edited(page):
    enter(page, "Requests a month", 61_000_000)
    expect_volume(page, "61.0 M")
    enter(page, "USD per GPU-hour", 0.5)
    mine = changed(DEFAULT, {VOLUME: 61e6, "self_hosted.0.usd_per_gpu_hour": 0.5})
    return Asked.shown_on(page, mine)


def uploaded(page):
    mine = changed(DEFAULT, {VOLUME: 51e6, "name": "Ours"})
    content = json.dumps(document_of(mine)).encode()
    page.get_by_test_id("stFileUploaderDropzoneInput").first.set_input_files(
        {"name": "ours.json", "mimeType": "application/json", "buffer": content}
    )
    return Asked.shown_on(page, mine)


def from_the_shelf(page):
    title = "Questions over long documents"
    choose(page, "Start from", title)
    go(page, "Scenarios")
    page.get_by_role("button", name="Save this page as new").click()
    expect(page.get_by_text("Saved as a new scenario.")).to_be_visible(timeout=SECONDS)
    choose(page, "Start from", next(iter(PRESETS)))
    page.get_by_role("button", name="Open on the page").click()
    settled(page)
    go(page, "Decide")
    return Asked.shown_on(page, PRESETS[title])


def looked_at_bills(asked):
    go(asked.page, "Bills")
    expect(asked.page.get_by_text(LOST)).to_be_visible(timeout=SECONDS)
    go(asked.page, "Decide")
    asked.is_taken_up()


def edited_again(asked):
    enter(asked.page, "Requests a month", 3_000_000)
    asked.is_taken_up()
    enter(asked.page, "Requests a month", 3_000_000)
    expect_volume(asked.page, "3.00 M")
    expect(asked.page.get_by_text(LOST)).to_have_count(0)


def opened_a_panel(asked):
    asked.page.get_by_text("More inputs", exact=True).click()
    asked.is_taken_up()


THREE = ((edited, edited_again), (uploaded, looked_at_bills), (from_the_shelf, opened_a_panel))


def opened(browser, address):
    page = browser.new_page(viewport=DESK)
    page.goto(address)
    page.wait_for_selector(DRAWN, timeout=60_000)
    settled(page)
    return page


def test_after_a_sleep_every_question_is_the_one_it_was(browser, tmp_path):
    port = free_port()
    with serving(tmp_path, port=port), relayed(port) as relay:
        pages = [opened(browser, f"http://127.0.0.1:{relay.port}") for _ in THREE]
        asked = [ask(page) for page, (ask, _) in zip(pages, THREE, strict=True)]
        relay.cut()
        pages[0].wait_for_timeout(SLEEP_MS)
        relay.mend()
        for one, (_, click) in zip(asked, THREE, strict=True):
            expect(one.page.get_by_test_id("stConnectionStatus")).to_have_count(0, timeout=SECONDS)
            click(one)
            one.page.close()


def test_after_a_restart_every_question_is_the_one_it_was(browser, tmp_path):
    port = free_port()
    with ExitStack() as first:
        address = first.enter_context(serving(tmp_path, port=port))
        pages = [opened(browser, address) for _ in THREE]
        asked = [ask(page) for page, (ask, _) in zip(pages, THREE, strict=True)]
        first.close()
        with serving(tmp_path, port=port):
            for one, (_, click) in zip(asked, THREE, strict=True):
                one.page.wait_for_timeout(3_000)  # the page asks for its server now and then
                click(one)
                one.page.close()


def test_a_question_that_was_not_kept_is_said_to_be_gone_and_nothing_answered(browser, tmp_path):
    port = free_port()
    with ExitStack() as first:
        page = opened(browser, first.enter_context(serving(tmp_path, port=port)))
        edited(page)
        first.close()
        with closing(sqlite3.connect(tmp_path / "s.sqlite")) as store, store:
            store.execute("DELETE FROM open_page")
        with serving(tmp_path, port=port):
            page.wait_for_timeout(3_000)
            page.get_by_text("More inputs", exact=True).click()
            gone = page.get_by_text("The question of this page is gone")
            expect(gone).to_be_visible(timeout=SECONDS)
            settled(page)
            expect(page.get_by_test_id("stMetric")).to_have_count(0)
            assert "61" not in text_of(page)
            page.get_by_role("button", name="Start afresh").click()
            verdict = evaluate(DEFAULT).verdict
            expect(headline(page)).to_have_text(as_shown(verdict.headline), timeout=SECONDS)
            page.close()
