"""What to know of a bill besides its amounts: what may lack, count twice, or be read otherwise."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from tco.own_data.usage.unread_keys import arrays_not_read, counts_not_read
from tco.own_data.usage.usage_log import MOST_EXAMPLES, UsageLog, UsagePart
from tco.words.figures import plural

PAGES_LACK: Final = (
    "Not all pages are here: each of those given says that more follow. Give the others too."
)
_MOST_NAMED: Final = 5


def said_of_part(log: UsageLog, part: UsagePart, *, has_rows: bool) -> Iterator[str]:
    """What to know of the files that are read alike.

    Raises
    ------
    InputError
        A file cannot be read.
    """
    key = part.shape.key
    if not has_rows:
        names = _some([file.path.name for file in part.source.files])
        yield f"{names}: no rows of usage in it ({key}), so nothing of it is billed."
    if log.more_follows(part):
        yield PAGES_LACK
    if part.shape.note:
        yield f"{key}: {part.shape.note}"
    if arrays := arrays_not_read(log.connection, part.source, part.shape):
        yield f"{key}: not read: what stands in {', '.join(arrays)}."
    if unread := counts_not_read(log.connection, part.source, part.shape):
        yield f"{key}: not read: {', '.join(unread)}."
    beside, inside = log.judged(part)
    if beside and inside:
        yield (
            f"{key}: more cached and written tokens than input in {plural(beside, 'row')}: whoever "
            f"sent that leaves those out of the input. In {plural(inside, 'row')} they are taken "
            "to stand inside it; where the same sender wrote those too, more is due than billed. "
            'Then name the columns with --map and write cached = "beside".'
        )


def said_of_files(
    log: UsageLog, shapes: Sequence[str], to_come: Mapping[str, int]
) -> Iterator[str]:
    """What to know of all files together.

    Parameters
    ----------
    to_come
        Rows by their days, where those have begun nowhere yet.
    """
    if log.without_usage:
        yield f"Without usage, and left out: {_some(log.without_usage)}."
    if to_come:
        days = " to ".join(dict.fromkeys((min(to_come), max(to_come))))
        rows = plural(sum(to_come.values()), "row")
        yield (
            f"Dated in the future: {rows}, {days}. Their prices are those known today, and may "
            "change before."
        )
    if len(shapes) > 1:
        yield (
            f"Files of several shapes are added up ({', '.join(shapes)}): "
            "requests that more than one of them tells count twice."
        )
    for first, last, one, other in log.told_twice()[:MOST_EXAMPLES]:
        days = first if first == last else f"days between {first} and {last}"
        yield (
            f"{one} and {other} tell the same sums of the same models on {days}: "
            "if one is part of the other, that counts twice. Give each day once."
        )


def said_of_rates(flags: Mapping[tuple[str, str], str]) -> Iterator[str]:
    """What to know of the rates that a bill takes, each said once, as a quote says it.

    Parameters
    ----------
    flags
        Words by the offer and the kind of them.
    """
    whose: dict[str, list[str]] = {}
    for (offer, _), flag in flags.items():
        whose.setdefault(flag, []).append(offer)
    for flag, offers in whose.items():
        yield f"{_some(offers)}: {flag.rstrip('.')}."


def said_of_charges(costs: UsageLog) -> Iterator[str]:
    """What to know of files that tell what was charged.

    Raises
    ------
    InputError
        A file cannot be read.
    """
    if any(costs.more_follows(part) for part in costs.parts):
        yield f"Charges: {PAGES_LACK}"
    if len(costs.files) > 1:
        for one, other in costs.charged_twice()[:MOST_EXAMPLES]:
            yield (
                f"Charges: {one} and {other} tell the same charges of a day: "
                "if one is part of the other, they count twice. Give each day once."
            )


def _some(names: Sequence[str]) -> str:
    more = len(names) - _MOST_NAMED
    return ", ".join(names[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
