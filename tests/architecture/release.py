"""A release: the wheel, what is in it, and the container of the tagged version, in one folder.

``python -m tests.architecture.release FOLDER ENGINE`` makes it; ENGINE is podman or buildah, or
``none`` for a machine that has neither. What is not tagged, not committed or not in the change log
is not released.
"""

import hashlib
import json
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

from tests.architecture.supply import IMAGE_HASHES, hashes, plain

ROOT = Path(__file__).parents[2]
BILL_MAKER = ROOT / ".venv-release" / "bin" / "cyclonedx-py"
FORMATS = ("oci", "docker")


class NotReleasedError(Exception):
    """Why there is no release, and what to do."""


def version_of(root):
    """Version of a checkout that may be released; refused where anything says another one."""
    version = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    headings = re.findall(r"^## (\S+) - ", (root / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    if headings[:1] != [version]:
        told = f"CHANGELOG.md begins with {headings[0] if headings else 'no version'}"
        raise NotReleasedError(f"{told}, the project is {version}: write down what changed.")
    if _git(root, "status", "--porcelain"):
        raise NotReleasedError("Files differ from what is committed: commit them first.")
    if f"v{version}" not in _git(root, "tag", "--points-at", "HEAD").split():
        raise NotReleasedError(f"This commit has no tag v{version}: git tag v{version}.")
    return version


def wheel(root, folder):
    """Build the wheel of a checkout into a folder."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    _run(command, cwd=root, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def bill_of_materials(root, folder, version, maker=BILL_MAKER):
    """Write which packages, with their hashes, the container holds beside ours (CycloneDX)."""
    pins, path = root / IMAGE_HASHES.name, folder / f"planner-{version}.cdx.json"
    described = ["--pyproject", root / "pyproject.toml", "--mc-type", "application"]
    written = ["--output-reproducible", "--of", "JSON", "-o", path]
    _run([maker, "requirements", pins, *described, *written])
    listed = json.loads(path.read_text("utf-8"))["components"]
    installed = {name: version for name, (version, _) in hashes(pins.read_text("utf-8")).items()}
    if {plain(one["name"]): one["version"] for one in listed} != installed:
        raise NotReleasedError(f"{path.name} lists other packages than {pins.name} pins.")
    shutil.copy(pins, folder)


def containers(root, folder, version, engine):
    """Build the image in both formats, each as one file that an engine loads."""
    for form in FORMATS:
        name, file = f"planner:{version}-{form}", folder / f"planner-{version}-{form}.tar"
        build = ["build", "--format", form, "--tag", name, "--file", root / "Containerfile", root]
        _run([engine, *build])
        _run([engine, "push", name, f"{form}-archive:{file}:planner:{version}"])


def sums(folder):
    """Write the SHA-256 of every file of the release."""
    lines = []
    for path in sorted(folder.iterdir()):
        with path.open("rb") as opened:
            lines.append(f"{hashlib.file_digest(opened, 'sha256').hexdigest()}  {path.name}\n")
    (folder / "SHA256SUMS").write_text("".join(lines), encoding="utf-8")


def release(root, under, engine, maker=BILL_MAKER):
    """Make every file of a release, in a folder of its version."""
    version = version_of(root)
    folder = under / version
    if folder.exists():
        raise NotReleasedError(f"{folder} is there: a release is made once. Remove it first.")
    if engine != "none" and shutil.which(engine) is None:
        raise NotReleasedError(
            f"{engine} is not on this machine: install podman or buildah, name it in ENGINE, or "
            "leave the container out with ENGINE=none."
        )
    unfinished = under / f"{version}.unfinished"
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    wheel(root, unfinished)
    bill_of_materials(root, unfinished, version, maker)
    if engine != "none":
        containers(root, unfinished, version, engine)
    sums(unfinished)
    return unfinished.rename(folder)


def _run(words, **given):
    code = subprocess.run(words, check=False, **given).returncode
    if code:
        raise NotReleasedError(f"{Path(words[0]).name} ended with {code}.")


def _git(root, *words):
    told = subprocess.run(["git", *words], cwd=root, check=True, capture_output=True, text=True)
    return told.stdout.strip()


if __name__ == "__main__":
    into, by = Path(sys.argv[1]).absolute(), sys.argv[2]
    try:
        made = release(ROOT, into, by)
    except NotReleasedError as refusal:
        sys.exit(f"No release: {refusal}")
    sys.stdout.write(f"Made {made}{', without a container' if by == 'none' else ''}.\n")
