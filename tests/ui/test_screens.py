"""Screens of every command that prints for people, as they were looked at, at 80 and 200 columns.

They are kept in `tests/golden/screens` and renewed with ``--update-golden``; read the difference
before you keep it.
"""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
import typer

from tco.answer.evaluation import evaluate
from tco.cli import command_line
from tco.question.presets import preset_paths, presets
from tco.store.connect import open_store
from tco.store.folders import let_in
from tco.store.keeping import move
from tco.store.scenario_store import ScenarioStore
from tests.tco.command import tco

SCREENS = Path(__file__).parents[1] / "golden" / "screens"
DAY = "2026-11-24"
MAPPED = ("gateway.csv", "--map", "gateway.toml")
IN_STORE = ("--store", "sqlite:///shelf.sqlite")
COMMANDS = {
    "evaluate": ("evaluate", "copilot.toml"),
    "evaluate-careful": ("evaluate", "copilot.toml", "--assume", "careful"),
    "break-even": ("break-even", "copilot.toml"),
    "sensitivity": ("sensitivity", "copilot.toml", "--draws", "200", "--drivers"),
    "sensitivity-sets": ("sensitivity", "copilot.toml", "--draws", "0", "--sets"),
    "sensitivity-map": (
        "sensitivity", "default.toml", "--draws", "0", "--only", "gpu_price",
        "--map", "gpu_price,workload.requests_per_month", "--among", "own", "--cells", "4",
    ),
    "solve": ("solve", "copilot.toml", "--for", "volume", "--for", "gpu-price"),
    "rank": ("rank", "copilot.toml", "--top", "8"),
    "backtest": ("backtest", "copilot.toml"),
    "compare": ("compare", "copilot.toml", "agent.toml"),
    "check": ("check", "copilot.toml", "--max-monthly", "2000", "--against", "agent.toml"),
    "prices-list": ("prices", "list", "gpt-5.4-mini", "--provider", "openai", "--on", DAY),
    "prices-quote": ("prices", "quote", "requests.csv"),
    "hardware-list": ("hardware", "list", "mi300x", "--on", DAY),
    "hardware-show": ("hardware", "show", "lenovo/8x-h200"),
    "usage-bill": ("usage", "bill", *MAPPED),
    "usage-reconcile": ("usage", "reconcile", *MAPPED, "--costs", "charged.csv"),
    "usage-watch": ("usage", "watch", "copilot.toml", *MAPPED),
    "quality-sum": ("quality", "sum", "trials.csv", "--scenario", "copilot.toml"),
    "store-list": ("store", "list", *IN_STORE),
    "store-folders": ("store", "folders", *IN_STORE),
    "store-check": ("store", "check", *IN_STORE),
}  # fmt: skip
"""Screens by name; `tests/ui/test_screens.py` writes the files that they read."""
WITHOUT = {
    "app", "serve", "mcp",  # run until they are stopped
    "export", "validate", "schema", "sweep", "tokens", "usage scenario", "usage sql",  # write files
    "quality run", "store owner", "store move", "store share", "store copy",  # act, and say so
    "prices refresh", "hardware refresh", "prices diff", "prices since", "hardware diff",  # lines
    "doctor",  # tells of the machine it is run on
    "usage shapes",  # has no figures
}  # fmt: skip
"""Commands that show no table of figures."""
REQUESTS = """\
id,provider,model,as_of,input_tokens,cached_tokens,output_tokens
short,openai,gpt-5.4,2026-11-24,1200,400,300
long,openai,gpt-5.4,2026-11-24,300000,0,900
unknown,openai,gpt-5.9,2026-11-24,1200,0,300
"""
GATEWAY = """\
time,model,prompt,cached,answer
2026-10-05T09:00:00Z,gpt-5.4,2400,1200,300
2026-10-12T10:30:00Z,gpt-5.4,300000,0,900
2026-11-02T11:00:00Z,gpt-5.4-mini,1800,600,250
2026-11-09T12:15:00Z,gpt-5.4-mini,2100,0,400
"""
GATEWAY_MAP = """\
rows = "request"
cached = "inside"

[columns]
time = "time"
model = "model"
input = "prompt"
cached = "cached"
output = "answer"
"""
CHARGED = """\
start_time,amount_value,amount_currency,line_item
1791158400,0.0081,usd,"gpt-5.4, input"
1791763200,1.6,usd,"gpt-5.4, input"
1793577600,0.002,usd,"gpt-5.4-mini, output"
"""
TRIALS = "task,difficulty,model,accepted,latency_s,input_tokens,output_tokens,requests\n" + "".join(
    f"t{n},easy,{model},{'yes' if n % every else 'no'},{0.4 + 0.02 * n},100,{40 + n},1\n"
    for model, every in (("openai/gpt-5.4", 8), ("Llama 3.3 70B", 5))
    for n in range(24)
)
ID = re.compile(r"\b[0-9a-f]{32}\b")
MOMENT = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    """A folder with everything that the commands read."""
    folder = tmp_path_factory.mktemp("desk")
    for path in preset_paths():
        (folder / path.name).write_bytes(path.read_bytes())
    for name, content in {
        "requests.csv": REQUESTS,
        "gateway.csv": GATEWAY,
        "gateway.toml": GATEWAY_MAP,
        "charged.csv": CHARGED,
        "trials.csv": TRIALS,
    }.items():
        (folder / name).write_text(content, encoding="utf-8")
    engine = open_store(f"sqlite:///{folder / 'shelf.sqlite'}")
    scenario = next(iter(presets().values()))
    ada = ScenarioStore(engine, "ada@example.org", clock=lambda: MOMENT)
    kept = ada.create(scenario, evaluate(scenario), "first")
    let_in(engine, "Board", "ada@example.org", "owner", by="root")
    move(engine, kept.id, "Board", by="root", clock=lambda: MOMENT)
    engine.dispose()
    return folder


def screen(arguments, width):
    """What is shown, with zeros for ids, which are drawn by chance."""
    done = tco(*arguments, columns=width)
    assert done.returncode in {0, 3, 10}, done.stderr
    shown = ID.sub("0" * 32, done.stdout)
    return "".join(f"{line.rstrip()}\n" for line in shown.splitlines())


@pytest.mark.parametrize("width", [80, 200])
@pytest.mark.parametrize("name", COMMANDS)
def test_the_screen_is_the_one_that_was_looked_at(name, width, desk, monkeypatch, pytestconfig):
    monkeypatch.chdir(desk)
    golden = SCREENS / f"{name}-{width}.txt"
    shown = screen(COMMANDS[name], width)
    if pytestconfig.getoption("--update-golden"):
        golden.write_text(shown, encoding="utf-8")
    assert shown == golden.read_text(encoding="utf-8")
    assert max(map(len, shown.splitlines())) <= width
    assert not re.search(r"\b(None|True|False|nan|inf)\b|\de\+\d|\{'|self-hosted/", shown)


def commands():
    """Names of all commands, as the program itself has them."""
    for name, command in typer.main.get_command(command_line).commands.items():
        within = getattr(command, "commands", None)
        yield from ((f"{name} {each}" for each in within) if within else (name,))


def test_every_command_that_shows_figures_has_its_screen():
    shown = {
        name
        for name in commands()
        for asked in COMMANDS.values()
        if f"{' '.join(asked)} ".startswith(f"{name} ")
    }
    assert set(commands()) - shown == WITHOUT
    assert {path.name for path in SCREENS.iterdir()} == {
        f"{name}-{width}.txt" for name in COMMANDS for width in (80, 200)
    }
