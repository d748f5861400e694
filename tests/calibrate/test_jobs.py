"""Job files: rendered from a plan, safe against its names, and the Slurm script carried out."""

import os
import re
import signal
import subprocess
import time

import pytest

from calibrate.propose.job_files import TEMPLATES, Place, job_text
from calibrate.propose.propose import Wanted, propose
from hardware_profiles import Library
from pricing.errors import InputError
from tests.calibrate.plans import calibrate, plan_of, write_plan


@pytest.fixture(scope="module")
def library():
    return Library.load()


@pytest.fixture(scope="module")
def proposed(library):
    return propose(
        library,
        Wanted(
            model="Llama 3.1 8B",
            accelerator="H100 SXM",
            precision="fp8",
            gpus=1,
            own=(1500, 300),
        ),
    )


@pytest.mark.parametrize("scheduler", sorted(TEMPLATES))
def test_a_job_runs_a_plan_goes_on_after_a_stop_and_has_its_gpus(library, proposed, scheduler):
    text = job_text(proposed, scheduler, plan_name="plan.json", library=library, place=PLACE)
    assert re.search(r"\$[a-z{]", text.replace("$calibration", "").replace("$status", "")) is None
    assert "tco-calibrate run" in text
    assert "tco-calibrate resume" in text
    assert {
        "slurm": "--gres=gpu:1",
        "k8s": "nvidia.com/gpu: 1",
        "sky": "accelerators: H100:1",
    }[scheduler] in text
    assert "--confirm-model" not in text  # the library knows this model


def test_a_job_asks_for_twice_the_time_that_is_expected(library, proposed):
    text = job_text(proposed, "slurm", plan_name="plan.json", library=library, place=PLACE)
    hours, minutes, _ = re.search(r"--time=(\d+):(\d+):(\d+)", text).groups()
    asked = 60 * int(hours) + int(minutes)
    assert asked == pytest.approx(2 * proposed.expected_minutes, abs=1)


@pytest.mark.parametrize("scheduler", sorted(TEMPLATES))
def test_names_from_outside_cannot_leave_their_place(library, scheduler):
    plan = plan_of(model="x\n$(touch /tmp/owned)`id`", accelerator='A"\n- evil: 1')
    text = job_text(plan, scheduler, plan_name="plan.json", library=library, place=PLACE)
    free = [line for line in text.splitlines() if "(touch" in line or "`" in line]
    assert all(line.startswith("# One calibration of x") for line in free)
    assert "\n- evil" not in text
    for bad in ("a b.json", "$(id).json", "-rf", "a\nb"):
        with pytest.raises(InputError):
            job_text(plan, scheduler, plan_name=bad, library=library, place=PLACE)


def test_a_model_that_has_to_be_named_twice_is_named_in_the_job(library):
    text = job_text(plan_of(), "slurm", plan_name="plan.json", library=library, place=PLACE)
    assert "--confirm-model /models/small" in text


def test_the_command_prints_the_job(tmp_path, proposed):
    path = write_plan(tmp_path, proposed)
    assert calibrate("job", path, "--for", "k8s").said.startswith("# One calibration")


PLACE = Place(package="git+https://example.org/planner")


STUB = """#!/bin/bash
echo "$0 $*" >> {log}
case "$0 $1" in
  *tco-calibrate\\ report) exit 0 ;;
  *tco-calibrate\\ *) trap 'exit 6' TERM; for i in $(seq {rounds}); do sleep 0.05; done ;;
esac
"""


@pytest.fixture
def slurm(library, proposed, tmp_path):
    """The Slurm script among stand-ins for the commands it calls."""
    script = tmp_path / "job.sh"
    script.write_text(
        job_text(proposed, "slurm", plan_name="plan.json", library=library, place=PLACE)
    )

    def start(rounds):
        for name in ("tco-calibrate", "scontrol"):
            stub = tmp_path / name
            stub.write_text(STUB.format(log=tmp_path / "calls", rounds=rounds))
            stub.chmod(0o755)
        environment = {
            **os.environ,
            "PATH": f"{tmp_path}:{os.environ['PATH']}",
            "SLURM_JOB_ID": "7",
        }
        return subprocess.Popen(["bash", str(script)], cwd=tmp_path, env=environment)

    return start


def calls(folder):
    lines = (folder / "calls").read_text().splitlines()
    return [line.replace(f"{folder}/", "").split(" --")[0] for line in lines]


def test_a_slurm_job_that_ends_well_draws_the_page(slurm, proposed, tmp_path):
    assert slurm(rounds=1).wait(20) == 0
    out = f"run-{proposed.id[:8]}"
    assert calls(tmp_path) == ["tco-calibrate run plan.json", f"tco-calibrate report {out}"]


def test_a_preempted_slurm_job_is_queued_again_and_then_goes_on(slurm, proposed, tmp_path):
    process = slurm(rounds=400)
    deadline = time.monotonic() + 20
    while not (tmp_path / "calls").exists():
        assert time.monotonic() < deadline
        time.sleep(0.02)
    time.sleep(0.3)
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 6
    assert calls(tmp_path)[-1] == "scontrol requeue 7"
    out = tmp_path / f"run-{proposed.id[:8]}"
    out.mkdir()
    (out / "journal").touch()
    assert slurm(rounds=1).wait(20) == 0
    assert f"tco-calibrate resume {out.name}" in calls(tmp_path)
