"""A hand-made answer, so that charts and tables are tested without the engine."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from tco.answer.spreads import Spreads
from tco.answer.uncertainty import Uncertainty
from tco.answer.worked import Evaluation
from tco.question.terms import Currency
from tco.results.answer import (
    Assumption,
    Band,
    BreakEven,
    Crossing,
    CurvePoint,
    MonthAnswer,
    PriceDrift,
    Stamp,
    UtilisationAnswer,
    Verdict,
    VolumeAnswer,
)
from tco.results.bill import Alternative, Basis, CostLine, Finding, Serving
from tco.store.connect import VARIABLE, open_store


@pytest.fixture(scope="session", autouse=True)
def store_of_its_own(tmp_path_factory):
    """Saved scenarios of the tests stay with the tests."""
    place = tmp_path_factory.mktemp("store") / "scenarios.sqlite"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(VARIABLE, f"sqlite:///{place}")
        yield


@pytest.fixture
def store(tmp_path, monkeypatch):
    """A store of one test, which its pages open too."""
    url = f"sqlite:///{tmp_path / 'scenarios.sqlite'}"
    monkeypatch.setenv(VARIABLE, url)
    opened = open_store(url)
    yield opened
    opened.dispose()


LIST = Basis("Price page", "2026-11-01", "high", "https://example.org/prices")
NOTE = Basis("Planner's note", "2026-10-01", "low")
GRID = (0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
REQUESTS = 6_000_000.0


def _line(key, group, name, quantity, unit, price, basis=LIST):
    return CostLine(key, group, name, quantity, unit, price, basis)


def _api(key, label, input_price, output_price, *, kind="api", model="GPT-5.4", interactive=True):
    lines = (
        _line("input", "tokens", "Input tokens", 7_200.0, "Mtok", input_price),
        _line("output", "tokens", "Output tokens", 1_800.0, "Mtok", output_price),
        _line("people", "people", "Engineering and on-call", 0.25, "FTE-month", 20_000.0, NOTE),
        _line("evaluation", "platform", "Evaluation", None, "month", None, NOTE),
    )
    return Alternative(
        key, label, kind, model, interactive, lines, (), REQUESTS, 1_200.0, 300.0, None, ()
    )


def _serving(own, kind="measured", extrapolation="inside what was measured"):
    return Serving(
        calibration="llama-3.3-70b-fp8-h100-tp4",
        calibration_kind=kind,
        calibration_label="Measured by Example Lab on 4x H100, 2026-05-01",
        capacity_per_replica_rps=4.2,
        capacity_p10_rps=3.7,
        capacity_p90_rps=4.7,
        unmet_share=0.0,
        bound_by="tpot",
        extrapolation=extrapolation,
        running=96.0,
        mean_ttft_ms=640.0,
        mean_tpot_ms=50.0,
        replicas=2,
        spare_replicas=1,
        instances=1,
        gpus=8,
        utilisation=own,
        reachable_utilisation=0.55,
        utilisation_causes=(
            ("daily shape", 0.62),
            ("headroom for the peak", 0.8),
            ("spares", 0.625),
            ("whole machines", 1.0),
        ),
        requests_per_month_capacity=22_000_000.0,
    )


def _hosted(key, label, gpu_price, serving, kind="rented"):
    lines = (
        _line("gpu", "machines", "GPU hours", 5_840.0, "GPU-h", gpu_price),
        _line("host", "host", "Host storage", 2_000.0, "GB-month", 0.08),
        _line("egress", "network", "Network transfer", 7.2, "GB", 0.09),
        _line("people", "people", "Engineering and on-call", 1.0, "FTE-month", 20_000.0, NOTE),
        _line("evaluation", "platform", "Evaluation", None, "month", None, NOTE),
    )
    one_off = (_line("migration", "one-off", "Migration", 1.0, "project", 60_000.0, NOTE),)
    return Alternative(
        key,
        label,
        kind,
        "Llama 3.3 70B",
        True,
        lines,
        one_off,
        REQUESTS,
        1_200.0,
        300.0,
        serving,
        (),
    )


def _break_even(key, value, low, high, own, reason=None):
    utilisation = UtilisationAnswer(value, own, 0.55, reason, low, value, high)
    crossing = Crossing(8_500_000.0, "self-hosting", "continuous")
    volume = VolumeAnswer(
        ((8_500_000.0, 22_000_000.0), (23_500_000.0, None)),
        (
            crossing,
            Crossing(22_000_000.0, "api", "step"),
            Crossing(23_500_000.0, "self-hosting", "continuous"),
        ),
        23_500_000.0,
        240_000_000.0,
        None,
    )
    months = tuple(-60_000.0 + 900.0 * month**1.5 for month in range(37))
    month = MonthAnswer(14, 22, months[-1], months, tuple(900.0 for _ in range(36)), None)
    return BreakEven(key, utilisation, volume, month)


def _curve(at_full):
    return tuple(CurvePoint(u, at_full / u) for u in GRID)


@pytest.fixture
def evaluation():
    """Stay today; one rented option would pay from 44 %, one owned from 31 %, one is refused."""
    refused = Finding(
        "refused",
        "objective",
        "No number of replicas answers within 50 ms per token.",
        "Allow 80 ms per token.",
        "Calibration llama-4-maverick-fp8-h100",
    )
    flagged = Finding("flagged", "stale", "Prices are 95 days old.", "Refresh the prices.", "")
    made = Evaluation(
        asked=SimpleNamespace(scenario=SimpleNamespace(currency=Currency())),
        worked={},
        alternatives=(
            _api("api/gpt-5.4/standard", "GPT-5.4", 2.5, 15.0),
            _api("api/gpt-5.4/batch", "GPT-5.4 batch", 1.25, 7.5, interactive=False),
            _api("api/gpt-5.4-mini/standard", "GPT-5.4 mini", 0.75, 4.5, model="GPT-5.4 mini"),
            _api(
                "hosted/deepinfra/llama-3.3-70b",
                "Llama 3.3 70B at DeepInfra",
                0.2,
                0.4,
                kind="hosted",
                model="Llama 3.3 70B",
            ),
            _hosted("self/on-demand", "Llama 3.3 70B, H100 on demand", 6.88, _serving(0.31)),
            _hosted(
                "self/owned", "Llama 3.3 70B, H100 owned", 2.4, _serving(0.31, "published"), "owned"
            ),
            replace(
                _hosted("self/maverick", "Llama 4 Maverick, H200", 4.0, None),
                lines=(),
                findings=(refused,),
            ),
        ),
        break_evens=(
            _break_even("self/on-demand", 0.44, 0.38, 0.52, 0.31),
            _break_even("self/owned", 0.23, 0.2, 0.27, 0.31),
        ),
        curves=(
            ("self/on-demand", _curve(0.44 * 5.0)),
            ("self/owned", _curve(0.23 * 5.0)),
        ),
        level_lines=(
            ("api/gpt-5.4/standard", 5.0),
            ("api/gpt-5.4/batch", 2.5),
            ("api/gpt-5.4-mini/standard", 1.5),
            ("hosted/deepinfra/llama-3.3-70b", 0.24),
        ),
        uncertainty=Uncertainty(1_000, 1, Spreads(), (), (), (), (), None, {}, ()),
        verdict=Verdict(
            action="stay",
            chosen="api/gpt-5.4/standard",
            rival="self/on-demand",
            best_own="self/on-demand",
            worth_of="self/on-demand",
            worth_usd=-330_000.0,
            worth_usd_per_year=-120_000.0,
            worth=Band(-500_000.0, -330_000.0, -200_000.0),
            probability_cheaper_than_staying=0.05,
            expected_loss_usd=350_000.0,
            probability_best=0.9,
            regret_usd=1_000.0,
            runner_up=None,
            drift=PriceDrift(0.0, -0.45, 0.45, None),
            waiting=(),
            deciders=(),
            headline="Stay on GPT-5.4.",
            sentence="Moving is worth −$330,000 over 36 months.",
            own="Own GPUs: your 6.00 M requests a month keep 2 replicas 31 % busy; from 44 %.",
            also="A hosted Llama costs a tenth; quality is assumed equal.",
        ),
        findings=(flagged,),
        stamp=Stamp(
            "0.1.0",
            "2026-11-20",
            "ab" * 32,
            "2026-11-24",
            "2026-08-21",
            "price of GPT-5.4",
            730.0,
            2_000.0,
            50.0,
            ("llama-3.3-70b-fp8-h100-tp4",),
        ),
    )
    vars(made)["assumptions"] = (
        Assumption(
            "costs.engineer_usd_per_month",
            "Engineer",
            20_000.0,
            "USD/month",
            15_000.0,
            28_000.0,
            NOTE,
            False,
        ),
        Assumption(
            "workload.requests_per_month",
            "Requests",
            REQUESTS,
            "request/month",
            None,
            None,
            Basis("Your scenario", "2026-11-24"),
            True,
        ),
        Assumption("costs.exit_usd", "Exit", None, "USD", None, None, NOTE, False),
    )
    vars(made)["appraisals"] = ()
    return made
