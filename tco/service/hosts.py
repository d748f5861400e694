"""By which names a server may be called."""

import re
from collections.abc import Collection, Mapping
from typing import Any, Final

LOOPBACK: Final = ("localhost", "127.0.0.1", "::1")
"""Names by which a program of this machine calls it; a page of another site cannot take them."""
_HOST: Final = re.compile(r"(?:\[(?P<v6>[0-9a-f:]+)\]|(?P<name>[a-z0-9._-]+))(?::[0-9]{1,5})?")


def is_called_by(host: str, allowed: Collection[str]) -> bool:
    """Whether a Host header holds one of the names that the page answers to.

    A page of another site whose name was made to point to this machine calls it by that name
    (DNS rebinding), and is refused.

    Parameters
    ----------
    host
        Name and perhaps port, as a browser sends it.
    allowed
        Names; ``*.example.org`` for every name below that one.

    Examples
    --------
    >>> is_called_by("localhost:8501", ["localhost"])
    True
    >>> is_called_by("evil.example", ["localhost"])
    False
    """
    found = _HOST.fullmatch(host.lower())
    if found is None:
        return False
    name = (found["v6"] or found["name"]).rstrip(".")
    return any(
        name.endswith(known[1:]) if known.startswith("*.") else name == known
        for known in (each.lower().rstrip(".") for each in allowed)
    )


def names_one_of(scope: Mapping[str, Any], allowed: Collection[str]) -> bool:
    """Whether a request names one host, and that is an allowed one.

    Parameters
    ----------
    scope
        Of an ASGI connection.
    """
    named = [value for key, value in scope["headers"] if key == b"host"]
    return len(named) == 1 and is_called_by(named[0].decode("latin-1"), allowed)
