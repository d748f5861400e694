"""The commands that measure: plan, run, resume, validate, report, job."""

import json
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from calibrate.run import Outcome
    from calibrate.session import Options

AsJson = Annotated[bool, typer.Option("--json", help="Print one versioned JSON document.")]
Folder = Annotated[Path, typer.Argument(help="Folder of a run.")]
Program = Annotated[str, typer.Option("--vllm", help="Program that serves and generates load.")]
BaseUrl = Annotated[
    str | None, typer.Option("--base-url", help="Use a server that already runs there.")
]
ServedName = Annotated[
    str | None, typer.Option("--served-name", help="Name under which that server serves.")
]
Driver = Annotated[
    Literal["auto", "vllm-bench", "built-in"],
    typer.Option("--driver", help="Load generator; auto takes vLLM's where it can."),
]
Port = Annotated[
    int | None, typer.Option("--port", min=1024, max=65535, help="Port; a free one if left out.")
]


def plan(
    *,
    model: Annotated[str, typer.Option("--model", help='Name in the library: "Llama 3.1 8B".')],
    accelerator: Annotated[
        str, typer.Option("--accelerator", help='Name in the library: "H100 SXM".')
    ],
    precision: Annotated[Literal["bf16", "fp8", "int4", "mxfp4"], typer.Option("--precision")],
    gpus: Annotated[int, typer.Option("--gpus", min=1, help="Accelerators of one replica.")] = 1,
    input_tokens: Annotated[
        int, typer.Option("--input-tokens", min=2, help="Mean prompt of your load.")
    ] = 1500,
    output_tokens: Annotated[
        int, typer.Option("--output-tokens", min=2, help="Mean answer of your load.")
    ] = 300,
    made_up_weights: Annotated[
        bool,
        typer.Option(
            "--made-up-weights", help="Serve random weights: no download; dense models only."
        ),
    ] = False,
    usd_per_gpu_hour: Annotated[
        float | None, typer.Option("--usd-per-gpu-hour", min=0, help="What an hour costs you.")
    ] = None,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Decides order and prompts.")] = 0,
    out: Annotated[
        Path | None, typer.Option("--out", help="File to write; printed when left out.")
    ] = None,
) -> None:
    """Propose load points, and say how long they take and what they cost."""
    from calibrate.propose import plan_lines, propose
    from calibrate.storage import write_whole
    from hardware_profiles import Library

    proposed = propose(
        Library.load(),
        model=model,
        accelerator=accelerator,
        precision=precision,
        gpus=gpus,
        own=(input_tokens, output_tokens),
        made_up_weights=made_up_weights,
        usd_per_gpu_hour=usd_per_gpu_hour,
        seed=seed,
    )
    text = proposed.model_dump_json(indent=1)
    for line in plan_lines(proposed):
        typer.echo(line, err=out is None)
    if out is None:
        typer.echo(text)
    else:
        write_whole(out, text.encode() + b"\n")


def run(
    plan_file: Annotated[
        Path, typer.Argument(metavar="PLAN", help="Plan, as tco-calibrate plan writes it.")
    ],
    *,
    out: Annotated[Path, typer.Option("--out", help="New folder for everything measured.")],
    program: Program = "vllm",
    base_url: BaseUrl = None,
    served_name: ServedName = None,
    driver: Driver = "auto",
    port: Port = None,
    confirm_model: Annotated[
        str, typer.Option("--confirm-model", help="Model to serve though no library knows it.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Start the server, put it under every load of the plan, and write a record."""
    from calibrate.plan import read_plan
    from calibrate.run import start_run

    options = _options(program, base_url, served_name, driver, port)
    outcome = start_run(read_plan(plan_file), out, options, confirmed_model=confirm_model)
    _finish(outcome, out, as_json=as_json)


def resume(
    folder: Folder,
    *,
    program: Program = "vllm",
    base_url: BaseUrl = None,
    served_name: ServedName = None,
    driver: Driver = "auto",
    port: Port = None,
    as_json: AsJson = False,
) -> None:
    """Measure what a run left undone; nothing that was finished is repeated."""
    from calibrate.run import resume_run

    options = _options(program, base_url, served_name, driver, port)
    _finish(resume_run(folder, options), folder, as_json=as_json)


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
    as_json: AsJson = False,
) -> None:
    """Check that the files of a run agree, or that a record can be read and fits what is meant."""
    from calibrate.fingerprint import Fingerprint, differences, fingerprint_of
    from calibrate.validate import read_record, validate_run
    from hardware_profiles import Library

    meant = Fingerprint(accelerator=accelerator, engine_version=engine_version, revision=revision)
    if target.is_dir():
        found = validate_run(target, Library.load(), meant)
        record, grade, remarks, flags = found.record, found.grade, found.remarks, found.differences
    else:
        record = read_record(target)
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
    from calibrate.page import report_page
    from calibrate.storage import write_whole
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
        str | None, typer.Option("--image", help="Container image that has vLLM (k8s).")
    ] = None,
    package: Annotated[
        str | None, typer.Option("--package", help="What pip installs there (k8s, sky).")
    ] = None,
) -> None:
    """Print a job file that runs one calibration on a fleet and keeps its record."""
    from calibrate.jobs import IMAGE, PACKAGE, job_text
    from calibrate.plan import read_plan
    from hardware_profiles import Library

    text = job_text(
        read_plan(plan_file),
        scheduler,
        plan_name=plan_file.name,
        library=Library.load(),
        image=image or IMAGE,
        package=package or PACKAGE,
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
) -> None:
    """Turn vllm bench, GuideLLM or llm-d files into a table of points for fit and crossval."""
    import csv

    from calibrate.importers import COLUMNS, About, import_points, table_row

    points = import_points(paths, About(model, system, precision, gpus))
    writer = csv.DictWriter(sys.stdout, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(table_row(point) for point in points)


def _finish(outcome: "Outcome", folder: Path, *, as_json: bool) -> None:
    """Write record and account, say what came of it, or refuse with the reasons."""
    from calibrate.own_record import RUN, record_name, write_results
    from calibrate.run import verdict_error
    from hardware_profiles import Library

    reasons = write_results(outcome, folder, Library.load())
    if reasons:
        raise verdict_error(reasons)
    account = json.loads((folder / RUN).read_bytes())
    if as_json:
        typer.echo(json.dumps(account, indent=2))
        return
    typer.echo(f"VALID, {account['grade']}: {folder / record_name(outcome)}.json")
    for name, error in account["held_out_errors"].items():
        typer.echo(f"held-out {name}: off by {error:.1%}")
    for remark in account["remarks"]:
        typer.echo(f"note: {remark}")


def _options(
    program: str, base_url: str | None, served_name: str | None, driver: str, port: int | None
) -> "Options":
    from calibrate.session import Options

    return Options(
        program=program,
        base_url=base_url,
        served_name=served_name,
        api_key=os.environ.get("OPENAI_API_KEY", "") if base_url else "",
        port=port,
        driver=driver,
        tell=_tell,
    )


def _tell(line: str) -> None:
    """One line of news: stamped, on a terminal as in a log."""
    typer.echo(f"{time.strftime('%H:%M:%S')} {line}", err=True)
    sys.stderr.flush()


def add_to(app: typer.Typer) -> None:
    """Put these commands beside the others."""
    for command in (plan, run, resume, validate, report, job):
        app.command()(command)
    app.command("import")(import_files)
