"""The commands before a run: a plan, and the job file that carries it out."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, Literal

import typer

from pricing.errors import InputError, Problem

if TYPE_CHECKING:
    from hardware_profiles import Library

LONGEST_MINUTES: Final = 1_440
"""A day."""
FIGURES: Final = ("--memory-gb", "--bandwidth-tb-per-s", "--bf16-tflops", "--fp8-tflops")


def plan(
    *,
    model: Annotated[
        str | None, typer.Option("--model", help='Name in the library: "Llama 3.1 8B".')
    ] = None,
    accelerator: Annotated[
        str | None, typer.Option("--accelerator", help='Name in the library: "H100 SXM".')
    ] = None,
    precision: Annotated[
        Literal["bf16", "fp8", "int4", "mxfp4"], typer.Option("--precision")
    ] = "bf16",
    gpus: Annotated[int, typer.Option("--gpus", min=1, help="Accelerators of one replica.")] = 1,
    input_tokens: Annotated[
        int | None, typer.Option("--input-tokens", min=2, help="Mean prompt of your load.")
    ] = None,
    output_tokens: Annotated[
        int | None, typer.Option("--output-tokens", min=2, help="Mean answer of your load.")
    ] = None,
    within: Annotated[
        float | None,
        typer.Option(
            "--within",
            min=1,
            max=LONGEST_MINUTES,
            help="Minutes for all of it, the server's start included.",
        ),
    ] = None,
    weights: Annotated[
        str | None,
        typer.Option("--weights", help="Id or folder to serve, where the library's is not it."),
    ] = None,
    made_up_weights: Annotated[
        bool,
        typer.Option(
            "--made-up-weights", help="Serve random weights: no download; dense models only."
        ),
    ] = False,
    cpu: Annotated[
        bool, typer.Option("--cpu", help="A small model with random weights on this CPU.")
    ] = False,
    model_config: Annotated[
        Path | None,
        typer.Option("--model-config", help="config.json of a model that no library knows."),
    ] = None,
    memory_gb: Annotated[
        float | None, typer.Option("--memory-gb", help="Of an accelerator no library knows.")
    ] = None,
    bandwidth_tb_per_s: Annotated[
        float | None, typer.Option("--bandwidth-tb-per-s", help="Its memory's bandwidth.")
    ] = None,
    bf16_tflops: Annotated[
        float | None, typer.Option("--bf16-tflops", help="Its dense arithmetic in bf16.")
    ] = None,
    fp8_tflops: Annotated[
        float | None, typer.Option("--fp8-tflops", help="Its dense arithmetic in fp8.")
    ] = None,
    usd_per_gpu_hour: Annotated[
        float | None, typer.Option("--usd-per-gpu-hour", min=0, help="What an hour costs you.")
    ] = None,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Decides lengths and prompts.")] = 0,
    out: Annotated[
        Path | None, typer.Option("--out", help="File to write; printed when left out.")
    ] = None,
) -> None:
    """Propose load points, and say how long they take and what they cost."""
    from calibrate.files import write_whole
    from calibrate.plan.by_number import CPU, SMALL_LLAMA
    from calibrate.propose.propose import Wanted, plan_lines, propose

    name, chip = (SMALL_LLAMA, CPU) if cpu else (model, accelerator)
    if name is None or chip is None:
        raise typer.BadParameter("give --model and --accelerator, or --cpu")
    figures = (memory_gb, bandwidth_tb_per_s, bf16_tflops, fp8_tflops)
    if cpu:
        _require_alone(
            {
                "--model": model,
                "--accelerator": accelerator,
                "--precision": None if precision == "bf16" else precision,
                "--gpus": None if gpus == 1 else gpus,
                "--weights": weights,
                "--model-config": model_config,
            }
            | dict(zip(FIGURES, figures, strict=True))
        )
    own = (input_tokens or (128 if cpu else 1500), output_tokens or (32 if cpu else 300))
    library = _library(
        name if model_config else None,
        model_config,
        chip if any(figure is not None for figure in figures) else None,
        figures,
        cpu=cpu,
    )
    wanted = Wanted(
        model=name,
        accelerator=chip,
        precision=precision,
        gpus=gpus,
        own=own,
        weights=weights,
        made_up_weights=made_up_weights,
        usd_per_gpu_hour=usd_per_gpu_hour,
        within_minutes=within if within is not None else (10.0 if cpu else None),
        seed=seed,
    )
    proposed = propose(library, wanted)
    text = proposed.model_dump_json(indent=1)
    for line in plan_lines(proposed):
        typer.echo(line, err=out is None)
    if out is None:
        typer.echo(text)
    else:
        write_whole(out, text.encode() + b"\n")


def _require_alone(given: Mapping[str, object]) -> None:
    """Refuse what a plan for the CPU leaves no choice of."""
    for option, value in given.items():
        if value is not None:
            limit = "has no place beside --cpu, which measures a small model in its own precision"
            remedy = "Leave it out, or leave out --cpu."
            raise InputError(Problem(option, str(value), limit, remedy))


def _library(
    model: str | None,
    config: Path | None,
    accelerator: str | None,
    figures: tuple[float | None, ...],
    *,
    cpu: bool,
) -> "Library":
    """The library, with what was given by its figures."""
    from calibrate.files import read_document
    from calibrate.plan.by_number import accelerator_of_figures, with_cpu
    from hardware_profiles import Library
    from hardware_profiles.model_config import model_of_config

    library = with_cpu(Library.load()) if cpu else Library.load()
    if model is not None and config is not None:
        folder = str(config.resolve().parent)
        facts = model_of_config(read_document(config, "model_config"), model, hf_id=folder)
        library = library.with_facts(facts)
    if accelerator is not None:
        if accelerator in library.accelerators:
            limit = "is in the library, with figures of its own"
            remedy = "Leave the figures out, or give the accelerator another name."
            raise InputError(Problem("accelerator", accelerator, limit, remedy))
        memory_gb, bandwidth, bf16, fp8 = figures
        if memory_gb is None or bandwidth is None or bf16 is None:
            raise typer.BadParameter(
                "an accelerator by its figures needs --memory-gb, --bandwidth-tb-per-s and "
                "--bf16-tflops"
            )
        chip = accelerator_of_figures(
            accelerator,
            memory_gb=memory_gb,
            bandwidth_tb_per_s=bandwidth,
            bf16_tflops=bf16,
            fp8_tflops=fp8,
        )
        library = library.with_facts(chip)
    return library


def add_plan_commands(app: typer.Typer) -> None:
    """Put plan beside the others."""
    app.command()(plan)
