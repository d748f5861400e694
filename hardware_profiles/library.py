"""The library: every data file of the package, loaded once, looked up by name."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Final, Self, TypeVar

from pydantic import BaseModel, ValidationError

from hardware_profiles.accelerator import Accelerator
from hardware_profiles.assumption import Assumption, GroupAssumption
from hardware_profiles.calibration import CalibrationRecord, read_record
from hardware_profiles.claims import faults_of
from hardware_profiles.language_model import LanguageModel
from hardware_profiles.offer import PurchaseOffer, RentalOffer, Term
from hardware_profiles.region import Region
from pricing.errors import InputError, Problem, did_you_mean
from pricing.faults import problems_in
from pricing.package_files import REINSTALL, read_bytes, read_table
from pricing.provenance import Record

HAND_OFFERS: Final = "offers.csv"
"""Rents that people keep: one stands over that of the same id which a list gave."""
FEED_OFFERS: Final = "feed_offers.csv"
"""Rents read from sellers' lists, written by a refresh alone."""
_PARTS: Final = (
    "accelerators.csv", "models.csv", HAND_OFFERS, FEED_OFFERS, "purchases.csv",
    "assumptions.csv", "teams.csv", "assumption_sets.csv", "calibrations", "regions.csv",
)  # fmt: skip
"""What a folder of a library holds."""

Fact = TypeVar("Fact", bound=Record)
OwnFact = LanguageModel | Accelerator | RentalOffer | PurchaseOffer
"""What a user may add to a library, beside records."""


@dataclass(frozen=True, slots=True)
class Library:
    """Facts by name, in the order of their files."""

    accelerators: Mapping[str, Accelerator]
    models: Mapping[str, LanguageModel]
    rentals: Mapping[str, RentalOffer]
    purchases: Mapping[str, PurchaseOffer]
    assumptions: Mapping[str, Assumption]
    teams: Mapping[str, GroupAssumption]
    """By ``team/key``."""
    assumption_sets: Mapping[str, GroupAssumption]
    """By ``set/key``: what differs from `assumptions`."""
    calibrations: Mapping[str, CalibrationRecord]
    regions: Mapping[str, Region]

    @classmethod
    def load(cls, folder: Traversable | None = None) -> Self:
        """Read every data file; all faults are reported together.

        Raises
        ------
        InputError
            Naming file, row and field of everything that is wrong, or what another folder lacks.
        """
        if folder is not None:
            _require_whole(folder)
        data = folder or files("hardware_profiles") / "data"
        faults: list[Problem] = []
        library = cls(
            accelerators=_read(data, "accelerators.csv", Accelerator, _name, faults),
            models=_read(data, "models.csv", LanguageModel, _name, faults),
            rentals=_rentals(data, faults),
            purchases=_read(data, "purchases.csv", PurchaseOffer, _id, faults),
            assumptions=_read(data, "assumptions.csv", Assumption, _key, faults),
            teams=_read(data, "teams.csv", GroupAssumption, _group_key, faults),
            assumption_sets=_read(data, "assumption_sets.csv", GroupAssumption, _group_key, faults),
            calibrations=_read_calibrations(data / "calibrations", faults),
            regions=_read(data, "regions.csv", Region, _name, faults),
        )
        faults.extend(library._dangling())
        if not faults:
            faults.extend(library._impossible(library.calibrations))
        if faults:
            raise InputError(*faults)
        return library

    def with_own(
        self,
        records: Mapping[str, CalibrationRecord],
        *facts: OwnFact,
        held: Iterable[str] = (),
    ) -> Self:
        """Build a library that holds a user's own facts and records beside those that ship.

        Parameters
        ----------
        held
            Ids of records that ship and must agree with the facts, for a scenario names them.

        Raises
        ------
        InputError
            Naming records of unknown models or accelerators, ids that ship, and times that the
            data sheet does not allow.
        """
        taken = [
            Problem("id", name, "is the id of a record that ships", "Give yours another id.")
            for name in records
            if name in self.calibrations
        ]
        both = self.with_facts(*facts)
        both = replace(both, calibrations={**self.calibrations, **records})
        faults = taken or list(both._dangling()) or list(both._impossible({*records, *held}))
        if faults:
            raise InputError(*faults)
        return both

    def with_facts(self, *facts: OwnFact) -> Self:
        """Build a library that holds these facts too; one of a known name takes its place."""
        models = {fact.name: fact for fact in facts if isinstance(fact, LanguageModel)}
        chips = {fact.name: fact for fact in facts if isinstance(fact, Accelerator)}
        rentals = {fact.id: fact for fact in facts if isinstance(fact, RentalOffer)}
        purchases = {fact.id: fact for fact in facts if isinstance(fact, PurchaseOffer)}
        return replace(
            self,
            models={**self.models, **models},
            accelerators={**self.accelerators, **chips},
            rentals={**self.rentals, **rentals},
            purchases={**self.purchases, **purchases},
        )

    def accelerator(self, name: str) -> Accelerator:
        """Look up an accelerator such as ``"H100 SXM"``."""
        return _look_up(self.accelerators, name, "accelerator", "an accelerator of the library")

    def model(self, name: str) -> LanguageModel:
        """Look up a model such as ``"Llama 3.3 70B"``."""
        return _look_up(self.models, name, "model", "a model of the library")

    def offer(self, offer_id: str) -> RentalOffer:
        """Look up a rental offer such as ``"aws/p5.48xlarge/us-east-1/on-demand"``."""
        return _look_up(self.rentals, offer_id, "offer", "a rental offer of the library")

    def purchase(self, purchase_id: str) -> PurchaseOffer:
        """Look up a purchase offer such as ``"lenovo/8x-h100"``."""
        return _look_up(self.purchases, purchase_id, "purchase", "a server of the library")

    def calibration(self, record_id: str) -> CalibrationRecord:
        """Look up a calibration such as ``"llama-3.3-70b-fp8-h100-tp2"``."""
        return _look_up(self.calibrations, record_id, "calibration", "a calibration of the library")

    def assumption(self, key: str) -> Assumption:
        """Look up an assumption such as ``"pue"``."""
        return _look_up(self.assumptions, key, "assumption", "an assumption of the library")

    def offers(
        self,
        *,
        accelerator: str | None = None,
        provider: str | None = None,
        term: Term | None = None,
        min_gpus: int = 1,
    ) -> tuple[RentalOffer, ...]:
        """Rental offers that meet every filter given, cheapest per GPU first."""
        chosen = (
            offer
            for offer in self.rentals.values()
            if accelerator in (None, offer.accelerator)
            and provider in (None, offer.provider)
            and term in (None, offer.term)
            and offer.gpus >= min_gpus
        )
        return tuple(sorted(chosen, key=lambda offer: (offer.usd_per_gpu_hour, offer.id)))

    def calibrations_for(
        self, *, model: str, accelerator: str | None = None, precision: str | None = None
    ) -> tuple[CalibrationRecord, ...]:
        """List the records that may serve `model`, in the order of their ids."""
        return tuple(
            record
            for record in self.calibrations.values()
            if (model == record.model or model in record.also_serves)
            and accelerator in (None, record.accelerator)
            and precision in (None, record.precision)
        )

    def _dangling(self) -> Iterable[Problem]:
        """Names that one file uses and no other file explains."""
        named = [
            *((f"rentals {o.id}", o.accelerator) for o in self.rentals.values()),
            *((f"purchases {p.id}", p.accelerator) for p in self.purchases.values()),
            *((f"calibrations {c.id}", c.accelerator) for c in self.calibrations.values()),
        ]
        for where, accelerator in named:
            if accelerator not in self.accelerators:
                yield _unknown(f"{where}: accelerator", accelerator, self.accelerators)
        for record in self.calibrations.values():
            for model in (record.model, *record.also_serves):
                if model not in self.models:
                    yield _unknown(f"calibrations {record.id}: model", model, self.models)
        for region in self.regions.values():
            if region.inside is not None and region.inside not in self.regions:
                where = f"regions.csv {region.name}: inside"
                yield _unknown(where, region.inside, self.regions)

    def _impossible(self, records: Iterable[str]) -> Iterable[Problem]:
        """Claims that cannot be, of the records of these ids."""
        for record in (self.calibrations[key] for key in records if key in self.calibrations):
            where = f"calibrations {record.id}: "
            yield from faults_of(record, self.models, self.accelerators, where)


def _require_whole(folder: Traversable) -> None:
    held = {entry.name for entry in folder.iterdir()}
    if lacking := [name for name in _PARTS if name not in held]:
        limit = f"lacks {', '.join(lacking)}"
        remedy = "Name a whole folder of a library, as hardware_profiles/data of a version is."
        raise InputError(Problem(str(folder), "", limit, remedy))


def _rentals(data: Traversable, faults: list[Problem]) -> dict[str, RentalOffer]:
    """Rents that people keep, then those of lists that none of them stands over."""
    by_hand = _read(data, HAND_OFFERS, RentalOffer, _id, faults)
    return {**by_hand, **_read(data, FEED_OFFERS, RentalOffer, _id, faults), **by_hand}


def read_rentals(folder: Traversable, file: str) -> dict[str, RentalOffer]:
    """Read the rents of one file of a library, by id.

    Raises
    ------
    InputError
        Naming row and field of everything that is wrong.
    """
    faults: list[Problem] = []
    rents = _read(folder, file, RentalOffer, _id, faults)
    if faults:
        raise InputError(*faults)
    return rents


def _name(fact: Accelerator | LanguageModel | Region) -> str:
    return fact.name


def _id(fact: RentalOffer | PurchaseOffer) -> str:
    return fact.id


def _key(fact: Assumption) -> str:
    return fact.key


def _group_key(fact: GroupAssumption) -> str:
    return f"{fact.group}/{fact.key}"


def _read(
    data: Traversable,
    file: str,
    kind: type[Fact],
    name_of: Callable[[Fact], str],
    faults: list[Problem],
) -> dict[str, Fact]:
    """Rows of one CSV by name; an empty cell means not known."""
    facts: dict[str, Fact] = {}
    try:
        table = read_table(data / file)
    except InputError as refused:
        faults.extend(refused.problems)
        return facts
    for number, row in table.rows:
        try:
            fact = kind.model_validate_strings(_nested(row))
        except ValidationError as error:
            faults.extend(_faults(f"{file} line {number}", kind, error))
            continue
        name = name_of(fact)
        if name in facts:
            faults.append(Problem(f"{file} line {number}", name, "listed twice", "Remove one."))
        facts[name] = fact
    return facts


def _read_calibrations(folder: Traversable, faults: list[Problem]) -> dict[str, CalibrationRecord]:
    records: dict[str, CalibrationRecord] = {}
    paths = (path for path in folder.iterdir() if path.name.endswith(".json"))
    for path in sorted(paths, key=lambda path: path.name):
        try:
            record = read_record(read_bytes(path, REINSTALL), f"calibrations/{path.name}")
        except InputError as refused:
            faults.extend(refused.problems)
            continue
        records[record.id] = record
    return records


def _nested(row: Mapping[str, str]) -> dict[str, object]:
    """Cells as text, empty ones left out; ``source_*`` columns become the source."""
    cells = {key: text for key, text in row.items() if text}
    fact: dict[str, object] = {k: v for k, v in cells.items() if not k.startswith("source_")}
    fact["source"] = {
        key.removeprefix("source_"): text
        for key, text in cells.items()
        if key.startswith("source_")
    }
    return fact


def _faults(where: str, kind: type[BaseModel], error: ValidationError) -> Iterable[Problem]:
    known = kind.model_fields
    return problems_in(error, where, "Correct the row.", lambda place: () if place else known)


def _look_up(facts: Mapping[str, Fact], name: str, field: str, what: str) -> Fact:
    try:
        return facts[name]
    except KeyError:
        problem = Problem(field, name, f"must name {what}", did_you_mean(name, facts))
        raise InputError(problem) from None


def _unknown(where: str, name: str, known: Iterable[str]) -> Problem:
    return Problem(where, name, "is not in the library", did_you_mean(name, known))
