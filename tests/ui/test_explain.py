"""Every figure of the tiles and bills is derived on the page, and its arithmetic works out."""

import re

import pytest

from tco.answer.evaluation import evaluate
from tco.answer.explain import (
    explain_bill,
    explain_break_even,
    explain_line,
    explanations,
)
from tco.question.presets import presets
from tco.ui.parts.explanations import inputs_table, steps_table
from tco.ui.tables.bill_tables import bills_table
from tco.ui.views.bills import explain_cell
from tco.words.figures import share

EVALUATIONS = {name: evaluate(scenario) for name, scenario in presets().items()}


@pytest.fixture(params=EVALUATIONS)
def evaluation(request):
    return EVALUATIONS[request.param]


def number(text):
    return float(re.sub(r"[^\d.−]", "", text).replace("−", "-"))


def test_every_tile_has_an_explanation_that_ends_in_its_figure(evaluation):
    offered = explanations(evaluation)
    assert set(offered) >= {"Your bill, a month", "Moving is worth"}
    for explain in offered.values():
        explanation = explain()
        assert explanation.value in {step.value for step in explanation.steps} or any(
            step.value.startswith(explanation.value) for step in explanation.steps
        )
        assert explanation.inputs
        assert len(steps_table(explanation)) == len(explanation.steps)
        assert len(inputs_table(explanation)) == len(explanation.inputs)


def test_the_steps_of_a_bill_add_up_to_its_total(evaluation):
    for alternative in evaluation.alternatives:
        if alternative.refused:
            continue
        *lines, total = explain_bill(evaluation, alternative.key).steps
        known = [number(step.value) for step in lines if step.value != "not estimated"]
        assert number(total.value) == pytest.approx(alternative.monthly_usd, abs=0.00501)
        assert round(sum(known), 2) == number(total.value)


def test_a_line_multiplies_to_its_cost(evaluation):
    today = evaluation.alternatives[0]
    for line in today.lines:
        if line.cost_usd is None:
            continue
        explanation = explain_line(evaluation, today.key, line.name)
        (step,) = [step for step in explanation.steps if step.basis == line.basis]
        amount, price = step.formula.split(" ")[0], step.formula.rsplit("$", 1)[1].split(" ")[0]
        worked_out = float(amount.replace(",", "")) * float(price.replace(",", ""))
        assert worked_out == pytest.approx(line.cost_usd, rel=2e-3)


def test_break_even_is_its_own_quotient(evaluation):
    for answer in evaluation.break_evens:
        if answer.utilisation.value is None:
            continue
        explanation = explain_break_even(evaluation, answer.alternative)
        steps = {step.name: step for step in explanation.steps}
        gap = number(steps["What the fleet costs beyond staying, before any request"].value)
        saving = float(steps["What a request saves"].value.lstrip("$"))
        capacity = evaluation.alternative(answer.alternative).serving.requests_per_month_capacity
        assert gap / (capacity * saving) == pytest.approx(answer.utilisation.value, rel=1e-3)


def test_utilisation_is_the_product_of_its_causes(evaluation):
    for answer in evaluation.break_evens:
        explanation = explain_break_even(evaluation, answer.alternative)
        assert [step.value for step in explanation.steps[-2:]] == [
            share(answer.utilisation.own)
        ] * 2


def test_a_figure_of_the_bill_table_opens_its_own_explanation(evaluation):
    table = bills_table(evaluation)
    today = evaluation.alternatives[0]
    last = len(table) - 1
    assert explain_cell(evaluation, table, (last, today.label)).title.startswith("Bill of")
    assert explain_cell(evaluation, table, (0, today.label)).value == f"${table.iloc[0, 1]}"
    assert explain_cell(evaluation, table, (0, "USD a month")) is None
    for row in range(last):
        if table.iloc[row, 1] == "":
            assert explain_cell(evaluation, table, (row, today.label)) is None
