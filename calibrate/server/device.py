"""The accelerators meanwhile: present, cool, unthrottled and ours alone."""

import csv
import io
import os
import re
import subprocess
from collections.abc import Iterator, Sequence
from typing import Final

from calibrate.plan.server_spec import server_environment
from pricing.provenance import Record

PROGRAM: Final = "nvidia-smi"
_ASK_S: Final = 10.0
FIELDS: Final = (
    "index",
    "uuid",
    "name",
    "driver_version",
    "memory.total",
    "clocks.sm",
    "clocks.max.sm",
    "power.draw",
    "power.limit",
    "temperature.gpu",
    "clocks_event_reasons.active",
)
SLOWED_BY: Final = {0x8: "hardware", 0x40: "heat", 0x80: "a power brake", 0x20: "heat"}
"""Bits of the throttle reasons that make a run unusable; the power cap alone (0x4) is normal."""


class DeviceReading(Record):
    """What the driver said at one time."""

    fault: str = ""
    """Why it could not be asked; empty where it could."""
    gpus: tuple[dict[str, str], ...] = ()
    """One row of `FIELDS` per accelerator, as printed."""
    processes: tuple[int, ...] = ()
    """Processes that use them."""

    @property
    def identities(self) -> tuple[str, ...]:
        """Unique ids of the accelerators."""
        return tuple(gpu.get("uuid", "") for gpu in self.gpus)


def read_device(program: str = PROGRAM) -> DeviceReading:
    """Ask the driver; a failure is a reading too."""
    try:
        gpus = _ask(program, f"--query-gpu={','.join(FIELDS)}")
        running = _ask(program, "--query-compute-apps=pid")
    except (OSError, subprocess.SubprocessError) as error:
        return DeviceReading(fault=f"{program}: {error}"[:300])
    return DeviceReading(
        gpus=tuple(dict(zip(FIELDS, row, strict=False)) for row in gpus),
        processes=tuple(sorted({int(row[0]) for row in running if row and row[0].isdigit()})),
    )


def cuda_version(program: str = PROGRAM) -> str:
    """CUDA version at the head of the driver's table; empty where that cannot be read."""
    try:
        table = subprocess.run(
            [program], capture_output=True, text=True, timeout=_ASK_S, env=server_environment()
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return ""
    found = re.search(r"CUDA Version:\s*(\d+\.\d+)", table)
    return found.group(1) if found else ""


def device_faults(readings: Sequence[DeviceReading]) -> Iterator[tuple[str, str]]:
    """Reasons against a point, from readings before, during and after it."""
    lost = [fault for reading in readings for fault in lost_device(reading)]
    if lost or not readings:
        yield from lost[:1]
        return
    if len({reading.identities for reading in readings}) > 1:
        yield "device_lost", "the accelerators were not the same throughout"
    slowed = sorted({cause for reading in readings for cause in _slowed(reading)})
    if slowed:
        yield "device_throttled", f"clocks were lowered by {' and '.join(slowed)}"
    first = set(readings[0].processes)
    if any(set(reading.processes) - first for reading in readings[1:]):
        yield "device_shared", "another process used the accelerators meanwhile"


def lost_device(reading: DeviceReading) -> Iterator[tuple[str, str]]:
    """Reason where the driver did not answer, or knows no accelerator."""
    if reading.fault or not reading.gpus:
        yield "device_lost", f"the accelerators could not be asked: {reading.fault or 'none seen'}"


def foreign_processes(before_start: DeviceReading) -> Iterator[tuple[str, str]]:
    """Reason against a whole run: somebody used the accelerators before the server started."""
    if before_start.processes:
        yield "device_shared", f"processes {list(before_start.processes)} use the accelerators"


def _slowed(reading: DeviceReading) -> Iterator[str]:
    for gpu in reading.gpus:
        try:
            bits = int(gpu.get("clocks_event_reasons.active", "0"), 16)
        except ValueError:
            continue
        yield from (cause for bit, cause in SLOWED_BY.items() if bits & bit)


def _ask(program: str, query: str) -> list[list[str]]:
    visible = os.environ.get("CUDA_VISIBLE_DEVICES", "")
    # A scheduler gives a job some accelerators of a node; what runs on the others is no fault.
    chosen = [f"--id={visible}"] if re.fullmatch(r"[0-9A-Za-z,-]+", visible) else []
    asked = subprocess.run(
        [program, query, *chosen, "--format=csv,noheader,nounits"],
        capture_output=True,
        text=True,
        check=True,
        timeout=_ASK_S,
        env=server_environment(),
    )
    return [[cell.strip() for cell in row] for row in csv.reader(io.StringIO(asked.stdout)) if row]
