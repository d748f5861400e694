"""Figures are written in one room: no format spec stands anywhere else in the planner."""

import ast
from pathlib import Path
from string import Formatter

import pytest

ROOT = Path(__file__).parents[2]
ROOM = ROOT / "tco" / "words"
STILL_FORMATTING: set[str] = {
    "tco/analysis/factor.py",
    "tco/analysis/flips.py",
    "tco/analysis/quick_sweep.py",
    "tco/analysis/sweep_grid.py",
    "tco/analysis/uncertainty.py",
    "tco/analysis/winners.py",
    "tco/answer/explain.py",
    "tco/answer/ledger.py",
    "tco/answer/ledger_choices.py",
    "tco/bill/acceptance.py",
    "tco/bill/api.py",
    "tco/bill/eligibility.py",
    "tco/bill/owned_machines.py",
    "tco/bill/price_by_length.py",
    "tco/charts/break_even.py",
    "tco/charts/calibration.py",
    "tco/charts/fan.py",
    "tco/charts/length.py",
    "tco/charts/pictures.py",
    "tco/charts/style.py",
    "tco/charts/winners.py",
    "tco/commands/analysis_console.py",
    "tco/commands/console.py",
    "tco/commands/progress.py",
    "tco/commands/sweep.py",
    "tco/exports/markup.py",
    "tco/exports/report_charts.py",
    "tco/exports/report_page.py",
    "tco/exports/report_tables.py",
    "tco/exports/svg.py",
    "tco/exports/workbook.py",
    "tco/exports/workbook_bills.py",
    "tco/exports/workbook_break_even.py",
    "tco/kernel/capacity.py",
    "tco/kernel/simulate_capacity.py",
    "tco/months/appraisal.py",
    "tco/own_data/benchmark.py",
    "tco/own_data/token_ratio.py",
    "tco/question/files.py",
    "tco/question/link.py",
    "tco/question/traffic.py",
    "tco/serving/percentiles.py",
    "tco/serving/records.py",
    "tco/serving/replica.py",
    "tco/store/guards.py",
    "tco/store/shelf.py",
    "tco/ui/fields/class_fields.py",
    "tco/ui/fields/fields.py",
    "tco/ui/fields/more_fields.py",
    "tco/ui/parts/headline.py",
    "tco/ui/parts/inputs.py",
    "tco/ui/parts/stamp.py",
    "tco/ui/tables/bill_tables.py",
    "tco/ui/tables/calibration_tables.py",
    "tco/ui/tables/cash_tables.py",
    "tco/ui/tables/changes_by.py",
    "tco/ui/tables/compare_tables.py",
    "tco/ui/tables/price_changes.py",
    "tco/ui/tables/scenario_tables.py",
    "tco/ui/tables/sensitivity_tables.py",
    "tco/ui/tables/tables.py",
    "tco/ui/views/assumptions.py",
    "tco/ui/views/calibration.py",
    "tco/ui/views/export.py",
    "tco/ui/views/prices.py",
    "tco/ui/views/scenarios.py",
    "tco/ui/views/sensitivity.py",
}
"""Files that do. A file leaves when its figures come from the room; none may come."""


def is_text(node):
    return isinstance(node, ast.JoinedStr) or (
        isinstance(node, ast.Constant) and isinstance(node.value, str)
    )


def rounds(node):
    """Whether a value is rounded on its way into a text."""
    return any(
        isinstance(inner, ast.Call)
        and isinstance(inner.func, ast.Name)
        and inner.func.id == "round"
        for inner in ast.walk(node)
    )


def has_spec(template):
    """Whether a template of `str.format` says how a value is written."""
    try:
        parts = list(Formatter().parse(template))
    except ValueError:  # braces of another language
        return False
    return any(spec for _, name, spec, _ in parts if name is not None)


def formats(node):
    """Whether a node turns a value into text by a format of its own."""
    match node:
        case ast.FormattedValue(value=value, format_spec=spec):
            return spec is not None or rounds(value)
        case ast.Call(func=ast.Name(id="format"), args=[_, _]):
            return True
        case ast.Call(func=ast.Name(id="str"), args=[value]):
            return rounds(value)
        case ast.Call(func=ast.Attribute(value=ast.Constant(value=str(text)), attr="format")):
            return has_spec(text)
        case ast.BinOp(left=left, op=ast.Mod()):
            return is_text(left)
    return False


def formatting(source):
    """Lines on which a module formats a value."""
    return [node.lineno for node in ast.walk(ast.parse(source)) if formats(node)]


def files():
    return [path for path in (ROOT / "tco").rglob("*.py") if ROOM not in path.parents]


def test_no_file_but_those_of_the_room_formats_a_figure():
    found = {
        str(path.relative_to(ROOT)): lines
        for path in files()
        if (lines := formatting(path.read_text(encoding="utf-8")))
    }
    assert {file: lines for file, lines in found.items() if file not in STILL_FORMATTING} == {}
    assert set(found) == STILL_FORMATTING


@pytest.mark.parametrize(
    "line",
    [
        'f"{usd:.2f}"',
        'f"{usd:,}"',
        'f"{usd:{width}}"',
        'f"{round(usd, 2)} dollars"',
        'format(usd, ",.0f")',
        "str(round(usd))",
        '"{:,.0f}".format(usd)',
        '"{usd:.1%}".format(usd=usd)',
        '"%.2f" % usd',
    ],
)
def test_a_figure_formatted_elsewhere_is_noticed_however_it_is_written(line):
    assert formatting(f"shown = {line}\n") == [1]


@pytest.mark.parametrize(
    "line",
    [
        'f"{name}"',
        'f"{name!r}"',
        '"{} of {}".format(one, other)',
        "seven % 3",
        "round(usd, 2)",
    ],
)
def test_what_formats_nothing_is_left_alone(line):
    assert formatting(f"shown = {line}\n") == []
