"""Where machines stand and tokens are processed: regions, and the wider ones they lie in."""

from collections.abc import Iterator, Mapping
from typing import Final

from pricing.provenance import Record, Source

ANYWHERE: Final = "global"
"""Word of providers that do not say where."""
WORDS: Final = {
    "european union": "eu",
    "european economic area": "eea",
    "united states": "us",
    "usa": "us",
    "united kingdom": "uk",
    "gb": "uk",
}
"""What people call a region, and the name it has here."""


class Region(Record):
    """A region by the name a provider gives it; ``us-*`` stands for all that start so."""

    name: str
    inside: str | None = None
    """Next wider region that holds it whole; None where none is known."""
    place: str
    source: Source


def region_name(word: str) -> str:
    """Name of a region as it is known here, however it is written.

    Examples
    --------
    >>> region_name(" EU "), region_name("USA")
    ('eu', 'us')
    """
    plain = " ".join(filter(None, word.split(" "))).casefold()
    return WORDS.get(plain, plain)


def lies_in(region: str, wanted: str, regions: Mapping[str, Region]) -> bool:
    """Whether a region lies whole in another; one that nobody knows lies in itself alone.

    Parameters
    ----------
    region
        As a provider names it; of several, parted by ``/``, one is chosen when ordering, so one
        that lies there is enough.
    """
    name = region_name(wanted)
    return any(name in _around(region_name(part), regions) for part in region.split("/"))


def lies_outside(region: str, wanted: str, regions: Mapping[str, Region]) -> bool:
    """Whether no part of a region lies in another: both are known, and neither holds the other."""
    name = region_name(wanted)
    return all(_apart(region_name(part), name, regions) for part in region.split("/"))


def _apart(one: str, other: str, regions: Mapping[str, Region]) -> bool:
    known = all(name in regions or _by_start(name, regions) for name in (one, other))
    return known and other not in _around(one, regions) and one not in _around(other, regions)


def _around(name: str, regions: Mapping[str, Region]) -> Iterator[str]:
    """A region and every wider one."""
    yield name
    known = regions.get(name) or _by_start(name, regions)
    while known is not None and known.inside is not None:
        yield known.inside
        known = regions.get(known.inside)


def _by_start(name: str, regions: Mapping[str, Region]) -> Region | None:
    starts = (one for one in regions.values() if one.name.endswith("*"))
    return next((one for one in starts if name.startswith(one.name[:-1])), None)
