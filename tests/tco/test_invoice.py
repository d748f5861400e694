"""A monthly invoice becomes as many requests as its dollars pay for."""

from datetime import date

import pytest

from pricing.catalogue import Catalogue
from pricing.errors import InputError, PlannerError, PriceError
from tco.answer.evaluation import evaluate
from tco.bill.invoice import Invoice, scenario_of_invoice
from tco.question.options import ApiOption
from tco.question.presets import presets

CATALOGUE = Catalogue.load()
START = next(iter(presets().values())).model_copy(update={"prices_on": date(2026, 11, 20)})
GPT = ApiOption(provider="openai", model="gpt-5.4")


def test_the_requests_are_the_dollars_over_the_price_of_one():
    """1,000 tokens in, 400 of them cached, 200 out: (600 * 2.5 + 400 * 0.25 + 200 * 15) / 1e6."""
    made = scenario_of_invoice(Invoice(4_600, GPT, 1_000, 200, 0.4), START, CATALOGUE)
    assert made.workload.requests_per_month == pytest.approx(1_000_000, rel=1e-9)
    assert made.baseline == GPT
    assert all(api != GPT for api in made.apis)
    (today, *_) = evaluate(made).alternatives
    tokens = [line.cost_usd for line in today.lines if line.unit == "Mtok"]
    assert sum(tokens) == pytest.approx(4_600, rel=1e-9)


def test_what_an_invoice_cannot_tell_is_said():
    made = scenario_of_invoice(Invoice(4_600, GPT, 1_000, 200), START, CATALOGUE)
    for word in ("your invoice", "growth", "week", "spread"):
        assert word in made.note
    assert made.workload.classes[0].source == "your invoice"
    assert made.workload.growth_per_month == 0


def test_prompts_about_the_edge_cost_what_their_share_beyond_it_does():
    """A mean at the edge: some prompts are rated anew, so there were fewer than at flat rates."""
    made = scenario_of_invoice(Invoice(100_000, GPT, 272_000, 1), START, CATALOGUE)
    flat = 100_000 / (272_000 * 2.5e-6)
    assert flat / 2 < made.workload.requests_per_month < flat * 0.8


@pytest.mark.parametrize(
    ("dollars", "option", "sent", "kind"),
    [
        (0, GPT, 1_000, InputError),
        (-5, GPT, 1_000, InputError),
        (float("nan"), GPT, 1_000, InputError),
        (1e300, GPT, 1_000, InputError),
        (5, GPT, 0, InputError),
        (5, GPT, float("nan"), InputError),
        (5, ApiOption(provider="openai", model="gpt-9"), 1_000, PriceError),
        (5, ApiOption(provider="openai", model="gpt-5.4", tier="none"), 1_000, PriceError),
    ],
)
def test_an_invoice_that_means_nothing_is_refused(dollars, option, sent, kind):
    with pytest.raises(PlannerError) as refused:
        scenario_of_invoice(Invoice(dollars, option, sent, 10), START, CATALOGUE)
    assert isinstance(refused.value, kind)
