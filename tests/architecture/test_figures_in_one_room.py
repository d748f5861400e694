"""A figure is written in `tco/words` and nowhere else."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
WORDS = ROOT / "tco" / "words"
FILLED_IN_LATER = re.compile(
    r"%\{[^}]*:|%[-+ #0]*\d*\.\d+[a-z]|\{:[^}]+\}"  # plotly's, printf's and str.format's
    r"|#,##0|^0\.0+%?$|^\$?[,.~]*\d*~?[sfgr%]$"  # sheets' and d3's
)


def written_here(tree):
    """Line and text of every format of a figure in a module."""
    documented = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.FormattedValue) and node.format_spec is not None:
            yield node.lineno, ast.unparse(node.format_spec)
        elif _rounds_into_text(node) or (isinstance(node, ast.Call) and _formats(node.func)):
            yield node.lineno, ast.unparse(node)
        elif (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in documented
            and len(node.value) > 1
            and FILLED_IN_LATER.search(node.value)
        ):
            yield node.lineno, node.value


def _formats(function):
    return (isinstance(function, ast.Name) and function.id == "format") or (
        isinstance(function, ast.Attribute) and function.attr == "strftime"
    )


def _rounds_into_text(node):
    is_text = isinstance(node, ast.FormattedValue) or (
        isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "str"
    )
    return is_text and any(
        isinstance(inner, ast.Call)
        and isinstance(inner.func, ast.Name)
        and inner.func.id == "round"
        for inner in ast.walk(node)
    )


def formatting(path):
    """What a file formats, each with its line."""
    return [
        f"{line}: {text}"
        for line, text in written_here(ast.parse(path.read_text(encoding="utf-8")))
    ]


def files():
    return [path for path in sorted((ROOT / "tco").rglob("*.py")) if WORDS not in path.parents]


def test_no_format_of_a_figure_stands_outside_the_words():
    found = {str(p.relative_to(ROOT)): lines for p in files() if (lines := formatting(p))}
    assert found == {}


@pytest.mark.parametrize(
    "planted",
    [
        'f"{value:,.2f}"', 'f"{share:.0%}"', 'format(value, ".3g")', '"{:,}".format(value)',
        '"%.2f" % value', '{"hovertemplate": "%{x:.1%}"}', '{"tickformat": "$~s"}',
        '{"tickformat": ".0%"}', '{"num_format": "#,##0.00"}', 'day.strftime("%Y")',
        'f"{round(value, 2)} dollars"', "str(round(value))",
    ],
)  # fmt: skip
def test_a_planted_format_is_found(planted):
    assert list(written_here(ast.parse(planted)))
