"""What changed between two lists of machines, each difference in a sentence."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from hardware_profiles.offer import PurchaseOffer, RentalOffer
from pricing.change import is_far
from pricing.figures import exact, rise

Machine = RentalOffer | PurchaseOffer


@dataclass(frozen=True, slots=True)
class MachineChange:
    """One difference between two lists of machines."""

    words: str
    large: bool = False
    """Whether it takes a price away, or moves one more than threefold, up or down."""


def machine_changes(
    old: Mapping[str, Machine], new: Mapping[str, Machine]
) -> Iterator[MachineChange]:
    """Every machine that is new, gone or of another price; then those that were seen again."""
    for name in sorted({*old, *new}):
        was, now = old.get(name), new.get(name)
        if now is None:
            yield MachineChange(f"{name} is no longer listed.", large=True)
        elif was is None:
            yield MachineChange(f"{name} is new, at {_said(now)}.")
        else:
            yield from _moves(was, now)
    yield from _seen_again(old, new)


def _moves(was: Machine, now: Machine) -> Iterator[MachineChange]:
    if (was.accelerator, was.gpus) != (now.accelerator, now.gpus):
        had, has = (f"{one.gpus} × {one.accelerator}" for one in (was, now))
        yield MachineChange(f"{now.id} now has {has}, had {had}.", large=True)
    old, new = _usd(was), _usd(now)
    if old != new:
        verb = "rises" if new > old else "falls"
        by = f" ({rise(new / old)})" if old else ""
        words = f"{now.id} {verb} from {exact(old)} to {_said(now)}{by}."
        yield MachineChange(words, large=is_far(old, new))


def _seen_again(old: Mapping[str, Machine], new: Mapping[str, Machine]) -> Iterator[MachineChange]:
    """Machines of the same price and another source or day, counted by seller and day."""
    again: dict[tuple[str, str], int] = {}
    for name, now in new.items():
        was = old.get(name)
        if was is not None and was != now and not [*_moves(was, now)]:
            seller = now.provider if isinstance(now, RentalOffer) else now.source.name
            key = (seller, now.source.as_of)
            again[key] = again.get(key, 0) + 1
    for (seller, day), count in sorted(again.items()):
        what = "1 machine" if count == 1 else f"{count} machines"
        yield MachineChange(f"{what} of {seller}, at the price on record, now as of {day}.")


def _usd(machine: Machine) -> Decimal:
    """Price of all of it, by the hour or to buy."""
    if isinstance(machine, RentalOffer):
        return Decimal(str(machine.usd_per_instance_hour))
    return Decimal(str(machine.price_usd))


def _said(machine: Machine) -> str:
    unit = "USD/h" if isinstance(machine, RentalOffer) else "USD"
    return f"{exact(_usd(machine))} {unit}"
