"""What a calibration was measured on, and how another machine or setting differs from it."""

from collections.abc import Iterator
from dataclasses import dataclass, fields

from hardware_profiles import CalibrationRecord


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What decides how quickly a replica serves; None where it is not known or does not matter."""

    model: str | None = None
    precision: str | None = None
    accelerator: str | None = None
    gpus_per_replica: int | None = None
    engine_version: str | None = None
    driver: str | None = None
    revision: str | None = None
    flags: tuple[str, ...] | None = None
    """Arguments of the server, name, port and model left out."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that was otherwise when the record was measured."""

    field: str
    measured: str
    meant: str

    def __str__(self) -> str:
        return f"{self.field}: measured with {self.measured}, meant {self.meant}"


def fingerprint_of(record: CalibrationRecord) -> Fingerprint:
    """Read what a record says; a record of published points says little."""
    argv = _argv(record)
    return Fingerprint(
        model=record.model,
        precision=record.precision,
        accelerator=record.accelerator,
        gpus_per_replica=record.gpus_per_replica,
        engine_version=record.versions.engine_version or None,
        driver=record.versions.driver or None,
        revision=_value(argv, "revision") if argv else None,
        flags=_flags(argv) if argv else None,
    )


def differences(measured: Fingerprint, meant: Fingerprint) -> Iterator[Difference]:
    """Everything in which the two are known to differ.

    Engine versions are compared without their patch number: speed moves with minor versions.
    """
    for field in fields(Fingerprint):
        was, is_meant = getattr(measured, field.name), getattr(meant, field.name)
        if was is None or is_meant is None:
            continue
        if field.name == "engine_version":
            was, is_meant = _minor(was), _minor(is_meant)
        if was != is_meant:
            yield Difference(field.name, _shown(was), _shown(is_meant))


def _argv(record: CalibrationRecord) -> list[str]:
    for note in record.notes:
        if note.startswith("Server: ") and " serve " in note:
            return note.removeprefix("Server: ").split()
    return []


def _flags(argv: list[str]) -> tuple[str, ...]:
    local = ("--port=", "--host=", "--served-model-name=", "--revision=", "--seed=")
    return tuple(sorted(a for a in argv if a.startswith("--") and not a.startswith(local)))


def _value(argv: list[str], name: str) -> str | None:
    found = [a.partition("=")[2] for a in argv if a.startswith(f"--{name}=")]
    return found[0] if found else None


def _minor(version: str) -> str:
    return ".".join(version.split("+")[0].split(".")[:2])


def _shown(value: object) -> str:
    return " ".join(value) if isinstance(value, tuple) else str(value)
