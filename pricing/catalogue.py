"""The price catalogue that ships with the package: find an offer, say how old its prices are.

Data lies in ``pricing/data/``: one file per provider, and a manifest that carries the SHA-256
of each. Nothing is fetched. A provider's file is read when it is first asked for.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, Self

from pricing.errors import Problem, StorageError, did_you_mean
from pricing.offer import Availability, Offer
from pricing.package_files import read_bytes
from pricing.parsing import parse_json
from pricing.provider_file import read_offers
from pricing.refusal import UnknownModelError

MANIFEST = "manifest.json"
_REINSTALL = "The price catalogue cannot be read: install the package again."
_OTHER_FOLDER = "Name a folder of a catalogue, as pricing/data of a version is."

_FILE = re.compile(r"[a-z0-9][a-z0-9._-]*\.json")
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(slots=True, eq=False)
class Catalogue:
    """Every offer on record, by provider, read from one folder of data."""

    version: str
    sha256: str
    """Digest of the manifest, which carries the digest of every provider's file."""
    generated_on: date
    upstream: str
    """Package and version the prices were taken from."""
    oldest_retrieved: date
    """Day the longest unchecked rate was last seen at its source."""
    newest_retrieved: date
    _files: Mapping[str, Mapping[str, Any]] = field(repr=False)
    _provider_aliases: Mapping[str, str] = field(repr=False)
    _folder: Traversable = field(repr=False)
    _loaded: dict[str, tuple[Offer, ...]] = field(default_factory=dict, repr=False)
    _by_name: dict[str, dict[str, Offer]] = field(default_factory=dict, repr=False)

    @classmethod
    def load(cls, folder: Traversable | None = None) -> Self:
        """Open the packaged catalogue, or one in another folder."""
        place = folder if folder is not None else files("pricing") / "data"
        content = read_bytes(place / MANIFEST, _REINSTALL if folder is None else _OTHER_FOLDER)
        try:
            return cls._of(content, place)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            limit = f"is not the manifest of a catalogue: {error}"[:300]
            raise StorageError(
                Problem(f"pricing/data/{MANIFEST}", "", limit, _REINSTALL)
            ) from error

    @classmethod
    def _of(cls, content: bytes, place: Traversable) -> Self:
        """Open the catalogue that a manifest lists."""
        manifest = parse_json(content)
        upstream = manifest["upstream"]
        for entry in manifest["providers"].values():
            if not _FILE.fullmatch(entry["file"]) or not _SHA256.fullmatch(entry["sha256"]):
                msg = f"{str(entry['file'])[:80]!r} is no file of a provider"
                raise ValueError(msg)
        return cls(
            version=manifest["version"],
            sha256=hashlib.sha256(content).hexdigest(),
            generated_on=date.fromisoformat(manifest["generated_on"]),
            upstream=f"{upstream['name']} {upstream['version']}",
            oldest_retrieved=date.fromisoformat(manifest["oldest_retrieved"]),
            newest_retrieved=date.fromisoformat(manifest["newest_retrieved"]),
            _files=dict(manifest["providers"]),
            _provider_aliases=dict(manifest["provider_aliases"]),
            _folder=place,
        )

    @property
    def providers(self) -> tuple[str, ...]:
        """Every provider on record, in alphabetical order."""
        return tuple(sorted(self._files))

    def offer(self, provider: str, model: str) -> Offer:
        """One offer, by the model's id or any of its aliases; letter case does not matter.

        Raises
        ------
        UnknownModelError
            No such provider or model; the remedy names the nearest.
        """
        key = self._provider(provider)
        self._read_provider(key)
        names = self._by_name[key]
        found = names.get(model.strip().lower())
        if found is None:
            limit = f"{self._files[key]['title']} lists no such model"
            raise UnknownModelError(Problem("model", model, limit, did_you_mean(model, names)))
        return found

    def offers(
        self,
        *,
        provider: str | None = None,
        open_weights: str | None = None,
        availability: Availability | None = None,
        tier: str | None = None,
        on: date | None = None,
        text: str = "",
    ) -> tuple[Offer, ...]:
        """Offers that meet every filter given, by provider and model."""
        keys = (self._provider(provider),) if provider else self.providers
        day = on or self.generated_on
        return tuple(
            offer
            for offer in self._all(keys)
            if (open_weights is None or offer.open_weights == open_weights)
            and (availability is None or offer.availability(day) == availability)
            and (tier is None or offer.sells(tier))
            and (not text or text.lower() in f"{offer.model} {offer.title}".lower())
        )

    def names(self, provider: str) -> Mapping[str, Offer]:
        """Every name of a provider's offers, in small letters: ids and aliases."""
        key = self._provider(provider)
        self._read_provider(key)
        return self._by_name[key]

    def with_offers(self, offers: Sequence[Offer]) -> "Catalogue":
        """Build a catalogue that holds these offers too; one of a known name takes its place."""
        known, loaded, by_name = dict(self._files), dict(self._loaded), dict(self._by_name)
        for key in dict.fromkeys(offer.provider for offer in offers):
            added = tuple(offer for offer in offers if offer.provider == key)
            names = {offer.model.lower() for offer in added}
            kept = self._read_provider(key) if key in known else ()
            loaded[key] = (*(o for o in kept if o.model.lower() not in names), *added)
            by_name[key] = _names(loaded[key])
            known.setdefault(key, {"title": added[0].provider_title})
        return replace(self, _files=known, _loaded=loaded, _by_name=by_name)

    @property
    def provider_aliases(self) -> Mapping[str, str]:
        """Other names of providers."""
        return self._provider_aliases

    def age_days(self, today: date) -> int:
        """Days since the longest unchecked rate was last seen at its source."""
        return (today - self.oldest_retrieved).days

    def _all(self, keys: tuple[str, ...]) -> Iterator[Offer]:
        for key in keys:
            yield from self._read_provider(key)

    def _provider(self, name: str) -> str:
        key = name.strip().lower()
        key = self._provider_aliases.get(key, key)
        if key not in self._files:
            known = [*self._files, *self._provider_aliases]
            limit = "no such provider is on record"
            raise UnknownModelError(Problem("provider", name, limit, did_you_mean(name, known)))
        return key

    def _read_provider(self, key: str) -> tuple[Offer, ...]:
        if key not in self._loaded:
            entry = self._files[key]
            content = read_bytes(self._folder / entry["file"], _REINSTALL)
            if hashlib.sha256(content).hexdigest() != entry["sha256"]:
                raise StorageError(
                    Problem(
                        f"pricing/data/{entry['file']}",
                        "",
                        "the file does not match its digest in the manifest",
                        "Install the package again, or rebuild with `tco prices refresh`.",
                    )
                )
            offers = read_offers(parse_json(content))
            self._loaded[key] = offers
            self._by_name[key] = _names(offers)
        return self._loaded[key]


def _names(offers: tuple[Offer, ...]) -> dict[str, Offer]:
    """Ids and aliases to offers; an id always wins over another model's alias."""
    aliases = {alias.lower(): offer for offer in offers for alias in offer.aliases}
    return aliases | {offer.model.lower(): offer for offer in offers}
