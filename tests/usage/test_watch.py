"""A plan held against months of usage: what differs is shown, and the verdict is drawn anew."""

import json
from datetime import date, timedelta

import pytest

from tco.analysis.usage_watch import watch_usage
from tco.answer.documents import scenario_toml
from tco.facts.data import Data
from tco.own_data.usage.sellers import Sellers
from tco.own_data.usage.usage_log import open_usage
from tco.question.files import changed
from tco.question.presets import presets
from tests.tco.command import tco
from tests.usage import written, written_gateways
from tests.usage.reading import CATALOGUE, put
from tests.usage.truth import bill, sent

START = next(iter(presets().values()))
DAYS = tuple((date(2026, 11, 1) + timedelta(days=n)).isoformat() for n in range(60))
REQUESTS = sent(61, 900, written.SHORT_GPT, days=DAYS, most=20_000)


def test_every_month_shows_what_was_used_beside_what_was_planned(tmp_path):
    with open_usage(put(tmp_path, written_gateways.helicone(REQUESTS))) as log:
        found = watch_usage(START, log, Data.shipped(), Sellers(CATALOGUE))
    assert [month.month for month in found.months] == ["2026-11", "2026-12"]
    for month in found.months:
        those = [r for r in REQUESTS if r.at.date().isoformat().startswith(month.month)]
        assert month.requests == len(those)
        assert month.upper_usd == month.lower_usd == pytest.approx(float(bill(those)))
        days = len({r.at.date() for r in those})
        grown = 6e6 * 1.03 ** (month.month == "2026-12")
        assert month.planned_requests == pytest.approx(grown * days / (730 / 24))
        cached = sum(r.cached for r in those) / sum(r.input for r in those)
        assert month.cached_share == pytest.approx(cached)
    assert found.planned_cached_share == pytest.approx(0.25)
    work = found.measured.workload
    assert work.requests_per_month == pytest.approx(900 / (60 * 24) * 730)


def test_a_plan_that_usage_no_longer_bears_out_says_so(tmp_path):
    great = changed(START, {"workload.requests_per_month": 900e6}).model_copy(update={"apis": ()})
    (tmp_path / "plan.toml").write_text(scenario_toml(great), encoding="utf-8")
    (path,) = put(tmp_path, written_gateways.helicone(REQUESTS))
    done = tco("usage", "watch", tmp_path / "plan.toml", path, "--json")
    document = json.loads(done.stdout)
    assert document["schema"] == "tco.usage-watch/1"
    assert not document["stands"]
    assert document["before"]["headline"] != document["after"]["headline"]
    said = tco("usage", "watch", tmp_path / "plan.toml", path).stdout
    assert "The verdict has changed." in said


def test_a_watch_knows_the_names_of_a_map_the_seller_and_the_number_of_requests(tmp_path):
    """Sums without a count of requests, under a name of the user's own."""
    day = "time,who,sent,answered\n2026-11-02,chat-prod,9000,600\n2026-11-08,chat-prod,3000,200\n"
    (tmp_path / "days.csv").write_text(day, encoding="utf-8")
    (tmp_path / "plan.toml").write_text(scenario_toml(START), encoding="utf-8")
    (tmp_path / "map.toml").write_text(
        'rows = "sum"\n[columns]\ntime = "time"\nmodel = "who"\ninput = "sent"\n'
        'output = "answered"\n[models]\nchat-prod = "openai/gpt-5.4"\n',
        encoding="utf-8",
    )
    asked = ("usage", "watch", tmp_path / "plan.toml", tmp_path / "days.csv")
    mapped = (*asked, "--map", tmp_path / "map.toml")
    refused = tco(*mapped, "--json")
    assert refused.returncode == 2
    assert "--requests" in refused.stdout
    done = tco(*mapped, "--requests", 12, "--json")
    (month,) = json.loads(done.stdout)["months"]
    assert month["days"] == 7
    assert month["upper_usd"] == pytest.approx(12_000 * 2.5e-6 + 800 * 15e-6)
    own = tmp_path / "own.toml"
    own.write_text(
        (tmp_path / "map.toml").read_text(encoding="utf-8").split("[models]")[0], encoding="utf-8"
    )
    (tmp_path / "days.csv").write_text(day.replace("chat-prod", "gpt-5.4"), encoding="utf-8")
    elsewhere = tco(*asked, "--map", own, "--requests", 12, "--provider", "azure", "--json")
    assert elsewhere.returncode == 2
    assert "azure/gpt-5.4" in elsewhere.stdout


def test_a_plan_of_several_models_is_held_against_all_of_them_at_its_own_terms(tmp_path):
    plan = changed(
        START,
        {
            "workload.requests_per_month": 1e6,
            "workload.growth_per_month": 0.0,
            "baseline.contract_discount": 0.1,
            "workload.classes": [
                {
                    "name": name,
                    "share": share,
                    "input": {"kind": "fixed", "tokens": 1000},
                    "output": {"kind": "fixed", "tokens": 100},
                    "today": {"provider": "openai", "model": model} if model else None,
                }
                for name, share, model in (("hard", 0.25, None), ("easy", 0.75, "gpt-5.4-mini"))
            ],
        },
    )
    head = "provider,model,as_of,input_tokens,cached_tokens,output_tokens\n"
    rows = "".join(
        f"openai,{model},2026-11-02T10:00:00Z,1000,0,100\n"
        for model in ("gpt-5.4", "gpt-5.4-mini", "gpt-5.4-mini", "gpt-5.4-nano")
    )
    with open_usage(put(tmp_path, ("a.csv", head + rows))) as log:
        found = watch_usage(plan, log, Data.shipped(), Sellers(CATALOGUE))
    (month,) = found.months
    assert month.requests == 3
    assert month.upper_usd == pytest.approx(0.0025 + 0.0015 + 2 * (0.00075 + 0.00045))
    planned = 0.25 * 0.9 * (0.0025 + 0.0015) + 0.75 * (0.00075 + 0.00045)
    assert month.planned_usd == pytest.approx(1e6 / (730 / 24) * planned)
    assert set(found.measured.answering_today) == set(plan.answering_today)


def test_days_without_use_between_days_with_use_are_part_of_the_plan(tmp_path):
    """Working days alone: the plan of a month is not that of its working days."""
    plan = changed(START, {"workload.growth_per_month": 0.0})
    days = [date(2026, 11, 2) + timedelta(days=n) for n in range(28)]
    rows = "".join(f"openai,gpt-5.4,{day},1000,100\n" * 30 for day in days if day.weekday() < 5)
    head = "provider,model,as_of,input_tokens,output_tokens\n"
    with open_usage(put(tmp_path, ("a.csv", head + rows))) as log:
        found = watch_usage(plan, log, Data.shipped(), Sellers(CATALOGUE))
    (month,) = found.months
    assert (month.days, month.requests) == (26, 600)  # Monday 2 to Friday 27
    assert month.planned_requests == pytest.approx(6e6 * 26 * 24 / 730)


HEAD = "provider,model,as_of,input_tokens,output_tokens\n"
DAY = "openai,gpt-5.4,{},1000,100\n"


def test_a_month_without_use_between_months_with_use_is_shown(tmp_path):
    plan = changed(START, {"workload.growth_per_month": 0.0})
    rows = "".join(map(DAY.format, ("2026-08-30", "2026-10-02")))
    with open_usage(put(tmp_path, ("a.csv", HEAD + rows))) as log:
        found = watch_usage(plan, log, Data.shipped(), Sellers(CATALOGUE))
    assert [(m.month, m.days, m.requests) for m in found.months] == [
        ("2026-08", 2, 1),
        ("2026-09", 30, 0),
        ("2026-10", 2, 1),
    ]
    empty = found.months[1]
    assert empty.planned_requests == pytest.approx(6e6 * 30 * 24 / 730)
    assert (empty.input_tokens_per_request, empty.cached_share, empty.upper_usd) == (None, None, 0)


def test_a_watch_says_which_rows_have_no_price_and_what_else_to_know(tmp_path):
    rows = DAY.format("2026-11-02") + DAY.format("2026-11-03").replace("gpt-5.4", "gpt-of-nobody")
    (path,) = put(tmp_path, ("a.csv", HEAD + rows + DAY.format("2027-11-02")))
    (tmp_path / "plan.toml").write_text(scenario_toml(START), encoding="utf-8")
    document = json.loads(tco("usage", "watch", tmp_path / "plan.toml", path, "--json").stdout)
    assert [aside["rows"] for aside in document["set_aside"]] == [1]
    assert any("future" in remark for remark in document["remarks"])
    shown = tco("usage", "watch", tmp_path / "plan.toml", path).stderr
    assert "Set aside: 1 row" in shown
    assert "future" in shown


def test_sums_that_count_no_requests_or_are_bounded_are_shown_as_such(tmp_path):
    head = HEAD.replace("\n", ",requests\n")
    (tmp_path / "plan.toml").write_text(scenario_toml(START), encoding="utf-8")
    wide = "openai,gpt-5.4,2026-11-02,50000000,100000,1000\n"
    (path,) = put(tmp_path, ("a.csv", head + wide))
    shown = tco("usage", "watch", tmp_path / "plan.toml", path).stdout
    assert "$126 to $252 of" in shown
    report = {"uncached_input_tokens": 1000, "cache_read_input_tokens": 0, "output_tokens": 100}
    report |= {"model": "claude-opus-5", "service_tier": "standard", "context_window": "0-200k"}
    day = {"starting_at": "2026-11-02T00:00:00Z", "results": [report]}
    (path,) = put(tmp_path, ("r.json", json.dumps({"data": [day]})))
    plan = changed(START, {"baseline.provider": "anthropic", "baseline.model": "claude-opus-5"})
    (tmp_path / "plan.toml").write_text(scenario_toml(plan), encoding="utf-8")
    asked = ("usage", "watch", tmp_path / "plan.toml", path, "--requests", 12)
    (month,) = json.loads(tco(*asked, "--json").stdout)["months"]
    assert (month["requests"], month["input_tokens_per_request"]) == (None, None)
    assert "— of" in tco(*asked).stdout
