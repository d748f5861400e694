"""Job files: rendered from a plan, safe against its names, and the Slurm script carried out."""

import os
import re
import signal
import subprocess
import textwrap
import time

import pytest

from calibrate.propose.job_files import TEMPLATES, Place, job_text
from calibrate.propose.propose import Wanted, propose
from hardware_profiles import Library
from pricing.errors import InputError
from tests.calibrate.plans import calibrate, plan_of, write_plan

PLACE = Place(package="git+https://example.org/planner")


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
    assert calibrate("job", path, "--for", "k8s", "--package", PLACE.package).said.startswith(
        "# One calibration"
    )


@pytest.mark.parametrize("label", ["gpu", "gpu=", "gpu=h100=8"])
def test_a_label_without_its_value_is_refused(library, proposed, label):
    place = Place(package=PLACE.package, node_selector=label)
    with pytest.raises(InputError, match="must be KEY=VALUE"):
        job_text(proposed, "k8s", plan_name="plan.json", library=library, place=place)


STUB = """#!/bin/bash
echo "$0 $*" >> {log}
case "$0 $1" in
  *pip\\ *|*tco-calibrate\\ report) exit 0 ;;
  *tco-calibrate\\ *)
    trap 'exit 6' TERM; for i in $(seq {rounds}); do sleep 0.05; done; exit {status} ;;
esac
"""


@pytest.fixture
def slurm(library, proposed, tmp_path):
    """The Slurm script among stand-ins for the commands it calls."""
    script = tmp_path / "job.sh"
    script.write_text(
        job_text(proposed, "slurm", plan_name="plan.json", library=library, place=PLACE)
    )

    def start(rounds, status=0):
        for name in ("tco-calibrate", "scontrol", "pip"):
            stub = tmp_path / name
            stub.write_text(STUB.format(log=tmp_path / "calls", rounds=rounds, status=status))
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
    said = [line.replace(f"{folder}/", "").split(" --")[0] for line in lines]
    return [line for line in said if not line.startswith("pip")]


def test_a_slurm_job_that_ends_well_draws_the_page(slurm, proposed, tmp_path):
    assert slurm(rounds=1).wait(20) == 0
    out = f"run-{proposed.id[:8]}"
    assert calls(tmp_path) == ["tco-calibrate run plan.json", f"tco-calibrate report {out}"]


@pytest.mark.parametrize("status", [4, 5])
def test_a_slurm_job_ends_as_its_run_did_and_is_not_queued_again(slurm, tmp_path, status):
    """A run that is INVALID, which has a page too, and one whose server did not start."""
    assert slurm(rounds=1, status=status).wait(20) == status
    drawn = any(line.startswith("tco-calibrate report") for line in calls(tmp_path))
    assert drawn == (status == 4)
    assert not any(line.startswith("scontrol") for line in calls(tmp_path))


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


@pytest.mark.parametrize(
    ("scheduler", "place", "said"),
    [
        ("sky", Place(), "has to get the planner from somewhere"),
        ("k8s", Place(), "has to get the planner from somewhere"),
        ("k8s", Place(package="dist/planner.whl"), "a pod cannot reach"),
    ],
)
def test_a_job_that_could_not_install_the_planner_is_refused(
    library, proposed, scheduler, place, said
):
    with pytest.raises(InputError, match=said):
        job_text(proposed, scheduler, plan_name="plan.json", library=library, place=place)


def test_a_job_asks_for_what_the_plan_needs_and_no_more(library, proposed):
    """Eight billion parameters in fp8: 9 GB of weights."""

    def written(scheduler, place=PLACE):
        return job_text(proposed, scheduler, plan_name="plan.json", library=library, place=place)

    assert "--exclusive" not in written("slurm")
    assert "--mem=42G" in written("slurm")
    assert "--open-mode=append" in written("slurm")
    assert 'nodeSelector: {"nvidia.com/gpu.product": "NVIDIA-H100-80GB-HBM3"}' in written("k8s")
    named = Place(image="ours/planner:1", node_selector="pool=h100")
    assert 'nodeSelector: {"pool": "h100"}' in written("k8s", named)
    assert "pip install" not in written("k8s", named)
    assert "storage: 51Gi" in written("k8s")
    assert "./dist/p.whl" not in written("sky")
    wheel = written("sky", Place(package="./dist/p.whl"))
    assert "~/sky_workdir/p.whl: ./dist/p.whl" in wheel
    assert "pip install --quiet ~/sky_workdir/p.whl" in wheel


CALIBRATE = """#!/bin/bash
echo "tco-calibrate $*" >> {log}
case $1 in
  run) out=$4; mkdir -p $out; touch $out/journal $out/run.json; exit {status} ;;
  report) touch $2/report.html ;;
esac
"""
SKY = """#!/bin/bash
echo "sky $*" >> {log}
if [ $1 = launch ]; then
  export HOME={remote}; mkdir -p $HOME/sky_workdir
  bash {remote}/run.sh || exit 100
fi
"""
RSYNC = """#!/bin/bash
echo "rsync $*" >> {log}
from=${{@: -2:1}}
cp -r {remote}/${{from#*:}} ${{@: -1}}
"""
KUBECTL = """#!/bin/bash
echo "kubectl $*" >> {log}
case "$1 $*" in
  apply*) bash {remote}/run.sh; echo $? > {remote}/ended ;;
  cp*) cp -r {remote}/calibration/run $3 ;;
  wait*condition=Complete*) [ "$(cat {remote}/ended)" = 0 ] ;;
esac
"""


def stand_in(folder, name, text, **values):
    path = folder / name
    path.write_text(text.format(log=folder / "calls", remote=folder / "remote", **values))
    path.chmod(0o755)


def of_the_pod(text, folder):
    """What the container of a job for Kubernetes carries out, its volume in a folder."""
    volume = folder / "calibration"
    volume.mkdir(parents=True)
    block = text[text.index("            - |") + len("            - |") :]
    carried = textwrap.dedent(block[: block.index("          env:")])
    return carried.replace("/calibration", str(volume))


def test_an_evicted_pod_waits_for_the_last_entry_of_its_run(library, proposed, tmp_path):
    text = job_text(proposed, "k8s", plan_name="plan.json", library=library, place=PLACE)
    stand_in(tmp_path, "pip", "#!/bin/bash\n")
    slowly = "trap 'sleep 0.5; touch {log}.ended; exit 6' TERM; touch {log}; sleep 20 & wait\n"
    stand_in(tmp_path, "tco-calibrate", "#!/bin/bash\n" + slowly)
    environment = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    pod = subprocess.Popen(["bash", "-c", of_the_pod(text, tmp_path)], env=environment)
    deadline = time.monotonic() + 20
    while not (tmp_path / "calls").exists():
        assert time.monotonic() < deadline
        time.sleep(0.02)
    pod.send_signal(signal.SIGTERM)
    assert pod.wait(20) == 6
    assert (tmp_path / "calls.ended").exists()


def followed(folder, text):
    """Carry out what the head of a job file says; status of the last line."""
    lines = [line[4:] for line in text.splitlines() if line.startswith("#   ")]
    lines = [line for line in lines if "secret generic" not in line]
    environment = {**os.environ, "PATH": f"{folder}:{os.environ['PATH']}"}
    script = ["bash", "-c", "\n".join(lines)]
    return subprocess.run(script, cwd=folder, env=environment, timeout=60).returncode


@pytest.mark.parametrize(("status", "page"), [(0, True), (4, True), (5, False)])
@pytest.mark.parametrize("scheduler", ["sky", "k8s"])
def test_a_job_ends_as_its_run_did_and_brings_the_results_home(
    library, proposed, tmp_path, scheduler, status, page
):
    """A run that is VALID, one that is INVALID, and one whose server did not start."""
    text = job_text(proposed, scheduler, plan_name="plan.json", library=library, place=PLACE)
    remote = tmp_path / "remote"
    remote.mkdir()
    for name, stub in {"tco-calibrate": CALIBRATE, "sky": SKY, "rsync": RSYNC}.items():
        stand_in(tmp_path, name, stub, status=status)
    stand_in(tmp_path, "kubectl", KUBECTL)
    stand_in(tmp_path, "pip", "#!/bin/bash\n")
    if scheduler == "sky":
        carried = textwrap.dedent(text[text.index("run: |") + len("run: |") :])
    else:
        carried = of_the_pod(text, remote)
    (remote / "run.sh").write_text(carried)
    ended = followed(tmp_path, text)
    assert (ended == 0) == (status == 0)
    home = tmp_path / f"run-{proposed.id[:8]}"
    assert (home / "run.json").exists()
    assert (home / "report.html").exists() == page
    if scheduler == "sky":
        asked = [line.split()[:2] for line in (tmp_path / "calls").read_text().splitlines()]
        assert asked[-2][0] == "rsync"
        assert asked[-1] == ["sky", "down"]
