"""Prices of the requests of a pandas frame, each by the same rules as a quote."""

from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Any, Final

import pandas as pd

from pricing.catalogue import Catalogue
from pricing.errors import InputError, Problem
from pricing.quote_file import quote_columns
from pricing.request_table import ONE_EACH, OPTIONAL, REQUIRED, check_header

_ID: Final = "id"


def prices_of(frame: pd.DataFrame, catalogue: Catalogue | None = None) -> pd.DataFrame:
    """Price every request of a frame; what a quote refuses has no price, and its reason.

    Parameters
    ----------
    frame
        One row a request, with the columns of `tco prices quote`: ``provider``, ``model``,
        ``as_of``, ``input_tokens``, ``output_tokens`` and any of ``tier``, ``residency``,
        ``cached_tokens`` and so on. Counts are whole numbers; ``as_of`` is a day, or a moment with
        its time zone. ``id`` may be left out. Columns that can carry no cost are passed over.
    catalogue
        Prices to use; None: the packaged ones.

    Returns
    -------
    pandas.DataFrame
        On the index of `frame`: ``usd``, the float64 nearest to the exact price [USD], NaN where
        there is none; ``status``; ``reason`` and ``remedy`` where there is none.

    Raises
    ------
    InputError
        A column is missing, may carry cost and is not known, or rows sum several requests.

    Examples
    --------
    >>> sent = {"provider": ["openai"] * 2, "model": "gpt-5.4", "as_of": "2026-11-20"}
    >>> sent |= {"input_tokens": [272_000, 272_001], "output_tokens": 1_000}
    >>> prices_of(pd.DataFrame(sent)).usd.tolist()
    [0.695, 1.382505]
    """
    names = [str(name).strip().lower() for name in frame.columns]
    check_header("frame", names if _ID in names else [_ID, *names])
    cells = {name: _texts(frame.iloc[:, place]) for place, name in enumerate(names)}
    empty = [""] * len(frame)
    columns = {name: cells.get(name, empty) for name in (*REQUIRED, *OPTIONAL)}
    _require_single(columns["requests"])
    quoted = list(quote_columns(columns, catalogue))
    prices = [row.usd for row in quoted]
    return pd.DataFrame(
        {
            "usd": [float("nan") if usd is None else float(usd) for usd in prices],
            "status": [row.status for row in quoted],
            "reason": [row.reason for row in quoted],
            "remedy": [row.remedy for row in quoted],
        },
        index=frame.index,
    )


def _texts(column: "pd.Series[Any]") -> list[str]:
    """Cells as a table of text has them; what is missing is empty."""
    return ["" if absent else _text(v) for v, absent in zip(column, column.isna(), strict=True)]


def _text(value: object) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case float() if value.is_integer():  # whole numbers beside a missing one
            return str(int(value))
        case datetime() if value.tzinfo is None and value.time() == time.min:
            return value.date().isoformat()
        case date():  # and moments
            return value.isoformat()
    return str(value).strip()


def _require_single(requests: Sequence[str]) -> None:
    several = next((n for n, cell in enumerate(requests) if cell not in {"", "0", "1"}), None)
    if several is not None:
        limit = f"row {several} counts {requests[several]} requests"
        raise InputError(Problem("frame: column 'requests'", "", limit, ONE_EACH))
