"""Work behind the page ends with the visit that asked for it."""

import asyncio
import os
from contextlib import suppress
from pathlib import Path

import pytest

from tco.facts.data import Data
from tco.question.files import scenario_from
from tco.question.link import PARAMETER, link_value
from tests.bench.test_load_page import load_page  # noqa: F401 - a fixture
from tests.fuzz.largest import largest

MOST_CPU_AFTER_S = 1.0
LOOKS_EVERY_S = 0.02
TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


def cpu_of(pid):
    """CPU that a process has used [s]; None where it has ended."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return (int(fields[11]) + int(fields[12])) / TICKS_PER_SECOND


def children_of(pid):
    """Processes that another has started."""
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for task in tasks for child in task.read_text().split()]


async def busy_child(pid, least_s):
    """A child that has worked for a while."""
    while True:
        for child in children_of(pid):
            if (cpu_of(child) or 0.0) > least_s:
                return child
        await asyncio.sleep(LOOKS_EVERY_S)


async def cpu_until_its_end(pid):
    """What a process used from now until it ended [s]."""
    first = last = cpu_of(pid)
    while (used := cpu_of(pid)) is not None:
        last = used
        await asyncio.sleep(LOOKS_EVERY_S)
    return last - first


async def work_after_leaving(load_page, server, port, again):  # noqa: F811
    link = link_value(scenario_from(largest()), Data.shipped().catalogue)
    visitor = await load_page.visit(0, port, "sensitivity", f"{PARAMETER}={link}")
    reading = asyncio.create_task(visitor.open_page())
    worker = await busy_child(server, least_s=4.0)
    if again:
        await visitor.socket.send(visitor.asking(None))
    else:
        await visitor.socket.close()
    used = await cpu_until_its_end(worker)
    reading.cancel()
    with suppress(BaseException):
        await reading
    await visitor.socket.close()
    return used


@pytest.mark.parametrize("again", [False, True], ids=["who left", "who asks again"])
def test_work_ends_soon_after_its_visitor_left_or_asked_again(load_page, again):  # noqa: F811
    with load_page._servers(1) as servers:
        ((port, server),) = servers.items()
        used = asyncio.run(work_after_leaving(load_page, server, port, again))
    assert used < MOST_CPU_AFTER_S
