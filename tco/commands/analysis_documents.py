"""Sensitivities, solutions, maps, draws and comparisons as versioned JSON documents."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from tco.analysis.assumed import Assumed
from tco.analysis.compare import ScenarioComparison
from tco.analysis.decision import Decision
from tco.analysis.drivers import DriverCurve
from tco.analysis.factor import Factor
from tco.analysis.flips import Flip
from tco.analysis.quick_sweep import QuickSweep
from tco.analysis.sensitivity import Swing, Tornado
from tco.analysis.solve import Solution
from tco.analysis.sweep import SweepDone
from tco.analysis.winners import WinnerMap
from tco.answer.documents import plain, uncertainty_document
from tco.answer.uncertainty import Uncertainty
from tco.question.files import Document

SENSITIVITY_SCHEMA: Final = "tco.sensitivity/3"
SOLVE_SCHEMA: Final = "tco.solve/2"
COMPARE_SCHEMA: Final = "tco.compare/3"
SWEEP_SCHEMA: Final = "tco.sweep/2"
QUICK_SWEEP_SCHEMA: Final = "tco.quick-sweep/2"


def sensitivity_document(
    stamp: Mapping[str, Any],
    tornado: Tornado,
    drivers: Sequence[DriverCurve],
    uncertainty: Uncertainty | None,
    winners: WinnerMap | None,
    assumed: Sequence[Assumed] = (),
) -> Document:
    """What moves the answer, how sure it is, and who wins where; parts not asked for are null."""
    return {
        "schema": SENSITIVITY_SCHEMA,
        "stamp": stamp,
        "of": tornado.of,
        "given": _decision(tornado.given),
        "tornado": [_swing(swing) for swing in tornado.swings],
        "drivers": [_curve(curve) for curve in drivers] or None,
        "uncertainty": None if uncertainty is None else _uncertainty(uncertainty),
        "winners": None if winners is None else _winners(winners),
        "assumed": [plain(one) for one in assumed] or None,
    }


def solve_document(stamp: Mapping[str, Any], solutions: Sequence[Solution]) -> Document:
    """Values at which own GPUs and staying cost alike, or why there are none."""
    return {
        "schema": SOLVE_SCHEMA,
        "stamp": stamp,
        "solutions": [plain(solution) for solution in solutions],
    }


def compare_document(stamp: Mapping[str, Any], compared: ScenarioComparison) -> Document:
    """Two answers and the way between them."""
    return {"schema": COMPARE_SCHEMA, "stamp": stamp, **plain(compared)}


def sweep_document(done: SweepDone) -> Document:
    """How a sweep ended and where its rows are."""
    return {
        "schema": SWEEP_SCHEMA,
        "points": done.points,
        "finished": done.finished,
        "resumed": done.resumed,
        "complete": done.complete,
        "out": None if done.out is None else str(done.out),
        "checkpoint": None if done.complete else str(done.checkpoint),
    }


def quick_sweep_document(stamp: Mapping[str, Any], swept: QuickSweep, out: Path) -> Document:
    """Where the rows of a quick sweep are, and what took no part."""
    return {
        "schema": QUICK_SWEEP_SCHEMA,
        "stamp": stamp,
        "points": len(swept.columns["point"]),
        "columns": list(swept.columns),
        "left_out": [{"alternative": key, "reason": why} for key, why in swept.left_out],
        "carried": list(swept.carried),
        "out": str(out),
    }


def _factor(factor: Factor) -> Document:
    return {
        "key": factor.key,
        "label": factor.label,
        "unit": factor.unit,
        "value": factor.value,
        "low": factor.low,
        "high": factor.high,
        "basis": factor.basis,
    }


def _decision(decision: Decision) -> Document:
    figures: Document = plain(decision)
    return figures


def _flip(flip: Flip | None) -> Document | None:
    return None if flip is None else {"value": flip.value, "cheaper_above": flip.cheaper_above}


def _swing(swing: Swing) -> Document:
    return {
        "input": _factor(swing.factor),
        "at_low": _decision(swing.at_low),
        "at_high": _decision(swing.at_high),
        "swing_usd": swing.swing_usd,
        "threshold_low": swing.threshold_low,
        "threshold_high": swing.threshold_high,
        "flip": _flip(swing.flip),
        "flips": [_flip(flip) for flip in swing.flips.found],
        "no_flip_because": swing.flips.reason,
    }


def _curve(curve: DriverCurve) -> Document:
    return {
        "alternative": curve.alternative,
        "input": _factor(curve.factor),
        "given": plain(curve.given),
        "points": plain(curve.points),
    }


def _uncertainty(found: Uncertainty) -> Document:
    return {**uncertainty_document(found), "bills": plain(found.bills)}


def _winners(found: WinnerMap) -> Document:
    return {
        "x": _factor(found.x),
        "y": _factor(found.y),
        "x_values": list(found.x_values),
        "y_values": list(found.y_values),
        "winners": [list(row) for row in found.winners],
        "lead_usd": [list(row) for row in found.lead_usd],
        "labels": dict(found.labels),
    }
