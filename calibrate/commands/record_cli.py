"""The commands around a run: validate, report, job, import. None needs a GPU."""

import json
import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from calibrate.commands.run_cli import AsJson, Folder


def validate(
    target: Annotated[Path, typer.Argument(help="Folder of a run, or one record.")],
    *,
    accelerator: Annotated[
        str | None, typer.Option("--accelerator", help="Accelerator you mean to use it for.")
    ] = None,
    engine_version: Annotated[
        str | None, typer.Option("--engine-version", help="vLLM version you mean to serve with.")
    ] = None,
    revision: Annotated[
        str | None, typer.Option("--revision", help="Revision of the model you mean to serve.")
    ] = None,
    flag: Annotated[
        list[str] | None,
        typer.Option(
            "--flag", help="Argument of the server you mean to start, as --max-num-seqs=256."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check that the files of a run agree, or that a record can be read and fits what is meant."""
    from calibrate.result.validate import read_record_file, validate_run
    from hardware_profiles import Library
    from hardware_profiles.fingerprint import Fingerprint, differences, fingerprint_of

    meant = Fingerprint(
        accelerator=accelerator,
        engine_version=engine_version,
        revision=revision,
        flags=tuple(flag) if flag else None,
    )
    if target.is_dir():
        found = validate_run(target, Library.load(), meant)
        record, grade, remarks, flags = found.record, found.grade, found.remarks, found.differences
    else:
        record = read_record_file(target)
        grade, remarks = record.label, record.notes
        flags = tuple(differences(fingerprint_of(record), meant))
    if as_json:
        document = {
            "schema": "calibrate.validation/1",
            "record": record.id,
            "grade": grade,
            "remarks": list(remarks),
            "flags": [str(flag) for flag in flags],
        }
        typer.echo(json.dumps(document, indent=2, ensure_ascii=False))
        return
    typer.echo(f"{record.id}: {grade}")
    for line in (*remarks, *(f"flag: {flag}" for flag in flags)):
        typer.echo(line)


def report(
    folder: Folder,
    *,
    out: Annotated[
        Path | None, typer.Option("--out", help="Page to write; report.html in the folder.")
    ] = None,
) -> None:
    """Draw one page about a run: curve, held-out points, residuals, goodput, what to do next."""
    from calibrate.files import write_whole
    from calibrate.result.page import report_page
    from hardware_profiles import Library

    path = out or folder / "report.html"
    write_whole(path, report_page(folder, Library.load()).encode())
    typer.echo(f"Wrote {path}.")


def job(
    plan_file: Annotated[Path, typer.Argument(metavar="PLAN", help="Plan to run.")],
    *,
    scheduler: Annotated[
        Literal["slurm", "k8s", "sky"], typer.Option("--for", help="Who will run it.")
    ],
    image: Annotated[
        str, typer.Option("--image", help="Container image that has vLLM (k8s).")
    ] = "",
    package: Annotated[
        str, typer.Option("--package", help="Where pip gets the planner: wheel or git+https.")
    ] = "",
    node_selector: Annotated[
        str, typer.Option("--node-selector", help="Label of the nodes as key=value (k8s).")
    ] = "",
) -> None:
    """Print a job file that runs one calibration on a fleet and keeps its record."""
    from calibrate.plan.plan import read_plan
    from calibrate.propose.job_files import Place, job_text
    from hardware_profiles import Library

    text = job_text(
        read_plan(plan_file),
        scheduler,
        plan_name=plan_file.name,
        library=Library.load(),
        place=Place(image=image, package=package, node_selector=node_selector),
    )
    typer.echo(text, nl=False)


def import_files(
    paths: Annotated[
        list[Path], typer.Argument(metavar="FILE...", help="Files of other load generators.")
    ],
    *,
    model: Annotated[str, typer.Option("--model", help="Model that was served.")],
    system: Annotated[str, typer.Option("--system", help='Such as h100_sxm or "H100 SXM".')],
    precision: Annotated[str, typer.Option("--precision", help="Such as fp8.")],
    gpus: Annotated[int, typer.Option("--gpus", min=1, help="Accelerators of one replica.")] = 1,
    engine_version: Annotated[
        str, typer.Option("--engine-version", help="Version of vLLM, such as 0.26.0.")
    ] = "",
    measured_by: Annotated[
        str, typer.Option("--measured-by", help="Who measured: your team or company.")
    ] = "",
    kv_bytes: Annotated[
        float | None,
        typer.Option("--kv-bytes", min=0.5, help="Bytes per key or value: 2 for bf16, 1 for fp8."),
    ] = None,
    max_num_seqs: Annotated[
        int | None, typer.Option("--max-num-seqs", min=1, help="Slots of the server.")
    ] = None,
    max_num_batched_tokens: Annotated[
        int | None, typer.Option("--max-num-batched-tokens", min=1, help="Tokens of one step.")
    ] = None,
    kv_tokens: Annotated[
        float | None,
        typer.Option("--kv-tokens", min=1, help="Context tokens that the server says it holds."),
    ] = None,
) -> None:
    """Turn files of other load generators into a table of points for fit and crossval."""
    import csv

    from calibrate.result.importers import IMPORT_COLUMNS, About, import_points, table_row

    points = import_points(
        paths,
        About(
            model,
            system,
            precision,
            gpus,
            vllm_version=engine_version,
            measured_by=measured_by,
            kv_bytes=kv_bytes,
            max_num_seqs=max_num_seqs,
            max_num_batched_tokens=max_num_batched_tokens,
            kv_tokens=kv_tokens,
        ),
    )
    writer = csv.DictWriter(sys.stdout, IMPORT_COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(table_row(point) for point in points)


def add_record_commands(app: typer.Typer) -> None:
    """Put validate, report, job and import beside the others."""
    for command in (validate, report, job):
        app.command()(command)
    app.command("import")(import_files)
