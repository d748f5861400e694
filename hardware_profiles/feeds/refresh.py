"""Renew the rents from recorded lists: build a candidate, tell what it changes, write it or not.

Rents that were read from lists stand in a file of their own, `feed_offers.csv`. A row of
`offers.csv`, which people keep, stands over the row of the same id that a list gave.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from hardware_profiles.feeds.aws_list import read_aws_list
from hardware_profiles.feeds.azure_list import read_azure_list
from hardware_profiles.feeds.changes import MachineChange, machine_changes
from hardware_profiles.feeds.listed import ListedRent, Listing, Reader
from hardware_profiles.feeds.machines import feed_machines
from hardware_profiles.feeds.recorded import FeedSource, Form, Recorded, read_recorded
from hardware_profiles.feeds.skypilot import read_skypilot
from hardware_profiles.feeds.vantage import read_vantage
from hardware_profiles.library import FEED_OFFERS, HAND_OFFERS, read_rentals
from hardware_profiles.offer import RentalOffer
from pricing.acceptance import Refresh, settle
from pricing.errors import InputError
from pricing.faults import problems_in
from pricing.figures import exact
from pricing.text_files import write_whole

READERS: Final[Mapping[Form, Reader]] = {
    "skypilot": read_skypilot,
    "aws-ec2": read_aws_list,
    "azure-retail": read_azure_list,
    "vantage": read_vantage,
}
_NAMES: Final[Mapping[Form, str]] = {
    "skypilot": "SkyPilot catalogue",
    "aws-ec2": "AWS price list for EC2",
    "azure-retail": "Azure retail prices",
    "vantage": "Vantage's copy of AWS's price list",
}
_COLUMNS: Final = (
    "id", "provider", "instance", "accelerator", "gpus", "region", "term",
    "usd_per_instance_hour", "source_name", "source_url", "source_as_of", "source_confidence",
    "source_note",
)  # fmt: skip


def refresh_rents(
    recorded: Path,
    *,
    folder: Path | None = None,
    accept: bool = False,
    accept_large: bool = False,
) -> Refresh[MachineChange]:
    """Build the rents that recorded lists give, and write them if they are accepted.

    What no list speaks of stays as it is: the rents of other sellers, machines, terms and regions.

    Parameters
    ----------
    recorded
        Folder of lists, with the `sources.toml` that describes them.
    folder
        Data of the library to renew; None: those of the package.
    accept, accept_large
        Write the changes; write also those that take a price away or move one more than
        threefold, up or down.

    Raises
    ------
    InputError
        Naming the list, the place in it, and what is wrong there.
    """
    place = folder if folder is not None else Path(str(files("hardware_profiles") / "data"))
    listings = [_read(one) for one in read_recorded(recorded)]
    present, by_hand = (read_rentals(place, name) for name in (FEED_OFFERS, HAND_OFFERS))
    candidate = _candidate(present, listings)
    if candidate == present:
        return Refresh((), False, "the rents are up to date", up_to_date=True)
    changes = [*machine_changes(present, candidate), *_covered(present, candidate, by_hand)]

    def write() -> None:
        write_whole(place / FEED_OFFERS, _as_csv(candidate.values()))

    return settle(changes, write, accept=accept, accept_large=accept_large)


def _read(recorded: Recorded) -> Listing:
    source = recorded.source
    machines = feed_machines().of(source.provider)
    if not machines:
        limit = "has no machine in feeds.toml"
        raise InputError(recorded.problem("provider", source.provider, limit, "Add one."))
    listing = READERS[source.form](recorded, dict(machines))
    if not listing.rents:
        limit = f"names none of the machines of {source.provider} in feeds.toml"
        raise InputError(recorded.problem("", "", limit))
    return listing


def _candidate(
    present: Mapping[str, RentalOffer], listings: Sequence[Listing]
) -> dict[str, RentalOffer]:
    """Rents on record that no list speaks of, and those that the lists give; by id."""
    found: dict[str, RentalOffer] = {}
    for listing in listings:
        source = listing.recorded.source
        for rent in listing.rents:
            offer = _offer(source, rent)
            if offer.id in found:
                limit, remedy = "is listed twice", "Keep the list that is meant."
                raise InputError(listing.recorded.problem("", offer.id, limit, remedy))
            found[offer.id] = offer
    kept = {
        name: offer
        for name, offer in present.items()
        if not any(listing.speaks_of(offer) for listing in listings)
    }
    return dict(sorted({**kept, **found}.items()))


def _offer(source: FeedSource, rent: ListedRent) -> RentalOffer:
    machine = rent.machine
    parts = (machine.provider, machine.instance, rent.region, rent.term)
    name = "/".join(parts).lower().replace(" ", "-")
    told: dict[str, Any] = {
        "name": _NAMES[source.form],
        "url": source.url,
        "as_of": source.as_of,
        "confidence": rent.confidence,
        "note": rent.note,
    }
    try:
        return RentalOffer(
            id=name,
            provider=machine.provider,
            instance=machine.instance,
            accelerator=machine.accelerator,
            gpus=machine.gpus,
            region=rent.region,
            term=rent.term,
            usd_per_instance_hour=float(rent.usd_per_instance_hour),
            source=told,
        )
    except ValidationError as error:
        remedy = "Fetch the list again, or leave it out."
        (first, *_) = problems_in(error, f"{source.file}: {name}", remedy)
        field = f"{source.file}: {name}"
        value = exact(rent.usd_per_instance_hour)
        raise InputError(replace(first, field=field, value=value, remedy=remedy)) from error


def _covered(
    present: Mapping[str, RentalOffer],
    candidate: Mapping[str, RentalOffer],
    by_hand: Mapping[str, RentalOffer],
) -> Iterator[MachineChange]:
    """Rents that a row kept by hand stands over, at another price."""
    for name, hand in by_hand.items():
        read = candidate.get(name)
        if read is None or read == present.get(name):
            continue
        if read.usd_per_instance_hour != hand.usd_per_instance_hour:
            words = (
                f"{name}: the row kept by hand stays, {hand.usd_per_instance_hour} USD/h as of "
                f"{hand.source.as_of}; the list says {read.usd_per_instance_hour}."
            )
            yield MachineChange(words)


def _as_csv(offers: Iterable[RentalOffer]) -> str:
    text = io.StringIO(newline="")
    rows = csv.DictWriter(text, _COLUMNS, lineterminator="\n")
    rows.writeheader()
    for offer in offers:
        facts = offer.model_dump(mode="json", exclude={"source"})
        source = offer.source.model_dump(mode="json", exclude={"undated"})
        rows.writerow({**facts, **{f"source_{key}": value for key, value in source.items()}})
    return text.getvalue()
