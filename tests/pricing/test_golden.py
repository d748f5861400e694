"""Every golden case, exact to the last decimal, or refused with the right status."""

import csv
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from pricing.catalogue import Catalogue
from pricing.rules import Quote, quote
from pricing.usage import RequestUsage

PATH = Path(__file__).parent / "data" / "pricing_golden.csv"


@dataclass(frozen=True)
class Part:
    """One request of a case, and how many times it is made."""

    usage: RequestUsage
    times: int = 1


@dataclass(frozen=True)
class Case:
    """One row of the golden file."""

    row: dict[str, str]
    parts: tuple[Part, ...]

    @property
    def on(self) -> date:
        text = self.row["as_of"]
        return (
            datetime.fromisoformat(text).astimezone(UTC)
            if "T" in text
            else date.fromisoformat(text)
        )

    @property
    def served_tier(self) -> str | None:
        found = re.search(r"served=(\w+)", self.row["other"])
        return found and found[1]


def _number(pattern: str, text: str) -> int:
    found = re.search(pattern, text)
    return int(found[1].replace(",", "")) if found else 0


def _parts(row: dict[str, str]) -> tuple[Part, ...]:
    other = row["other"]
    pairs = re.findall(r"(\d+)/(\d+)(?=$| and| then)", other)
    if "two" in other and len(pairs) == 2:
        return tuple(
            Part(RequestUsage(input_tokens=int(i), output_tokens=int(o))) for i, o in pairs
        )
    same = re.match(r"([\d,]+) identical requests of (\d+)/(\d+) cached/(\d+)", other)
    if same:
        count, *tokens = (int(group.replace(",", "")) for group in same.groups())
        return (Part(RequestUsage(tokens[0], tokens[1], 0, tokens[2]), count),)
    split = {life: int(n) for n, life in re.findall(r"(\d+) at (\d+[mh])", other)}
    usage = RequestUsage(
        input_tokens=int(row["input_tokens"]),
        cached_tokens=int(row["cached_tokens"]),
        cache_write_tokens=int(row["cache_write_tokens"]),
        output_tokens=int(row["output_tokens"]),
        reasoning_tokens=_number(r"reasoning_tokens=(\d+)", other),
        cache_write_lifetime="12h" if "12-hour" in other else None,
        cache_writes=split or None,
        web_searches=_number(r"web_searches=(\d+)", other),
        file_searches=_number(r"file_search_calls=(\d+)", other),
        refused=row["status"] == "zero_cost" and "429" in row["arithmetic"],
    )
    return (Part(usage),)


def cases() -> list[Case]:
    """Every row of the file."""
    with PATH.open(newline="", encoding="utf-8") as file:
        return [Case(row, _parts(row)) for row in csv.DictReader(file)]


CATALOGUE = Catalogue.load()


def quotes(case: Case) -> list[tuple[Quote, int]]:
    row = case.row
    return [
        (
            quote(
                CATALOGUE, row["provider"], row["model"], part.usage,
                on=case.on, tier=row["tier"], residency=row["residency"],
                served_tier=case.served_tier,
            ),
            part.times,
        )
        for part in case.parts
    ]  # fmt: skip


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.row["id"])
def test_a_golden_request_costs_exactly_what_the_price_list_says(case):
    found = quotes(case)
    assert {quoted.status for quoted, _ in found} == {case.row["status"]}, found[0][0].reason
    if case.row["expected_usd"]:
        total = sum((quoted.usd * times for quoted, times in found), Decimal(0))
        assert total == Decimal(case.row["expected_usd"])
    else:
        assert all(quoted.usd is None and quoted.reason and quoted.remedy for quoted, _ in found)


@pytest.mark.parametrize(
    "case",
    [
        case
        for case in cases()
        if case.row["context_band"] in {"short", "long", "flat"} and case.row["expected_usd"]
    ],
    ids=lambda case: case.row["id"],
)
def test_the_band_of_a_golden_request_is_named(case):
    assert [quoted.band_name for quoted, _ in quotes(case)] == [case.row["context_band"]]


@pytest.mark.parametrize(
    ("input_tokens", "cached_tokens", "usd"),
    [(272_000, 0, "0.695"), (272_001, 0, "1.382505"), (300_000, 200_000, "0.6225")],
)
def test_gpt_5_4_at_and_above_the_long_context_edge(input_tokens, cached_tokens, usd):
    usage = RequestUsage(input_tokens, cached_tokens, output_tokens=1_000)
    on = CATALOGUE.generated_on
    assert quote(CATALOGUE, "openai", "gpt-5.4", usage, on=on).usd == Decimal(usd)
