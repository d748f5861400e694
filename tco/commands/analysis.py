"""The analysis commands: what moves the answer, how sure it is, many answers, two answers."""

import sys
from pathlib import Path
from typing import Annotated, Final, Literal

import typer

from tco.commands.notes import say
from tco.commands.question_file import (
    AsJson,
    OwnLibrary,
    ScenarioFile,
    answer_to,
    print_json,
    question_in,
    stamp_values,
)
from tco.commands.sweep import sweep_many

CHECK_FAILED = 10

analysis = typer.Typer()

MOST_OFFERS: Final = 40
"""Offers in the table of a ranking where no number is given."""


@analysis.command()
def sensitivity(
    scenario: ScenarioFile = None,
    *,
    of: Annotated[
        Literal["choice", "own"],
        typer.Option(help="Compare staying with the best other alternative, or with own GPUs."),
    ] = "choice",
    ranges: Annotated[
        list[str] | None, typer.Option("--range", help="Your own range: key=low:high. Repeatable.")
    ] = None,
    only: Annotated[
        list[str] | None, typer.Option(help="Key of an input to vary; all when left out.")
    ] = None,
    drivers: Annotated[bool, typer.Option("--drivers", help="Add u* over its drivers.")] = False,
    draws: Annotated[int, typer.Option(help="Draws; 0 for none.", min=0)] = 10_000,
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
    ] = "all",
    sets: Annotated[
        bool,
        typer.Option(
            "--sets", help="Add the answer under published figures, and prices that have happened."
        ),
    ] = False,
    library: OwnLibrary = None,
    as_json: AsJson = False,
) -> None:
    """Which inputs move the answer, where it flips, and how sure it is."""
    from tco.analysis.assumed import answers_assuming
    from tco.analysis.drivers import driver_curves
    from tco.analysis.sensitivity import tornado
    from tco.analysis.uncertainty import uncertainty
    from tco.analysis.winners import winner_map
    from tco.commands.analysis_options import axes_of, keys_of, ranges_of, spreads_of

    question = question_in(scenario, library)
    own, spreads = ranges_of(ranges or []), spreads_of(question, spread or [], correlation or [])
    axes = axes_of(question, winners) if winners else None
    chosen = keys_of(question, only or [])
    drawn = uncertainty(question, spreads=spreads, draws=draws, seed=seed) if draws else None
    swings = tornado(question, of=of, ranges=own, only=chosen)
    curves = driver_curves(question) if drivers else ()
    mapped = winner_map(question, *axes, columns=cells, rows=cells, among=among) if axes else None
    assumed = answers_assuming(question) if sets else ()
    if as_json:
        from tco.commands.analysis_documents import sensitivity_document

        stamp = stamp_values(question)
        print_json(sensitivity_document(stamp, swings, curves, drawn, mapped, assumed))
        return
    from tco.commands import analysis_console

    analysis_console.print_tornado(swings)
    if curves:
        analysis_console.print_drivers(curves)
    if drawn is not None:
        analysis_console.print_uncertainty(drawn, swings.money)
    if mapped is not None:
        analysis_console.print_winners(mapped)
    if assumed:
        analysis_console.print_assumed(assumed, swings.money)


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
    library: OwnLibrary = None,
    as_json: AsJson = False,
) -> None:
    """Find the value of an input at which own GPUs and staying cost the same over the horizon."""
    from tco.analysis.solve import solve

    question = question_in(scenario, library)
    asked = inputs or ["gpu-price", "volume", "utilisation", "payroll", "cached-share"]
    solutions = [solve(question, what, alternative=alternative) for what in asked]
    if as_json:
        from tco.commands.analysis_documents import solve_document

        print_json(solve_document(stamp_values(question), solutions))
        return
    from tco.commands.analysis_console import print_solutions

    print_solutions(solutions, question.scenario.currency.money)


@analysis.command("rank")
def rank_offers(
    scenario: ScenarioFile = None,
    *,
    top: Annotated[int, typer.Option(help="Offers in the table; 0 for all.", min=0)] = MOST_OFFERS,
    library: OwnLibrary = None,
    as_json: AsJson = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print every offer as a CSV.")] = False,
) -> None:
    """Rank every API offer and every machine with a record for this work, cheapest first."""
    from tco.analysis.rank import rank
    from tco.commands.rank_documents import print_ranking, rank_csv, rank_document

    question = question_in(scenario, library)
    ranking = rank(question)
    if as_json:
        print_json(rank_document(stamp_values(question), ranking))
    elif as_csv:
        sys.stdout.buffer.write(rank_csv(ranking).encode())
    else:
        print_ranking(question.scenario, ranking, top or len(ranking.rows))


@analysis.command("backtest")
def ask_on_past_days(
    scenario: ScenarioFile = None, *, library: OwnLibrary = None, as_json: AsJson = False
) -> None:
    """Ask on the first day of each quarter that has passed, and price it as it became."""
    from tco.analysis.backtest import backtest
    from tco.commands.backtest_documents import backtest_document, print_backtest

    question = question_in(scenario, library)
    found = backtest(question)
    if as_json:
        print_json(backtest_document(stamp_values(question), found))
        return
    print_backtest(question.scenario, found)


@analysis.command("compare")
def compare_two(
    before: Annotated[Path, typer.Argument(help="Scenario to start from.")],
    after: Annotated[Path, typer.Argument(help="Scenario to end at.")],
    *,
    library: OwnLibrary = None,
    as_json: AsJson = False,
) -> None:
    """Say which assumption moved the answer between two scenarios, and by how much."""
    from tco.analysis.compare import compare

    first, second = question_in(before, library), question_in(after, None)
    compared = compare(first.scenario, second.scenario)
    if as_json:
        from tco.commands.analysis_documents import compare_document

        print_json(compare_document(stamp_values(second), compared))
        return
    from tco.analysis.factors import factors
    from tco.commands.analysis_console import print_comparison

    print_comparison(compared, {factor.key: factor for factor in factors(second)})


@analysis.command()
def check(
    scenario: Annotated[Path, typer.Argument(help="Scenario as TOML, JSON or exported CSV.")],
    *,
    max_monthly: Annotated[
        float | None,
        typer.Option(help="Highest bill allowed a month, in the scenario's currency.", min=0),
    ] = None,
    alternative: Annotated[
        str | None, typer.Option(help="Key or label; what you do today when left out.")
    ] = None,
    against: Annotated[
        Path | None, typer.Option(help="Scenario before the change: what it adds is told.")
    ] = None,
    library: OwnLibrary = None,
    as_json: AsJson = False,
    as_markdown: Annotated[
        bool, typer.Option("--markdown", help="Print a comment for a change, as Markdown.")
    ] = False,
) -> None:
    """Exit with 10 when a month costs more than allowed; say what a change adds to the bills."""
    from tco.analysis.budget import check_budget
    from tco.commands.check_documents import check_document, check_markdown, check_text

    after = answer_to(question_in(scenario, library))
    before = None if against is None else answer_to(question_in(against, None))
    checked = check_budget(after, max_monthly, alternative)
    if as_json:
        print_json(check_document(checked, before, after))
    elif as_markdown:
        typer.echo(check_markdown(checked, before, after))
    else:
        say(check_text(checked, before, after))
    if not checked.passed:
        raise typer.Exit(CHECK_FAILED)


analysis.command("sweep")(sweep_many)
