"""What is installed: its pins, their hashes, their licences, and what is known against them.

``python -m tests.architecture.supply licences`` writes docs/licences.md anew, ``... image`` the
hashes of what `Containerfile` installs; ``... audit`` asks pip-audit, and ``... audit FILE`` reads
what it said elsewhere, for a machine without a network.
"""

import json
import re
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, metadata, requires
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]
PINS = ROOT / "constraints.txt"
HASHES = ROOT / "requirements.txt"
IMAGE_HASHES = ROOT / "requirements-image.txt"
IMAGE_EXTRAS = ("app", "auth", "postgres", "tokens")
PAGE = ROOT / "docs" / "licences.md"
AUDITOR = ROOT / ".venv-audit" / "bin" / "pip-audit"
FAILED = 10
ELSEWHERE = {"colorama", "httpx2-jsfetch", "pywin32"}
"""Hashed, and installed on other systems than ours only: Windows and the browser."""
KNOWN = {
    "agent-client-protocol": "Apache-2.0",
    "axe-playwright-python": "MIT",
    "pathlib-abc": "PSF-2.0",
}
"""Licences that a package gives as a text without a name."""
NAMES = {
    "3-Clause BSD License": "BSD-3-Clause",
    "Apache License 2.0": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "The MIT License (MIT)": "MIT",
    "The Unlicense (Unlicense)": "Unlicense",
}
FREE = {
    "0BSD", "AFL-2.1", "Apache-2.0", "BSD", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0",
    "CNRI-Python", "ISC", "MIT", "MIT-0", "MIT-CMU", "PSF-2.0", "Unlicense", "Zlib",
}  # fmt: skip
"""Licences that ask for a notice and no more."""
WEAK = {
    "certifi": "MPL-2.0",
    "hypothesis": "MPL-2.0",
    "pathspec": "MPL-2.0",
    "psycopg": "LGPL-3.0-only",
    "psycopg-binary": "LGPL-3.0-only",
}
"""Packages whose own files stay under their licence; used unchanged, none is part of ours."""


HEAD = """# Licences of what is installed

Every package that `make app` and `make test` install, and the licence its metadata names.
`.venv/bin/python -m tests.architecture.supply licences` draws the table; a test holds it to
what is installed. It lets no licence in but those that ask for a notice only, and, package
by package, weak copyleft. The base install is a small part of these: `dependencies` in
`pyproject.toml`, and what they need.

| package | version | licence |
|---|---|---|
"""


def plain(name):
    """Name of a distribution as it is compared."""
    return re.sub(r"[-_.]+", "-", name).lower()


def pins():
    """Versions by name, as they are installed."""
    lines = PINS.read_text(encoding="utf-8").split()
    return {plain(name): version for name, _, version in (line.partition("==") for line in lines)}


def hashes(text):
    """Versions and hashes by name."""
    found = {}
    for block in re.split(r"\n(?=\S)", text.strip()):
        name, _, version = block.split()[0].partition("==")
        found[plain(name)] = (version, re.findall(r"--hash=sha256:([0-9a-f]{64})\b", block))
    return found


def needed(name, extras=()):
    """Names of an installed package and of all that it needs on this system."""
    found, open_ones = set(), [(plain(name), tuple(extras))]
    while open_ones:
        here = open_ones.pop()
        if here in found:
            continue
        found.add(here)
        for line in requires(here[0]) or ():
            wanted = Requirement(line)
            asked = [{"extra": extra} for extra in (*here[1], "")]
            if wanted.marker is None or any(map(wanted.marker.evaluate, asked)):
                open_ones.append((plain(wanted.name), tuple(sorted(wanted.extras))))
    return {name for name, _ in found}


def image_hashes():
    """Text of requirements-image.txt: hashes of what the page needs, and of what builds it."""
    names = needed("gpt-or-llama-planner", IMAGE_EXTRAS) | needed("hatchling")
    blocks = re.split(r"\n(?=\S)", HASHES.read_text(encoding="utf-8").strip())
    kept = [block for block in blocks if plain(block.split("==")[0]) in names]
    return "".join(f"{block}\n" for block in kept)


def licence_of(name):
    """Licence of an installed package by its short names; empty where it names none."""
    said = metadata(name)
    if expression := said.get("License-Expression"):
        return expression
    marks = [m.rpartition(" :: ")[2] for m in said.get_all("Classifier") or [] if "License ::" in m]
    named = [NAMES[mark] for mark in marks if mark in NAMES]
    first = (said.get("License") or "").partition("\n")[0]
    return " AND ".join(dict.fromkeys(named)) or KNOWN.get(name) or NAMES.get(first, first)


def licences():
    """Licence of every pinned package that is installed here."""
    found = {}
    for name in pins():
        try:
            found[name] = licence_of(name)
        except PackageNotFoundError:
            continue
    return found


def surprises(found):
    """Packages whose licence asks for more than a notice, or has no name that is known."""
    for name, licence in found.items():
        allowed = {*FREE, WEAK.get(name, "")} - {""}
        if not set(re.split(r" (?:AND|OR) ", licence)) <= allowed:
            yield f"{name}: {licence or 'no licence named'}"


def page():
    """Text of docs/licences.md."""
    rows = [
        f"| {n} | {v} | {licences()[n]} |" for n, v in sorted(pins().items()) if n in licences()
    ]
    return HEAD + "".join(f"{row}\n" for row in rows)


def against(audited, pinned):
    """What speaks against the pins: what is known of them, and what nobody looked at."""
    seen = {}
    for one in audited["dependencies"]:
        seen[plain(one["name"])] = one
    for name, version in pinned.items():
        one = seen.get(name, {})
        if "skip_reason" in one or one.get("version") != version:
            yield f"{name} {version}: not audited"
        for known in one.get("vulns", ()):
            yield f"{name} {version}: {known['id']}, mended in {known.get('fix_versions')}"


def audit(file):
    """Print what speaks against the pins; the exit code of a failed check where anything does."""
    if file:
        said = Path(file).read_text(encoding="utf-8")
    elif AUDITOR.exists():
        command = [AUDITOR, "--disable-pip", "--no-deps", "-r", HASHES, "--format", "json"]
        said = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    else:
        said = ""
    audited = json.loads(said or '{"dependencies": []}')
    found = list(against(audited, pins()))
    sys.stdout.writelines(f"{line}\n" for line in (*found, f"{len(found)} problems"))
    return FAILED if found else 0


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["licences"]:
            PAGE.write_text(page(), encoding="utf-8")
        case ["image"]:
            IMAGE_HASHES.write_text(image_hashes(), encoding="utf-8")
        case ["audit", *files]:
            sys.exit(audit(*files or [None]))
