"""A run over the sixty tasks, once for every test that only reads it."""

import os
import signal
import subprocess
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import pytest

from tests.quality.openai_server import serving_script
from tests.quality.sixty_tasks import gpt_is_right, llama_is_right, model, referee, write_tasks
from tests.tco.command import PLAIN, PROGRAM

KEY = "sk-that-is-nobodys-business"
GPT, LLAMA = "openai/gpt-5.4", "Llama 3.3 70B"


@dataclass
class Sides:
    """Both models and their judge, and where each of them answers."""

    gpt: object
    llama: object
    judge: object
    options: tuple


@contextmanager
def both_sides(**more):
    gpt, llama, judge = model(gpt_is_right, **more), model(llama_is_right, **more), referee()
    with ExitStack() as stack:
        at = [stack.enter_context(serving_script(one)) for one in (gpt, llama, judge)]
        models = ("--model", f"{GPT}={at[0]}#gpt-5.4", "--model", f"{LLAMA}={at[1]}")
        yield Sides(gpt, llama, judge, (*models, "--judge", f"referee={at[2]}"))


def started(*arguments, home):
    """The command in a process of its own, with a key in its environment and a home of its own."""
    return subprocess.Popen(
        [PROGRAM, "quality", *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={
            **os.environ,
            **PLAIN,
            "OPENAI_API_KEY": KEY,
            "HOME": str(home),
            "XDG_DATA_HOME": str(home / "data"),
            "XDG_CACHE_HOME": str(home / "cache"),
        },
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )


def ran(*arguments, home):
    process = started(*arguments, home=home)
    said, told = process.communicate(timeout=240)
    return subprocess.CompletedProcess(arguments, process.returncode, said, told)


@pytest.fixture(scope="session")
def whole(tmp_path_factory):
    """A run that came to its end: its folder, what it told, and both sides."""
    place = tmp_path_factory.mktemp("whole")
    tasks = write_tasks(place / "tasks.jsonl")
    with both_sides() as sides:
        done = ran("run", tasks, *sides.options, "--out", place / "run", home=place)
    return place / "run", done, sides
