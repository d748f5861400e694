"""Days and times as people read them."""

from datetime import datetime


def moment(at: datetime, *, seconds: bool = False) -> str:
    """Day and time of day, as the record has it.

    Examples
    --------
    >>> moment(datetime(2026, 11, 24, 9, 5)), moment(datetime(2026, 11, 24, 9, 5), seconds=True)
    ('2026-11-24 09:05', '2026-11-24 09:05:00')
    """
    return at.strftime("%Y-%m-%d %H:%M:%S" if seconds else "%Y-%m-%d %H:%M")
