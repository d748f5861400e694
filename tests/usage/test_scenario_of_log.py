"""A scenario made from a log: its figures are the log's, and its bill is the log's bill."""

import json
import statistics
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from pricing.errors import InputError, PriceError
from tco.answer.documents import scenario_toml
from tco.answer.evaluation import evaluate
from tco.own_data.usage.fitting import FittedGrowth, growth_of, length_with_mean
from tco.own_data.usage.scenario_of_log import ScenarioTerms, scenario_of_log
from tco.own_data.usage.sellers import Sellers
from tco.own_data.usage.traffic_of_log import DayOfLog
from tco.own_data.usage.usage_log import open_usage
from tco.question.files import changed, scenario_from_text
from tco.question.presets import presets
from tests.tco.command import tco
from tests.usage import written, written_gateways, written_sellers, written_tools
from tests.usage.reading import CATALOGUE, put
from tests.usage.test_corpus import COUNTS, PER_REQUEST
from tests.usage.truth import Sent, bill, sent

START = next(iter(presets().values()))
ALONE = START.model_copy(update={"apis": (), "self_hosted": (), "hybrids": ()})
FIRST = date(2026, 10, 19)
WEEKS = tuple((FIRST + timedelta(days=n)).isoformat() for n in range(14))


def made(paths, start=ALONE, **terms):
    with open_usage(paths) as log:
        return scenario_of_log(log, Sellers(CATALOGUE), ScenarioTerms(start, **terms))


def token_cost(scenario):
    found = evaluate(scenario).alternatives[0]
    return sum(line.cost_usd for line in found.lines if line.group == "tokens")


@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize("shape", [shape for shape in PER_REQUEST if shape != "azure-meters"])
def test_the_scenario_of_a_log_of_requests_costs_what_the_log_did(tmp_path, shape, count):
    """Of every model, tier, band, cache and lifetime in it, to the cent."""
    writer, how = PER_REQUEST[shape]
    requests = sent(21, count, **how | {"days": WEEKS})
    found = made(put(tmp_path, writer(requests)), prices_on=date(2026, 11, 1))
    hours = 24 * ((found.days[-1].day - found.days[0].day).days + 1)
    cost = token_cost(found.scenario) * hours / 730
    assert cost == pytest.approx(float(bill(requests)), abs=0.005)


def test_what_is_kept_for_an_hour_is_told_apart_from_what_is_kept_for_minutes(tmp_path):
    """The baseline keeps as most is kept, and each class says what else is written."""
    hours = [replace(r, writes=(("1h", 500),)) for r in sent(3, 90, written.CLAUDE, days=WEEKS)]
    minutes = [replace(r, writes=(("5m", 500),)) for r in sent(4, 30, written.CLAUDE, days=WEEKS)]
    asked = [replace(r, id=f"q{n}", cached=0, input=900) for n, r in enumerate(hours + minutes)]
    found = made(put(tmp_path, written_tools.claude_code(asked))).scenario
    assert found.baseline.cache_lifetime == "1h"
    shares = {kind.name: (kind.share, kind.today) for kind in found.workload.classes}
    assert shares == {
        "prompts, without cache reads": (
            pytest.approx(0.25),
            found.baseline.model_copy(update={"cache_lifetime": None}),
        ),
        "prompts, without cache reads, written for 1h": (pytest.approx(0.75), None),
    }


def test_the_figures_are_those_of_the_log(tmp_path):
    requests = sent(22, 4_000, written.SHORT_GPT, days=WEEKS, most=30_000)
    scenario = made(put(tmp_path, written_gateways.litellm(requests))).scenario
    work = scenario.workload
    assert work.requests_per_month == pytest.approx(4_000 / (14 * 24) * 730)
    for kind in work.classes:
        reads = kind.cached_share > 0
        alike = [r for r in requests if (r.cached > 0) == reads]
        assert kind.share == pytest.approx(len(alike) / 4_000)
        assert kind.input.distribution().mean == pytest.approx(
            statistics.fmean(r.input for r in alike)
        )
        median = kind.input.tokens[kind.input.probabilities.index(0.5)]
        assert median == pytest.approx(statistics.median(r.input for r in alike), rel=0.02)
        cached = sum(r.cached for r in alike) / sum(r.input for r in alike)
        assert kind.cached_share == pytest.approx(cached)
        assert "spend.csv" in kind.source
        assert "2026-10-19" in kind.source
    by_hour = [0] * 168
    for r in requests:
        by_hour[r.at.weekday() * 24 + r.at.hour] += 1
    assert [2 * weight for weight in work.profile] == by_hour


def test_a_scenario_from_a_log_reads_back_as_a_file(tmp_path):
    requests = sent(23, 300, written.GPT, days=WEEKS)
    found = made(put(tmp_path, written_sellers.own_log(requests)), start=START)
    again = scenario_from_text(scenario_toml(found.scenario), "made.toml")
    assert again == found.scenario
    assert evaluate(again).verdict.headline
    assert "left out" not in again.note
    chosen = made(
        put(tmp_path, written_sellers.own_log(requests)), models=("openai/gpt-5.6-luna/standard",)
    )
    assert chosen.scenario.baseline.model == "gpt-5.6-luna"
    assert "left out: " in chosen.scenario.note


@pytest.mark.parametrize("seed", range(3))
def test_a_log_of_several_models_becomes_a_scenario_in_which_each_answers_its_own(tmp_path, seed):
    """Models, tiers and two sellers in one log; the scenario costs to the cent what the log did."""
    models = [*written.GPT, *written.CLAUDE]
    requests = sent(60 + seed, 900, models, days=WEEKS, most=30_000)
    found = made(put(tmp_path, written_gateways.helicone(requests)), prices_on=date(2026, 11, 1))
    scenario = found.scenario
    sent_to = Counter((r.model, r.tier) for r in requests)
    assert scenario.several_today
    assert {(api.model, api.tier) for api in scenario.answering_today} == set(sent_to)
    for (model, tier), count in sent_to.items():
        theirs = sum(
            c.share
            for c in scenario.workload.classes
            if ((c.today or scenario.baseline).model, (c.today or scenario.baseline).tier)
            == (model, tier)
        )
        assert theirs == pytest.approx(count / len(requests))
    hours = 24 * ((found.days[-1].day - found.days[0].day).days + 1)
    cost = token_cost(scenario) * hours / 730
    assert cost == pytest.approx(float(bill(requests)), abs=0.005)
    assert f" {len(requests)} rows. Today: " in scenario.note
    assert scenario_from_text(scenario_toml(scenario), "made.toml") == scenario


def test_a_model_that_is_no_longer_sold_or_beyond_what_a_scenario_holds_is_left_out_and_named(
    tmp_path,
):
    head = "provider,model,as_of,input_tokens,cached_tokens,output_tokens\n"
    row = "openai,{},2026-10-20T10:00:00Z,{},{},100\n"
    ended = ("a.csv", head + row.format("gpt-5.4", 9_000, 0) + row.format("o1", 10, 0))
    found = made(put(tmp_path, ended), prices_on=date(2026, 11, 20)).scenario
    assert not found.several_today
    assert "left out: o1/standard/global." in found.note
    names = [
        "gpt-5.4", "gpt-5.4-mini", "gpt-5.4-nano", "gpt-5.2", "gpt-5.1", "gpt-5", "gpt-5-mini",
        "gpt-5-nano", "gpt-4.1", "gpt-4.1-mini", "gpt-4o",
    ]  # fmt: skip
    rows = [row.format(name, 9_000, cached) for name in names for cached in (0, 4_000)]
    many = made(put(tmp_path, ("b.csv", head + "".join(rows))), prices_on=date(2026, 11, 1))
    assert len(many.scenario.workload.classes) == 20
    assert len(many.scenario.answering_today) == 10
    assert "10 of its models alone" in many.scenario.note
    assert many.scenario.note.count("left out: ") == 1


def test_the_busiest_minute_is_found(tmp_path):
    start = datetime(2026, 10, 20, 9, tzinfo=UTC)
    every = [start + timedelta(minutes=n) for n in range(60)] + [start] * 59
    requests = [
        Sent(f"r{n}", at, "gpt-5.4", "standard", 100, 0, (), 10, 0, "")
        for n, at in enumerate(every)
    ]
    found = made(put(tmp_path, written_sellers.own_log(requests)))
    work = found.scenario.workload
    assert work.peak_within_hour == pytest.approx(60 / (119 / 60))
    said = {f.field: f.said for f in found.findings}["workload.peak_within_hour"]
    assert said.startswith("30.25 times")
    assert "60 of 119 requests" in said


def test_what_sums_cannot_tell_is_said_and_defaulted(tmp_path):
    requests = sent(24, 400, written.SHORT_GPT, days=WEEKS)
    found = made(put(tmp_path, written_gateways.litellm_days(requests)))
    untold = {f.field for f in found.findings if not f.from_log}
    assert untold == {
        "workload.growth_per_month",
        "workload.profile",
        "workload.peak_within_hour",
        "workload.classes",
    }
    assert found.scenario.workload.profile == "business-hours"
    assert all(field in found.scenario.note for field in untold)


def test_a_report_that_counts_no_requests_asks_for_their_number(tmp_path):
    requests = sent(25, 100, written.CLAUDE, days=WEEKS, lifetimes=("5m", "1h"), most=100_000)
    paths = put(tmp_path, written_sellers.anthropic(requests))
    with pytest.raises(InputError, match="--requests"):
        made(paths)
    work = made(paths, requests=100).scenario.workload
    days = (max(r.at.date() for r in requests) - min(r.at.date() for r in requests)).days + 1
    assert work.requests_per_month == pytest.approx(100 / (days * 24) * 730)


def test_growth_is_told_with_its_error_from_four_whole_weeks_on():
    def days(count, weekly):
        return [
            DayOfLog(FIRST + timedelta(days=n), round(10_000 * weekly ** (n // 7)))
            for n in range(count)
        ]

    assert growth_of(days(27, 1.02)) is None
    found = growth_of(days(56, 1.02))
    assert isinstance(found, FittedGrowth)
    assert found.per_month == pytest.approx(1.02 ** (730 / 168) - 1, rel=1e-3)
    assert found.standard_error < 1e-3


def test_why_no_growth_is_told_is_the_true_reason(tmp_path):
    def said(days):
        found = made(
            put(tmp_path, written_sellers.own_log(sent(26, 90, written.SHORT_GPT, days=days)))
        )
        assert found.scenario.workload.growth_per_month == 0
        return {f.field: f.said for f in found.findings}["workload.growth_per_month"]

    weeks = [(FIRST + timedelta(days=n)).isoformat() for n in range(42)]
    assert said(weeks[:14]) == "none is assumed: fewer than four whole weeks"
    assert said(weeks[:14] + weeks[28:]) == "none is assumed: a whole week without requests"


def test_a_growth_beyond_what_a_scenario_holds_is_told_as_it_is_stored(tmp_path):
    requests = []
    for week, count in enumerate((1, 4, 16, 64)):
        for number in range(count):
            at = datetime(2026, 10, 19, 12, tzinfo=UTC) + timedelta(
                days=7 * week + 6 * (number % 2)
            )
            requests.append(
                Sent(f"r{week}-{number}", at, "gpt-5.4", "standard", 100, 0, (), 10, 0, "")
            )
    paths = put(tmp_path, written_sellers.own_log(requests))
    with pytest.raises(InputError, match="growth_per_month"):
        made(paths)
    found = made(paths, start=changed(ALONE, {"finance.horizon_months": 3}))
    assert found.scenario.workload.growth_per_month == 10
    said = {f.field: f.said for f in found.findings}["workload.growth_per_month"]
    assert said.startswith("+1,000.0")
    assert f"{(4 ** (730 / 168) - 1) * 100:,.0f}"[:2] in said


REGIONS = (
    "provider,model,residency,as_of,input_tokens,cached_tokens,output_tokens\n"
    + "openai,gpt-5.4,,2026-11-20T10:00:00Z,100000,0,0\n"
    + "openai,gpt-5.4,us,2026-11-20T10:00:00Z,1000,0,0\n"
)


def test_every_region_of_a_log_is_answered_as_it_was(tmp_path):
    found = made(put(tmp_path, ("a.csv", REGIONS))).scenario
    assert [api.residency for api in found.answering_today] == ["global", "us"]


@pytest.mark.parametrize(
    ("asked", "region"),
    [
        ("openai/gpt-5.4/standard", "global"),
        ("openai/gpt-5.4/standard/global", "global"),
        ("openai/gpt-5.4/standard/us", "us"),
    ],
)
def test_of_several_regions_the_dearest_is_taken_or_the_one_that_is_said(tmp_path, asked, region):
    found = made(put(tmp_path, ("a.csv", REGIONS)), models=(asked,))
    assert found.scenario.baseline.residency == region
    other = "us" if region == "global" else "global"
    assert f"left out: gpt-5.4/standard/{other}." in found.scenario.note
    assert f"openai/gpt-5.4/standard/{region} alone" in found.scenario.note


def test_a_region_that_is_not_in_the_log_is_refused_with_those_that_are(tmp_path):
    with pytest.raises(InputError, match=r"gpt-5\.4/standard/us"):
        made(put(tmp_path, ("a.csv", REGIONS)), models=("openai/gpt-5.4/standard/eu",))


def test_a_model_priced_by_the_hour_is_refused_with_the_reason_and_the_ways_out(tmp_path):
    """Its bill is exact, by the hour of each request; another model of the same log is taken."""
    head = "id,provider,model,as_of,input_tokens,cached_tokens,output_tokens\n"
    night = "a,deepseek,deepseek-flash,2026-11-20T18:00:00Z,900000,0,100\n"
    gpt = "b,openai,gpt-5.4,2026-11-20T02:00:00Z,1000,0,100\n"
    alone = put(tmp_path, ("alone.csv", head + night))
    with pytest.raises(PriceError, match=r"one price.*usage bill") as refused:
        made(alone)
    assert "another model" not in str(refused.value)
    both = put(tmp_path, ("both.csv", head + night + gpt))
    with pytest.raises(PriceError, match=r"another model of the log \(openai/gpt-5.4/standard\)"):
        made(both)
    assert made(both, models=("openai/gpt-5.4/standard",)).scenario.baseline.model == "gpt-5.4"


def test_a_scenario_says_which_rows_it_leaves_out(tmp_path):
    lost = "openai,nothing,,2026-11-20T10:00:00Z,9000000,0,0\n"
    (path,) = put(tmp_path, ("a.csv", REGIONS + lost * 2))
    note = made([path]).scenario.note
    assert "Left out without a price: 2 rows (" in note
    assert "no such model" in note
    done = tco("usage", "scenario", path, "--json")
    assert [aside["rows"] for aside in json.loads(done.stdout)["set_aside"]] == [2]
    assert "Set aside: 2 rows" in done.stderr
    assert "Left out" not in made(put(tmp_path, ("b.csv", REGIONS))).scenario.note


@pytest.mark.parametrize("mean", [150.0, 400.0, 999.0])
def test_quantiles_keep_their_span_and_get_the_mean_of_the_log(mean):
    found = length_with_mean((100, 101, 110, 120, 150, 200, 300, 500, 700, 900, 1_000), mean)
    assert found.distribution().mean == pytest.approx(mean)
    assert min(found.tokens) >= 100
    assert max(found.tokens) <= 1_000
