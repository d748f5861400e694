"""Records are shown with what was measured, and an uploaded one is held against what is known."""

import json
from datetime import timedelta

import numpy as np
import plotly.graph_objects as go
import pytest

from calibrate.fitting.shipped import shipped_groups
from calibrate.result.assemble import assemble
from calibrate.result.own_record import own_record
from hardware_profiles.library import Library
from hardware_profiles.record_digest import with_digest
from pricing.errors import InputError
from tco.charts.calibration import SHAPES, calibration_chart, calibration_finding
from tco.charts.style import LIGHT
from tco.question.files import changed
from tco.question.presets import presets
from tco.serving.records import (
    STALE_AFTER_DAYS,
    flags,
    load_curves,
    points_of,
    record_from_text,
    with_records,
)
from tco.ui.tables.calibration_tables import circumstances, loads_table, records_table, run_findings
from tco.words.figures import share
from tests.calibrate.simulated_runs import READINGS, simulated_run
from tests.calibrate.test_known_truth import spread_plan

RECORD = "llama-3.1-70b-fp8-h100-tp2"
SCENARIO = next(iter(presets().values()))


@pytest.fixture(scope="module")
def library():
    return Library.load()


@pytest.fixture
def document(library):
    return json.loads(library.calibration(RECORD).model_dump_json()) | {"id": "mine"}


def test_the_points_on_the_page_are_those_the_records_were_fitted_to(library):
    drawn = 0
    for name, (ready, _) in shipped_groups(library).items():
        shown = points_of(library.calibration(name))
        points = ready.points
        order = np.lexsort((points.clients, points.mix.output_tokens, points.mix.input_tokens))
        rate = points.requests_per_second * points.mix.output_tokens
        assert [p.clients for p in shown] == pytest.approx(points.clients[order], rel=1e-4)
        assert [p.output_tokens_per_s for p in shown] == pytest.approx(rate[order], rel=1e-4)
        assert [p.tpot_ms for p in shown] == pytest.approx(points.tpot_ms[order], rel=1e-4)
        drawn += len(shown)
    measured = [record for record in library.calibrations.values() if record.kind == "measured"]
    assert drawn == sum(record.points for record in measured)


def test_curves_pass_through_the_measured_points(library):
    """Half of all points lie within 5 % of the curve drawn for their shape."""
    gaps = []
    for record in library.calibrations.values():
        for curve in load_curves(record, shapes=9):
            for point in points_of(record):
                if point.input_tokens == pytest.approx(curve.shape.input_tokens, rel=0.01) and (
                    point.output_tokens == pytest.approx(curve.shape.output_tokens, rel=0.01)
                ):
                    drawn = np.interp(point.clients, curve.clients, curve.output_tokens_per_s)
                    gaps.append(abs(drawn / point.output_tokens_per_s - 1))
    assert len(gaps) > 300
    assert np.median(gaps) < 0.05


def test_the_figure_shades_what_was_measured_and_marks_every_point(library):
    record = library.calibration(RECORD)
    points = points_of(record)
    figure = go.Figure(calibration_chart(record, load_curves(record, 3), points, LIGHT))
    assert {(s.x0, s.x1) for s in figure.layout.shapes} == {(4.0, 64.0)}
    marked = [t for t in figure.data if t.mode == "markers" and t.yaxis is None]
    assert sum(len(t.x) for t in marked) == len(points) == 15
    assert "4 to 64 clients" in calibration_finding(record, points)


def test_a_record_says_whose_it_is_and_how_old(library):
    record = library.calibration(RECORD)
    assert flags(record, SCENARIO, uploaded=False)[0].startswith("foreign")
    assert not any(f.startswith("foreign") for f in flags(record, SCENARIO, uploaded=True))
    later = SCENARIO.model_copy(
        update={"prices_on": SCENARIO.prices_on + timedelta(days=STALE_AFTER_DAYS)}
    )
    assert any(f.startswith("stale") for f in flags(record, later, uploaded=True))


def test_the_records_of_the_scenario_come_first(library):
    table = records_table(library.calibrations.values(), SCENARIO, set())
    used = {option.calibration for option in SCENARIO.self_hosted}
    assert set(table["Record"].head(len(used))) == used
    assert len(table) == len(library.calibrations)


@pytest.fixture(scope="module")
def own(library):
    """A record of an own run in simulated time, its every request known."""
    outcome = simulated_run(spread_plan(), devices=READINGS)
    return own_record(outcome, assemble(outcome, library))


def test_an_own_record_brings_its_points_and_they_lie_on_its_curves(own):
    points = points_of(own)
    assert len(points) == len(own.run.loads)
    figure = go.Figure(calibration_chart(own, load_curves(own, SHAPES), points, LIGHT))
    marked = [t for t in figure.data if t.mode == "markers" and t.yaxis is None]
    drawn = sum(len(t.x) for t in marked)
    assert drawn == own.points == 10  # loads held out have shapes of their own
    assert f"{drawn} points drawn" in calibration_finding(own, points)


def test_a_load_of_shared_prompts_is_not_drawn_beside_a_curve_without(own):
    shared = own.run.loads[0].model_copy(update={"cached_share": 0.75})
    run = own.run.model_copy(update={"loads": (shared, *own.run.loads[1:])})
    assert len(points_of(own.model_copy(update={"run": run}))) == len(own.run.loads) - 1


def test_figures_of_loads_are_written_out(own):
    table = loads_table(own.run)
    assert not table.map(lambda cell: "e+" in str(cell)).to_numpy().any()
    assert set(table["Sent by"]) >= {"1 client", "32 clients"}


def test_the_table_of_loads_says_how_far_the_curve_is_from_each(own):
    table = loads_table(own.run).set_index("Load")
    assert list(table.index) == [load.id for load in own.run.loads]
    for load in own.run.loads:
        row = table.loc[load.id]
        apart = load.predicted.requests_per_second / load.answered_per_second - 1
        assert row["Error"] == f"{apart:+.1%}".replace("%", "\xa0%").replace("-", "−")
        assert row["Goodput"].endswith("%")


def test_circumstances_name_engine_driver_clocks_and_power(own):
    said = circumstances(own, own.run).set_index("What")["How"]
    assert said["Engine"] == "vLLM 0.32.0"
    assert said["1 × NVIDIA H100 80GB HBM3"].replace("\xa0", " ") == (
        "1,755–1,830 of 1,980 MHz, up to 656 of 700 W, up to 64 °C"
    )
    assert "--max-num-seqs=256" in said["Server"]


def test_findings_of_a_run_give_its_held_out_errors_and_what_to_do_next(own):
    first, *rest = run_findings(own.run)
    assert share(own.run.held_out_errors.throughput) in first
    assert own.run.next_steps[-1] in rest
    unchecked = own.run.model_copy(update={"held_out_errors": None, "remarks": ("not saturated",)})
    assert run_findings(unchecked)[:2] == (
        "No load was held out: the error is not checked.",
        "Provisional: not saturated.",
    )


def test_a_record_used_otherwise_than_measured_is_flagged_in_the_table(library):
    place = next(i for i, o in enumerate(SCENARIO.self_hosted) if o.calibration)
    record = library.calibration(SCENARIO.self_hosted[place].calibration)
    assert not any("measured otherwise" in flag for flag in flags(record, SCENARIO, uploaded=True))
    meant = changed(SCENARIO, {f"self_hosted.{place}.deployment.engine_version": "9.9"})
    assert any("meant 9.9" in flag for flag in flags(record, meant, uploaded=True))


def test_a_good_record_is_taken_beside_those_that_ship(library, document):
    mine = record_from_text(json.dumps(with_digest(document)), "mine.json", library)
    both = with_records(library, {mine.id: mine})
    assert both.calibration("mine") == mine
    assert len(both.calibrations) == len(library.calibrations) + 1
    assert "mine" not in library.calibrations


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"model": "Llama 3.1 70C"}, "model"),
        ({"accelerator": "H1000"}, "accelerator"),
        ({"id": RECORD}, "id"),
        ({"gpus_per_replica": 0}, "gpus_per_replica"),
        ({"surprise": 1}, "surprise"),
        ({"schema_version": 3}, "schema_version"),
        ({"covariance": []}, "mine.json"),
    ],
)
def test_a_bad_record_is_refused_by_its_field(library, document, change, field):
    with pytest.raises(InputError) as refusal:
        record_from_text(json.dumps(with_digest(document | change)), "mine.json", library)
    assert any(field in problem.field for problem in refusal.value.problems)


def test_a_record_quicker_than_its_weights_can_be_read_is_refused(library, document):
    document["parameters"]["a_ms"] = 0.1
    with pytest.raises(InputError, match="reading the weights takes at least"):
        record_from_text(json.dumps(with_digest(document)), "mine.json", library)


@pytest.mark.parametrize("text", ["", "{", "[1]", "null", "[" * 10_000, "x" * 1_000_001])
def test_what_is_no_record_is_refused(library, text):
    with pytest.raises(InputError):
        record_from_text(text, "mine.json", library)
