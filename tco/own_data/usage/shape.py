"""What a usage file can look like: a shape, as facts about its columns or keys."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final, Literal

Grain = Literal["request", "sum", "meter"]
"""What one row is: a request; requests added up; one class of tokens of a meter."""
CountsStand = Literal["inside", "beside", "judged"]
"""Whether tokens are part of a larger count, come on top of it, or are judged row by row."""

COUNTS: Final = (
    "requests",
    "input",
    "cached",
    "written",
    "written_5m",
    "written_1h",
    "output",
    "reasoning",
    "total",
    "apart",
    "searches",
    "shortest",
    "longest",
    "longest_output",
    "longest_whole",
)
ROW_FIELDS: Final = (
    "time",
    "provider",
    "model",
    "tier",
    "residency",
    "project",
    *COUNTS,
    "cost",
    "failed",
    "free",
    "key",
    "latest",
)
"""What a row may tell; each shape says where it stands.

``time``: moment or day. ``input``, ``cached``, ``written``, ``written_5m``, ``written_1h``,
``output``, ``reasoning``, ``total``: tokens. ``apart``: tokens of sound and pictures among them,
which have rates of their own. ``shortest`` and ``longest`` bound the input of the
single requests of a sum. ``cost``: what the file itself says they cost. ``failed`` and ``free``:
true where a request failed, and where a cache of the gateway answered. ``key``: what repeated
records of one request share, and ``latest`` is greatest in the one that counts.
"""


@dataclass(frozen=True, slots=True)
class Shape:
    """One kind of file, by what it is recognised and how its rows are read."""

    key: str
    title: str
    grain: Grain
    marks: tuple[str, ...]
    """Paths that must all be there for a file to be taken for it."""
    fields: Mapping[str, str]
    """Where each field stands: ``a|b/c`` is column or key ``a``, else ``c`` inside ``b``;
    ``=text`` the same in every row; ``sql: …{a|b}…`` an expression of paths."""
    cached: CountsStand = "inside"
    """Cached and written tokens against ``input``."""
    reasoning: CountsStand = "inside"
    """Reasoning tokens against ``output``."""
    records: tuple[str, ...] = ()
    """Arrays to open one after the other, where a record holds many rows; one that a file leaves
    out is passed over."""
    carried: tuple[str, ...] = ()
    """Keys of the record that each of its rows has too."""
    downwards: Mapping[str, str] = field(default_factory=dict)
    """Names for what a record higher up in the same file says, and where it does: the last one
    holds, so that ``fields`` may name it."""
    descent: tuple[str, str, str] | None = None
    """A name of `downwards` that is the key of another record, and where records tell their own key
    and that of their parent: the name becomes the key of the first ancestor that is told."""
    only: str = ""
    """Expression that a record meets where it tells usage; others are no rows."""
    cost_unit_usd: Decimal = Decimal(1)
    """Unit of ``cost`` [USD]; amounts of another currency are none."""
    is_cost: bool = False
    """Whether it tells what was charged and no tokens: for `reconcile` alone."""
    unique_keys: bool = False
    """Whether no two requests can share a ``key``; else rows of the same key and other input are
    requests that somebody named alike."""
    may_lack_usage: bool = False
    """Whether some of its files tell no usage at all, as a session that was left at once."""
    within_an_hour: bool = False
    """Whether what a sum adds up lies within one hour, the one its time tells."""
    note: str = ""
    """What to know of it."""
    own: bool = False
    """Whether the planner writes it itself."""

    @property
    def tells_requests(self) -> bool:
        """Whether a row is one request."""
        return self.grain == "request"

    @property
    def tells_hours(self) -> bool:
        """Whether the time of a row says in which hour its requests were sent."""
        return self.tells_requests or self.within_an_hour


def told_sum(*paths: str) -> str:
    """Field that is the sum of numbers at some paths, those that are told; NULL where none is."""
    there = ", ".join(f"{{{path}}}" for path in paths)
    added = " + ".join(map(or_zero, paths))
    return f"sql: CASE WHEN coalesce({there}) IS NOT NULL THEN CAST({added} AS VARCHAR) END"


def or_zero(path: str) -> str:
    """Expression of a number at a path: 0 where nothing stands, NULL where it is no number."""
    number = f"TRY_CAST({{{path}}} AS DECIMAL(34, 12))"
    return f"CASE WHEN nullif(trim({{{path}}}), '') IS NULL THEN 0 ELSE {number} END"


def faster(tier: str, speed: str) -> str:
    """Field of a tier that a speed told beside it may raise to the fast one."""
    return f"sql: CASE WHEN lower({{{speed}}}) = 'fast' THEN 'fast' ELSE {{{tier}}} END"


def in_us(path: str) -> str:
    """Field of a residency that Anthropic tells at a path; any other place is not told apart."""
    return f"sql: CASE WHEN {{{path}}} = 'us' THEN 'us' END"
