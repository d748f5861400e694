"""The command ``tco`` for tests: in this process, or in one of its own where that is the matter."""

import io
import os
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest

from tco.cli import main

PROGRAM = str(Path(sys.executable).with_name("tco"))
PLAIN = {"COLUMNS": "200", "NO_COLOR": "1"}


def tco(*arguments, columns=200):
    """Run the command in this process, as its console script does; a fault of it is the test's."""
    argv = ["tco", *map(str, arguments)]
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True) for _ in range(2))
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        patch.setattr(sys, "argv", argv)
        for name, value in {**PLAIN, "COLUMNS": str(columns)}.items():
            patch.setenv(name, value)
        with pytest.raises(SystemExit) as ended:
            main()
    # Ends of lines as a pipe read as text has them.
    said, told = (stream.buffer.getvalue().decode().replace("\r\n", "\n") for stream in (out, err))
    return subprocess.CompletedProcess(argv, ended.value.code, said, told)


def tco_process(*arguments, cwd=None, timeout=60, environment=()):
    """Run the command in a process of its own."""
    return subprocess.run(
        [PROGRAM, *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=cwd,
        timeout=timeout,
        check=False,
        env={**os.environ, **PLAIN, **dict(environment)},
    )
