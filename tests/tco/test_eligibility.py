"""Who may be chosen, and the typed reasons of who may not."""

import ast
from pathlib import Path

import tco
from tco.answer.evaluation import evaluate
from tco.question.files import changed
from tco.results.bill import BARS

BATCH = "openai/gpt-5.4/batch"


def kinds(alternative):
    return {bar.kind for bar in alternative.why_not}


def written_codes(*severities):
    """Code of every finding of these severities that the source writes down."""
    for path in Path(tco.__file__).parent.rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        named = {
            node.target.id: node.value.value
            for node in tree.body
            if isinstance(node, ast.AnnAssign) and isinstance(node.value, ast.Constant)
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Finding":
                values = [n.value for n in ast.walk(node.args[0]) if isinstance(n, ast.Constant)]
                if set(values) & set(severities):
                    code = node.args[1]
                    yield named[code.id] if isinstance(code, ast.Name) else code.value


def test_every_finding_that_keeps_an_alternative_out_is_of_a_known_kind():
    codes = set(written_codes("refused", "barred"))
    assert {"late", "residency", "slo"} <= codes
    assert codes <= set(BARS)


def test_who_answers_in_a_day_may_not_replace_who_answers_in_seconds(default):
    batch = evaluate(default).alternative(BATCH)
    assert batch.monthly_usd is not None
    assert kinds(batch) == {"time"}


def test_who_waits_today_may_wait_tomorrow(default):
    waits = changed(default, {"baseline.tier": "batch", "apis.0.tier": "standard"})
    evaluation = evaluate(waits)
    assert all(kinds(a).isdisjoint({"time"}) for a in evaluation.alternatives)


def test_a_model_that_ends_within_the_horizon_without_a_successor_may_not_be_chosen(default):
    ends = {"provider": "openai", "model": "gpt-5.1"}
    later = ends | {"successors": [{"provider": "openai", "model": "gpt-5.4"}]}
    for option, barred in ((ends, {"end"}), (later, set())):
        evaluation = evaluate(changed(default, {"apis": [option]}))
        assert kinds(evaluation.alternatives[1]) == barred


AZURE = {"provider": "azure", "model": "gpt-5.4"}
"""GPT-5.4 ends there on 2 September 2027: month 12 of a horizon from November 2026 has none."""


def followed_by(default, model, *tokens, less=0.0, **changes):
    """Staying on GPT-5.4, and Azure's of it followed by another model at OpenAI."""
    classes = [
        {
            "name": str(place),
            "share": 1 / len(tokens),
            "input": {"kind": "fixed", "tokens": prompt},
            "output": {"kind": "fixed", "tokens": 300.0},
        }
        for place, prompt in enumerate(tokens)
    ]
    then = {"successors": [{"provider": "openai", "model": model}]}
    option = AZURE | then | {"contract_discount": less}
    alone = {"apis": [option], "self_hosted": [], "finance.horizon_months": 24}
    return evaluate(changed(default, alone | {"workload.classes": classes} | changes))


def test_a_successor_that_does_not_take_the_requests_keeps_out_of_the_choice(default):
    """GPT-5.4 mini takes 272,000 tokens of prompt, GPT-5.4 more."""
    short = followed_by(default, "gpt-5.4-mini", 2_000.0)
    assert kinds(short.alternatives[1]) == set()
    both = followed_by(default, "gpt-5.4-mini", 2_000.0, 300_000.0)
    assert kinds(both.alternatives[1]) == {"length"}
    (bar,) = both.alternatives[1].why_not
    assert bar.message.startswith(
        "From month 12 of the horizon on: 50\N{NO-BREAK SPACE}% of requests"
    )
    assert both.verdict.action == "unanswered"
    kept = followed_by(default, "gpt-5.4", 2_000.0, 300_000.0)
    assert kinds(kept.alternatives[1]) == set()


def test_a_later_model_that_does_not_take_what_is_sent_is_told_of_staying_too(default):
    ends = {"successors": [{"provider": "openai", "model": "gpt-5.4-mini"}]}
    answer = followed_by(default, "gpt-5.4", 300_000.0, baseline=AZURE | ends, apis=[])
    assert answer.alternatives[0].eligible
    assert "unfit-later" in {found.code for found in answer.findings}


def test_the_model_that_answers_later_is_named_with_its_month_and_its_condition(default):
    answer = followed_by(default, "gpt-5.4-mini", 2_000.0)
    said = answer.verdict.headline
    assert said.startswith("If GPT-5.4 mini is good enough from month 12 on, switch to GPT-5.4")
    found = {one.code: one for one in answer.alternatives[1].findings}
    assert found["successor"].message == (
        "From month 12 on, GPT-5.4 is replaced by GPT-5.4 mini at OpenAI."
    )
    assert found["ends"].remedy == ""
    again = followed_by(default, "gpt-5.4", 2_000.0, less=0.5)
    assert again.verdict.headline.startswith("Switch to GPT-5.4")


def test_staying_is_never_kept_out_by_its_end(default):
    ends = {"provider": "openai", "model": "gpt-5.1"}
    assert evaluate(changed(default, {"baseline": ends, "apis": []})).alternatives[0].eligible


def test_what_is_refused_may_not_be_chosen(default):
    strict = changed(default, {"company.data_region": "eu", "baseline.residency": "eu"})
    refused = [a for a in evaluate(strict).alternatives if a.refused]
    assert refused
    for alternative in refused:
        assert not alternative.eligible
        assert next(bar.message for bar in alternative.why_not) == alternative.refused.message


def test_what_gives_too_few_accepted_answers_or_was_not_measured_may_not_be_chosen(default):
    worse, better = {"acceptance_rate": 0.6}, {"acceptance_rate": 0.6, "retries": 1}
    asked = {
        "objective.least_accepted_share": 0.8,
        "baseline.quality": worse,
        "apis.1.quality": worse,
        "apis.2.quality": better,
        "self_hosted.0.quality": worse,
        "self_hosted.1.quality": better,
    }
    staying, _, worse_api, better_api, *others = evaluate(changed(default, asked)).alternatives
    own = [a for a in others if a.kind in {"rented", "owned"}]
    assert staying.eligible
    assert "0.6" not in worse_api.why_not[0].message
    assert "60\N{NO-BREAK SPACE}% do" in worse_api.why_not[0].message
    assert [kinds(a) for a in (worse_api, better_api)] == [{"quality"}, set()]
    assert [kinds(a) for a in own[:2]] == [{"quality"}, set()]
    assert all("was not measured" in bar.message for a in own[2:] for bar in a.why_not)
    assert all(kinds(a) == {"quality"} for a in own[2:])


def test_a_hybrid_with_a_late_api_is_late(default):
    mixed = {
        "kind": "spill",
        "name": "mixed",
        "self_hosted": default.self_hosted[0].name,
        "api": BATCH,
    }
    evaluation = evaluate(changed(default, {"hybrids": [mixed]}))
    assert "time" in kinds(evaluation.alternative("hybrid/mixed"))
