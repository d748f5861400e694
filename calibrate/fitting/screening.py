"""Points that a fit must not see, each with the reason why.

Nothing is dropped silently: whoever fits or scores a table is told how many rows were left out of
each group, and for what. The rules look at the rows alone; none asks whether a model likes them.
"""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import combinations
from statistics import median
from typing import Final

from calibrate.fitting.points import LoadPoint

REPEATED: Final = "repeats another row"
ROUNDED: Final = "a rounded copy of another row"
CLIENT_CAP: Final = "waits for a slot of the client, not of the replica"
FALLING: Final = "time per token falls as clients grow"
DISAGREEING: Final = "repeats disagree"
MOSTLY_UNCACHED: Final = "what was not in the prefix cache weighs most"
RELABELLED: Final = "says several ranks and is as slow as one"
DISTURBED: Final = "much slower than runs of the same prompts and clients"
WARM: Final = "prompts partly found in the prefix cache"

MOST_BEFORE_FIRST: Final = 0.75
NEARLY_FULL: Final = 0.8
FALL: Final = 0.10
DISAGREEMENT: Final = 0.20
FIRST_TOKEN_FALL: Final = 0.12
SEVERAL: Final = 2.0
AS_SLOW: Final = 0.04
SLOWER_FIRST: Final = 1.4
SLOWER_TOKEN: Final = 1.05
ENOUGH: Final = 5
_SAME: Final = 1e-8
_ROUNDED_TO_MS: Final = 0.0051

Rule = Callable[[Sequence[LoadPoint]], Iterable[LoadPoint]]


@dataclass(frozen=True, slots=True)
class Screened:
    """What is left of some points, and what is not."""

    kept: tuple[LoadPoint, ...]
    dropped: tuple[tuple[LoadPoint, str], ...]

    @property
    def counts(self) -> dict[str, int]:
        """Rows left out by reason."""
        return dict(Counter(reason for _, reason in self.dropped))

    def without(self, out: Callable[[LoadPoint], bool], reason: str) -> "Screened":
        """Leave out more of them, for one reason."""
        dropped = tuple((point, reason) for point in self.kept if out(point))
        kept = tuple(point for point in self.kept if not out(point))
        return Screened(kept, self.dropped + dropped)


def screen_table(points: Sequence[LoadPoint]) -> Screened:
    """Leave out the rows of a table that are no runs of their own."""
    return _apply(points, ((REPEATED, _repeated), (ROUNDED, _rounded), (RELABELLED, _relabelled)))


def screen(
    points: Sequence[LoadPoint], holds: Callable[[LoadPoint], float | None] = lambda _: None
) -> Screened:
    """Leave out of one group what cannot be a measurement of the replica under that load.

    Parameters
    ----------
    holds
        Sequences of a row that memory and slots hold at once; None where that is not known.
    """
    return _apply(
        points,
        (
            (CLIENT_CAP, partial(_capped, holds=holds)),
            (FALLING, _falling),
            (DISAGREEING, _disagreeing),
            (WARM, _warm),
            (DISTURBED, partial(_disturbed, holds=holds)),
        ),
    )


def _apply(points: Sequence[LoadPoint], rules: Iterable[tuple[str, Rule]]) -> Screened:
    kept = list(points)
    dropped: list[tuple[LoadPoint, str]] = []
    for reason, rule in rules:
        out = {id(point) for point in rule(kept)}
        dropped += [(point, reason) for point in kept if id(point) in out]
        kept = [point for point in kept if id(point) not in out]
    return Screened(tuple(kept), tuple(dropped))


def _repeated(points: Sequence[LoadPoint]) -> Iterable[LoadPoint]:
    """Rows that say again what one before them said, but for the last binary digits."""
    seen: set[tuple[object, ...]] = set()
    for point in points:
        key = (point.load, f"{point.ttft_ms:.9g}", f"{point.tpot_ms:.9g}")
        if key in seen:
            yield point
        seen.add(key)


def _rounded(points: Sequence[LoadPoint]) -> Iterable[LoadPoint]:
    """Rows whose times are those of another row of the same load, rounded to hundredths."""
    for rows in _by(points, _anywhere).values():
        for one, other in combinations(rows, 2):
            near = (
                abs(one.ttft_ms - other.ttft_ms) < _ROUNDED_TO_MS
                and abs(one.tpot_ms - other.tpot_ms) < _ROUNDED_TO_MS
            )
            if near and _is_rounded(one) != _is_rounded(other):
                yield one if _is_rounded(one) else other


def _relabelled(points: Sequence[LoadPoint]) -> Iterable[LoadPoint]:
    """Rows that claim data-parallel ranks, with the times of one rank under all the clients.

    Each rank would run its part of the clients, so no load of any size could last as long.
    """
    single = {_anywhere(point): point.tpot_ms for point in points if point.layout.ranks == 1}
    for rows in _by((p for p in points if p.layout.ranks > 1), lambda p: p.group).values():
        ratios = [
            abs(math.log(row.tpot_ms / single[_anywhere(row)]))
            for row in rows
            if _anywhere(row) in single
        ]
        if len(ratios) >= ENOUGH and median(ratios) <= AS_SLOW:
            yield from rows


def _anywhere(point: LoadPoint) -> tuple[object, ...]:
    """Load of a row whatever its layout is called: copies are relabelled."""
    group = point.group
    sent = point.clients * point.layout.ranks
    shape = point.input_nominal, point.output_nominal
    return group.model, group.system, group.precision, group.tp, group.engine, *shape, sent


def _is_rounded(point: LoadPoint) -> bool:
    return all(
        abs(value - round(value, 2)) < _SAME * value for value in (point.ttft_ms, point.tpot_ms)
    )


def _capped(
    points: Sequence[LoadPoint], holds: Callable[[LoadPoint], float | None]
) -> Iterable[LoadPoint]:
    """Rows that spend most of their time before the first token while the replica has room.

    By Little's law the rest of the residence says how many ran. A full replica makes requests wait
    too, but then as many run as it holds.
    """
    for point in points:
        if point.first_token_share <= MOST_BEFORE_FIRST:
            continue
        held = holds(point)
        ran = (1 - point.first_token_share) * point.clients
        if held is None or ran < NEARLY_FULL * held:
            yield point


def _falling(points: Sequence[LoadPoint]) -> Iterable[LoadPoint]:
    """Rows slower per token than rows of more clients: a disturbed run, most often."""
    for rows in _by(points, _series).values():
        series = sorted(rows, key=lambda point: point.clients)
        while conflicts := [
            pair
            for pair in combinations(series, 2)
            if pair[0].clients < pair[1].clients
            and pair[1].tpot_ms < (1 - FALL) * pair[0].tpot_ms
            and pair[1].first_token_share <= MOST_BEFORE_FIRST
        ]:
            count = Counter(id(point) for pair in conflicts for point in pair)
            worst = max(series, key=lambda point: (count[id(point)], point.tpot_ms))
            yield worst
            series = [point for point in series if point is not worst]


def _disagreeing(points: Sequence[LoadPoint]) -> Iterable[LoadPoint]:
    """Rows of one load that differ in time per token by more than repeats may."""
    for rows in _by(points, lambda point: point.load).values():
        times = [point.tpot_ms for point in rows]
        if max(times) > (1 + DISAGREEMENT) * min(times):
            yield from rows


def _warm(points: Sequence[LoadPoint]) -> Iterable[LoadPoint]:
    """Rows of several clients of a group in which some get their first token sooner than one alone.

    Nothing makes a prompt quicker beside others, but finding part of it in the prefix cache; and a
    generator that repeats prompts does so at every load.
    """
    for rows in _by(points, lambda point: point.group).values():
        unknown = [point for point in rows if point.cached_share is None]
        if any(_sooner_beside_others(series) for series in _by(unknown, _series).values()):
            yield from (point for point in unknown if point.clients >= SEVERAL)


def _sooner_beside_others(series: Sequence[LoadPoint]) -> bool:
    alone = [point.ttft_ms for point in series if point.clients < SEVERAL]
    several = [point for point in series if point.clients >= SEVERAL]
    if not alone or not several:
        return False
    fewest = min(several, key=lambda point: point.clients)
    return fewest.ttft_ms < (1 - FIRST_TOKEN_FALL) * max(alone)


def _disturbed(
    points: Sequence[LoadPoint], holds: Callable[[LoadPoint], float | None]
) -> Iterable[LoadPoint]:
    """Rows much slower to the first token, and slower per token, than rows much like them.

    Prompts of one length beside as many clients are read in the same time, however long the
    answers are, as long as memory holds all contexts.
    """
    fit = [
        point
        for point in points
        if point.sending != "not recorded" and point.clients < NEARLY_FULL * (holds(point) or 0.0)
    ]
    for rows in _by(fit, lambda point: (point.group, point.input_nominal, point.clients)).values():
        quickest = min(rows, key=lambda point: point.ttft_ms)
        for point in rows:
            late = point.ttft_ms > SLOWER_FIRST * quickest.ttft_ms
            if late and point.tpot_ms > SLOWER_TOKEN * quickest.tpot_ms:
                yield point


def _series(point: LoadPoint) -> tuple[object, ...]:
    """Rows that differ in the number of clients only."""
    return point.group, point.input_nominal, point.output_nominal, point.max_num_seqs


def _by(
    points: Iterable[LoadPoint], key: Callable[[LoadPoint], object]
) -> Mapping[object, list[LoadPoint]]:
    rows: dict[object, list[LoadPoint]] = {}
    for point in points:
        rows.setdefault(key(point), []).append(point)
    return rows
