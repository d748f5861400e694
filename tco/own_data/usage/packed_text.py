"""Text files looked through before they are read: whole, and made of lines.

The engine leaves a line out without a word where it is longer than its buffer, and may take a
packed file that was cut short for a whole one. So each is looked through here, a block at a time.
"""

import gzip
import zlib
from typing import BinaryIO, Final, cast

import zstandard

from pricing.errors import InputError, Problem
from pricing.text_files import unreadable
from tco.own_data.usage.files import UsageFile

LONGEST_LINE_BYTES: Final = 4_194_304


def require_whole_lines(file: UsageFile) -> None:
    """Refuse a text file that was cut short while packed, or that holds a line too long to read.

    Raises
    ------
    InputError
        It is no such file.
    StorageError
        It cannot be read.
    """
    if file.format == "parquet" or (file.format != "csv" and file.compression == "none"):
        return
    try:
        with _opened(file) as text:
            while block := text.read(LONGEST_LINE_BYTES):
                if file.format != "csv" or len(block) < LONGEST_LINE_BYTES:
                    continue
                if b"\n" not in block:
                    limit = f"holds a line of more than {LONGEST_LINE_BYTES} bytes"
                    raise InputError(Problem(file.path.name, "", limit, "Export it again."))
    except (gzip.BadGzipFile, zlib.error, EOFError, zstandard.ZstdError) as error:
        limit = f"cannot be unpacked: {error}"
        raise InputError(Problem(file.path.name, "", limit, "Pack it again, whole.")) from error
    except OSError as error:
        raise unreadable(file.path, error) from error


def _opened(file: UsageFile) -> BinaryIO:
    if file.compression == "gzip":
        return cast(BinaryIO, gzip.open(file.path))
    if file.compression == "zstd":
        return cast(BinaryIO, zstandard.open(file.path, "rb"))
    return file.path.open("rb")
