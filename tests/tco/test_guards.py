"""What the answer refuses because of who you are."""

import pytest

from pricing.errors import PriceError
from tco.answer.evaluation import evaluate
from tco.question.files import changed

EU = {"company.data_region": "eu", "baseline.residency": "eu"}


def test_an_option_that_may_leave_the_region_is_refused(plain_scenario, plain_data):
    evaluation = evaluate(changed(plain_scenario, EU), plain_data)
    assert evaluation.alternatives[0].refused is None
    mini = evaluation.alternative("openai/gpt-5.4-mini/standard")
    assert mini.refused.code == "residency"
    assert mini.monthly_usd is None
    assert mini.lines == ()
    rented = evaluation.alternative("self-hosted/rented")
    assert any(f.code == "machine-region" and "us-east-1" in f.message for f in rented.findings)


def test_staying_costs_a_tenth_more_in_the_region(plain_scenario, plain_data):
    def tokens(scenario):
        lines = evaluate(scenario, plain_data).alternatives[0].lines
        return sum(line.cost_usd for line in lines if line.group == "tokens")

    assert tokens(changed(plain_scenario, EU)) == pytest.approx(1.1 * tokens(plain_scenario))


def test_a_baseline_outside_the_region_is_refused_with_the_remedy(plain_scenario, plain_data):
    with pytest.raises(PriceError, match="residency"):
        evaluate(changed(plain_scenario, {"company.data_region": "eu"}), plain_data)


def test_llama_4_is_refused_to_a_company_in_the_eu(plain_data):
    from tco.facts.data import Data
    from tco.question.files import load_scenario
    from tco.question.presets import preset_paths

    documents = next(p for p in preset_paths() if p.stem == "rag")
    scenario = changed(load_scenario(documents), {"company.eu_domiciled": True})
    evaluation = evaluate(scenario, Data.shipped())
    hosts = [a for a in evaluation.alternatives if a.kind in {"rented", "owned"}]
    assert {a.refused.code for a in hosts} == {"licence-eu"}
