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
