"""What a record keeps of the run behind it: server, accelerators, and every load with its rows."""

from collections.abc import Iterable, Iterator, Mapping

from calibrate.fitting.predict import predict
from calibrate.fitting.record import rounded
from calibrate.load.goodput import FIRST_TOKEN_MS, PER_TOKEN_MS
from calibrate.plan.plan import CalibrationPlan, Load
from calibrate.result.advice import next_steps
from calibrate.result.assemble import Assembled
from calibrate.result.compare import software
from calibrate.run.journal import Entry
from calibrate.run.point import MeasuredPoint, Sidecar
from calibrate.run.run import Outcome
from calibrate.server.settings import ServerSettings
from hardware_profiles.run_facts import (
    AcceleratorState,
    HeldOutErrors,
    MeasuredLoad,
    Moments,
    Predicted,
    RunFacts,
    Setting,
)


def run_facts(outcome: Outcome, found: Assembled) -> RunFacts:
    """Collect them from the journal of a VALID run."""
    server = last_server(outcome.entries)
    served = served_of(server)
    longest = served.get("max_model_len")
    argv = server["argv"]
    return RunFacts(
        plan=outcome.plan.id,
        verdict="VALID",
        grade=found.grade,
        remarks=found.remarks,
        next_steps=tuple(next_steps(found, found.measured)),
        held_out_errors=_errors(found),
        goodput_ttft_ms=FIRST_TOKEN_MS,
        goodput_tpot_ms=PER_TOKEN_MS,
        argv=tuple(argv) if isinstance(argv, list) else (),
        base_url=str(server["base_url"]),
        revision=outcome.plan.server.revision,
        max_model_len=longest if isinstance(longest, int) else None,
        cache_config=_settings(served.get("cache_config")),
        engine_config=_engine(served.get("settings"), served.get("slots_seen")),
        accelerators=tuple(_accelerators(found.measured.values())),
        loads=tuple(_loads(outcome.plan, found)),
        software=tuple(Setting(name=n, value=v) for n, v in software().items()),
    )


def last_server(entries: Iterable[Entry]) -> Entry:
    """The server that finished the run."""
    return [entry for entry in entries if entry["kind"] == "server"][-1]


def served_of(server: Entry) -> Mapping[str, object]:
    """What a server said of itself."""
    served = server["served"]
    return served if isinstance(served, dict) else {}


def driver_of(entries: Iterable[Entry]) -> tuple[str, str]:
    """Versions of the driver and of its CUDA; empty where it was not asked or did not say."""
    driver = cuda = ""
    for entry in entries:
        gpus = entry.get("gpus")
        if entry["kind"] == "device" and isinstance(gpus, list | tuple) and gpus:
            driver = str(gpus[0].get("driver_version", ""))
            cuda = str(entry.get("cuda", ""))
    return driver, cuda


def _settings(config: object) -> tuple[Setting, ...]:
    if not isinstance(config, dict):
        return ()
    return tuple(Setting(name=str(name), value=str(value)) for name, value in config.items())


def _engine(settings: object, slots_seen: object) -> tuple[Setting, ...]:
    if not isinstance(settings, dict):
        return ()
    said = dict(ServerSettings.model_validate(settings).lines())
    if slots_seen is not None:
        said["slots_seen"] = str(slots_seen)
    return tuple(Setting(name=name, value=value) for name, value in said.items())


def _accelerators(points: Iterable[MeasuredPoint]) -> Iterator[AcceleratorState]:
    """One state per kind of accelerator, over every reading of the run."""
    readings = [reading.gpus for point in points for reading in point.devices]
    rows = [gpu for gpus in readings for gpu in gpus]
    for name in dict.fromkeys(gpu.get("name", "") for gpu in rows):
        same = [gpu for gpu in rows if gpu.get("name", "") == name]
        clocks = _numbers(same, "clocks.sm")
        yield AcceleratorState(
            name=name,
            count=max(sum(g.get("name", "") == name for g in gpus) for gpus in readings),
            sm_mhz_low=min(clocks, default=None),
            sm_mhz_high=max(clocks, default=None),
            sm_mhz_most=max(_numbers(same, "clocks.max.sm"), default=None),
            power_limit_w=max(_numbers(same, "power.limit"), default=None),
            power_high_w=max(_numbers(same, "power.draw"), default=None),
            temperature_high_c=max(_numbers(same, "temperature.gpu"), default=None),
        )


def _numbers(rows: Iterable[Mapping[str, str]], field: str) -> list[float]:
    """Values that the driver knew; it prints ``[N/A]`` for others."""
    found = []
    for row in rows:
        try:
            found.append(float(row.get(field, "")))
        except ValueError:
            continue
    return found


def _errors(found: Assembled) -> HeldOutErrors | None:
    errors = {name: rounded(value) for name, value in found.held_out.errors.items()}
    return HeldOutErrors.model_validate(errors) if errors else None


def _predictions(found: Assembled) -> dict[str, Predicted]:
    """By load: those of the fit, and those it never saw."""
    said = predict(found.fit.step, found.fit.limits, found.used.points)
    fitted = {
        load.id: _predicted(said.requests_per_second[i], said.ttft_ms[i], said.tpot_ms[i])
        for i, load in enumerate(found.used.loads)
    }
    unseen = {
        point.id: _predicted(point.predicted_rate, point.predicted_ttft_ms, point.predicted_tpot_ms)
        for point in found.held_out.points
    }
    return fitted | unseen


def _predicted(rate: float, ttft_ms: float, tpot_ms: float) -> Predicted:
    return Predicted(
        requests_per_second=rounded(rate),
        mean_ttft_ms=rounded(ttft_ms),
        mean_tpot_ms=rounded(tpot_ms),
    )


def _loads(plan: CalibrationPlan, found: Assembled) -> Iterator[MeasuredLoad]:
    predictions = _predictions(found)
    for load in plan.points:
        point = found.measured.get(load.id)
        if point is not None and point.rows is not None:
            yield _load(load, point, point.rows, predictions.get(load.id))


def _load(
    load: Load, point: MeasuredPoint, rows: Sidecar, predicted: Predicted | None
) -> MeasuredLoad:
    judged = point.judged
    found, hits = judged.figures, judged.cached_share
    return MeasuredLoad(
        id=load.id,
        role=load.role,
        verdict=judged.verdict,
        driver=point.driver,
        attempts=point.attempt + 1,
        input_tokens=load.input_tokens,
        output_tokens=load.output_tokens,
        concurrency=load.concurrency,
        requests_per_second=point.sent.requests_per_second,
        cached_share=load.cached_share,
        cached_share_found=None if hits is None else rounded(hits),
        requests=judged.sent,
        input_moments=found and _moments(found.input_mean, found.input_mean_square),
        output_moments=found and _moments(found.output_mean, found.output_mean_square),
        answered_per_second=found and rounded(found.requests_per_second),
        rate_se=found and rounded(found.rate_se),
        output_tokens_per_second=found and rounded(found.output_tokens_per_second),
        mean_ttft_ms=found and rounded(found.mean_ttft_ms),
        mean_tpot_ms=found and rounded(found.mean_tpot_ms),
        goodput_share=judged.goodput_share,
        predicted=predicted,
        rows=rows.file,
        rows_sha256=rows.sha256,
    )


def _moments(mean: float, mean_square: float) -> Moments:
    return Moments(mean=rounded(mean), mean_square=rounded(mean_square))
