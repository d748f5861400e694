"""Endpoints to ask: what answers there is called, what it costs, and where its key is.

``NAME=ADDRESS``, for example ``openai/gpt-5.4=https://api.openai.com/v1``: a seller and a model of
the catalogue, priced token by token. Any other name, such as ``Llama 3.3 70B``, is a server of your
own, paid by the hour and not by the token. After ``#`` comes the name it is served by, where that
is not the model's.
"""

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from pricing.catalogue import Catalogue
from pricing.errors import InputError, Problem
from pricing.offer import STANDARD, Offer
from pricing.refusal import PriceRefusedError

_NO_WORD: Final = re.compile(r"[^A-Za-z0-9]+")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One model where it is served."""

    name: str
    address: str
    served: str
    """Name it is asked for by."""
    offer: Offer | None
    """Who sells its tokens; None: a server of your own."""
    tier: str
    key: str | None
    """Secret to show; None where it asks for none."""

    @property
    def measured_as(self) -> str:
        """Model in the sense of a scenario's qualities: the open one, or the seller's by its id."""
        if self.offer is None:
            return self.name
        return self.offer.open_weights or self.offer.model

    @property
    def slug(self) -> str:
        """Name for files and registries."""
        return _NO_WORD.sub("-", self.name).strip("-").lower()

    def __repr__(self) -> str:
        """Show it without its key."""
        return f"Endpoint({self.name!r}, {self.address!r})"


def endpoints_of(
    given: Sequence[str], keys: Sequence[str], catalogue: Catalogue, *, option: str
) -> tuple[Endpoint, ...]:
    """Read endpoints and the variables that hold their keys.

    Parameters
    ----------
    given
        Each as ``NAME=ADDRESS``, or ``NAME@TIER=ADDRESS``.
    keys
        Each as ``NAME=VARIABLE``. A seller's is ``<SELLER>_API_KEY`` when left out.
    option
        How the command line calls `given`.

    Raises
    ------
    InputError
        With every one that cannot be asked.
    """
    problems: list[Problem] = []
    variables = dict(_pair(text, "--key", "NAME=VARIABLE", problems) for text in keys)
    found = []
    for text in given:
        name, address = _pair(text, option, "NAME=ADDRESS", problems)
        if address and not _is_address(address):
            limit = "must be an address such as https://api.example.com/v1, without a secret in it"
            problems.append(Problem(option, text, limit, "Name its key with --key."))
        elif address:
            found.append(_endpoint(name, address, variables, catalogue, problems))
    names = [endpoint.slug for endpoint in found]
    for name in dict.fromkeys(names):
        if names.count(name) > 1:
            problems.append(Problem(option, name, "stands twice", "Give each a name of its own."))
    if problems:
        raise InputError(*problems)
    return tuple(found)


def _endpoint(
    text: str,
    address: str,
    variables: Mapping[str, str],
    catalogue: Catalogue,
    problems: list[Problem],
) -> Endpoint:
    name, _, tier = text.partition("@")
    seller, _, model = name.partition("/")
    place, _, served = address.partition("#")
    offer = None
    if model and seller in catalogue.providers:
        try:
            offer = catalogue.offer(seller, model)
        except PriceRefusedError as refusal:
            problems += refusal.problems
    variable = variables.get(name, f"{_NO_WORD.sub('_', seller).upper()}_API_KEY")
    key = os.environ.get(variable)
    if key is None and (offer is not None or name in variables):
        limit = f"needs the key in {variable}, which is not set"
        problems.append(Problem("--key", name, limit, f"Set it, or name another: {name}=VARIABLE."))
    return Endpoint(
        name=name,
        address=place.rstrip("/"),
        served=served or (model if offer is not None else name),
        offer=offer,
        tier=tier or STANDARD,
        key=key if offer is not None or name in variables else None,
    )


def _pair(text: str, option: str, form: str, problems: list[Problem]) -> tuple[str, str]:
    name, _, value = text.partition("=")
    if not name.strip() or not value.strip():
        problems.append(Problem(option, text, f"is not {form}", f"Write {form}."))
        return text, ""
    return name.strip(), value.strip()


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    plain = parts.username is None and parts.password is None and not parts.query
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and plain
