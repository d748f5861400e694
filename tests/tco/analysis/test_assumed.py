"""The answer under other assumptions on record: published sets, and prices that have happened."""

import json
from datetime import date

import pytest

from pricing.catalogue import Catalogue
from tco.analysis.assumed import Assumed, answers_assuming, what_turns
from tco.analysis.decision import Question
from tco.analysis.price_history import HappenedPath, as_changes, happened_paths
from tco.answer.evaluation import evaluate
from tco.question.files import changed
from tests.tco.command import tco

GPT = {"provider": "openai", "model": "gpt-5.5"}
SINCE_GPT_5_5 = "OpenAI's largest models since GPT-5.5"


def path_called(name):
    return next(path for path in happened_paths() if path.name == name)


def steps_of(path, scenario):
    changes = as_changes(path, scenario, Catalogue.load())
    steps = next(value for key, value in changes.items() if key.endswith("_steps"))
    return [(step["from_month"], step["factor"]) for step in steps]


def a_request(model, day):
    """A request of 1,000 tokens in and 101 out, on a day [USD], straight from the price list."""
    band = Catalogue.load().offer("openai", model).rate_card(on=day).bands[0]
    return float(1_000 * band.input_usd_per_mtok + 101 * band.output_usd_per_mtok) / 1e6


def test_a_line_of_models_costs_what_the_newest_of_them_cost_on_each_day(plain_scenario):
    """GPT-5.5 in April 2026 is month 1; 5.6 Sol came in July and was cut in August."""
    first = a_request("gpt-5.5", date(2026, 4, 23))
    by_hand = [
        (5, a_request("gpt-5.6-sol", date(2026, 8, 21)) / first),
        (6, a_request("gpt-6-sol", date(2026, 9, 22)) / first),
    ]
    assert a_request("gpt-5.6-sol", date(2026, 7, 9)) == first
    assert a_request("gpt-6.1-sol", date(2026, 9, 29)) / first == by_hand[-1][1]
    found = steps_of(path_called(SINCE_GPT_5_5), plain_scenario)
    assert [month for month, _ in found] == [month for month, _ in by_hand]
    assert [factor for _, factor in found] == pytest.approx([factor for _, factor in by_hand])


def test_rents_go_the_way_they_went_from_today_on(plain_scenario):
    """2.95 in May is today's; 3.85 in September is the fifth month, 4.50 in October the sixth."""
    found = steps_of(path_called("H100 at Nebius in 2026"), plain_scenario)
    assert found == [(5, pytest.approx(3.85 / 2.95)), (6, pytest.approx(4.5 / 2.95))]


def test_what_lies_beyond_the_horizon_is_left_out(plain_scenario):
    short = changed(plain_scenario, {"finance.horizon_months": 5})
    assert len(steps_of(path_called("H100 at Nebius in 2026"), short)) == 1


def test_every_model_of_a_line_has_a_first_day_and_they_stand_in_its_order():
    catalogue = Catalogue.load()
    for path in happened_paths():
        days = [catalogue.offer(path.provider, model).first_day for model in path.models]
        assert None not in days
        assert days == sorted(days), path.name
        assert all(rent.source.name and rent.source.as_of for rent in path.rents)


@pytest.mark.parametrize("given", [{}, {"models": ("a",), "rents": ({"day": "2026-01-01"},)}])
def test_a_path_of_nothing_is_refused(given):
    with pytest.raises(ValueError, match=r"models, or rents|usd_per_gpu_hour"):
        HappenedPath(name="none", **given)


@pytest.fixture(scope="module")
def question(plain_scenario, plain_data):
    return Question(plain_scenario, plain_data)


def test_each_row_is_the_answer_to_the_question_with_those_changes(question):
    found = {one.name: one for one in answers_assuming(question)}
    asked = {name: {"assume": name} for name in ("frugal", "typical", "careful")}
    path = path_called(SINCE_GPT_5_5)
    asked[SINCE_GPT_5_5] = as_changes(path, question.scenario, question.data.catalogue)
    for name, changes in asked.items():
        answer = evaluate(changed(question.scenario, changes), question.data)
        verdict = answer.verdict
        staying, *others = answer.alternatives
        best = max(answer.appraisal(a.key).npv_usd for a in others if a.eligible)
        assert found[name].worth_usd == pytest.approx(best), name
        assert found[name].chosen == answer.alternative(verdict.chosen).label
        assert found[name].staying_usd == pytest.approx(answer.appraisal(staying.key).present_usd)
    typical = found["typical"]
    plain = evaluate(question.scenario, question.data)
    own = max(plain.appraisal(f"self-hosted/{name}").npv_usd for name in ("owned", "rented"))
    assert typical.own_worth_usd == pytest.approx(own)


def test_without_own_gpus_no_path_of_rents_is_asked_about(question):
    bare = changed(question.scenario, {"self_hosted": [], "hybrids": []})
    found = answers_assuming(Question(bare, question.data))
    assert {one.kind for one in found} == {"costs around the model", "API prices"}
    assert all(one.own_worth_usd is None for one in found)


def test_where_no_own_gpus_may_be_used_the_reason_is_told(question):
    """Careful takes a life of three years, so that servers of three years are worn out."""
    owned = next(own for own in question.scenario.self_hosted if own.own)
    old = owned.model_dump(mode="json") | {"already_owned": {"servers": 1, "age_years": 3.0}}
    asked = changed(question.scenario, {"self_hosted": [old], "hybrids": []})
    found = {one.name: one for one in answers_assuming(Question(asked, question.data))}
    assert found["typical"].own_worth_usd is not None
    assert "beyond the useful life" in found["careful"].own_reason
    assert "Under “careful” there are none: " in what_turns(list(found.values()))


def a_row(name, chosen, own_worth=None, own_reason=""):
    return Assumed(
        name, "API prices", "", chosen=chosen, own_worth_usd=own_worth, own_reason=own_reason
    )


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([a_row("typical", "A"), a_row("x", "A")], "A costs least under all 2."),
        ([a_row("typical", "A"), a_row("x", "B")], "A costs least under 1 of 2; B under “x”."),
        (
            [a_row("typical", "A", 5.0), a_row("x", "A", -5.0)],
            "A costs least under all 2. Own GPUs cost less than staying under 1 of 2, not under "
            "“x”.",
        ),
        (
            [a_row("typical", "A", -1.0)],
            "A costs least under all 1. Own GPUs cost less than staying under none of 1.",
        ),
        (
            [a_row("typical", "A", 5.0), a_row("x", "A", own_reason="worn out.")],
            "A costs least under all 2. Own GPUs cost less than staying under 1 of 2. Under “x” "
            "there are none: worn out.",
        ),
        ([Assumed("typical", "API prices", "", reason="no")], "There is no answer under any"),
    ],
)
def test_one_sentence_says_what_turns(rows, said):
    assert what_turns(rows).startswith(said)


def test_the_command_prints_the_table_and_its_document():
    given = ("sensitivity", "--draws", "0", "--only", "api_price", "--sets")
    shown = tco(*given)
    assert shown.returncode == 0
    assert "careful" in shown.stdout
    assert "costs least under" in " ".join(shown.stdout.split())
    document = json.loads(tco(*given, "--json").stdout)
    kinds = [row["kind"] for row in document["assumed"]]
    assert kinds[:3] == ["costs around the model"] * 3
    assert {"API prices", "GPU prices"} <= set(kinds)


def test_the_command_answers_under_a_set():
    """What surrounds the model does not move what tokens cost."""
    bills = {}
    for name in ("frugal", "careful"):
        found = json.loads(tco("evaluate", "--assume", name, "--json").stdout)
        assert found["scenario"]["assume"] == name
        bills[name] = {a["key"]: a["present_value_usd"] for a in found["alternatives"]}
    owned = "self-hosted/H100 owned"
    assert bills["frugal"][owned] < bills["careful"][owned]
