"""The database that adds up rows: embedded, bounded in memory, with nothing left behind."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import duckdb

MEMORY: Final = "320MB"
"""What the engine holds before it uses the disk."""
_INTERRUPTED: Final = "Query interrupted"
"""What the database says where a signal ended a query."""
LARGEST_RECORD_BYTES: Final = 16_777_216
"""Longest line or record that is read."""


@contextmanager
def engine() -> Iterator[duckdb.DuckDBPyConnection]:
    """Open an empty database in memory; what it wrote to disk meanwhile is gone afterwards.

    Raises
    ------
    KeyboardInterrupt
        Ctrl-C while a query runs, which the database turns into an error of its own.
    """
    with tempfile.TemporaryDirectory(prefix="tco-usage-") as folder:
        connection = duckdb.connect(
            config={
                "autoinstall_known_extensions": "false",
                "autoload_known_extensions": "false",
                "memory_limit": MEMORY,
                "temp_directory": folder,
            }
        )
        try:
            connection.execute("SET TimeZone = 'UTC'")
            connection.execute("SET enable_progress_bar = false")
            yield connection
        except RuntimeError as error:
            if str(error) == _INTERRUPTED:
                raise KeyboardInterrupt from error
            raise
        finally:
            connection.close()


def quoted(text: str) -> str:
    """Text as a literal of SQL."""
    return "'" + text.replace("'", "''") + "'"


def named(column: str) -> str:
    """Name of a column as SQL writes it."""
    return '"' + column.replace('"', '""') + '"'
