"""Which requests an alternative takes: prompt and output together, class by class."""

import math
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy import stats

from pricing.catalogue import Catalogue
from pricing.errors import PriceError
from tco.answer.evaluation import evaluate
from tco.question.files import changed, document_of

FEW = settings(max_examples=settings.default.max_examples // 5)
CATALOGUE = Catalogue.load()
WRITERS = [
    offer
    for offer in CATALOGUE.offers()
    if 0 < (offer.max_output_tokens or 0) < 100_000  # GPT-5.4, the baseline, writes more
    and offer.is_sold(date(2026, 11, 24))
    and offer.sells("standard")
]
ROOM, OUTPUT = 128_000, 4_096
"""The least of what the alternatives take: Llama 3.3 70B at AWS."""


def request(name, share, prompt, output):
    return {
        "name": name,
        "share": share,
        "input": {"kind": "fixed", "tokens": prompt},
        "output": {"kind": "fixed", "tokens": output},
    }


def with_classes(plain, *classes):
    return changed(plain, {"workload.classes": list(classes)})


def refusals(scenario, data):
    return {a.key: a.refused.code for a in evaluate(scenario, data).alternatives if a.refused}


@FEW
@given(st.sampled_from(WRITERS), st.integers(-3, 3), st.integers(1, 3_000))
@example(CATALOGUE.offer("openai", "gpt-4o"), 0, 1_000)
@example(CATALOGUE.offer("openai", "gpt-4o"), 1, 1_000)
def test_an_output_longer_than_a_model_writes_is_refused(
    plain_scenario, plain_data, offer, beyond, prompt
):
    """OpenAI, models page: GPT-4o writes at most 16,384 tokens."""
    assert CATALOGUE.offer("openai", "gpt-4o").max_output_tokens == 16_384
    output = offer.max_output_tokens + beyond
    sold = {"provider": offer.provider, "model": offer.model}
    scenario = changed(
        with_classes(plain_scenario, request("only", 1.0, float(prompt), float(output))),
        {"apis": [sold]},
    )
    window = offer.context_window_tokens or math.inf
    refused = beyond > 0 or prompt + output > window or prompt > (offer.max_input_tokens or window)
    found = refusals(scenario, plain_data).get(f"{offer.provider}/{offer.model}/standard")
    assert (found == "window") is refused


def test_a_baseline_that_cannot_write_the_outputs_is_refused(plain_scenario, plain_data):
    scenario = changed(
        with_classes(plain_scenario, request("only", 1.0, 1_000.0, 20_000.0)),
        {"baseline": {"provider": "openai", "model": "gpt-4o"}},
    )
    with pytest.raises(PriceError, match="16,384 of output"):
        evaluate(scenario, plain_data)


FITTING = st.integers(1, ROOM - 1).flatmap(
    lambda prompt: st.tuples(st.just(prompt), st.integers(1, min(ROOM - prompt, OUTPUT)))
)


@FEW
@given(FITTING, FITTING, st.floats(0.0, 1.0))
def test_two_classes_that_each_fit_are_not_too_long_together(
    plain_scenario, plain_data, one, other, share
):
    classes = (
        request("one", share, *map(float, one)),
        request("other", 1 - share, *map(float, other)),
    )
    found = refusals(with_classes(plain_scenario, *classes), plain_data)
    assert "window" not in found.values()


@FEW
@given(st.floats(1.0, 1e6), st.floats(1.0, 1e6))
def test_a_class_that_nobody_sends_changes_nothing(plain_scenario, plain_data, prompt, output):
    document = document_of(plain_scenario)["workload"]["classes"]
    more = with_classes(plain_scenario, *document, request("never", 0.0, prompt, output))
    before, after = (evaluate(s, plain_data) for s in (plain_scenario, more))
    for ours, theirs in zip(before.alternatives, after.alternatives, strict=True):
        assert ours.monthly_usd == pytest.approx(theirs.monthly_usd, rel=1e-12)
        assert [f.message for f in ours.findings] == [f.message for f in theirs.findings]


@FEW
@given(st.floats(1e-9, 0.99e-4), st.floats(280_000.0, 900_000.0))
def test_no_token_is_left_unbilled_in_a_band_that_is_not_sold(
    plain_scenario, plain_data, share, prompt
):
    """Azure sells no priority tier above 272,000 tokens of prompt."""
    option = {"provider": "azure", "model": "gpt-5.4", "tier": "priority"}
    classes = request("few", share, prompt, 100.0), request("most", 1 - share, 1_000.0, 100.0)
    scenario = changed(with_classes(plain_scenario, *classes), {"apis": [option]})
    found = evaluate(scenario, plain_data).alternative("azure/gpt-5.4/priority")
    assert found.refused is None
    billed = sum(line.quantity for line in found.lines if line.group == "tokens")
    requests = scenario.workload.requests_per_month
    sent = share * (prompt + 100) + (1 - share) * 1_100
    assert billed == pytest.approx(requests * sent / 1e6, rel=1e-9)
    assert any(f.code == "not-offered" for f in found.findings) is (share > 1e-7)


def with_memory(data, record, tokens):
    limits = record.limits.model_copy(update={"kv_tokens": tokens})
    own = {"plain": record.model_copy(update={"limits": limits})}
    return replace(data, library=replace(data.library, calibrations=own))


@FEW
@given(st.floats(0.0, 7.0))
@example(4.2)  # about one in 75,000: hardly drawn, and taken by both
@example(3.85)  # about one in 17,000: often drawn, and taken by both
@example(3.5)  # one in 4,300: refused by both
def test_percentiles_and_means_take_the_same_longest_requests(
    plain_scenario, plain_data, plain_record, deviations
):
    """Prompts are lognormal; memory holds those up to so many deviations above the median."""
    spread = 0.5
    prompt = {"kind": "lognormal", "mean_tokens": 3_000.0, "cv": spread}
    sigma = math.sqrt(math.log1p(spread**2))
    memory = 3_000 * math.exp(sigma * deviations - sigma**2 / 2) + 101
    data = with_memory(plain_data, plain_record, memory)
    loose = {"mean_ttft_ms": 600_000.0, "mean_tpot_ms": 10_000.0}
    percentiles = {"p95_ttft_ms": 600_000.0, "p95_tpot_ms": 10_000.0}
    found = [
        evaluate(
            changed(
                plain_scenario,
                {"workload.classes.0.input": prompt, "objective": loose | more, "apis": []},
            ),
            data,
        ).alternative("self-hosted/owned")
        for more in ({}, percentiles)
    ]
    refused = stats.norm.sf(deviations) > 1e-4
    assert [a.refused is not None for a in found] == [refused] * 2
    assert all(any(f.code == "window" for f in a.findings) for a in found) or deviations > 5.1
