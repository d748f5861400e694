"""Catalogues for tests: the packaged one with a provider's file edited."""

import hashlib
import json
from collections.abc import Callable
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Any

from pricing.catalogue import Catalogue

Document = dict[str, Any]


def copied(folder: Path) -> Path:
    """Copy of the packaged catalogue."""
    folder.mkdir(parents=True, exist_ok=True)
    for item in (files("pricing") / "data").iterdir():
        if item.name.endswith(".json"):
            (folder / item.name).write_bytes(item.read_bytes())
    return folder


def edited(
    folder: Path,
    provider: str,
    edit: Callable[[Document], object],
    generated_on: date | None = None,
) -> Catalogue:
    """Copy of the packaged catalogue in which `edit` changed one provider's document."""
    path = copied(folder) / f"{provider}.json"
    document = json.loads(path.read_bytes())
    edit(document)
    content = json.dumps(document).encode()
    path.write_bytes(content)
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["providers"][provider]["sha256"] = hashlib.sha256(content).hexdigest()
    if generated_on:
        manifest["generated_on"] = generated_on.isoformat()
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return Catalogue.load(folder)


def offer_in(document: Document, model: str) -> Document:
    """Entry of one model in a provider's document."""
    found: Document = next(item for item in document["offers"] if item["model"] == model)
    return found
