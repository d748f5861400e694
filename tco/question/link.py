"""A scenario frozen with what it was made by: as plain values, or as one parameter of an address.

The parameter reads ``1.<body>.<check>``: the version of this form, base64url of the compressed
JSON, and the first 12 characters of the SHA-256 of the body.
"""

import base64
import binascii
import hashlib
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from pricing.catalogue import Catalogue
from pricing.errors import InputError, Problem
from pricing.parsing import parse_json
from tco.question.files import canonical_json, document_of, scenario_from
from tco.question.scenario import Scenario
from tco.words.figures import plural
from tco.words.version import planner_version

PARAMETER: Final = "scenario"
"""Name of the parameter in the page's address."""
FORM: Final = "1"
MOST_CHARACTERS: Final = 16_000
"""Longest value that is written or read; browsers and proxies carry it."""
MOST_LINK_BYTES: Final = 200_000
"""Largest scenario that a link may unfold to."""
_CHECK_CHARACTERS: Final = 12
_SHA256_CHARACTERS: Final = 16
_ASK_AGAIN: Final = "Ask for the link again, or for the scenario as a file."


@dataclass(frozen=True, slots=True)
class Shared:
    """What a link held, or what was frozen."""

    scenario: Scenario
    catalogue_version: str
    """Catalogue whose prices were seen when it was made."""
    warnings: tuple[str, ...]
    """Why today's answer may differ from the one seen then; empty where nothing moved."""


def frozen(scenario: Scenario, catalogue: Catalogue) -> dict[str, Any]:
    """Plain values of a scenario, with the planner and the catalogue it was answered by."""
    return {
        "planner": planner_version(),
        "catalogue": catalogue.version,
        "sha256": catalogue.sha256[:_SHA256_CHARACTERS],
        "scenario": document_of(scenario),
    }


def thawed(held: Mapping[str, Any], catalogue: Catalogue, named: str) -> Shared:
    """Take a scenario out of what `frozen` made.

    Parameters
    ----------
    named
        What held it, as messages say: a link, a question.

    Raises
    ------
    InputError
        If it holds none, or what is no longer a scenario.
    """
    made = _Made.of(held, named)
    try:
        scenario = scenario_from(held["scenario"])
    except InputError as error:
        older = Problem(
            named,
            "",
            f"was made by planner {made.planner[:20]} with prices of {made.catalogue[:20]}, "
            "and holds what this planner does not accept",
            f"Make the scenario anew, or open the {named} in the version it was made with.",
        )
        raise InputError(older, *error.problems) from error
    return Shared(scenario, made.catalogue, made.moved(catalogue))


def link_value(scenario: Scenario, catalogue: Catalogue) -> str:
    """Freeze a scenario into the value of a link's parameter.

    Raises
    ------
    InputError
        If it is too large for a link.
    """
    content = canonical_json(frozen(scenario, catalogue)).encode()
    body = base64.urlsafe_b64encode(zlib.compress(content, level=9)).rstrip(b"=").decode()
    value = f"{FORM}.{body}.{_check(body)}"
    if len(content) > MOST_LINK_BYTES or len(value) > MOST_CHARACTERS:
        limit = f"is too large for a link of {plural(MOST_CHARACTERS, 'character')}"
        raise InputError(Problem("scenario", "", limit, "Send the scenario as a file."))
    return value


def read_link(value: str, catalogue: Catalogue) -> Shared:
    """Read the value of a link's parameter.

    Raises
    ------
    InputError
        If the link is damaged, of another form, or holds what is no longer a scenario.
    """
    return thawed(_unfold(value.strip()), catalogue, "link")


@dataclass(frozen=True, slots=True)
class _Made:
    """What a link or a question was made with."""

    named: str
    planner: str
    catalogue: str
    sha256: str

    @classmethod
    def of(cls, held: Mapping[str, Any], named: str) -> "_Made":
        found = [held.get(key) for key in ("planner", "catalogue", "sha256")]
        words = [value for value in found if isinstance(value, str)]
        if len(words) < len(found) or "scenario" not in held:
            raise InputError(Problem(named, "", "holds no scenario", _ASK_AGAIN))
        return cls(named, *words)

    def moved(self, catalogue: Catalogue) -> tuple[str, ...]:
        """Say what changed between then and now."""
        said = []
        if self.catalogue != catalogue.version:
            said.append(
                f"This {self.named} was made with prices of {self.catalogue}; the answer below "
                f"uses those of {catalogue.version}. Prices may have moved since."
            )
        elif self.sha256 != catalogue.sha256[:_SHA256_CHARACTERS]:
            said.append(
                f"The prices of {self.catalogue} were corrected after this {self.named} was made."
            )
        if self.planner != planner_version():
            said.append(
                f"This {self.named} was made by planner {self.planner}, this one is "
                f"{planner_version()}: machines, measurements or the method may differ."
            )
        return tuple(said)


def _unfold(value: str) -> dict[str, Any]:
    if len(value) > MOST_CHARACTERS:
        limit = f"is longer than {plural(MOST_CHARACTERS, 'character')}"
        raise _refused(limit, "It was not made here; open a scenario as a file instead.")
    form, _, rest = value.partition(".")
    if form != FORM and form.isdigit() and rest:
        remedy = "Open it in a planner of that version."
        raise _refused(f"has form {form[:8]}, this planner reads form {FORM}", remedy)
    body, _, check = rest.partition(".")
    if form != FORM or not body:
        raise _refused("is not a link of this planner", _ASK_AGAIN)
    if check != _check(body):
        raise _refused("was cut short or changed on its way", _ASK_AGAIN)
    return _parsed(_decompressed(body))


def _decompressed(body: str) -> bytes:
    """Unfold at most `MOST_BYTES`, however much a forged link would unfold to."""
    unpacker = zlib.decompressobj()
    try:
        packed = base64.b64decode(body + "=" * (-len(body) % 4), altchars=b"-_", validate=True)
        content = unpacker.decompress(packed, MOST_LINK_BYTES)
    except (binascii.Error, ValueError, zlib.error) as error:
        raise _refused("cannot be unpacked", _ASK_AGAIN) from error
    if not unpacker.eof and len(content) >= MOST_LINK_BYTES:
        raise _refused(
            f"unfolds to more than {plural(MOST_LINK_BYTES, 'byte')}", "It was not made here."
        )
    if not unpacker.eof or unpacker.unused_data:
        raise _refused("cannot be unpacked", _ASK_AGAIN)
    return content


def _parsed(content: bytes) -> dict[str, Any]:
    try:
        held = parse_json(content)
    except ValueError as error:
        raise _refused("holds no scenario", _ASK_AGAIN) from error
    if not isinstance(held, dict):
        raise _refused("holds no scenario", _ASK_AGAIN)
    return held


def _check(body: str) -> str:
    return hashlib.sha256(body.encode()).hexdigest()[:_CHECK_CHARACTERS]


def _refused(limit: str, remedy: str) -> InputError:
    return InputError(Problem("link", "", limit, remedy))
