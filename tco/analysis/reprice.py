"""The same question at other prices and speeds: prices, machines and records that are scaled."""

from dataclasses import dataclass, field, fields, replace
from decimal import Decimal

from hardware_profiles.calibration import CalibrationRecord
from hardware_profiles.library import Library
from pricing.catalogue import Catalogue
from pricing.offer import Offer
from tco.kernel.step_time import LOG_NORMAL_PARAMETERS


@dataclass(slots=True, eq=False)
class RepricedCatalogue(Catalogue):
    """A catalogue in which every token rate is multiplied by one factor."""

    factor: Decimal = Decimal(1)
    _offers: dict[int, Offer] = field(default_factory=dict, repr=False)

    def offer(self, provider: str, model: str) -> Offer:
        """One offer, its rates multiplied."""
        listed = Catalogue.offer(self, provider, model)
        if id(listed) not in self._offers:
            dearer = tuple(item.times(self.factor) for item in listed.price_sets)
            self._offers[id(listed)] = replace(listed, price_sets=dearer, _cards={})
        return self._offers[id(listed)]


def repriced(catalogue: Catalogue, factor: float) -> Catalogue:
    """Multiply every token rate of a catalogue."""
    own = {entry.name: getattr(catalogue, entry.name) for entry in fields(Catalogue)}
    return RepricedCatalogue(**own, factor=Decimal(repr(float(factor))))


def slowed(record: CalibrationRecord, factor: float) -> CalibrationRecord:
    """Build the same record with every step longer by `factor`."""
    times = record.parameters
    scaled = {name: getattr(times, name) * factor for name in LOG_NORMAL_PARAMETERS}
    return record.model_copy(update={"parameters": times.model_copy(update=scaled)})


def with_record(library: Library, record: CalibrationRecord) -> Library:
    """Put a record in the place of the one of its name."""
    return replace(library, calibrations={**library.calibrations, record.id: record})


def with_purchase_price(library: Library, purchase_id: str, factor: float) -> Library:
    """Multiply the price of one server."""
    server = library.purchase(purchase_id)
    dearer = server.model_copy(update={"price_usd": server.price_usd * factor})
    return replace(library, purchases={**library.purchases, purchase_id: dearer})
