"""The two servers as others meet them: processes of their own."""

import os
import re
import signal
import subprocess
from contextlib import contextmanager

import pytest

from tco.answer.documents import scenario_toml
from tco.question.files import changed, load_scenario
from tco.question.presets import preset_paths
from tests.tco.command import PROGRAM

TOKEN = "a-token-of-twenty-four-c"


@contextmanager
def serving(*arguments, **environment):
    """Address of a server that ends with the block; how it ends is part of what it promises."""
    server = subprocess.Popen(
        [PROGRAM, "serve", "--port", "0", *map(str, arguments)],
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **environment},
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    try:
        said = server.stderr.readline()
        yield re.fullmatch(r"Serving on (\S+)\n", said).group(1)
        server.send_signal(signal.SIGINT)
        assert server.wait(30) == 6
    finally:
        server.kill()
        server.stderr.close()
        server.wait()


@pytest.fixture(scope="session")
def folder(tmp_path_factory, default):
    """A scenario of a user, a link that leads out, and a pipe that nobody writes to."""
    place = tmp_path_factory.mktemp("ours")
    outside = tmp_path_factory.mktemp("theirs") / "secret.toml"
    outside.write_text(scenario_toml(default))
    ours = changed(default, {"workload.requests_per_month": 7_654_321.0})
    (place / "ours.toml").write_text(scenario_toml(ours))
    (place / "link.toml").symlink_to(outside)
    os.mkfifo(place / "pipe.toml")
    return place


@pytest.fixture(scope="session")
def default():
    return load_scenario(preset_paths()[0])


@pytest.fixture(scope="session")
def address(folder):
    with serving("--folder", folder) as place:
        yield place
