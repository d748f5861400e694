"""A lead enters a question of their own, action by action, and the answer is what arithmetic says.

"We pay about $80k a month for gpt-5.4-mini and gpt-5.4, 40 M requests, 900 in, 350 out, 60 %
cached, EU data, growth 5 %; would two servers of 8 H100 at $260k, or H200 at $2.60 on a year, pay?"
"""

import csv
from dataclasses import dataclass

import pytest
from playwright.sync_api import Page, expect

from tco.words.money import usd
from tests.browser.steps import SECONDS, as_shown, go, headline, saved, settled, text_of
from tests.tco.plain_by_hand import AROUND_API_USD

pytestmark = pytest.mark.browser

MOST_ACTIONS = 39
MINI = (0.75, 0.075, 4.50)
GPT = (2.50, 0.25, 15.00)
"""Published on OpenAI's price page: input, cached input, output [USD/Mtok]."""
EU = 1.10
"""Published uplift of processing in the EU."""
REQUESTS, SENT, ANSWERED, CACHED, OF_GPT = 40e6, 900.0, 350.0, 0.60, 0.03
MONTHS, GROWTH, RATE = 36, 0.05, 0.08
HOURS = 730
LIFE_YEARS, RESIDUAL, SUPPORT = 4, 0.15, 0.10
PLATE_KW, POWER_SHARE, PUE, USD_PER_KWH, USD_PER_KW_MONTH = 10.2, 0.69, 1.54, 0.0977, 195.94
"""What the library holds of owned servers and of people; see the page *Assumptions*."""
TODAY = "GPT-5.4 mini, EU + GPT-5.4, EU"
BOUGHT = "H100 SXM bought, gpt-oss-120b"
RENTED = "H200 SXM rented for a year, gpt-oss-120b"
VERDICT = (
    f"If gpt-oss-120b is good enough, run gpt-oss-120b on your own GPUs: {BOUGHT}. "
    f"Whether {RENTED} costs less is too close to call."
)


@dataclass
class Lead:
    """Somebody at the page; counts what they do."""

    page: Page
    actions: int = 0

    def type(self, label, text):
        box = self.page.get_by_label(label, exact=True)
        box.fill(text)
        box.press("Enter")
        self.actions += 1
        settled(self.page)

    def choose(self, label, option):
        """Search the list of a box by typing, then take what is found."""
        field = self.page.get_by_label(label, exact=True)
        expect(field).to_have_count(1)  # a page that is drawn again may show it twice meanwhile
        field.fill(option)
        wanted = self.page.get_by_role("option", name=option, exact=True)
        expect(wanted).to_be_visible(timeout=SECONDS)
        self.page.wait_for_timeout(700)  # the list still moves into place
        wanted.click()
        self.actions += 2
        settled(self.page)

    def press(self, name):
        self.page.get_by_role("button", name=name, exact=True).click()
        self.actions += 1
        settled(self.page)

    def sees(self, label):
        """Wait for an input that follows from what was done."""
        expect(self.page.get_by_label(label, exact=True)).to_be_visible(timeout=SECONDS)
        settled(self.page)

    def open(self, text):
        self.page.get_by_text(text, exact=True).click()
        self.actions += 1
        settled(self.page)

    def go(self, title):
        go(self.page, title)
        self.actions += 1


def tokens_usd(rates, requests):
    """Price of a month by hand [USD]."""
    sent, cached, answered = rates
    each = SENT * (1 - CACHED) * sent + SENT * CACHED * cached + ANSWERED * answered
    return requests * each / 1e6 * EU


def entered(page):
    """Enter the question; gives the lead, who counted."""
    lead = Lead(page)
    lead.choose("Start from", "Your own case, from scratch")
    lead.choose("Model you use today", "GPT-5.4 mini")
    lead.choose("Processed in", "EU")
    lead.type("Requests a month", "40 million")
    lead.type("Prompt tokens, mean", "900")
    lead.type("Output tokens, mean", "350")
    lead.type("Cached share of the prompt", "60 %")
    lead.type("Growth a month", "5 %")
    lead.choose("Another model you use today", "GPT-5.4")
    lead.sees("requests to gpt-5.4: Share of requests")
    lead.type("requests to gpt-5.4: Share of requests", "3 %")
    lead.open("More inputs")
    lead.type("Region that data may not leave", "eu")
    lead.open("More inputs")
    lead.go("Alternatives")
    lead.choose("Accelerator", "H100 SXM")
    lead.type("Price of a server, USD", "$260k")
    lead.press("Compare with this machine")
    lead.sees("Alternative")
    lead.choose("Accelerator", "H200 SXM")
    lead.choose("How it is had", "rented for a year")
    lead.type("Rent of a GPU for an hour, USD", "$2.60")
    lead.press("Compare with this machine")
    lead.sees("Your GPU price for")
    return lead


def level_usd(price, months, *, rate, left):
    """Level monthly cost of a server that is sold after so many months for a share of its price."""
    monthly = (1 + rate) ** (1 / 12) - 1
    paid = sum((1 + monthly) ** -month for month in range(1, months + 1))
    return (price - price * left * (1 + monthly) ** -months) / paid


def present_usd(first_month, level, months, *, rate, growth):
    """Present value of a bill that grows and of one that does not, paid at each month's end."""
    monthly = (1 + rate) ** (1 / 12) - 1
    return sum(
        (first_month * (1 + growth) ** month + level) * (1 + monthly) ** -(month + 1)
        for month in range(months)
    )


def lines_of(path, alternative):
    """Quantity and dollars of each line of a bill in the downloaded result."""
    with path.open(encoding="utf-8-sig") as file:
        rows = [row for row in csv.DictReader(file) if row["record"] == "line"]
    return {
        row["value"]: (float(row["quantity"]), float(row["cost_usd_per_month"]))
        for row in rows
        if row["alternative"] == alternative and row["cost_usd_per_month"] != "not estimated"
    }


def test_a_question_of_ones_own_is_entered_in_under_forty_actions_and_answered(visit, tmp_path):
    page = visit(width=1440, height=1000)
    lead = entered(page)
    lead.go("Decide")
    assert lead.actions <= MOST_ACTIONS
    tokens = tokens_usd(MINI, REQUESTS * (1 - OF_GPT)) + tokens_usd(GPT, REQUESTS * OF_GPT)
    staying = present_usd(tokens, AROUND_API_USD, MONTHS, rate=RATE, growth=GROWTH)
    said = text_of(page)
    assert f"A first month costs {usd(tokens + AROUND_API_USD)} on {TODAY}" in said
    assert f"and {TODAY} {usd(staying)}: the move is worth" in said
    result = saved(page, "Download result (CSV)", tmp_path)
    today = sum(cost for _, cost in lines_of(result, "today").values())
    assert today == pytest.approx(tokens + AROUND_API_USD, abs=0.005)
    bought = lines_of(result, f"self-hosted/{BOUGHT}")
    servers, capital = bought["GPU servers, 8 × H100 SXM, host included: capital"]
    left = RESIDUAL ** (MONTHS / 12 / LIFE_YEARS)
    assert (servers, capital) == (
        2,
        pytest.approx(2 * level_usd(260e3, MONTHS, rate=RATE, left=left)),
    )
    assert bought["Hardware support"][1] == pytest.approx(2 * 260e3 * SUPPORT / 12)
    assert bought["Colocation"][1] == pytest.approx(2 * PLATE_KW * USD_PER_KW_MONTH)
    power = 2 * PLATE_KW * POWER_SHARE * HOURS * PUE * USD_PER_KWH
    assert bought["Electricity, cooling included"][1] == pytest.approx(power)
    rented = lines_of(result, f"self-hosted/{RENTED}")
    hours, rent = rented["GPU instances, 8 × H200 SXM, host included"]
    assert (hours, rent) == (HOURS, pytest.approx(HOURS * 8 * 2.60))
    total = sum(cost for _, cost in bought.values())
    assert f"and {usd(total)} with {BOUGHT}." in said
    expect(headline(page)).to_have_text(as_shown(VERDICT))
    assert f"keep 8 replicas of gpt-oss-120b ({BOUGHT})" in said
