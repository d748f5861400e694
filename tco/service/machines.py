"""Machines on record as a JSON document: what they cost, and what was measured on them."""

from typing import Any, Final

from hardware_profiles.calibration import CalibrationRecord
from tco.answer.documents import plain
from tco.facts.data import Data
from tco.service.requests import MachinesRequest

MACHINES_SCHEMA: Final = "tco.machines/1"


def machines_document(asked: MachinesRequest) -> dict[str, Any]:
    """List rental and purchase offers with their sources, and records by the accelerator."""
    library = Data.shipped().library
    rentals = library.offers(
        accelerator=asked.accelerator, provider=asked.provider, term=asked.term
    )
    purchases = [
        offer
        for offer in library.purchases.values()
        if asked.accelerator in (None, offer.accelerator)
        and asked.provider is None
        and asked.term is None
    ]
    records = [
        _record(record)
        for record in library.calibrations.values()
        if asked.accelerator in (None, record.accelerator)
    ]
    return {
        "schema": MACHINES_SCHEMA,
        "rentals": [
            {**offer.model_dump(mode="json"), "usd_per_gpu_hour": offer.usd_per_gpu_hour}
            for offer in rentals
        ],
        "purchases": [offer.model_dump(mode="json") for offer in purchases],
        "calibrations": plain(records),
    }


def _record(record: CalibrationRecord) -> dict[str, Any]:
    return {
        "id": record.id,
        "label": record.label,
        "kind": record.kind,
        "model": record.model,
        "also_serves": record.also_serves,
        "precision": record.precision,
        "accelerator": record.accelerator,
        "gpus_per_replica": record.gpus_per_replica,
        "measured_by": record.measured_by,
        "measured_on": record.measured_on,
        "source": record.source.model_dump(mode="json"),
    }
