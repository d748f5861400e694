"""Build the price catalogue from the pinned upstream package and our overrides.

No network. The same inputs give the same bytes, so that a catalogue can be reproduced.
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import date
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from pricing import overrides, upstream
from pricing.assembly import assemble
from pricing.package_files import read_toml

MANIFEST_SCHEMA = "pricing.catalogue/1"


def build(
    folder: Path,
    *,
    generated_on: date,
    inputs: Traversable | None = None,
    package: upstream.Package | None = None,
) -> list[str]:
    """Write every provider's file and the manifest.

    Parameters
    ----------
    folder
        Where the files go.
    generated_on
        Day the manifest carries.
    inputs
        Folder of ``scope.toml`` and ``overrides/``; None: the packaged ones.
    package
        Upstream prices; None: those of the installed package.

    Returns
    -------
    list of str
        Names of the files written.
    """
    place = inputs if inputs is not None else files("pricing") / "data"
    scope = read_toml(place / "scope.toml")
    prices = package or upstream.packaged()
    documents = assemble(scope, overrides.read(place / "overrides"), prices)
    entries = {}
    for key, document in documents.items():
        content = _bytes(document)
        (folder / f"{key}.json").write_bytes(content)
        entries[key] = {
            "title": document["title"],
            "file": f"{key}.json",
            "sha256": hashlib.sha256(content).hexdigest(),
            "offers": len(document["offers"]),
        }
    manifest = _manifest(scope, documents, entries, generated_on, prices)
    (folder / "manifest.json").write_bytes(_bytes(manifest))
    return [*(entry["file"] for entry in entries.values()), "manifest.json"]


def _manifest(
    scope: Mapping[str, Any],
    documents: Mapping[str, Any],
    entries: Mapping[str, Any],
    generated_on: date,
    prices: upstream.Package,
) -> dict[str, Any]:
    days = [
        document["sources"][rate["source"]]["as_of"]
        for document in documents.values()
        for offer in document["offers"]
        for rate in offer["rates"]
        if "until" not in rate
    ]
    return {
        "schema": MANIFEST_SCHEMA,
        "version": f"{generated_on:%Y.%m.%d}",
        "generated_on": generated_on.isoformat(),
        "upstream": {"name": upstream.NAME, "version": prices.version},
        "oldest_retrieved": min(days),
        "newest_retrieved": max(days),
        "providers": dict(entries),
        "provider_aliases": dict(scope["provider_aliases"]),
    }


def _bytes(document: Mapping[str, Any]) -> bytes:
    return (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode()
