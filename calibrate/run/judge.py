"""When a point counts: its figures worked out, and every rule held against them."""

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np

from calibrate.load.driver import CANCELLED, Driven, Row
from calibrate.load.goodput import goodput
from calibrate.plan.plan import Load, Rules
from calibrate.run.point import Judged, Reason, Taken
from calibrate.run.steady_window import CHANCE_DEVIATIONS, Figures, Window, figures, open_window
from calibrate.server.device import device_faults
from calibrate.server.endpoint import Counters

SHORTEST_LAG_MS: Final = 5.0
MOST_BEHIND: Final = 10
"""Tokens of a dropped request that the server may make before it hears of it."""
UNSTEADY: Final = frozenset({"little", "not_steady", "client_bound", "prefix_hits"})
"""Reasons that may be gone next time: a neighbour on the machine, or a prompt drawn twice, which
the engine's own generator does once in a while where the vocabulary is small."""


def judge(load: Load, taken: Taken, rules: Rules) -> Judged:
    """Work out the figures of an attempt and check every rule."""
    rows = taken.driven.rows
    window = open_window(rows, load)
    found = figures(window) if window else None
    grown = taken.after.since(taken.before) if taken.after and taken.before else None
    reasons = [
        *_stopped(taken),
        *_answers(taken.driven, rules),
        *_window(window, found, load, rules, saturated=taken.saturated),
        *_lengths(load, rows, rules),
        *_accounts(rows, grown, rules),
        *_cache(load, rows, grown, taken.block_size, rules),
        *_client(load, rows, taken.driven.loop_lag_ms, rules),
        *(Reason(code=code, said=said) for code, said in device_faults(taken.devices)),
    ]
    notes = []
    if abs(taken.clock_step_s) > rules.clock_step_s:
        notes.append(f"the wall clock was set by {taken.clock_step_s:+.1f} s meanwhile")
    failed = [row for row in rows if row.error not in {"", CANCELLED}]
    return Judged(
        verdict="INVALID" if reasons else "VALID",
        reasons=tuple(reasons),
        notes=tuple(notes),
        sent=len(rows),
        ok=sum(row.ok for row in rows),
        failed=len(failed),
        cancelled=sum(row.error == CANCELLED for row in rows),
        errors=dict(sorted(Counter(row.error for row in failed).items())),
        saturated=taken.saturated,
        cached_share=_hit_share(grown),
        preemptions=None if grown is None else _known(grown.preemptions),
        loop_lag_ms=taken.driven.loop_lag_ms,
        send_lag_ms=_send_lag_ms(rows) if load.is_open else None,
        goodput_share=goodput(rows),
        figures=found,
    )


def _stopped(taken: Taken) -> Iterator[Reason]:
    if taken.stopped:
        yield Reason(code=taken.stopped, said="the attempt was ended before all were answered")
    if taken.saturated:
        yield Reason(code="saturated", said="requests piled up: the load exceeds what is served")


def _answers(driven: Driven, rules: Rules) -> Iterator[Reason]:
    rows = driven.rows
    failed = sum(row.error not in {"", CANCELLED} for row in rows)
    if not rows:
        why = f": {driven.fault}" if driven.fault else ""
        yield Reason(code="no_requests", said=f"the load generator sent nothing{why}")
    elif failed > rules.error_share * len(rows):
        yield Reason(code="error_share", said=f"{failed} of {len(rows)} requests failed")


def _window(
    window: Window | None, found: Figures | None, load: Load, rules: Rules, *, saturated: bool
) -> Iterator[Reason]:
    if saturated:
        return
    if window is None or found is None:
        yield Reason(code="window", said="no part of the point was steady")
        return
    clients = load.concurrency or 1
    if not rules.fills_window(found.answered, clients, found.window_s):
        yield Reason(
            code="window",
            said=f"{found.answered} answers in {found.window_s:.1f} s; needed are "
            f"{rules.waves * clients}, or {rules.fewest_waves * clients} in {rules.window_s:g} s",
        )
    if not abs(found.little) <= rules.little + found.little_chance:
        yield Reason(
            code="little", said=f"rate times residence is off by {found.little:+.1%} from those in"
        )
    if found.tpot_trend > rules.trend:
        yield Reason(code="not_steady", said=f"time per token grew by {found.tpot_trend:.0%}")


def _lengths(load: Load, rows: Sequence[Row], rules: Rules) -> Iterator[Reason]:
    """Lengths against those that were drawn; against the mean where these are not told."""
    ok = [row for row in rows if row.ok]
    if not ok:
        return
    drawn = [row.output_asked for row in ok if row.output_asked is not None]
    by_chance = CHANCE_DEVIATIONS * load.length_deviation / math.sqrt(len(ok))
    answered = float(np.mean([row.output_tokens or row.streamed_tokens for row in ok]))
    read = float(np.mean([row.input_tokens or row.input_asked for row in ok]))
    asked = float(np.mean(drawn)) if drawn else float(load.output_tokens)
    most = rules.output_length + (0.0 if drawn else by_chance)
    sent = float(np.mean([row.input_asked for row in ok]))
    if abs(answered / asked - 1) > most:
        yield Reason(
            code="output_length", said=f"{answered:,.1f} tokens on average, {asked:,.1f} asked for"
        )
    if abs(read / sent - 1) > rules.input_length:
        yield Reason(
            code="input_length", said=f"{read:,.1f} tokens on average, {sent:,.1f} asked for"
        )


def _accounts(rows: Sequence[Row], grown: Counters | None, rules: Rules) -> Iterator[Reason]:
    """Stream, usage and the server's counters must tell the same number of tokens."""
    ok = [row for row in rows if row.ok]
    silent = sum(row.output_tokens is None for row in ok)
    if silent:
        yield Reason(code="token_accounting", said=f"{silent} answers came without usage")
        return
    streamed = sum(row.streamed_tokens for row in ok)
    told = sum(row.output_tokens or 0 for row in ok)
    if ok and abs(streamed / told - 1) > rules.token_accounting:
        yield Reason(
            code="token_accounting", said=f"{streamed} tokens were streamed and {told} told"
        )
    counted = math.nan if grown is None else grown.generated_tokens
    if grown is None or math.isnan(counted):
        yield Reason(code="token_accounting", said="the server's counters could not be read")
        return
    # What failed or was dropped was generated in part, and only the server knows how far.
    least = told + sum(row.streamed_tokens for row in rows if not row.ok)
    most = told + sum(_most_generated(row) for row in rows if not row.ok)
    slack = rules.token_accounting * max(told, 1)
    if not least - slack <= counted <= most + slack:
        yield Reason(
            code="token_accounting",
            said=f"the server counted {counted:,.0f} tokens, answers hold {told:,}",
        )


def _most_generated(row: Row) -> int:
    """Tokens that the server may have made for a request that was not answered whole."""
    if row.error == CANCELLED:
        return row.streamed_tokens + MOST_BEHIND
    return row.output_asked or row.streamed_tokens


def _cache(
    load: Load,
    rows: Sequence[Row],
    grown: Counters | None,
    block_size: int | None,
    rules: Rules,
) -> Iterator[Reason]:
    share = _hit_share(grown)
    # A request that lost its place finds its own prompt in the cache when it comes back.
    if share is None or grown is None or not rows or grown.preemptions > 0:
        return
    block = block_size or 1
    shared = round(load.cached_share * load.input_tokens) // block * block
    target = sum(min(shared, row.input_asked) for row in rows) / sum(r.input_asked for r in rows)
    most = rules.cached_share if shared else rules.cached_share / 2
    if abs(share - target) > most:
        yield Reason(
            code="prefix_hits",
            said=f"{share:.1%} of prompt tokens were found in the cache, {target:.1%} were meant",
        )


def _client(
    load: Load, rows: Sequence[Row], loop_lag_ms: float | None, rules: Rules
) -> Iterator[Reason]:
    """Whether the load generator itself was the bottleneck."""
    if loop_lag_ms is not None and loop_lag_ms > rules.send_lag_ms:
        yield Reason(code="client_bound", said=f"the client came {loop_lag_ms:.0f} ms late (p99)")
        return
    if load.requests_per_second is None or not rows:
        return
    gap_ms = 1_000 / load.requests_per_second
    most = min(rules.send_lag_ms, max(rules.send_lag_gap * gap_ms, SHORTEST_LAG_MS))
    lag_ms = _send_lag_ms(rows)
    if lag_ms > most:
        yield Reason(
            code="client_bound",
            said=f"requests left {lag_ms:.0f} ms late (p99), at most {most:.0f} ms is allowed",
        )


def _send_lag_ms(rows: Sequence[Row]) -> float:
    lags = [row.sent_s - row.intended_s for row in rows]
    return float(np.quantile(lags, 0.99) * 1_000) if lags else 0.0


def _hit_share(grown: Counters | None) -> float | None:
    if grown is None or not grown.cache_queries > 0:
        return None
    return _known(grown.cache_hits / grown.cache_queries)


def _known(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
