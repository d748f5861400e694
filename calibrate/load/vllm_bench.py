"""``vllm bench serve`` as a load driver: one process per point, its file read with care."""

import asyncio
import json
import math
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from calibrate.load.driver import Driven, Progress, Row
from calibrate.plan.plan import Load, Rules
from calibrate.plan.server_spec import server_environment
from calibrate.server.endpoint import Endpoint
from pricing.errors import InputError, Problem

DETAIL: Final = ("input_lens", "output_lens", "ttfts", "itls", "start_times", "errors")
NEEDED: Final = ("duration", "completed", "failed", "total_output_tokens", *DETAIL)
RESULT: Final = "result.json"
BENCH: Final = "vllm-bench"


@dataclass(frozen=True, slots=True)
class VllmBenchDriver:
    """The engine's own load generator; it draws its prompts with the model's tokenizer."""

    program: str
    tokenizer: str
    rules: Rules

    @property
    def name(self) -> str:
        """Name that records show."""
        return "vllm bench serve"

    async def prepare(self, load: Load, endpoint: Endpoint, seed: int) -> None:
        """Do nothing: the generator cannot send its prompts beforehand."""

    async def run(self, load: Load, endpoint: Endpoint, progress: Progress, seed: int) -> Driven:
        """Run the generator once and read its file."""
        progress.counts_by_itself = False
        with TemporaryDirectory(prefix="tco-calibrate-") as folder:
            sized = load.model_copy(update={"requests": requests_of_bench(load, self.rules)})
            arguments = bench_arguments(sized, endpoint, self.tokenizer, seed, folder)
            said = Path(folder) / "stderr"
            with said.open("wb") as log:
                process = await asyncio.create_subprocess_exec(
                    self.program,
                    *arguments,
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=asyncio.subprocess.DEVNULL,
                    stderr=log,
                    start_new_session=True,
                    env=server_environment() | {"OPENAI_API_KEY": endpoint.api_key or "none"},
                )
            await _until_ended_or_stopped(process, progress)
            if process.returncode != 0:
                last = _kind(said.read_text(encoding="utf-8", errors="replace"))
                return Driven((), None, f"it ended with status {process.returncode}: {last}")
            text = (Path(folder) / RESULT).read_text(encoding="utf-8")
        return Driven(rows_of_bench(json.loads(text), load), None)


def requests_of_bench(load: Load, rules: Rules) -> int:
    """Requests that fill a window at any speed: the generator cannot go on by itself.

    A first wave, those that are sent while it is answered, those that count, and one more that
    keeps the load full meanwhile.
    """
    if load.concurrency is None:
        return load.requests
    return max((rules.waves + 3) * load.concurrency + 1, load.requests)


def bench_arguments(
    load: Load, endpoint: Endpoint, tokenizer: str, seed: int, folder: str
) -> list[str]:
    """Arguments of one run.

    Warm-ups of the generator are left out: each is a copy of the first prompt, which the prefix
    cache would then hold. The first wave is dropped from the window instead.
    """
    shared = round(load.cached_share * load.input_tokens)
    sent = (
        ["--max-concurrency", str(load.concurrency)]
        if load.concurrency is not None
        else ["--request-rate", repr(load.requests_per_second)]
    )
    return [
        *("bench", "serve", "--backend", "openai", "--base-url", str(endpoint.address)),
        *("--model", endpoint.served_name, "--tokenizer", tokenizer),
        *("--dataset-name", "random", "--random-input-len", str(load.input_tokens - shared)),
        *("--random-prefix-len", str(shared), "--random-output-len", str(load.output_tokens)),
        *("--random-range-ratio", repr(load.spread), "--num-prompts", str(load.requests)),
        *("--num-warmups", "0", "--ignore-eos", "--temperature", "0", "--seed", str(seed)),
        *("--percentile-metrics", "ttft,tpot,itl,e2el", "--disable-tqdm", *sent),
        *("--save-result", "--save-detailed", "--result-dir", folder, "--result-filename", RESULT),
    ]


async def _until_ended_or_stopped(process: asyncio.subprocess.Process, progress: Progress) -> None:
    ending = asyncio.create_task(process.wait())
    stopping = asyncio.create_task(progress.stop.wait())
    try:
        await asyncio.wait({ending, stopping}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        stopping.cancel()
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
        await ending


def rows_of_bench(document: Mapping[str, object], load: Load | None = None) -> tuple[Row, ...]:
    """Rows of a result file that was saved with ``--save-detailed``.

    Raises
    ------
    InputError
        Naming every key that is missing: the file's form has moved between versions.
    """
    missing = [key for key in NEEDED if not isinstance(document.get(key), int | float | list)]
    if missing:
        raise InputError(
            *(
                Problem(f"result: {key}", "", "is missing", "Save it with --save-detailed.")
                for key in missing
            )
        )
    columns = {key: _column(document, key) for key in DETAIL}
    sizes = {key: len(values) for key, values in columns.items()}
    if len(set(sizes.values())) != 1:
        raise InputError(
            Problem("result", str(sizes), "lists differ in length", "Measure the point again.")
        )
    begin = min((float(str(t)) for t in columns["start_times"]), default=0.0)
    return tuple(
        _row(dict(zip(columns, values, strict=True)), begin, load)
        for values in zip(*columns.values(), strict=True)
    )


def _row(cells: Mapping[str, object], begin: float, load: Load | None) -> Row:
    sent_s = _number(cells["start_times"]) - begin
    gaps = cells["itls"] if isinstance(cells["itls"], list) else []
    first_s, told = _number(cells["ttfts"]), int(_number(cells["output_lens"]))
    error = str(cells["errors"] or "")
    if not error and told < 1:
        error = "no_tokens"
    return Row(
        intended_s=sent_s,
        sent_s=sent_s,
        first_s=None if error else sent_s + first_s,
        finished_s=None if error else sent_s + first_s + math.fsum(map(_number, gaps)),
        input_asked=int(_number(cells["input_lens"])),
        output_asked=None if load else told,
        input_tokens=int(_number(cells["input_lens"])),
        output_tokens=told,
        # One gap per token after the first, where the engine sends each by itself.
        streamed_tokens=0 if error else told,
        error=_kind(error),
    )


def _kind(error: str) -> str:
    """First line of an error, short enough to count by."""
    lines = error.strip().splitlines()
    return lines[-1][:80] if lines else ""


def _column(document: Mapping[str, object], key: str) -> Sequence[object]:
    values = document[key]
    return values if isinstance(values, list) else []


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0
