"""Cross-check: rates against those of the litellm 1.109.1 price file, cell by cell.

The extract holds the entries of models this catalogue lists (MIT licence). Disagreements are
explained in ``docs/price-ledger.md``.
"""

import csv
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from pricing.catalogue import Catalogue
from pricing.rate_card import Band
from pricing.refusal import PriceRefusedError

CATALOGUE = Catalogue.load()
EXTRACT = Path(__file__).parent / "data" / "litellm_1_109_1_rates.csv"
LEDGER = Path(__file__).parents[2] / "docs" / "price-ledger.md"
OFF_PEAK = datetime(2026, 11, 20, 22, tzinfo=UTC)


@dataclass(frozen=True)
class Cell:
    """One tier and band of one model in both price files."""

    row: dict[str, str]
    band: Band | None
    refusal: str

    @property
    def agrees(self) -> bool:
        if self.band is None or not self.band.offered:
            return False
        ours = (
            self.band.input_usd_per_mtok,
            self.band.cached_input_usd_per_mtok,
            self.band.output_usd_per_mtok,
        )
        return ours == tuple(
            Decimal(self.row[name]) if self.row[name] else None
            for name in ("input", "cached", "output")
        )

    def is_of(self, provider: str, model: str = "", tier: str = "") -> bool:
        row = self.row
        return (
            row["provider"] == provider
            and (not model or row["model"] == model)
            and (not tier or row["tier"] == tier)
        )


def cells() -> list[Cell]:
    found = []
    with EXTRACT.open(newline="") as file:
        for row in csv.DictReader(file):
            try:
                offer = CATALOGUE.offer(row["provider"], row["model"])
                card = offer.rate_card(row["tier"], on=OFF_PEAK)
            except PriceRefusedError as refusal:
                found.append(Cell(row, None, str(refusal)))
                continue
            bands = [b for b in card.bands if b.above_input_tokens == int(row["above"])]
            found.append(Cell(row, bands[0] if bands else None, ""))
    return found


EXPLANATIONS: dict[str, Callable[[Cell], bool]] = {
    "L01": lambda cell: "ended on" in cell.refusal,
    "L02": lambda cell: cell.is_of("azure", tier="flex") or cell.is_of("x-ai", "grok-4.7", "batch"),
    "L03": lambda cell: cell.is_of("azure", "gpt-5.4", "priority") and cell.row["above"] != "0",
    "L04": lambda cell: cell.is_of("azure", "gpt-5.4-pro", "standard"),
    "L05": lambda cell: cell.is_of("baseten") or cell.is_of("databricks"),
    "L06": lambda cell: cell.is_of("deepseek"),
    "L07": lambda cell: cell.is_of("fireworks", "llama-v3p1-8b-instruct"),
    "L08": lambda cell: cell.is_of("mistral", "mistral-large-4"),
    "L09": lambda cell: cell.is_of("nebius", "meta-llama/Llama-3.3-70B-Instruct"),
    "L10": lambda cell: cell.is_of("openai", "gpt-5.5-pro", "batch"),
    "L11": lambda cell: cell.is_of("openai", "gpt-5.6-cyber") and cell.row["above"] != "0",
    "L12": lambda cell: cell.is_of("ovhcloud"),
    "L13": lambda cell: cell.is_of("x-ai", "grok-code-fast-1"),
    "L14": lambda cell: cell.is_of("cloudflare", "@cf/qwen/qwen3-30b-a3b-fp8"),
}


def explanation(cell: Cell) -> str | None:
    return next((entry for entry, holds in EXPLANATIONS.items() if holds(cell)), None)


@pytest.fixture(scope="module")
def compared():
    return cells()


def test_every_cell_agrees_or_the_ledger_says_why(compared):
    assert [cell.row for cell in compared if not cell.agrees and explanation(cell) is None] == []
    assert len(compared) == 428
    assert sum(cell.agrees for cell in compared) >= 350


def test_every_entry_of_the_ledger_explains_something(compared):
    entries = set(re.findall(r"^\| (L\d\d) \|", LEDGER.read_text("utf-8"), re.MULTILINE))
    assert {explanation(cell) for cell in compared if not cell.agrees} == entries
