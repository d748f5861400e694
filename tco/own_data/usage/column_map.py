"""A user's own words for a file of another shape: which column holds what, who is meant by what."""

from pathlib import Path
from typing import Final, Literal

from pydantic import Field, ValidationError

from pricing.errors import InputError, Problem, did_you_mean
from pricing.faults import limit_of
from pricing.parsing import parse_toml
from pricing.provenance import Record
from pricing.text_files import read_text
from tco.own_data.usage.shape import ROW_FIELDS, Shape

_MOST_BYTES: Final = 200_000


class ColumnMap(Record):
    """Columns, constants and names of one user's files."""

    columns: dict[str, str] = Field(default_factory=dict)
    """Field to column; ``a/b`` is key ``b`` in the JSON of column ``a``."""
    constants: dict[str, str] = Field(default_factory=dict)
    """Field to what it is in every row, such as the provider."""
    models: dict[str, str] = Field(default_factory=dict)
    """Name in the file to ``provider/model`` of the price list."""
    rows: Literal["request", "sum"] = "request"
    """What one row is."""
    cached: Literal["inside", "beside", "judged"] = "judged"
    """Where cached and written tokens stand against the input."""
    reasoning: Literal["inside", "beside"] = "inside"
    """Where reasoning tokens stand against the output."""

    def shape(self) -> Shape | None:
        """Shape that it describes; None where it names models alone."""
        if not self.columns:
            return None
        constants = {name: f"={value}" for name, value in self.constants.items()}
        return Shape(
            key="map",
            title="As --map says",
            grain=self.rows,
            marks=tuple(self.columns.values()),
            fields={**self.columns, **constants},
            cached=self.cached,
            reasoning=self.reasoning,
        )


def read_map(path: Path) -> ColumnMap:
    """Read a map.

    Raises
    ------
    StorageError
        There is no such file.
    InputError
        It is no map, or names a field that does not exist.
    """
    text = read_text(path, most_bytes=_MOST_BYTES, too_large="A map is a few lines.")
    try:
        found = ColumnMap.model_validate(parse_toml(text))
    except ValueError as error:
        said = _first_fault(error) if isinstance(error, ValidationError) else str(error)
        hint = "Give tables columns, constants and models, as docs/usage.md shows."
        raise InputError(Problem(path.name, "", f"is no map: {said}", hint)) from error
    unknown = [name for name in (*found.columns, *found.constants) if name not in ROW_FIELDS]
    problems = [
        Problem(f"{path.name}: {name}", "", "is no field of a row", did_you_mean(name, ROW_FIELDS))
        for name in unknown
    ]
    problems += [
        Problem(f"{path.name}: {name}", column, "is no column", "Name one column, a/b inside it.")
        for name, column in found.columns.items()
        if column.startswith(("=", "sql:")) or "|" in column
    ]
    named = {**found.columns, **found.constants}
    problems += [
        Problem(f"{path.name}: {name}", constant, "is a column and a constant", "Leave one out.")
        for name, constant in found.constants.items()
        if name in found.columns
    ]
    if found.rows == "request" and "requests" in named:
        limit = "counts requests, and each row is said to be one"
        hint = 'Write rows = "sum", or leave it out.'
        problems.append(Problem(f"{path.name}: requests", named["requests"], limit, hint))
    if problems:
        raise InputError(*problems)
    return found


def _first_fault(error: ValidationError) -> str:
    """Where the first value stands that is refused, and why."""
    first = error.errors()[0]
    return f"{'.'.join(map(str, first['loc']))}: {limit_of(first)}"
