"""The price page shows the catalogue's own rates, and its cliff is the one a quote finds."""

from decimal import Decimal

import pytest

from pricing.catalogue import Catalogue
from pricing.rules import RequestUsage, quote
from pricing.token_classes import TOKEN_CLASSES
from tco.answer.evaluation import evaluate
from tco.answer.price_by_length import length_prices, share_of_prompts_above
from tco.charts.length import length_chart, length_finding
from tco.charts.style import LIGHT
from tco.question.files import changed
from tco.question.presets import presets
from tco.question.traffic import mean_tokens
from tco.ui.tables.price_tables import rate_rows

EDGE = 272_000


@pytest.fixture(scope="module")
def catalogue():
    return Catalogue.load()


@pytest.fixture(scope="module")
def scenario():
    return changed(next(iter(presets().values())), {"workload.classes.0.cached_share": 0.0})


@pytest.fixture(scope="module")
def curves(scenario, catalogue):
    return length_prices(scenario, evaluate(scenario), catalogue)


def test_every_point_of_a_curve_is_the_price_of_a_quote(scenario, catalogue, curves):
    output = round(scenario.workload.classes[0].output.distribution().mean)
    priced = 0
    for option, curve in zip((scenario.baseline, *scenario.apis), curves, strict=True):
        for tokens, usd in zip(curve.tokens, curve.usd, strict=True):
            asked = quote(
                catalogue, option.provider, option.model,
                RequestUsage(input_tokens=tokens, output_tokens=output),
                on=scenario.prices_on, tier=option.tier,
            )  # fmt: skip
            if asked.usd is not None:
                assert usd == pytest.approx(float(asked.usd), rel=1e-9)
                priced += 1
    assert priced > 15


def test_the_cliff_of_gpt_5_4_stands_at_272_000_tokens(curves):
    today = curves[0]
    assert today.edges == (EDGE,)
    low, high = today.jump(EDGE)
    assert high / low == pytest.approx(2.0, abs=0.01)
    answer = evaluate(next(iter(presets().values())))
    figure = length_chart(answer, curves, 1_000.0, LIGHT)
    texts = [annotation["text"] for annotation in figure["layout"]["annotations"]]
    assert "edge: 272,000" in texts
    assert any("→" in text for text in texts)
    assert "GPT-5.4: a prompt above 272,000 tokens re-rates the whole request" in length_finding(
        curves, answer.money
    )


def test_your_discount_comes_off_the_curve(scenario, catalogue, curves):
    mine = changed(scenario, {"baseline.contract_discount": 0.2})
    (cheaper, *_) = length_prices(mine, evaluate(mine), catalogue)
    assert cheaper.usd[:3] == pytest.approx([0.8 * usd for usd in curves[0].usd[:3]])


def test_every_rate_has_a_source_a_date_and_an_age(scenario, catalogue):
    table = rate_rows(scenario, evaluate(scenario), catalogue)
    gpt = table[table["Alternative"] == "GPT-5.4"]
    assert list(gpt["Input"]) == ["2.50", "5.00"]
    assert list(gpt["Output"]) == ["15.00", "22.50"]
    assert table["Source"].all()
    assert table["Read"].str.match(r"20\d\d-").all()
    assert (table["Age, days"] >= 0).all()
    batch = table[table["Alternative"] == "GPT-5.4, batch"]
    assert Decimal(batch["Cached input"].iloc[0]) == Decimal("0.13")  # published, not half of 0.25


def test_every_token_class_has_a_column(scenario, catalogue):
    table = rate_rows(scenario, evaluate(scenario), catalogue)
    assert {of.name.capitalize() for of in TOKEN_CLASSES} <= set(table.columns)


def test_old_rates_are_flagged(scenario, catalogue):
    later = changed(scenario, {"prices_on": "2027-03-15"})
    table = rate_rows(later, evaluate(later), catalogue)
    assert table["Flag"].str.startswith("stale").all()


def test_shares_above_the_edge_are_those_of_the_distribution(scenario):
    assert share_of_prompts_above(scenario, 0) == pytest.approx(1.0)
    assert share_of_prompts_above(scenario, EDGE) == 0.0
    assert mean_tokens(scenario.workload.classes, "input") == pytest.approx(1183.1, abs=0.1)
