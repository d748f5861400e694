"""The sweep command: many scenarios into one file."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pricing.errors import InputError, Problem
from pricing.told_to_end import STOPPED_EXIT_CODE
from tco.commands.notes import note
from tco.commands.question_file import (
    AsJson,
    OwnLibrary,
    ScenarioFile,
    print_json,
    question_in,
    stamp_values,
)
from tco.words.figures import plural, whole

if TYPE_CHECKING:
    from tco.analysis.decision import Question
    from tco.analysis.sweep_grid import Points


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
            help="The choice without draws, 20,000 points a second: a grid over volume, output, "
            "api-price and gpu-price.",
        ),
    ] = False,
    library: OwnLibrary = None,
    as_json: AsJson = False,
) -> None:
    """Answer many scenarios in parallel; stopped by Ctrl-C, the same command goes on."""
    from tco.analysis.sweep import sweep
    from tco.analysis.sweep_grid import grid, rows_of_csv
    from tco.commands.progress import shown_progress

    if (listed is None) == (not vary):
        raise InputError(
            Problem("sweep", "", "takes a grid (--vary) or a list (--list)", "Give one of them.")
        )
    points = rows_of_csv(listed) if listed is not None else grid(vary or [])
    if quick:
        _quick(question_in(scenario, library), points, out, replace=force, as_json=as_json)
        return
    with shown_progress() as tell:
        done = sweep(
            question_in(scenario, library).scenario,
            points,
            out,
            workers=workers or os.cpu_count() or 1,
            replace=force,
            progress=tell,
        )
    if as_json:
        from tco.commands.analysis_documents import sweep_document

        print_json(sweep_document(done))
    if not done.complete:
        note(
            f"Stopped after {whole(done.finished)} of {plural(done.points, 'point')}, kept in "
            f"{done.checkpoint}. The same command goes on from there."
        )
        raise typer.Exit(STOPPED_EXIT_CODE)
    note(f"Wrote {plural(done.points, 'point')} to {done.out}.")


def _quick(
    question: "Question", points: "Points", out: Path, *, replace: bool, as_json: bool
) -> None:
    from tco.analysis.quick_sweep import quick_sweep
    from tco.analysis.sweep_files import require_writable, write_columns

    require_writable(out, replace=replace)
    swept = quick_sweep(question, points)
    write_columns(out, swept.columns)
    if as_json:
        from tco.commands.analysis_documents import quick_sweep_document

        print_json(quick_sweep_document(stamp_values(question), swept, out))
    for key, reason in swept.left_out:
        note(f"Left out: {key}: {reason}")
    for sentence in swept.carried:
        note(sentence)
    note(f"Wrote {plural(len(points), 'point')} to {out}.")
