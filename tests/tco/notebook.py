"""The example notebook, run from its first cell to its last in one namespace, as a kernel does.

A kernel is some thirty packages more for a page of Python without magics. What a cell shows is the
value of its last expression, as text and, where it has one, as HTML; and what it prints.

``python -m tests.tco.notebook`` writes the outputs anew.
"""

import ast
import contextlib
import io
import json
import os
from pathlib import Path

import pandas

NOTEBOOK = Path(__file__).parents[2] / "docs" / "examples" / "planner.ipynb"
WIDTH, MOST_COLUMNS = 120, 20


def read():
    return json.loads(NOTEBOOK.read_text(encoding="utf-8"))


def executed(notebook):
    """The same notebook with what its cells show now; run in the folder that it lies in."""
    names, before, count = {"__name__": "__main__"}, Path.cwd(), 0
    os.chdir(NOTEBOOK.parent)
    shape = ("display.width", WIDTH, "display.max_columns", MOST_COLUMNS)
    try:
        for cell in notebook["cells"]:
            if cell["cell_type"] == "code":
                count += 1
                with pandas.option_context(*shape):  # else it is that of the terminal
                    cell |= {"execution_count": count, "outputs": _outputs(cell, names, count)}
    finally:
        os.chdir(before)
    return notebook


def _outputs(cell, names, count):
    body = ast.parse("".join(cell["source"])).body
    last = body.pop() if body and isinstance(body[-1], ast.Expr) else None
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(ast.Module(body, []), "cell", "exec"), names)
        value = last and eval(compile(ast.Expression(last.value), "cell", "eval"), names)
    found = []
    if printed.getvalue():
        text = printed.getvalue().splitlines(keepends=True)
        found.append({"name": "stdout", "output_type": "stream", "text": text})
    if value is not None:
        shown = {"text/plain": repr(value).splitlines(keepends=True)}
        if hasattr(value, "_repr_html_"):
            shown = {"text/html": value._repr_html_().splitlines(keepends=True)} | shown
        told = {"execution_count": count, "metadata": {}, "output_type": "execute_result"}
        found.append({"data": shown} | told)
    return found


if __name__ == "__main__":
    text = json.dumps(executed(read()), indent=1, ensure_ascii=False, sort_keys=True)
    NOTEBOOK.write_text(f"{text}\n", encoding="utf-8")
