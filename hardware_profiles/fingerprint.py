"""What a calibration was measured on, and how another machine or setting differs from it."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from typing import Final

from hardware_profiles.calibration import CalibrationRecord

NOT_RECORDED: Final = "not recorded"


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What decides how quickly a replica serves; None where it is not known or not said."""

    model: str | None = None
    precision: str | None = None
    accelerator: str | None = None
    gpus_per_replica: int | None = None
    engine_version: str | None = None
    driver: str | None = None
    revision: str | None = None
    flags: tuple[str, ...] | None = None
    """Arguments of the server such as ``--max-num-seqs=256``."""


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
    run = record.run
    return Fingerprint(
        model=record.model,
        precision=record.precision,
        accelerator=record.accelerator,
        gpus_per_replica=record.gpus_per_replica,
        engine_version=record.versions.engine_version or None,
        driver=record.versions.driver or None,
        revision=run.revision or None if run else None,
        flags=_flags(run.argv) if run and run.argv else None,
    )


def differences(measured: Fingerprint, meant: Fingerprint) -> Iterator[Difference]:
    """Everything that is meant and was not, or is not known to have been, measured.

    Engine versions are compared without their patch number: speed moves with minor versions. Of
    the flags only those that are meant count.

    Examples
    --------
    >>> measured = Fingerprint(engine_version="0.32.0", flags=("--max-num-seqs=256",))
    >>> for found in differences(measured, Fingerprint(engine_version="0.33.1")):
    ...     print(found)
    engine_version: measured with 0.32, meant 0.33
    """
    for field in fields(Fingerprint):
        was, is_meant = getattr(measured, field.name), getattr(meant, field.name)
        if is_meant is None:
            continue
        if field.name == "engine_version":
            was, is_meant = _minors(was), _minors(is_meant)
        if field.name == "flags":
            was, is_meant = _otherwise(was, is_meant)
        if was != is_meant:
            yield Difference(field.name, _shown(was), _shown(is_meant))


def _flags(argv: Iterable[str]) -> tuple[str, ...]:
    """Flags that can change the speed."""
    local = {"port", "host", "served-model-name", "revision", "seed"}
    return tuple(sorted(a for a in argv if a.startswith("--") and _name(a) not in local))


def _otherwise(
    was: tuple[str, ...] | None, meant: tuple[str, ...]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The flags in which the two differ, on either side."""
    known = {_name(flag): flag for flag in was or ()}
    other = [flag for flag in meant if known.get(_name(flag)) != flag]
    before = [known.get(_name(flag), f"no {flag.partition('=')[0]}") for flag in other]
    return tuple(before) if was is not None or not other else (NOT_RECORDED,), tuple(other)


def _name(flag: str) -> str:
    """``max-num-seqs`` of ``--max-num-seqs=256``; a switch and its negation are one name."""
    return flag.removeprefix("--").partition("=")[0].removeprefix("no-")


def _minors(versions: str | None) -> str | None:
    """Minor versions in a text such as ``"0.12.0, 0.19.1+cu130"``."""
    found = dict.fromkeys(re.findall(r"(\d+\.\d+)[^\s,]*", versions or ""))
    return ", ".join(found) or versions


def _shown(value: object) -> str:
    if value is None:
        return NOT_RECORDED
    return " ".join(value) if isinstance(value, tuple) else str(value)
