"""The ranking holds all that is on record, and each of its figures is that of the answer."""

import csv
import io
import json

import pytest

from hardware_profiles.region import lies_in
from pricing.errors import InputError
from tco.analysis.decision import Question
from tco.analysis.rank import rank
from tco.analysis.undercutting import undercutting
from tco.answer.evaluation import evaluate
from tco.commands.rank_documents import print_ranking
from tco.facts.data import Data
from tco.question.alternatives import with_option
from tco.question.files import changed
from tco.question.options import ApiOption
from tco.question.presets import presets
from tests.tco.command import tco

SHIPPED = Data.shipped()
DEFAULT = next(iter(presets().values()))
EUROPE = changed(DEFAULT, {"company.data_region": "EU", "baseline.residency": "eu"})


@pytest.fixture(scope="module")
def ranking():
    return rank(Question.of(DEFAULT))


def test_every_offer_in_every_tier_stands_there_once(ranking):
    keys = [row.alternative.key for row in ranking.rows]
    assert len(set(keys)) == len(keys)
    sold = {
        f"{offer.provider}/{offer.model}/{tier}"
        for offer in SHIPPED.catalogue.offers()
        for tier in offer.tiers
        if tier not in {"peak", "off-peak"}
    }
    assert {key for key in keys if not key.startswith("self-hosted/")} == sold


def test_every_machine_stands_there_with_every_record_that_holds_for_it(ranking):
    library = SHIPPED.library
    pairs = {
        (machine.id, record.id)
        for record in library.calibrations.values()
        for machine in (*library.rentals.values(), *library.purchases.values())
        if machine.accelerator == record.accelerator and machine.gpus >= record.gpus_per_replica
    }
    own = [row.option for row in ranking.rows if row.served_as]
    assert {(option.rent or option.own, option.calibration) for option in own} == pairs
    assert len(own) == len(pairs)


def test_the_cheapest_over_the_horizon_stand_first(ranking):
    priced = [row.present_usd for row in ranking.rows if row.present_usd is not None]
    assert priced == sorted(priced)
    assert all(row.present_usd is None for row in ranking.rows[len(priced) :])
    assert all((row.present_usd is None) == bool(row.alternative.refused) for row in ranking.rows)


@pytest.mark.parametrize("scenario", [DEFAULT, EUROPE], ids=["default", "europe"])
def test_an_added_offer_costs_what_the_ranking_says(scenario):
    """Every 40th offer, each answered alone in a scenario that names nothing else."""
    bare = changed(scenario, {"apis": [], "self_hosted": []})
    ranking = rank(Question.of(bare))
    for row in ranking.rows[::40]:
        if row.alternative.key == f"{bare.baseline.provider}/{bare.baseline.model}/standard":
            continue
        more = with_option(bare, row.option)
        evaluation = evaluate(more)
        found = evaluation.alternatives[1]
        assert found.key == row.alternative.key
        assert found.why_not == row.alternative.why_not
        if any(
            (f.code, f.severity) == ("closed-form", "flagged") for f in row.alternative.findings
        ):
            continue  # simulated where it is asked for itself
        appraisal = evaluation.appraisal(found.key)
        assert (appraisal is None) == (row.present_usd is None)
        if appraisal is not None:
            assert appraisal.present_usd == pytest.approx(row.present_usd, rel=1e-12)
            assert found.lines == row.alternative.lines


def test_an_option_of_the_scenario_costs_what_its_simulated_replica_costs():
    agent = presets()["Coding agent"]
    answer = evaluate(agent)
    by_place = {(o.rent or o.own, o.calibration, o.model): o.name for o in agent.self_hosted}
    rows = [row for row in rank(Question.of(agent)).rows if row.in_scenario and row.served_as]
    assert rows
    for row in rows:
        option = row.option
        name = by_place[option.rent or option.own, option.calibration, option.model]
        found = answer.alternative(f"self-hosted/{name}")
        assert row.alternative.serving.replicas == found.serving.replicas
        assert row.alternative.serving.capacity_per_replica_rps == pytest.approx(
            found.serving.capacity_per_replica_rps
        )


@pytest.mark.parametrize("accepted", [0.05, 0.3, 0.7, 0.99])
def test_an_offer_costs_less_than_staying_only_for_as_many_accepted_answers(capsys, accepted):
    """By hand: of 0.9 accepted today, an offer needs 0.9/accepted requests for one answer."""
    models = ("gpt-5.4-mini", "gpt-5.4-nano", "Llama 3.3 70B", "gpt-oss-120b")
    measured = [{"model": model, "acceptance_rate": accepted} for model in models]
    today = {"model": DEFAULT.baseline.model, "acceptance_rate": 0.9}
    assert DEFAULT.baseline.model not in models
    scenario = changed(DEFAULT, {"qualities": [*measured, today]})
    ranking = rank(Question.of(scenario))
    priced = [row for row in ranking.rows if row.present_usd is not None]
    more = [0.9 / (row.alternative.accepted_share or 0.9) for row in priced]
    assert sorted(set(more)) == pytest.approx(sorted({1.0, 0.9 / accepted}))
    expected = [
        row.alternative.key
        for row, requests in zip(priced, more, strict=True)
        if row.alternative.eligible and row.present_usd * requests < ranking.staying_usd
    ]
    found = [row.alternative.key for row in undercutting(scenario, ranking)]
    assert found == expected
    print_ranking(scenario, ranking, 3)
    shown = " ".join(capsys.readouterr().out.split())
    assert f"{len(expected)} could take part and cost less" in shown


def test_an_offer_that_was_added_is_marked_and_not_added_twice(ranking):
    row = next(row for row in ranking.rows if not row.in_scenario)
    more = with_option(DEFAULT, row.option)
    marked = {r.alternative.key for r in rank(Question.of(more)).rows if r.in_scenario}
    before = {r.alternative.key for r in ranking.rows if r.in_scenario}
    assert marked - before == {row.alternative.key}
    with pytest.raises(InputError, match="twice"):
        with_option(more, row.option)


def test_what_may_not_hold_the_data_is_kept_out_whoever_sells_it():
    for row in rank(Question.of(EUROPE)).rows:
        place = (
            row.option.residency
            if isinstance(row.option, ApiOption)
            else getattr(SHIPPED.library.rentals.get(row.option.rent), "region", "eu")
        )
        kinds = {bar.kind for bar in row.alternative.why_not}
        if kinds == {"end"} and row.present_usd is None:
            continue  # not sold at all
        assert ("region" in kinds) != lies_in(place, "eu", SHIPPED.library.regions), row


def test_what_is_not_sold_on_the_day_keeps_itself_out_alone(ranking):
    ended = [row for row in ranking.rows if row.availability == "ended"]
    assert ended
    assert all(row.alternative.why_not[0].kind == "end" for row in ended)
    assert all(row.alternative.lines == () for row in ended)


def test_the_command_prints_them_all_as_json_and_as_csv(ranking):
    document = json.loads(tco("rank", "--json").stdout)
    assert document["schema"] == "tco.rank/1"
    rows = list(csv.DictReader(io.StringIO(tco("rank", "--csv").stdout, newline="")))
    keys = [row.alternative.key for row in ranking.rows]
    assert [offer["key"] for offer in document["offers"]] == keys
    assert [row["key"].lstrip("'") for row in rows] == keys
    offer = next(offer for offer in document["offers"] if not offer["in_scenario"])
    place = "self_hosted" if "calibration" in offer["option"] else "apis"
    assert changed(DEFAULT, {place: [offer["option"]]})
    shown = tco("rank", "--top", "3")
    assert shown.returncode == 0
    assert ranking.rows[0].alternative.model in shown.stdout


@pytest.mark.parametrize("scenario", presets().values(), ids=presets())
def test_a_shipped_scenario_holds_the_cheapest_live_offers_and_none_that_ends(scenario):
    live = [
        row
        for row in rank(Question.of(scenario)).rows
        if row.alternative.eligible and row.availability == "live"
    ]
    gpt = next(row for row in live if row.option.provider == "openai")
    assert gpt.in_scenario
    for model in {option.model for option in scenario.self_hosted}:
        hosts = [row for row in live if row.alternative.model == model]
        assert all(row.in_scenario for row in hosts[:1])
    for alternative in evaluate(scenario).alternatives:
        codes = {finding.code for finding in alternative.findings}
        assert not codes & {"ends", "retired", "ended"}, alternative.key
