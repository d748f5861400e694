"""Plans and commands that the tests of calibration runs share."""

import json
import os
import subprocess
import sys
from pathlib import Path

from calibrate.plan.plan import CalibrationPlan

ROOT = Path(__file__).parents[2]
MODEL = "/models/small"
COMMAND = [sys.executable, "-c", "from calibrate.cli import main; main()"]


def load(name, clients=2, requests=16, role="fit", **more):
    """A load point of a few short requests."""
    shape = {"input_tokens": 64, "output_tokens": 16, "seed": sum(map(ord, name))}
    way = {} if "requests_per_second" in more else {"concurrency": clients}
    return {"id": name, "role": role, "requests": requests} | shape | way | more


def plan_of(*points, rules=None, patience=None, server=None, **more):
    """A plan for a quick stand-in, patient for less than a second."""
    return CalibrationPlan.model_validate(
        {
            "schema_version": 1,
            "model": "small",
            "precision": "bf16",
            "accelerator": "CPU",
            "device": "cpu",
            "server": {
                "model": MODEL,
                "load_format": "dummy",
                "max_model_len": 4096,
                "max_num_seqs": 64,
                "max_num_batched_tokens": 512,
            }
            | (server or {}),
            "points": list(points) or [load("A", 1, 8), load("B", 4, 32)],
            "warm_up_requests": 2,
            "rules": {
                "little": 0.25,
                "drift": 0.9,
                "trend": 2.0,
                "send_lag_ms": 500.0,
                "send_lag_gap": 9.0,
            }
            | (rules or {}),
            "patience": {"start_s": 120.0, "stall_s": 20.0, "grace_s": 1.0, "backoff_s": (0.1, 0.2)}
            | (patience or {}),
        }
        | more
    )


def write_plan(folder, plan):
    """The plan as a file."""
    path = folder / "plan.json"
    path.write_text(plan.model_dump_json(indent=1))
    return path


def arguments(folder, plan, program, *more):
    """Arguments of one run into ``folder / "run"``."""
    path = write_plan(folder, plan)
    return [
        *("run", str(path), "--out", str(folder / "run"), "--vllm", str(program)),
        *("--confirm-model", MODEL, "--driver", "built-in", *more),
    ]


def start(arguments, **more):
    """The command as a process."""
    return subprocess.Popen(
        [*COMMAND, *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **more,
    )


def finish(process, within_s=240):
    """Wait for it; what it printed is added."""
    try:
        process.said, process.told = process.communicate(timeout=within_s)
    except BaseException:
        process.terminate()
        process.communicate()
        raise
    assert "Traceback" not in process.told, process.told
    return process


def calibrate(*arguments, within_s=240):
    """Run the command to its end."""
    return finish(start(list(map(str, arguments))), within_s)


def entries(folder):
    """Documents of the journal."""
    lines = (folder / "run" / "journal").read_text().splitlines()
    return [json.loads(line.split(" ", 3)[3]) for line in lines]


def points(folder, kind="point"):
    """Journal entries of measured points, by id."""
    return {entry["id"]: entry for entry in entries(folder) if entry["kind"] == kind}


def codes(entry):
    """Reasons against a point."""
    return {reason["code"] for reason in entry["judged"]["reasons"]}


def processes_with(text):
    """Processes whose command line holds a text, by id."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                state = (entry / "stat").read_text().rpartition(")")[2].split()[0]
            except OSError:
                continue
            if text in line and state != "Z":
                found.append(int(entry.name))
    return found
