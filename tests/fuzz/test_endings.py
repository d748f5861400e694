"""A command ends with the code that is documented, whatever becomes of its output."""

import subprocess
import sys
from pathlib import Path

import pytest

FULL = Path("/dev/full")
"""A device of Linux on which every write fails for want of space."""


@pytest.mark.parametrize(
    "words",
    [
        ["tco.cli", "evaluate"],
        ["tco.cli", "evaluate", "--json"],
        ["tco.cli", "export", "--format", "csv"],
        ["tco.cli", "prices", "list"],
        ["calibrate.cli", "table"],
    ],
    ids=" ".join,
)
def test_output_on_a_full_disk_ends_with_the_code_of_storage(words):
    code = "import sys, importlib; m = importlib.import_module(sys.argv.pop(1)); m.main()"
    with FULL.open("w") as full:
        done = subprocess.run(
            [sys.executable, "-c", code, *words],
            stdout=full, stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
    assert done.returncode == 7, done.stderr
    assert "Traceback" not in done.stderr
    assert "cannot be written" in done.stderr
