import re

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from pricing.errors import PlannerError
from tco.answer.evaluation import evaluate
from tco.exports.workbook import OF_REQUESTS, workbook
from tco.question.files import changed
from tco.question.presets import presets
from tests.tco.random_questions import NAMES, questions
from tests.tco.test_export_forecast import RICH
from tests.tco.xlsx_file import Workbook

DEFAULT = next(iter(presets().values()))
SCENARIOS = pytest.mark.parametrize(
    "scenario", [*presets().values(), RICH], ids=lambda scenario: scenario.name
)
CENT = 0.005


def file_of(scenario):
    return Workbook(workbook(scenario, evaluate(scenario)))


def totals(book):
    found = book.column("Answer", "USD a month", "Alternative")
    return {label: value for label, value in found.items() if value is not None}


def monthly(evaluation):
    return {a.label: a.monthly_usd for a in evaluation.alternatives if a.monthly_usd is not None}


@pytest.fixture(scope="module")
def book():
    return file_of(DEFAULT)


@pytest.fixture(scope="module")
def plain_formulas(book):
    return book.formulas


@SCENARIOS
def test_it_carries_the_totals_of_the_evaluation_before_anything_calculates_it(scenario):
    evaluation = evaluate(scenario)
    shown = totals(Workbook(workbook(scenario, evaluation)))
    assert {label: shown[label] for label in monthly(evaluation)} == monthly(evaluation)


@SCENARIOS
def test_every_total_is_a_formula_over_lines_that_are_formulas(scenario):
    book = file_of(scenario)
    lines = [p for p, f in book.formulas.items() if p.startswith("Bills!G") and "COUNT" in f]
    evaluation = evaluate(scenario)
    assert len(lines) == sum(len(a.lines) for a in evaluation.alternatives if a.refused is None)
    assert sum("SUM(" in f for p, f in book.formulas.items() if p.startswith("Bills!G")) == len(
        monthly(evaluation)
    )


def test_inputs_have_names_and_sources(book):
    assert book.named("requests_per_month") == DEFAULT.workload.requests_per_month
    evaluation = evaluate(DEFAULT)
    rent = next(
        line
        for line in evaluation.alternative("self-hosted/H100 on demand, AWS").lines
        if line.key == "rent"
    )
    assert book.named("gpu_price_1") == rent.unit_price_usd / 8
    place = book.names["gpu_price_1"]
    assert book.values[place.replace("!B", "!E")] == rent.basis.source
    for name in book.names:
        assert re.fullmatch(r"[a-z_][a-z0-9_]*", name), name


def test_every_name_a_formula_uses_is_defined(book):
    known = {"not", "estimated"}
    for place, formula in book.formulas.items():
        words = re.findall(
            r"[a-z_][a-z0-9_]*", re.sub(r'"[^"]*"|\'[^\']*\'|[A-Z][A-Za-z]*!', "", formula)
        )
        assert set(words) <= {*book.names, *known}, place


def test_the_same_scenario_gives_the_same_bytes():
    evaluation = evaluate(DEFAULT)
    assert workbook(DEFAULT, evaluation) == workbook(DEFAULT, evaluation)


def test_what_nobody_knows_says_so_and_is_not_zero(book):
    prices = book.column("Inputs", "Value", "Input")
    assert prices["Observability"] == "not estimated"


@given(NAMES, NAMES)
@settings(max_examples=settings.default.max_examples // 5)
def test_what_a_user_wrote_is_text_and_never_a_formula(plain_formulas, name, option):
    assume(option not in {host.name for host in DEFAULT.self_hosted})
    scenario = changed(DEFAULT, {"name": name, "self_hosted.0.name": option})
    assert file_of(scenario).formulas == plain_formulas


@given(questions())
@settings(max_examples=settings.default.max_examples // 5)
def test_it_can_be_written_for_scenarios_no_one_would_write(scenario):
    try:
        evaluation = evaluate(scenario)
    except PlannerError:
        assume(False)
    book = Workbook(workbook(scenario, evaluation))
    assert set(totals(book).values()) >= set(monthly(evaluation).values())


@given(st.text(max_size=100))
@settings(max_examples=settings.default.max_examples // 5)
def test_any_text_gives_a_file_that_parses(name):
    assert file_of(DEFAULT.model_copy(update={"name": name})).values["Answer!A2"]


@pytest.mark.office
@SCENARIOS
def test_recalculated_as_it_is_nothing_moves(scenario, tmp_path):
    before = file_of(scenario)
    after = before.recalculated(tmp_path)
    assert not any(str(value).startswith(("#", "Err:")) for value in after.values.values())
    for place in before.formulas:
        was, now = before.values[place], after.values.get(place, "")
        if isinstance(was, float):
            assert now == pytest.approx(was, rel=1e-9, abs=1e-9), place
        else:
            assert now == was, place


@pytest.mark.office
@pytest.mark.parametrize("usd_per_gpu_hour", [0.5, 2.75, 11.0])
def test_another_gpu_price_in_the_file_gives_the_answer_of_the_planner(usd_per_gpu_hour, tmp_path):
    after = file_of(DEFAULT).with_value("gpu_price_1", usd_per_gpu_hour).recalculated(tmp_path)
    question = changed(DEFAULT, {"self_hosted.0.usd_per_gpu_hour": usd_per_gpu_hour})
    _agree(after, evaluate(question))


@pytest.mark.office
def test_another_rent_in_the_file_moves_what_paying_a_term_ahead_costs(tmp_path):
    term = {"self_hosted.0.rent": "aws/p5.48xlarge/us-east-1/3-year"}
    upfront = changed(DEFAULT, term | {"self_hosted.0.paid_upfront": True})
    after = file_of(upfront).with_value("gpu_price_1", 2.75).recalculated(tmp_path)
    _agree(after, evaluate(changed(upfront, {"self_hosted.0.usd_per_gpu_hour": 2.75})))


@pytest.mark.office
@pytest.mark.parametrize("requests", [50_000.0, 7_654_321.0, 2e9])
def test_other_requests_in_the_file_resize_the_fleets_as_the_planner_does(requests, tmp_path):
    after = file_of(DEFAULT).with_value("requests_per_month", requests).recalculated(tmp_path)
    _agree(after, evaluate(changed(DEFAULT, {"workload.requests_per_month": requests})))


@pytest.mark.office
def test_other_sizing_in_the_file_gives_the_fleets_of_the_planner(tmp_path):
    book = file_of(DEFAULT).with_value("allowed_load", 0.5).with_value("spare_replicas", 9.0)
    after = book.with_value("min_replicas", 20.0).recalculated(tmp_path)
    changes = {"fleet.allowed_load": 0.5, "fleet.spare_replicas": 9, "fleet.min_replicas": 20}
    _agree(after, evaluate(changed(DEFAULT, changes)))


@pytest.mark.office
def test_a_price_that_nobody_knew_can_be_filled_in(tmp_path):
    book = file_of(DEFAULT)
    (name,) = [name for name in book.names if name.endswith("_observability")]
    after = book.with_value(name, 1_234.5).recalculated(tmp_path)
    changes = {"costs.observability_usd_per_month": 1_234.5}
    _agree(after, evaluate(changed(DEFAULT, changes)))


@pytest.mark.office
def test_what_cannot_follow_a_change_gives_no_total_instead_of_a_wrong_one(tmp_path):
    before = file_of(RICH)
    after = before.with_value("requests_per_month", 9e6).recalculated(tmp_path)
    evaluation = evaluate(RICH)
    frozen = {
        a.label
        for a in evaluation.alternatives
        if a.kind == "hybrid" or (a.serving is not None and a.serving.mean_instances is not None)
    }
    assert len(frozen) >= 4
    shown = totals(after)
    assert {label for label, value in shown.items() if value == "#N/A"} == frozen
    expected = monthly(evaluate(changed(RICH, {"workload.requests_per_month": 9e6})))
    for label in expected.keys() - frozen:
        assert shown[label] == pytest.approx(expected[label], abs=CENT)
    assert "Inputs were changed" in " ".join(
        str(value) for place, value in after.values.items() if place.startswith("Answer!A")
    )


def _agree(book, evaluation):
    """Every total to the cent, every break-even utilisation to nine digits."""
    shown = totals(book)
    for label, usd in monthly(evaluation).items():
        assert shown[label] == pytest.approx(usd, abs=CENT), label
    meets = book.column("Break-even", "Break-even utilisation", "Self-hosted option")
    own = book.column("Break-even", "Your utilisation", "Self-hosted option")
    assert evaluation.break_evens
    for answer in evaluation.break_evens:
        label = evaluation.alternative(answer.alternative).label
        assert own[label] == pytest.approx(answer.utilisation.own, rel=1e-9)
        if answer.utilisation.value is None:
            assert meets[label] == "none" or meets[label] > 1
        else:
            assert meets[label] == pytest.approx(answer.utilisation.value, rel=1e-9)


MEASURED = changed(
    DEFAULT,
    {
        "baseline.quality": {"acceptance_rate": 0.9, "usd_per_unaccepted": 0.01},
        "self_hosted.0.quality": {"acceptance_rate": 0.6, "retries": 1},
    },
)


def test_an_accepted_answer_has_its_cost_where_acceptance_was_measured():
    book, evaluation = file_of(MEASURED), evaluate(MEASURED)
    shown = book.column("Answer", "USD per accepted answer", "Alternative")
    assert sum(a.accepted_share is not None for a in evaluation.alternatives) == 2
    for alternative in evaluation.alternatives:
        assert shown[alternative.label] == pytest.approx(alternative.usd_per_accepted)
    assert OF_REQUESTS in book.values.values()
    assert OF_REQUESTS not in file_of(DEFAULT).values.values()


@pytest.mark.office
def test_the_cost_of_an_accepted_answer_follows_a_changed_price(tmp_path):
    after = file_of(MEASURED).with_value("gpu_price_1", 5.5).recalculated(tmp_path)
    dearer = evaluate(changed(MEASURED, {"self_hosted.0.usd_per_gpu_hour": 5.5}))
    shown = after.column("Answer", "USD per accepted answer", "Alternative")
    for alternative in dearer.alternatives:
        if alternative.accepted_share is not None:
            assert shown[alternative.label] == pytest.approx(alternative.usd_per_accepted)


def euro_book():
    euro = {"code": "EUR", "per_usd": 0.8, "as_of": "2026-11-20", "source": "central bank"}
    scenario = changed(DEFAULT, {"currency": euro})
    return file_of(scenario), monthly(evaluate(scenario))


def test_another_currency_is_that_of_every_sheet_and_its_rate_an_input_with_its_day():
    book, in_dollars = euro_book()
    shown = book.column("Answer", "EUR a month", "Alternative")
    for label, usd in in_dollars.items():
        assert shown[label] == pytest.approx(0.8 * usd, rel=1e-12)
    assert book.named("currency_per_usd") == 0.8
    row = book.names["currency_per_usd"]
    assert book.values[row.replace("!B", "!E")] == "central bank"
    assert book.values[row.replace("!B", "!F")] == "2026-11-20"


@pytest.mark.office
def test_another_rate_in_the_file_converts_every_figure_anew(tmp_path):
    book, in_dollars = euro_book()
    after = book.with_value("currency_per_usd", 0.9).recalculated(tmp_path)
    shown = after.column("Answer", "EUR a month", "Alternative")
    for label, usd in in_dollars.items():
        assert shown[label] == pytest.approx(0.9 * usd, rel=1e-9)
    meets, met = (
        of.column("Break-even", "Break-even utilisation", "Self-hosted option")
        for of in (book, after)
    )
    numbers = {label: value for label, value in meets.items() if isinstance(value, float)}
    assert numbers
    assert {label: met[label] for label in numbers} == pytest.approx(numbers, rel=1e-9)
