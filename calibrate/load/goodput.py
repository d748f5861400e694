"""Share of requests that were answered in time."""

from collections.abc import Sequence
from typing import Final

from calibrate.load.driver import Row

FIRST_TOKEN_MS: Final = 1_000.0
PER_TOKEN_MS: Final = 50.0
OBJECTIVES: Final = f"first token within {FIRST_TOKEN_MS:,.0f} ms, {PER_TOKEN_MS:g} ms per token"


def goodput(
    rows: Sequence[Row],
    *,
    first_token_ms: float = FIRST_TOKEN_MS,
    per_token_ms: float = PER_TOKEN_MS,
) -> float:
    """Share of requests that met both objectives; failures met none [1]."""
    if not rows:
        return 0.0
    met = sum(_met(row, first_token_ms / 1_000, per_token_ms / 1_000) for row in rows)
    return met / len(rows)


def _met(row: Row, first_token_s: float, per_token_s: float) -> bool:
    if not row.ok or row.first_s is None or row.finished_s is None:
        return False
    gaps = max((row.output_tokens or row.streamed_tokens) - 1, 1)
    waited_s = row.first_s - min(row.intended_s, row.sent_s)
    return waited_s <= first_token_s and (row.finished_s - row.first_s) / gaps <= per_token_s
