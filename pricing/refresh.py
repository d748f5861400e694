"""Renew the price catalogue: build a candidate, show what it would change, accept or leave it.

Nothing is written without acceptance. A change that takes a price away, or moves one more than
threefold, up or down, on any past or coming day, needs its own. Only `fetch` uses the network,
once, and only when it is called.
"""

import tempfile
from datetime import date
from importlib.resources import files
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from pricing import upstream
from pricing.acceptance import Refresh, settle
from pricing.build import build
from pricing.catalogue import MANIFEST, Catalogue
from pricing.change import Change
from pricing.diff import diff
from pricing.errors import Problem, StorageError
from pricing.text_files import read_content, write_whole

FETCH_SECONDS = 10.0
_MOST_BYTES = 32 * 2**20


def refresh(
    *,
    generated_on: date,
    package: upstream.Package | None = None,
    folder: Path | None = None,
    accept: bool = False,
    accept_large: bool = False,
) -> Refresh[Change]:
    """Build a catalogue from upstream and our overrides, and write it if it is accepted.

    Parameters
    ----------
    generated_on
        Day the new catalogue carries.
    package
        Upstream prices; None: those of the installed package.
    folder
        Catalogue to renew; None: the packaged one.
    accept, accept_large
        Write the changes; write also those that take a price away or move one more than
        threefold, up or down, on any day.
    """
    place = folder if folder is not None else Path(str(files("pricing") / "data"))
    with tempfile.TemporaryDirectory() as scratch:
        candidate = Path(scratch)
        names = build(candidate, generated_on=generated_on, package=package)
        if _same_prices(candidate, place, names):
            return Refresh((), False, "the catalogue is up to date", up_to_date=True)
        changes = diff(Catalogue.load(place), Catalogue.load(candidate))

        def write() -> None:
            for name in [*(name for name in names if name != MANIFEST), MANIFEST]:
                write_whole(place / name, (candidate / name).read_bytes())

        return settle(changes, write, accept=accept, accept_large=accept_large)


def fetch(url: str = upstream.DATA_URL, timeout_s: float = FETCH_SECONDS) -> upstream.Package:
    """Fetch the upstream project's present price file, once.

    Raises
    ------
    StorageError
        The file cannot be fetched.
    """
    try:
        with urlopen(url, timeout=timeout_s) as response:  # fixed https address by default
            content = response.read(_MOST_BYTES)
    except (URLError, OSError, ValueError) as error:
        raise StorageError(
            Problem(url, "", f"cannot be fetched: {error}", "Work with the packaged prices.")
        ) from error
    return upstream.snapshot(content, f"data file fetched from {url}")


def read_snapshot(path: Path) -> upstream.Package:
    """Prices of a data file of the upstream project that was saved earlier."""
    content = read_content(path, most_bytes=_MOST_BYTES, too_large="Fetch it again.")
    return upstream.snapshot(content, f"data file {path.name}")


def _same_prices(candidate: Path, place: Path, names: list[str]) -> bool:
    """Whether every provider's file is the same; the manifest differs by its date at least."""
    return all(
        (place / name).is_file() and (place / name).read_bytes() == (candidate / name).read_bytes()
        for name in names
        if name != MANIFEST
    )
