"""The worked example in docs/quality.md: tasks, run, and a verdict that turns.

``python -m tests.quality.worked_example`` writes it anew.
"""

import json
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
HEAD = "| model | difficulty | tasks | accepted | 95 % interval |\n|---|---|---:|---:|---|"


def example(run):
    """The command and what it says, of a run's folder."""
    asked = ("--scenario", ROOT / SCENARIO, "--unaccepted", "0.02", "--json")
    told = json.loads(tco("quality", "sum", run, *asked).stdout)
    rows = [
        f"| {row['model']} | {row['difficulty']} | {row['tasks']} "
        f"| {row['acceptance_rate']:.0%} | {row['low']:.0%} to {row['high']:.0%} |"
        for row in told["standings"]
    ]
    (difference,) = told["differences"]
    verdicts = {"By price alone": told["before"], "With what was measured": told["after"]}
    said = [f"{when}: {v['headline']} {v['sentence']}" for when, v in verdicts.items()]
    quoted = "\n>\n".join(f"> {text}" for text in (difference["words"], *said))
    command = f"tco quality sum quality --scenario {SCENARIO} --unaccepted 0.02 --to measured.toml"
    block = "\n".join((HEAD, *rows))
    return f"{BEGIN}\n\n```\n{command}\n```\n\n{block}\n\n{quoted}\n\n{END}"


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
