"""The analysis commands: what moves the answer, how sure it is, many answers, two answers."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from pricing.errors import InputError, Problem

if TYPE_CHECKING:
    from tco.decision import Question
    from tco.results import Evaluation
    from tco.scenario import Scenario
    from tco.sweep_grid import Points

CHECK_FAILED = 10
INTERRUPTED = 6

analysis = typer.Typer()

ScenarioFile = Annotated[
    Path | None,
    typer.Argument(help="Scenario as TOML or JSON, or an exported CSV; the default when left out."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one versioned JSON document.")]
By = Annotated[
    Literal["month", "horizon"],
    typer.Option(help="Compare first month's bills, or present values over the horizon."),
]


@analysis.command()
def sensitivity(
    scenario: ScenarioFile = None,
    *,
    by: By = "month",
    ranges: Annotated[
        list[str] | None, typer.Option("--range", help="Your own range: key=low:high. Repeatable.")
    ] = None,
    only: Annotated[
        list[str] | None, typer.Option(help="Key of an input to vary; all when left out.")
    ] = None,
    drivers: Annotated[bool, typer.Option("--drivers", help="Add u* over its drivers.")] = False,
    draws: Annotated[int, typer.Option(help="Worlds to draw; 0 for none.", min=0)] = 10_000,
    seed: Annotated[int, typer.Option(help="Same seed, same draws.", min=0)] = 20261124,
    spread: Annotated[
        list[str] | None, typer.Option(help="Your own spread: volume=0.3. Repeatable.")
    ] = None,
    correlation: Annotated[
        list[str] | None, typer.Option(help="Of two inputs: volume,staff=0.3. Repeatable.")
    ] = None,
    winners: Annotated[
        str | None, typer.Option("--map", help="Two inputs, comma between: who wins where.")
    ] = None,
    cells: Annotated[int, typer.Option(help="Columns and rows of the map.", min=2, max=200)] = 15,
    among: Annotated[
        Literal["own", "comparable", "all"],
        typer.Option(help="Who takes part in the map: own servers, the same models hosted, all."),
    ] = "own",
    as_json: AsJson = False,
) -> None:
    """Which inputs move the answer, where it flips, and how sure it is."""
    from tco.analysis_options import axes_of, keys_of, ranges_of, spreads_of
    from tco.drivers import driver_curves
    from tco.sensitivity import tornado
    from tco.uncertainty import uncertainty
    from tco.winners import winner_map

    question = _question(scenario)
    own, spreads = ranges_of(ranges or []), spreads_of(question, spread or [], correlation or [])
    axes = axes_of(question, winners) if winners else None
    chosen = keys_of(question, only or [])
    answer = _answer(question)
    drawn = uncertainty(question, spreads=spreads, draws=draws, seed=seed) if draws else None
    swings = tornado(question, by=by, ranges=own, only=chosen)
    curves = driver_curves(question) if drivers else ()
    mapped = winner_map(question, *axes, columns=cells, rows=cells, among=among) if axes else None
    if as_json:
        from tco.analysis_documents import sensitivity_document

        _print_json(sensitivity_document(_stamp(answer), swings, curves, drawn, mapped))
        return
    from tco import analysis_console as console

    console.print_tornado(swings)
    if curves:
        console.print_drivers(curves)
    if drawn is not None:
        console.print_uncertainty(drawn)
    if mapped is not None:
        console.print_winners(mapped)


@analysis.command("solve")
def solve_for(
    scenario: ScenarioFile = None,
    *,
    inputs: Annotated[
        list[str] | None,
        typer.Option(
            "--for",
            help="gpu-price, volume, utilisation, payroll, cached-share, api-price, output or "
            "the key of any input. Repeatable; the first five when left out.",
        ),
    ] = None,
    alternative: Annotated[
        str | None, typer.Option(help="A self-hosted option; the best one when left out.")
    ] = None,
    by: By = "month",
    as_json: AsJson = False,
) -> None:
    """Find the value of an input at which self-hosting and staying cost the same."""
    from tco.solve import solve

    question = _question(scenario)
    asked = inputs or ["gpu-price", "volume", "utilisation", "payroll", "cached-share"]
    solutions = [solve(question, what, alternative=alternative, by=by) for what in asked]
    if as_json:
        from tco.analysis_documents import solve_document

        _print_json(solve_document(_stamp(_answer(question)), solutions))
        return
    from tco.analysis_console import print_solutions

    print_solutions(solutions)


@analysis.command("compare")
def compare_two(
    before: Annotated[Path, typer.Argument(help="Scenario to start from.")],
    after: Annotated[Path, typer.Argument(help="Scenario to end at.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Say which assumption moved the answer between two scenarios, and by how much."""
    from tco.compare import compare

    first, second = _question(before), _question(after)
    compared = compare(first.scenario, second.scenario)
    if as_json:
        from tco.analysis_documents import compare_document

        _print_json(compare_document(_stamp(_answer(second)), compared))
        return
    from tco.analysis_console import print_comparison

    print_comparison(compared)


@analysis.command()
def check(
    scenario: Annotated[Path, typer.Argument(help="Scenario as TOML, JSON or exported CSV.")],
    *,
    max_monthly: Annotated[float, typer.Option(help="Highest bill allowed [USD/month].", min=0)],
    alternative: Annotated[
        str | None, typer.Option(help="Key or label; what you do today when left out.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Exit with 10 when a month costs more than allowed, for a build to fail on."""
    from tco.budget import check_budget

    checked = check_budget(_answer(_question(scenario)), max_monthly, alternative)
    if as_json:
        _print_json(checked.document())
    else:
        typer.echo(checked.words)
    if not checked.passed:
        raise typer.Exit(CHECK_FAILED)


@analysis.command("sweep")
def sweep_many(
    scenario: ScenarioFile = None,
    *,
    vary: Annotated[
        list[str] | None,
        typer.Option(help="path=1,2,3 or path=low:high:count[:log]. Repeatable: a grid."),
    ] = None,
    listed: Annotated[
        Path | None, typer.Option("--list", help="CSV of overrides, its header dotted paths.")
    ] = None,
    out: Annotated[Path, typer.Option(help="File to write: .csv or .parquet.")],
    workers: Annotated[int, typer.Option(help="Processes; 0 for every core.", min=0)] = 0,
    force: Annotated[bool, typer.Option("--force", help="Replace files in the way.")] = False,
    quick: Annotated[
        bool,
        typer.Option(
            "--quick",
            help="First month's bills alone, a million points in seconds: a grid over volume, "
            "output, api-price and gpu-price.",
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Answer many scenarios in parallel; stopped by Ctrl-C, the same command goes on."""
    from tco.progress import shown_progress
    from tco.sweep import sweep
    from tco.sweep_grid import grid, rows_of_csv

    if (listed is None) == (not vary):
        raise InputError(
            Problem("sweep", "", "takes a grid (--vary) or a list (--list)", "Give one of them.")
        )
    points = rows_of_csv(listed) if listed is not None else grid(vary or [])
    if quick:
        _quick(_question(scenario), points, out, replace=force, as_json=as_json)
        return
    with shown_progress() as tell:
        done = sweep(
            _question(scenario).scenario,
            points,
            out,
            workers=workers or os.cpu_count() or 1,
            replace=force,
            progress=tell,
        )
    if as_json:
        from tco.analysis_documents import sweep_document

        _print_json(sweep_document(done))
    if not done.complete:
        typer.echo(
            f"Stopped after {done.finished:,} of {done.points:,} points, kept in "
            f"{done.checkpoint}. The same command goes on from there.",
            err=True,
        )
        raise typer.Exit(INTERRUPTED)
    typer.echo(f"Wrote {done.points:,} points to {done.out}.", err=True)


def _quick(
    question: "Question", points: "Points", out: Path, *, replace: bool, as_json: bool
) -> None:
    from tco.quick_sweep import quick_sweep
    from tco.sweep_files import require_writable, write_columns

    require_writable(out, replace=replace)
    swept = quick_sweep(question, points)
    write_columns(out, swept.columns)
    if as_json:
        from tco.analysis_documents import quick_sweep_document

        _print_json(quick_sweep_document(_stamp(_answer(question)), swept, out))
    for key, reason in swept.left_out:
        typer.echo(f"Left out: {key}: {reason}", err=True)
    typer.echo(f"Wrote {len(points):,} points to {out}.", err=True)


def _question(path: Path | None) -> "Question":
    from tco.decision import Question
    from tco.presets import preset_paths
    from tco.reading import load_scenario

    loaded: Scenario = load_scenario(path if path is not None else preset_paths()[0])
    return Question.of(loaded)


def _answer(question: "Question") -> "Evaluation":
    from tco.evaluation import evaluate

    return evaluate(question.scenario, question.data)


def _stamp(answer: "Evaluation") -> dict[str, Any]:
    from tco.report import plain

    stamp: dict[str, Any] = plain(answer.stamp)
    return stamp


def _print_json(content: dict[str, Any]) -> None:
    from tco.report import json_text

    typer.echo(json_text(content))
