"""One page about one run: what was measured, what the fit says, what to do next.

The page is one file without scripts or addresses; its charts are drawn from the same figures that
its tables print.
"""

import html
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from calibrate.fitting.predict import predict
from calibrate.load.goodput import OBJECTIVES
from calibrate.plan.plan import CalibrationPlan
from calibrate.result.advice import next_steps
from calibrate.result.assemble import Assembled, assemble
from calibrate.result.capacity import capacity_of
from calibrate.run.journal import Entry
from calibrate.run.point import MeasuredPoint, points_of
from calibrate.run.run import outcome_so_far
from hardware_profiles import Library
from tco.exports.axis import Axis
from tco.exports.svg import Line, line_chart
from tco.kernel.request_mix import RequestMix
from tco.kernel.speed import closed_loop
from tco.words.figures import number

CURVE_POINTS: Final = 40
STYLE: Final = """
body{font:15px/1.5 system-ui,sans-serif;color:#1c2733;background:#fff;max-width:60rem;
margin:2rem auto;padding:0 1rem}
h1{font-size:1.5rem;margin:0}h2{font-size:1.1rem;margin:2rem 0 .5rem}
div{overflow-x:auto}table{border-collapse:collapse;font-variant-numeric:tabular-nums;width:100%}
th,td{padding:.25rem .5rem;text-align:right;border-bottom:1px solid #dde3e8;font-size:13px}
th:first-child,td:first-child{text-align:left}
li{overflow-wrap:anywhere}td:last-child{white-space:normal;min-width:9rem}
figure{margin:0}figcaption{color:#5b6875}.legend{list-style:none;padding:0;display:flex;
flex-wrap:wrap;gap:.2rem 1.2rem;font-size:13px}
.bad{color:#a3261b}.note{color:#5b6875}svg{width:100%;height:auto}
@media(prefers-color-scheme:dark){body{color:#e3e8ec;background:#14191e}
th,td{border-color:#333d46}.note,figcaption{color:#9aa7b2}
.bad{color:#ff8a7a}}
"""


def report_page(folder: Path, library: Library) -> str:
    """Draw the page of a run, finished or not, VALID or not.

    Raises
    ------
    StorageError
        If plan, journal or rows cannot be read, or the journal was changed.
    """
    outcome = outcome_so_far(folder)
    plan, entries = outcome.plan, outcome.entries
    found = assemble(outcome, library)
    fitted = None if isinstance(found, tuple) else found
    against = [*outcome.reasons, *(found if isinstance(found, tuple) else found.reasons)]
    measured = points_of(entries)
    parts = [
        *_verdict(plan, fitted, [f"{reason.code}: {reason.said}" for reason in against]),
        *(_fit_parts(fitted) if fitted else ()),
        "<h2>Points</h2>",
        _points_table(plan, measured),
        "<h2>Goodput</h2>",
        f'<p class="note">Answers per second that met both objectives: {OBJECTIVES}.</p>',
        _goodput_table(plan, measured),
        "<h2>What to do next</h2>",
        _list(next_steps(fitted, measured, against, folder=folder.name)),
        "<h2>How it was measured</h2>",
        _list(_circumstances(plan, entries)),
    ]
    title = html.escape(f"Calibration of {plan.model} on {plan.accelerator}")
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<style>{STYLE}</style></head><body>{''.join(parts)}</body></html>\n"
    )


def _verdict(
    plan: CalibrationPlan, found: Assembled | None, against: Sequence[str]
) -> Iterator[str]:
    name = f"{plan.model} {plan.precision} on {plan.gpus} × {plan.accelerator}"
    yield f"<h1>{html.escape(name)}</h1>"
    if against:
        yield f'<p class="bad"><strong>INVALID</strong></p>{_list(against)}'
    elif found:
        yield f"<p><strong>VALID</strong>, {found.grade}</p>{_list(found.remarks)}"
        capacity = capacity_of(found.fit, found.used)
        yield f"<p>Capacity: {html.escape(str(capacity))}.</p>" if capacity else ""


def _fit_parts(found: Assembled) -> Iterator[str]:
    yield "<h2>Curve against points</h2>"
    yield '<p class="note">One curve per shape of request, tokens in/out; dots are measured.</p>'
    said = "Output tokens a second by clients: the fitted curves, and what was measured."
    yield _chart(list(_curves(found)), "output tokens/s", said, log_y=True)
    yield "<h2>Held-out points</h2>"
    if found.held_out.points:
        yield _table(
            ("point", "requests/s", "predicted", "ms/token", "predicted", "first, ms", "predicted"),
            [
                (
                    point.id,
                    f"{point.measured_rate:.3g}",
                    f"{point.predicted_rate:.3g}",
                    f"{point.measured_tpot_ms:.2f}",
                    f"{point.predicted_tpot_ms:.2f}",
                    f"{point.measured_ttft_ms:,.0f}",
                    f"{point.predicted_ttft_ms:,.0f}",
                )
                for point in found.held_out.points
            ],
        )
        errors = found.held_out.errors
        yield f"<p>Off by {', '.join(f'{k} {v:.1%}' for k, v in errors.items())} on average.</p>"
    else:
        yield "<p>None could be used, so the error is not checked.</p>"
    yield "<h2>Residuals</h2>"
    yield '<p class="note">Predicted over measured rate, less 1.</p>'
    yield _chart(_residuals(found), "error, %", "Error of the fitted curves by clients.")


def _curves(found: Assembled) -> Iterator[Line]:
    used = found.used
    shapes = sorted({(x.input_tokens, x.output_tokens, x.cached_share) for x in used.loads})
    clients = np.geomspace(1, max(float(np.max(used.points.clients)), 2), CURVE_POINTS)
    for place, shape in enumerate(shapes):
        mine = [
            row
            for row, load in enumerate(used.loads)
            if (load.input_tokens, load.output_tokens, load.cached_share) == shape
        ]
        seen = used.points.rows(np.array(mine))
        mix = RequestMix.of_lengths(float(shape[0]), float(shape[1]), shape[2])
        rate = closed_loop(found.fit.step, found.fit.limits, mix, clients)[1]
        tokens = seen.requests_per_second * np.asarray(seen.mix.output_tokens)
        cached = f", {shape[2]:.0%} cached" if shape[2] else ""
        yield Line(
            f"{shape[0]}/{shape[1]}{cached}",
            tuple(zip(clients.tolist(), (rate * shape[1]).tolist(), strict=True)),
            place,
            dots=tuple(zip(seen.clients.tolist(), tokens.tolist(), strict=True)),
        )


def _residuals(found: Assembled) -> list[Line]:
    points = found.used.points
    said = predict(found.fit.step, found.fit.limits, points).requests_per_second
    errors = (said / points.requests_per_second - 1) * 100
    fitted = tuple(zip(points.clients.tolist(), errors.tolist(), strict=True))
    loads = {load.id: load for load in found.plan.points}
    unseen = tuple(
        (float(loads[p.id].concurrency or 1), 100 * p.rate_error)
        for p in found.held_out.points
        if loads[p.id].concurrency
    )
    return [Line("fitted", (), 0, dots=fitted), Line("held out", (), 1, dots=unseen)]


def _chart(lines: Sequence[Line], title: str, said: str, *, log_y: bool = False) -> str:
    """Draw what depends on the clients; an empty text where there is nothing to draw."""
    points = [point for line in lines for point in (*line.points, *line.dots)]
    if not points:
        return ""
    x = Axis.around([point[0] for point in points], "clients", number, log=True)
    y = Axis.around([point[1] for point in points], title, number, log=log_y)
    return line_chart(lines, x, y, said).text


def _points_table(plan: CalibrationPlan, measured: Mapping[str, MeasuredPoint]) -> str:
    rows = []
    for load in plan.points:
        point = measured.get(load.id)
        how = f"{load.concurrency} clients" if load.concurrency else "schedule"
        about = [load.id, load.role.replace("_", " "), f"{load.input_tokens}/{load.output_tokens}"]
        if point is None:
            why = "not measured" + (": spare, and no time was left" if load.spare else "")
            rows.append((*about, how, *[""] * 4, why))
            continue
        f = point.judged.figures
        figures = [""] * 4
        if f is not None:
            p95 = f.ttft_percentiles_ms.get("p95")
            figures = [
                f"{f.output_tokens_per_second:,.0f}",
                f"{f.mean_tpot_ms:.2f}",
                f"{f.mean_ttft_ms:,.0f}",
                f"{p95:,.0f}" if p95 is not None else "too few",
            ]
        rows.append((*about, how, *figures, point.judged.verdict + " " + point.reasons_text))
    head = (
        "point",
        "role",
        "tokens",
        "load",
        "tokens/s",
        "ms/token",
        "first, ms",
        "p95",
        "verdict",
    )
    return _table(head, rows)


def _goodput_table(plan: CalibrationPlan, measured: Mapping[str, MeasuredPoint]) -> str:
    rows = []
    for load in plan.points:
        point = measured.get(load.id)
        figures = point.judged.figures if point else None
        share = point.judged.goodput_share if point else None
        if figures is None or share is None:
            continue
        rate = figures.requests_per_second
        rows.append((load.id, f"{rate:.3g}", f"{share:.0%}", f"{rate * share:.3g}"))
    return _table(("point", "answers/s", "met both", "goodput/s"), rows)


def _circumstances(plan: CalibrationPlan, entries: Sequence[Entry]) -> Iterator[str]:
    yield f"Plan {plan.id}; rules {plan.rules.model_dump_json()}"
    for entry in entries:
        if entry["kind"] == "server":
            argv = entry["argv"]
            started = " ".join(map(str, argv)) if isinstance(argv, list) else ""
            yield f"{entry['at']}: {started or entry['base_url']}"
            yield f"The server said: {entry['served']}"
        elif entry["kind"] == "device":
            yield f"{entry['at']}: {entry['gpus']}"
        elif entry["kind"] == "lost":
            yield f"{entry['at']}: {entry['id']} was lost and tried again"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    cells = "".join(f"<th>{html.escape(cell)}</th>" for cell in head)
    lines = "".join(
        "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>" for row in rows
    )
    return f"<div><table><thead><tr>{cells}</tr></thead><tbody>{lines}</tbody></table></div>"


def _list(lines: Iterable[str]) -> str:
    items = "".join(f"<li>{html.escape(line)}</li>" for line in lines)
    return f"<ul>{items}</ul>" if items else ""
