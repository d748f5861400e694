"""The commands of docs/calibrate.md that need no server, carried out as they stand there."""

import json
import re
import shlex

import pytest

from calibrate.plan.by_number import small_llama
from calibrate.plan.plan import read_plan
from tests.calibrate.plans import ROOT, calibrate

PAGE = ROOT / "docs" / "calibrate.md"
NO_SERVER = ("plan", "job")


def commands():
    """Lines of code blocks that start with the command, continued ones joined."""
    for block in re.findall(r"^```\w*\n(.*?)^```", PAGE.read_text(), re.DOTALL | re.MULTILINE):
        for line in block.replace("\\\n", " ").splitlines():
            if line.startswith("tco-calibrate "):
                yield shlex.split(line, comments=True)[1:]


def test_the_page_walks_every_command():
    assert {words[0] for words in commands()} >= {
        *("plan", "run", "report", "validate", "job", "import"),
    }


@pytest.mark.parametrize(
    "words", [w for w in commands() if w[0] in NO_SERVER], ids=lambda w: " ".join(w)[:60]
)
def test_a_command_of_the_page_does_what_it_says(words, tmp_path):
    config = tmp_path / "models" / "ours" / "config.json"
    config.parent.mkdir(parents=True)
    config.write_text(json.dumps(small_llama()))
    if words[0] == "job":
        calibrate("plan", "--cpu", "--out", tmp_path / "plan.json")
        words = words[: words.index(">")]
    done = calibrate(*(tmp_path / w if w.endswith(".json") else w for w in words))
    assert done.returncode == 0, done.told
    if words[0] == "plan":
        assert read_plan(tmp_path / "plan.json").points
    else:
        assert "tco-calibrate run" in done.said
