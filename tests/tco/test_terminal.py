"""Terminals of any width and encoding show whole words and figures, and nothing but text."""

import os
import pty
import re
import subprocess
from itertools import pairwise
from pathlib import Path

import pytest

from tco.question.presets import preset_paths
from tests.tco.command import PROGRAM, tco

DEFAULT, RAG = (path for path in preset_paths() if path.stem in {"default", "rag"})
COPILOT = next(path for path in preset_paths() if path.stem == "copilot")
KEPT = Path(__file__).parents[1] / "golden" / "screens" / "evaluate-80.txt"
"""What `tco evaluate` shows of it."""
TABLES = (
    ("evaluate", DEFAULT),
    ("break-even", DEFAULT),
    ("sensitivity", DEFAULT, "--draws", "200", "--drivers"),
    ("rank", DEFAULT),
    ("backtest", DEFAULT),
    ("compare", DEFAULT, RAG),
    ("solve", DEFAULT, "--for", "costs.engineer_usd_per_month"),
    ("prices", "list", "--provider", "openai"),
    ("usage", "shapes"),
)
FIRST_HEADS = {"Alternative", "alternative", "input", "place", "shape", "difference", "model"}
"""Heads of first columns, which a table that became paragraphs does without."""
NOT_WORDS = str.maketrans("", "", "─;")


def screen(width, *arguments):
    done = tco(*arguments, columns=width)
    assert done.returncode == 0, done.stderr
    return done.stdout


def words(text):
    """What stands between blanks; a table that became paragraphs parts its cells by semicolons."""
    return {word.translate(NOT_WORDS) for word in text.split()} - {""}


@pytest.fixture(
    scope="module", params=TABLES, ids=lambda arguments: " ".join(map(str, arguments[:2]))
)
def wide(request):
    return request.param, screen(2_000, *request.param)


@pytest.mark.parametrize("width", [40, 80, 200])
def test_no_word_and_no_figure_is_split_or_cut(wide, width):
    arguments, whole = wide
    narrow = screen(width, *arguments)
    assert words(narrow) <= words(whole)
    assert words(whole) - words(narrow) <= FIRST_HEADS
    longest = max(len(word) for word in narrow.split()) + 4
    assert max(len(line.rstrip()) for line in narrow.splitlines()) <= max(width, longest)


def test_no_figure_is_parted_from_its_unit(wide):
    arguments, whole = wide
    units = {f"{a} {b}" for a, b in pairwise(whole.replace("\n", " ").split(" ")) if "\u00a0" in a}
    narrow = screen(60, *arguments)
    assert all("\u00a0" not in line[-1:] + line[:1] for line in narrow.splitlines())
    kept = {word for line in narrow.splitlines() for word in line.split(" ") if "\u00a0" in word}
    assert kept or not units


def test_no_screen_shows_a_key_of_an_alternative_a_python_value_or_an_exponent(wide):
    _, whole = wide
    for sign in ("{'", "[{", "None", "e+0", "self-hosted/", "1 times"):
        assert sign not in whole


def test_an_answer_ends_with_what_to_do_next():
    *_, last = screen(2_000, "evaluate", DEFAULT).splitlines()
    named = [word.strip("`") for word in last.split("`")[1::2]]
    assert last.startswith("Next: ")
    for command in named:
        if command.startswith("tco "):
            assert tco(command.split()[1], "--help").returncode == 0


def test_what_keeps_a_priced_alternative_out_is_said_with_what_to_do():
    shown = screen(2_000, "evaluate", DEFAULT).splitlines()
    (batch,) = [line for line in shown if line.startswith("• GPT-5.4, batch: ")]
    assert batch.startswith("• GPT-5.4, batch: May not be chosen: The batch tier answers within 24")
    assert batch.endswith(
        "Send what can wait as a class of its own, in a scenario whose baseline waits."
    )


def test_every_finding_is_told_with_the_alternatives_it_is_about():
    shown = screen(2_000, "evaluate", COPILOT)
    told = [line for line in shown.splitlines() if line.startswith("• ")]
    assert told
    labels = {
        "Llama 3.3 70B at DeepInfra",
        "H200 on demand, RunPod",
        "H100 owned",
        "H100 1 year, Google",
        "H100 3 years, AWS",
        "GPT-5.4",
        "GPT-5.4 mini",
        "GPT-6 Luna",
    }
    for line in told:
        named = line.removeprefix("• ").split(": ")[0].split("; ")
        assert {name for name in named if not name.endswith(" more")} <= labels


def in_a_terminal(*arguments, to, **settings):
    """What a terminal shows of one stream of a command, in bytes."""
    leader, follower = pty.openpty()
    subprocess.run(
        [PROGRAM, *map(str, arguments)],
        timeout=60,
        check=False,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "80", **settings},
        **{to: follower},
    )
    os.close(follower)
    shown = b""
    while part := _read(leader):
        shown += part
    return shown


def _read(leader):
    try:
        return os.read(leader, 65_536)
    except OSError:  # all was read and the other end is closed
        return b""


@pytest.mark.parametrize(("name", "value"), [("TERM", "dumb"), ("NO_COLOR", "1")])
def test_a_terminal_without_colours_gets_plain_text(name, value):
    shown = in_a_terminal("evaluate", COPILOT, to="stdout", **{name: value})
    assert b"Small team with a copilot" in shown
    assert b"\x1b[3" not in shown.replace(b"\x1b[3m", b"")


def test_a_refusal_ends_its_lines_at_blanks_in_a_terminal_and_is_one_line_in_a_pipe():
    asked = ("hardware", "show", "a machine that nobody has on record")
    (whole,) = tco(*asked).stderr.splitlines()
    lines = in_a_terminal(*asked, to="stderr").decode().splitlines()
    assert len(lines) > 1
    assert max(map(len, lines)) <= 80
    assert " ".join(lines) == whole


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp437"])
def test_an_encoding_without_our_signs_gets_others(encoding):
    env = {**os.environ, "PYTHONIOENCODING": encoding, "COLUMNS": "80", "NO_COLOR": "1"}
    shown = subprocess.run(
        [PROGRAM, "evaluate", str(COPILOT)], capture_output=True, timeout=60, check=True, env=env
    ).stdout.decode(encoding)
    assert "100 % of 1,000 draws" in shown
    losses = re.findall("−([0-9,]{6,})", KEPT.read_text(encoding="utf-8"))
    assert losses
    assert all(f"-{loss}" in shown for loss in losses)
    listed = subprocess.run(
        [PROGRAM, "prices", "since", "2026-10-01"],
        capture_output=True,
        timeout=60,
        check=True,
        env=env,
    )
    assert listed.stdout
