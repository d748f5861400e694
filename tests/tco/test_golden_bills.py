"""Bills worked by hand, one file per kind of alternative; ``--update-golden`` writes them anew.

Below the bill, "By hand" holds the arithmetic in plain text. The test works it out on its own,
with decimals and none of the engine, and compares every result with the line it names.
"""

import ast
import operator
from decimal import Decimal, getcontext
from pathlib import Path

import pytest

from tco.answer.evaluation import evaluate
from tco.question.files import changed
from tests.tco.hybrid_cases import CASES

GOLDEN = Path(__file__).parents[1] / "golden"
MARK = "\n## By hand\n"
CENT = Decimal("0.005")
_OPERATIONS = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}


def bill(name, alternative):
    """One alternative as text."""
    lines = [
        f"# {name}: {alternative.label}",
        "",
        f"{alternative.requests_per_month:,.0f} requests a month.",
        "",
        "| line | quantity | unit | USD per unit | USD a month |",
        "|---|---:|---|---:|---:|",
    ]
    for line in (*alternative.lines, *alternative.one_off):
        once = " (once)" if line.group == "one-off" else ""
        lines.append(
            f"| {line.key}: {line.name}{once} | {number(line.quantity)} | {line.unit} | "
            f"{number(line.unit_price_usd)} | {money(line.cost_usd)} |"
        )
    lines += ["", f"A month: {money(alternative.monthly_usd)}"]
    lines += [f"Once: {money(alternative.one_off_usd)}"]
    if alternative.serving is not None:
        causes = " × ".join(
            f"{factor:.6f} ({cause})" for cause, factor in alternative.serving.utilisation_causes
        )
        lines += ["", f"Busy {alternative.serving.utilisation:.6f} = {causes}"]
    return "\n".join(lines) + "\n"


def number(value):
    return "not estimated" if value is None else f"{value:,.8g}"


def money(value):
    return "not estimated" if value is None else f"{value:,.2f}"


def worked(text):
    """Value of an expression of numbers, + - × ÷ ^ and brackets."""
    plain = text.replace(",", "").replace("×", "*").replace("÷", "/").replace("^", "**")

    def value(node):
        if isinstance(node, ast.Constant):
            return Decimal(str(node.value))
        assert isinstance(node, ast.BinOp), text
        return _OPERATIONS[type(node.op)](value(node.left), value(node.right))

    getcontext().prec = 40
    return value(ast.parse(plain.strip(), mode="eval").body)


@pytest.mark.parametrize("name", CASES)
def test_the_bill_is_the_one_worked_by_hand(name, plain_scenario, plain_data, request):
    key, changes = CASES[name]
    alternative = evaluate(changed(plain_scenario, changes), plain_data).alternative(key)
    path = GOLDEN / f"{name}.md"
    kept = path.read_text(encoding="utf-8") if path.exists() else f"{MARK}\n"
    text, _, by_hand = kept.partition(MARK)
    if request.config.getoption("--update-golden"):
        path.write_text(bill(name, alternative) + MARK + by_hand, encoding="utf-8")
        text = bill(name, alternative)
    assert text == bill(name, alternative)
    costs = {
        line.key: line.cost_usd
        for line in (*alternative.lines, *alternative.one_off)
        if line.cost_usd is not None
    }
    costs |= {"month": alternative.monthly_usd}
    if alternative.serving is not None:
        costs |= {"busy": alternative.serving.utilisation}
    checked = set()
    for sentence in by_hand.splitlines():
        if not sentence.startswith("- "):
            continue
        line, _, rest = sentence[2:].partition(": ")
        expression, _, said = rest.rpartition(" = ")
        worth = worked(expression)
        shown = Decimal(said.replace(",", ""))
        precision = Decimal(1).scaleb(shown.as_tuple().exponent) / 2
        assert abs(worth - shown) <= precision, sentence
        tolerance = {"busy": Decimal("1e-6"), "month": 4 * CENT}.get(line, CENT)  # rounded terms
        assert abs(Decimal(costs[line]) - worth) <= tolerance, sentence
        checked.add(line)
    assert checked >= set(costs) - {"busy"}, f"not worked by hand: {set(costs) - checked}"
