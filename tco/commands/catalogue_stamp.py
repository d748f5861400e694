"""Which prices a document rests on."""

from datetime import date
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pricing.catalogue import Catalogue


def catalogue_stamp(catalogue: "Catalogue", day: date | None = None) -> dict[str, Any]:
    """Version, digest and age of a catalogue, and the day whose prices are meant, if one is."""
    stamp = {
        "catalogue_version": catalogue.version,
        "catalogue_sha256": catalogue.sha256,
        "oldest_retrieved": catalogue.oldest_retrieved.isoformat(),
    }
    return stamp if day is None else {**stamp, "prices_on": day.isoformat()}
