"""How fast a log is billed: beside a bare scan of the same columns, and beside genai-prices.

Run with ``python bench/bench_usage.py [MILLION_ROWS]``. The log is made first, in a folder of its
own. The bare scan reads every column and keeps one number of each: sums of the counts, and the
exclusive or of hashes of the rest, which is the least that this engine does with them. The bare
sums are those of the counts by day, name, tier and band, with nothing checked and no price: less
than any bill of the log takes in this engine. The loop is what a user of genai-prices writes: it
takes the rows as Python has them, one by one, each with its time and tier. All four take turns, and
the least of each counts.

The ratios to the loop are given twice: by the clock, where the engine uses every core and the loop
one, and by processor time, which says what one core does and moves less where others use the cores.
"""

import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import duckdb
from genai_prices import Usage, calc_price

from pricing.catalogue import Catalogue
from tco.own_data.usage.bill_lines import UsageBill
from tco.own_data.usage.bill_terms import BillTerms
from tco.own_data.usage.engine import MEMORY, engine, quoted
from tco.own_data.usage.sellers import Sellers
from tco.own_data.usage.usage_bill import usage_bill
from tco.own_data.usage.usage_log import open_usage

MILLIONS = 20
CALLS = 5_000
TURNS = 3
COUNTS = ("input_tokens", "cached_tokens", "output_tokens")
OTHERS = ("as_of", "provider", "model", "tier")
USD_PER_MTOK = {
    ("gpt-5.4", "standard"): ("2.5", "0.25", "15"),
    ("gpt-5.4", "flex"): ("1.25", "0.13", "7.5"),
    ("gpt-5.4-mini", "standard"): ("0.75", "0.075", "4.5"),
    ("gpt-5.4-mini", "flex"): ("0.375", "0.0375", "2.25"),
}
"""Input, cached input and output as OpenAI lists them."""
LONG_USD_PER_MTOK = {
    ("gpt-5.4", "standard"): ("5", "0.5", "22.5"),
    ("gpt-5.4", "flex"): ("2.5", "0.25", "11.25"),
}
"""The same beyond 272,000 tokens of input."""


def write_log(path: Path, rows: int) -> None:
    """Write a log of two models and tiers over three weeks, one prompt in 200 long."""
    with duckdb.connect() as connection:
        connection.execute(
            "COPY (SELECT TIMESTAMP '2026-11-01' + to_seconds((i * 7919) % (20 * 86400)) AS as_of,"
            " 'openai' AS provider, CASE WHEN hash(i) % 4 = 0 THEN 'gpt-5.4-mini' ELSE 'gpt-5.4'"
            " END AS model, CASE WHEN hash(i) % 10 = 0 THEN 'flex' ELSE 'standard' END AS tier,"
            " (hash(i * 3) % 4000 + CASE WHEN hash(i * 5) % 200 = 0 AND hash(i) % 4 <> 0"
            " THEN 270000 ELSE 0 END)::BIGINT AS input_tokens,"
            " (hash(i * 3) % 4000 // 2)::BIGINT AS cached_tokens,"
            f" (hash(i * 11) % 800)::BIGINT AS output_tokens FROM range({rows}) t(i))"
            f" TO {quoted(str(path))} (FORMAT parquet)"
        )


def bare_scan(path: Path) -> None:
    """Do the least that reads every column."""
    read = [f"sum({name})" for name in COUNTS] + [f"bit_xor(hash({name}))" for name in OTHERS]
    with engine() as connection:
        query = f"SELECT {', '.join(read)} FROM read_parquet({quoted(str(path))})"
        connection.execute(query).fetchall()


def bare_sums(path: Path) -> None:
    """Add the counts up by all that a price hangs on, and no more."""
    with engine() as connection:
        connection.execute(
            f"SELECT CAST(as_of AS DATE), {', '.join(OTHERS[1:])}, input_tokens > 272000, count(*),"
            f" {', '.join(f'sum({name})' for name in COUNTS)}"
            f" FROM read_parquet({quoted(str(path))}) GROUP BY ALL"
        ).fetchall()


def truth(path: Path, rows: int) -> Fraction:
    """Bill of the first rows of the log by the rates above, added up apart [USD]."""
    with duckdb.connect() as connection:
        sums = connection.execute(
            "SELECT model, tier, input_tokens > 272000, sum(input_tokens - cached_tokens),"
            " sum(cached_tokens), sum(output_tokens)"
            f" FROM (FROM read_parquet({quoted(str(path))}) LIMIT {rows}) GROUP BY ALL"
        ).fetchall()
    usd = Fraction(0)
    for model, tier, is_long, *tokens in sums:
        rates = (LONG_USD_PER_MTOK if is_long else USD_PER_MTOK)[model, tier]
        usd += sum(int(n) * Fraction(rate) for n, rate in zip(tokens, rates, strict=True))
    return usd / 1_000_000


def loop(path: Path) -> Decimal:
    """Price the first rows of the log one by one with genai-prices [USD]."""
    with duckdb.connect() as connection:
        rows = connection.execute(
            f"SELECT {', '.join((*OTHERS, *COUNTS))} FROM read_parquet({quoted(str(path))})"
            f" LIMIT {CALLS}"
        )
        total = Decimal(0)
        while row := rows.fetchone():
            at, provider, model, tier, sent, cached, answered = row
            total += calc_price(
                Usage(input_tokens=sent, cache_read_tokens=cached, output_tokens=answered),
                model,
                provider_id=provider,
                genai_request_timestamp=at,
                price_context={"service_tier": tier},
            ).total_price
    return total


@dataclass(frozen=True)
class Taken:
    """What some work took: by the clock, and of all cores together [s]."""

    wall_s: float
    cpu_s: float


def taken(work: Callable[[], object]) -> Taken:
    """Time some work."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return Taken(time.perf_counter() - wall, time.process_time() - cpu)


def least(turns: list[Taken]) -> Taken:
    """Least of each time over several turns."""
    return Taken(min(one.wall_s for one in turns), min(one.cpu_s for one in turns))


def held_mb() -> float:
    """Most memory that this process has held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Measure and print."""
    rows = int(float(sys.argv[1] if len(sys.argv) > 1 else MILLIONS) * 1_000_000)
    sellers = Sellers(Catalogue.load())
    bills: list[UsageBill] = []

    def bill() -> None:
        with open_usage([path]) as log:
            bills.append(usage_bill(log, sellers, BillTerms()))

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "log.parquet"
        write_log(path, rows)
        before = held_mb()
        work = (lambda: bare_scan(path), lambda: bare_sums(path), bill, lambda: loop(path))
        turns = [[taken(each) for each in work] for _ in range(TURNS)]
        exact = all(
            Fraction(found) == right
            for found, right in (
                (bills[-1].total.lower_usd, truth(path, rows)),
                (bills[-1].total.upper_usd, truth(path, rows)),
                (loop(path), truth(path, CALLS)),
            )
        )
    scan, sums, took, looped = (least(list(times)) for times in zip(*turns, strict=True))
    print(f"rows, priced exactly                         {bills[-1].total.rows:>12,}")
    print(f"rows set aside                               {bills[-1].set_aside_rows:>12,}")
    print(f"are bill and loop those added up apart       {'yes' if exact else 'NO':>12}")
    print(f"a bare scan of the same columns              {scan.wall_s:12.3f} s")
    print(f"the bill                                     {took.wall_s:12.3f} s")
    print(f"  ratio to the bare scan, 6 at most          {took.wall_s / scan.wall_s:12.2f}")
    print(f"a loop over genai-prices, a row              {looped.cpu_s / CALLS * 1e6:12.1f} us")
    for name, one in (("the bill", took), ("bare sums", sums), ("bare scan", scan)):
        of_clock = looped.wall_s / CALLS * rows / one.wall_s
        of_core = looped.cpu_s / CALLS * rows / one.cpu_s
        print(f"  loop / {name:10} by the clock, {os.cpu_count()} cores   {of_clock:12,.0f}")
        print(f"  {'':17} of one core              {of_core:12,.0f}")
    print(f"most memory, the engine's own limit {MEMORY}    {held_mb():12.0f} MB")
    print(f"  before the first bill                      {before:12.0f} MB")
    if not exact:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
