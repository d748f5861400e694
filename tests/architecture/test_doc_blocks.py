"""Every block of every document is run, read by what reads it, or parsed by the command it names.

`docs/first-hour.md` is walked from an empty folder. Elsewhere commands name files of the reader's
own, so they are parsed: the command exists, its options are known, and their values are of the kind
it takes.
"""

import configparser
import doctest
import json
import re
import shlex
import tomllib
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import typer
import yaml

import calibrate.cli
import tco.cli
from calibrate.plan.by_number import small_llama
from hardware_profiles.feeds.recorded import FeedSource
from tco.commands.defaults import defaults_file, settle_defaults
from tco.own_data.usage.column_map import read_map
from tco.quality.tasks import read_tasks
from tco.question.files import scenario_from
from tco.question.options import Deployment, SelfHostedOption
from tco.question.own_facts import OwnFacts
from tco.question.own_files import with_files
from tco.service.tools import SERVICE_TOOLS
from tests.tco.command import tco as run_tco
from tests.tco.test_own_facts import CONFIG, record_text
from tests.ui.log_lines import run_line

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
COMMANDS = {
    "tco": typer.main.get_command(tco.cli.command_line),
    "tco-calibrate": typer.main.get_command(calibrate.cli.app),
}
USAGE_ERROR = typer.BadParameter.__base__
OTHERS = {
    "echo",
    "export",
    "gh",
    "git",
    "jq",
    "make",
    "pg_dump",
    "pg_restore",
    "pip",
    "podman",
    "python3",
    "sqlite3",
    "test",
}
"""Programs of others that the documents name."""
ENDS = {"|", "||", "&&", ">"}
FILES_OF_FACTS = {
    "records/mine.json": record_text,
    "models/qwen3-32b/config.json": lambda: json.dumps(CONFIG),
    "model/config.json": lambda: json.dumps(small_llama()),
}
"""Files that blocks of own facts name."""
BLOCK = re.compile(r"^```(?P<kind>\w*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks():
    for page in PAGES:
        for number, found in enumerate(BLOCK.finditer(page.read_text(encoding="utf-8")), 1):
            yield pytest.param(
                found["kind"], found["text"], id=f"{page.relative_to(ROOT)}:{number}"
            )


def commands(text):
    """Simple commands of a shell block, each as its words."""
    for line in text.replace("\\\n", " ").splitlines():
        words = shlex.split(line, comments=True)
        while words:
            ends = [place for place, word in enumerate(words) if word in ENDS]
            end = ends[0] if ends else len(words)
            if words[:end]:
                yield words[:end]
            words = words[end + 1 :] if end < len(words) and words[end] != ">" else []


def parse(words):
    """Have a command read its arguments, and do nothing."""
    program, *arguments = words
    command = COMMANDS[Path(program).name]
    context = command.make_context(Path(program).name, arguments)
    while hasattr(command, "resolve_command"):
        name, command, arguments = command.resolve_command(
            context, [*context._protected_args, *context.args]
        )
        if {"--help"} & set(arguments):
            return
        context = command.make_context(name, arguments, parent=context)


def follow(text):
    for words in commands(text):
        if Path(words[0]).name in COMMANDS:
            parse(words)
        elif words[0] == "curl":
            asks(words)
        else:
            assert Path(words[0]).name in OTHERS, words


def asks(words):
    """A request to the planner goes to a tool of it, with what that tool takes."""
    path = urlsplit(words[-1]).path
    tools = {f"/v1/{tool.name.replace('_', '-')}": tool for tool in SERVICE_TOOLS}
    assert path in tools, words
    assert tools[path].asks.model_validate_json(words[words.index("-d") + 1])


def _read_json(text, folder):
    """Hand a document, or one a line, to what reads it."""
    first = json.loads(text.splitlines()[0])
    if "mcpServers" in first:
        (server,) = first["mcpServers"].values()
        parse([server["command"], *server["args"]])
        return
    if "logger" in first:
        assert first.keys() == json.loads(run_line("/bills")).keys()
        return
    (folder / "tasks.jsonl").write_text(text)
    assert len(read_tasks(folder / "tasks.jsonl")) == len(text.splitlines())


def _read_table(document, text, folder):
    """Hand a table to what reads it."""
    match document:
        case {"rows": _}:
            (folder / "map.toml").write_text(text)
            assert read_map(folder / "map.toml")
        case {"self_hosted": {"deployment": deployment}}:
            assert Deployment.model_validate(deployment)
        case {"self_hosted": [*options]} if "workload" not in document:
            assert [SelfHostedOption.model_validate_json(json.dumps(each)) for each in options]
        case {"store": store, "library": facts}:
            path = defaults_file({"XDG_CONFIG_HOME": str(folder)})
            (path.parent / facts).mkdir(parents=True)
            path.write_text(text)
            settled = settle_defaults({"XDG_CONFIG_HOME": str(folder)})
            assert settled.keys() == document.keys()
            assert settled["store"] == store
        case {"library": library} if "workload" not in document:
            assert _facts(library, folder).models
        case {"models": _, "accelerators": _}:
            assert _facts(document, folder).models
        case {"sources": [*sources]}:
            assert [FeedSource.model_validate(each) for each in sources]
        case {"auth": client}:
            assert {"redirect_uri", "cookie_secret", "client_id", "client_secret"} <= set(client)
        case _:
            assert scenario_from(document)


def _facts(tables, folder):
    for path, held in FILES_OF_FACTS.items():
        (folder / path).parent.mkdir(parents=True)
        (folder / path).write_text(held())
    return OwnFacts.model_validate_json(
        json.dumps(with_files(tables, folder, "library"), default=str)
    )


def is_a_drawing(text):
    return "──" in text


@pytest.mark.parametrize(("kind", "text"), list(blocks()))
def test_a_block_does_what_it_says(kind, text, monkeypatch, tmp_path):
    monkeypatch.chdir(ROOT)
    match kind:
        case "" if is_a_drawing(text):
            pass
        case "":
            follow(text)
        case "python" if ">>>" in text:
            example = doctest.DocTestParser().get_doctest(text, {}, "block", None, 0)
            assert doctest.DocTestRunner().run(example).failed == 0
        case "python":
            shown = [line.split("  # ")[1] for line in text.splitlines() if "print(" in line]
            said = []
            exec(text, {"print": lambda *values: said.append(" ".join(map(str, values)))})
            assert said == shown
        case "toml":
            _read_table(tomllib.loads(text), text, tmp_path)
        case "json":
            _read_json(text, tmp_path)
        case "yaml":
            follow("\n".join(step["run"] for step in yaml.safe_load(text)))
        case "ini":
            unit = configparser.ConfigParser(strict=False, interpolation=None)
            unit.optionxform = str
            unit.read_string(text)
            parse(shlex.split(unit["Service"]["ExecStart"].replace("%i", "8501")))
        case "nginx":
            assert text.count("{") == text.count("}")
        case _:
            assert kind == "text", f"nobody reads a block of kind {kind!r}"


@pytest.mark.parametrize(
    "line",
    [
        "tco evaluat x.toml",
        "tco evaluate --jsn",
        "tco sweep x.toml --workers many --out a.csv",
        "tco-calibrate plan --cpuu",
        "curl x",
    ],
)
def test_a_command_that_there_is_not_is_noticed(line):
    with pytest.raises((AssertionError, USAGE_ERROR)):
        follow(line)


def test_the_first_hour_is_walked_from_an_empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    page = (ROOT / "docs" / "first-hour.md").read_text(encoding="utf-8")
    walked = [words for found in BLOCK.finditer(page) for words in commands(found["text"])]
    for words in walked:
        done = run_tco(*words[1:])
        assert done.returncode == 0, (words, done.stderr)
    assert {path.suffix for path in tmp_path.iterdir()} >= {".toml", ".csv", ".xlsx"}
    assert len((tmp_path / "volumes.csv").read_text().splitlines()) == 6
