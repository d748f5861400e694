"""The map in docs/architecture.md, drawn from the import contracts and the rooms' own docstrings.

``python -m tests.architecture.rooms`` draws it anew.
"""

import ast
import tomllib
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "architecture.md"
BEGIN = "<!-- map: drawn by tests/architecture/rooms.py -->"
END = "<!-- end map -->"


@dataclass(frozen=True)
class Room:
    """A package or a module that has a floor of its own, or shares one."""

    name: str
    floor: int
    """Its place from the top, 0 the highest."""
    lives: str
    enters: str

    @property
    def short(self) -> str:
        return self.name.rpartition(".")[2]


def contracts(root=ROOT):
    """Import contracts of the project, as it writes them."""
    settings = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    return settings["tool"]["importlinter"]["contracts"]


def packages(root=ROOT):
    """Top-level packages, the highest first."""
    (found,) = (c for c in contracts(root) if c["type"] == "layers" and "containers" not in c)
    return found["layers"]


def floors(package, root=ROOT):
    """Names on each floor of a package, the highest first; none where no contract orders them."""
    for contract in contracts(root):
        if contract.get("containers") == [package]:
            return [layer.split(" | ") for layer in contract["layers"]]
    return []


def source_of(name, root=ROOT):
    """The file that says what a room or a module is."""
    place = root.joinpath(*name.split("."))
    return place / "__init__.py" if place.is_dir() else place.with_suffix(".py")


def paragraphs(name, root=ROOT):
    """Paragraphs of a room's docstring, each on one line."""
    text = ast.get_docstring(ast.parse(source_of(name, root).read_text(encoding="utf-8"))) or ""
    return [" ".join(part.split()).replace("``", "`") for part in text.split("\n\n") if part]


def room(name, floor, root=ROOT):
    lives, *enters = paragraphs(name, root)
    alone = source_of(name, root).name != "__init__.py"  # a module lets in what its room may
    return Room(name, floor, lives, "" if alone else " ".join(enters))


def rooms(package, root=ROOT):
    """Every room of a package, the highest first."""
    return [
        room(f"{package}.{name}", number, root)
        for number, floor in enumerate(floors(package, root))
        for name in floor
    ]


def everywhere(root=ROOT):
    """Rooms of packages that have some, and the packages that have none."""
    for package in packages(root):
        yield from rooms(package, root) or [room(package, 0, root)]


def enters_only(contract, root=ROOT):
    """Rooms that a contract of the kind `forbidden` leaves free to import what it forbids."""
    kept_out = contract["source_modules"]
    return [
        one.name
        for one in everywhere(root)
        if not any(one.name == name or one.name.startswith(f"{name}.") for name in kept_out)
    ]


def table(package, root):
    yield f"### {package}"
    yield ""
    yield "```text"
    yield from (" | ".join(floor) for floor in floors(package, root))
    yield "```"
    yield ""
    yield "| room | what lives there | what may enter |"
    yield "|---|---|---|"
    for one in rooms(package, root):
        yield f"| `{one.short}` | {one.lives} | {one.enters} |"
    yield ""


def kept_out(root):
    yield "### What is kept out"
    yield ""
    yield "| contract | of | may not import |"
    yield "|---|---|---|"
    for contract in contracts(root):
        if contract["type"] != "forbidden":
            continue
        free = enters_only(contract, root)
        named = contract["source_modules"]
        who = ", ".join(f"`{name}`" for name in (named if len(named) <= len(free) else free))
        of = who if len(named) <= len(free) else f"all but {who}"
        what = ", ".join(f"`{name}`" for name in contract["forbidden_modules"])
        yield f"| {contract['name']} | {of} | {what} |"


def drawn(root=ROOT):
    """The map, as the page shows it between its two marks."""
    lines = ["### The packages", "", "```text", *packages(root), "```", ""]
    lines += ["| package | what it is |", "|---|---|"]
    lines += [f"| `{name}` | {room(name, 0, root).lives} |" for name in packages(root)]
    lines.append("")
    for package in packages(root):
        if floors(package, root):
            lines += table(package, root)
    return "\n".join([*lines, *kept_out(root)])


def redrawn(text, root=ROOT):
    """The page with its map as the contracts have it."""
    before, rest = text.split(BEGIN)
    _, after = rest.split(END)
    return f"{before}{BEGIN}\n\n{drawn(root)}\n\n{END}{after}"


def main():
    PAGE.write_text(redrawn(PAGE.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
