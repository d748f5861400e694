"""Cases that others published, as scenario files: each gives the figure that was printed."""

from pathlib import Path

import pytest

from pricing.units import HOURS_PER_MONTH
from tco.answer.evaluation import evaluate
from tco.question.files import changed, load_scenario

FOLDER = Path(__file__).parents[2] / "scenarios" / "published"
DOCS = (Path(__file__).parents[2] / "docs" / "published-figures.md").read_text(encoding="utf-8")
FILES = sorted(FOLDER.glob("*.toml"))
LENOVO_HOURS = (("98.32", 2_720), ("62.92", 4_423), ("43.16", 6_800), ("39.32", 7_591))
PAN_MONTHS = (("GPT-5", 17.76), ("Opus 4", 2.27), ("Sonnet 4", 11.40))


class Case:
    """A published scenario and its answer."""

    def __init__(self, name, **changes):
        self.scenario = changed(load_scenario(FOLDER / f"{name}.toml"), changes)
        self.answer = evaluate(self.scenario, draws=5)

    @property
    def baseline(self):
        return self.answer.alternatives[0]

    def own(self, name):
        return self.answer.alternative(f"self-hosted/{name}")

    def api(self, model):
        return next(a for a in self.answer.alternatives if f"/{model}/" in a.key)

    def break_even(self, name):
        return self.answer.break_even(f"self-hosted/{name}")

    def output_usd_per_mtok(self, name, utilisation):
        """Cost of a million output tokens where the fleet is so busy."""
        shown = self.own(name)
        both = shown.input_tokens_per_request + shown.output_tokens_per_request
        curve = dict(self.answer.curves)[shown.key]
        (point,) = (p for p in curve if p.utilisation == pytest.approx(utilisation))
        return point.usd_per_mtok * both / shown.output_tokens_per_request


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_published_case_is_answered_and_named_in_the_documents(path):
    answer = Case(path.stem).answer
    assert not [a for a in answer.alternatives if a.refused]
    assert path.name in DOCS


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_published_case_says_what_of_it_is_ours(path):
    printed, _, ours = load_scenario(path).note.partition(" Ours: ")
    assert printed.startswith("Printed: ")
    assert ours.endswith(".")


@pytest.mark.parametrize(("rate", "printed"), [(1, "7.5921"), (25, "0.33699"), (200, "0.23775")])
def test_patil_2026_llama_8b_on_one_h100(rate, printed):
    digits = len(printed.partition(".")[2])
    found = Case("patil-2026").output_usd_per_mtok(f"{rate} requests/s", 1.0)
    assert f"{found:.{digits}f}" == printed


@pytest.mark.parametrize(
    ("utilisation", "printed"), [(0.1, 17.78), (0.3, 5.93), (0.6, 2.96), (0.9, 1.98)]
)
def test_inference_cost_truth_llama_70b_on_two_h200(utilisation, printed):
    case = Case("inference-cost-truth")
    full = case.output_usd_per_mtok("two H200", 1.0)
    assert round(full / utilisation, 2) == printed
    assert round(case.output_usd_per_mtok("two H200", 0.1), 2) == 17.78


def test_inference_cost_truth_month_and_break_even():
    case = Case("inference-cost-truth")
    assert round(case.own("two H200").monthly_usd, 2) == 5_169.60
    at = case.break_even("two H200").utilisation
    capacity = case.own("two H200").serving.requests_per_month_capacity * 1_000
    assert round(at.value * capacity) == 344_640_000
    assert 0.1 < at.value < 0.3
    assert round(0.3 * capacity) == 872_016_192


def test_lcpr_month_and_accepted_answer_on_either_side():
    case = Case("lcpr-saas-chat")
    for found, month, accepted in (
        (case.baseline, 4_970.00, 0.0104632),
        (case.own("one H100"), 3_938.80, 0.0082922),
    ):
        assert round(found.monthly_usd, 2) == month
        answers = case.scenario.workload.requests_per_month * found.accepted_share
        assert round(found.monthly_usd / answers, 7) == accepted
    serving = case.own("one H100").serving
    assert round(serving.requests_per_month_capacity * 412 * 0.4 / 1e6) == 1_555
    assert case.answer.stamp.hours_per_month == 720


def test_lcpr_break_even_against_the_output_price():
    case = Case("lcpr-break-even")
    at = case.break_even("one H100").utilisation.value
    assert round(at, 5) == 0.05296
    a_day = case.own("one H100").serving.requests_per_month_capacity * 412 / HOURS_PER_MONTH * 24
    assert round(at * a_day / 1e6, 3) == 6.864
    assert round(case.output_usd_per_mtok("one H100", 1.0) / 0.4, 4) == 1.9861


def test_silybench_break_even_at_its_objective():
    case = Case("silybench-prefill")
    own = case.own("one H100")
    assert round(own.monthly_usd / own.serving.requests_per_month_capacity * 1_000, 5) == 0.02316
    at = case.break_even("one H100").utilisation.value
    assert round(at, 3) == 0.130
    a_day = own.serving.requests_per_month_capacity / HOURS_PER_MONTH * 24
    assert round(at * a_day) == pytest.approx(362_599, abs=1)


def crossing_tokens(case, name):
    """Tokens a month from which hosting is cheaper for good."""
    lengths = sum(
        getattr(case.scenario.workload.classes[0], side).distribution().mean
        for side in ("input", "output")
    )
    return case.break_even(name).volume.cheaper_for_good_from * lengths


def test_configiq_capacity_blend_and_crossing_of_its_steps():
    case = Case("configiq-steps")
    serving = case.own("rented GPUs").serving
    each = serving.requests_per_month_capacity / serving.replicas * 0.9 / 2.0
    assert round(each * 5_000) == 81_000_000
    requests = case.scenario.workload.requests_per_month
    assert round(case.baseline.monthly_usd / requests / 5_000 * 1e6, 2) == 1.40
    first = min(c.requests_per_month for c in case.break_even("rented GPUs").volume.crossings)
    assert round(first * 5_000) == 235_714_286
    assert 2 * 81e6 < first * 5_000 <= 3 * 81e6


def test_configiq_crosses_on_the_eighty_first_step():
    case = Case("configiq-many-steps", **{"workload.requests_per_month": 500_000_000.0})
    first = min(c.requests_per_month for c in case.break_even("rented GPUs").volume.crossings)
    assert round(first * 1_000) == 809_950_000_000
    assert 80 * 10e9 < first * 1_000 <= 81 * 10e9


@pytest.mark.parametrize(("model", "months"), PAN_MONTHS)
def test_pan_2025_months_until_one_a100_is_paid(model, months):
    case = Case("pan-2025")
    own = case.own("one A100")
    (capital,) = (line.cost_usd for line in own.lines if line.key == "capital")
    saving = case.api(model).monthly_usd - (own.monthly_usd - capital)
    assert round(15_000 / saving, 2) == months


@pytest.mark.parametrize(("rent", "hours"), LENOVO_HOURS)
def test_lenovo_hours_until_eight_h100_are_paid(rent, hours):
    case = Case("lenovo-lp2368")
    own = case.own("bought")
    (capital,) = (line.cost_usd for line in own.lines if line.key == "capital")
    running = (own.monthly_usd - capital) / HOURS_PER_MONTH
    assert round(running, 2) == 6.37
    rented = case.own(f"rented at {rent}").monthly_usd / HOURS_PER_MONTH
    # The source rounds within one hour.
    assert 250_141.80 / (rented - running) == pytest.approx(hours, abs=1)


def test_configiq_l40s_server_loses_its_value_month_by_month():
    (capital,) = (
        line.cost_usd for line in Case("configiq-l40s").own("bought").lines if line.key == "capital"
    )
    assert round(capital, 2) == 583.33


def test_nvidia_server_costs_its_year():
    assert round(12 * Case("nvidia-server").own("bought").monthly_usd, 2) == 87_500
