"""The worked example in docs/quality.md: tasks, run, and a verdict that turns.

``python -m tests.quality.worked_example`` writes it anew.
"""

import tempfile
from pathlib import Path

from tests.quality.conftest import both_sides, ran
from tests.quality.sixty_tasks import write_tasks
from tests.tco.command import tco

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "quality.md"
SCENARIO = Path("docs") / "examples" / "quality.toml"
BEGIN = "<!-- example: written by tests/quality/worked_example.py -->"
END = "<!-- end example -->"
COLUMNS = ("model", "difficulty", "tasks", "accepted", "USD/accepted")


def example(run):
    """The commands and what they print, of a run's folder."""
    asked = ("--scenario", ROOT / SCENARIO, "--unaccepted", "0.02")
    said = tco("quality", "sum", run, *asked).stdout
    rows = [
        [cell.strip() for cell in line.strip("│┃").split("│" if "│" in line else "┃")]
        for line in said.splitlines()
        if line.startswith(("│", "┃"))
    ]
    heads = rows[0]
    table = [dict(zip(heads, row, strict=True)) for row in rows[1:]]
    lines = [f"| {' | '.join(COLUMNS)} |", f"|{'---|' * len(COLUMNS)}"]
    lines += [f"| {' | '.join(row[name] for name in COLUMNS)} |" for row in table]
    told = said[said.rindex("┘") + 1 :].strip().split("\n")
    return "\n".join(
        [
            BEGIN,
            "",
            "```",
            f"tco quality sum quality --scenario {SCENARIO} --unaccepted 0.02 --to measured.toml",
            "```",
            "",
            *lines,
            "",
            *(f"> {' '.join(line.split())}\n>" for line in told[:-1]),
            f"> {' '.join(told[-1].split())}",
            "",
            END,
        ]
    )


def shown():
    """The same, as the page has it."""
    text = PAGE.read_text(encoding="utf-8")
    return text[text.index(BEGIN) : text.index(END) + len(END)]


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder, both_sides() as sides:
        home = Path(folder)
        tasks = write_tasks(home / "tasks.jsonl")
        assert ran("run", tasks, *sides.options, "--out", home / "run", home=home).returncode == 0
        new = PAGE.read_text(encoding="utf-8").replace(shown(), example(home / "run"))
        PAGE.write_text(new, encoding="utf-8")
