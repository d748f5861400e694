"""How fast a log is billed: beside a bare scan of the same columns, and beside genai-prices.

Run with ``python bench/bench_usage.py [MILLION_ROWS]``. The log is made first, in a folder of its
own.
"""

import resource
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import duckdb
from genai_prices import Usage
from genai_prices.data import providers

from pricing.catalogue import Catalogue
from tco.own_data.usage.bill_terms import BillTerms
from tco.own_data.usage.engine import engine, quoted
from tco.own_data.usage.sellers import Sellers
from tco.own_data.usage.usage_bill import usage_bill
from tco.own_data.usage.usage_log import open_usage

MILLIONS = 20
CALLS = 5_000
WHEN = datetime(2026, 11, 20, 12, tzinfo=UTC)
COLUMNS = (
    "as_of",
    "provider",
    "model",
    "tier",
    "input_tokens",
    "cached_tokens",
    "output_tokens",
)


def write_log(path: Path, rows: int) -> None:
    """Write a log of two models and tiers over three weeks, one prompt in 200 long."""
    with duckdb.connect() as connection:
        connection.execute(
            "COPY (SELECT TIMESTAMP '2026-11-01' + to_seconds((i * 7919) % (20 * 86400)) AS as_of,"
            " 'openai' AS provider, CASE WHEN hash(i) % 4 = 0 THEN 'gpt-5.4-mini' ELSE 'gpt-5.4'"
            " END AS model, CASE WHEN hash(i) % 10 = 0 THEN 'batch' ELSE 'standard' END AS tier,"
            " (hash(i * 3) % 4000 + CASE WHEN hash(i * 5) % 200 = 0 AND hash(i) % 4 <> 0"
            " THEN 270000 ELSE 0 END)::BIGINT AS input_tokens,"
            " (hash(i * 3) % 4000 // 2)::BIGINT AS cached_tokens,"
            f" (hash(i * 11) % 800)::BIGINT AS output_tokens FROM range({rows}) t(i))"
            f" TO {quoted(str(path))} (FORMAT parquet)"
        )


def bare_scan(path: Path) -> float:
    """Wall time of the least that reads every column [s]."""
    read = ", ".join(f"bit_xor(hash({name}))" for name in COLUMNS)
    best = float("inf")
    with engine() as connection:
        for _ in range(3):
            start = time.perf_counter()
            connection.execute(f"SELECT {read} FROM read_parquet({quoted(str(path))})").fetchall()
            best = min(best, time.perf_counter() - start)
    return best


def loop_s_per_row() -> float:
    """Wall time of one call of genai-prices [s]."""
    openai = next(provider for provider in providers if provider.id == "openai")
    model = next(item for item in openai.models if item.id == "gpt-5.4")
    usage = Usage(input_tokens=1_000, cache_read_tokens=100, output_tokens=200)
    start = time.perf_counter()
    for _ in range(CALLS):
        model.calc_price(usage, openai, genai_request_timestamp=WHEN)
    return (time.perf_counter() - start) / CALLS


def main() -> None:
    """Measure and print."""
    rows = int(float(sys.argv[1] if len(sys.argv) > 1 else MILLIONS) * 1_000_000)
    sellers = Sellers(Catalogue.load())
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "log.parquet"
        write_log(path, rows)
        bare, before = bare_scan(path), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        start = time.perf_counter()
        with open_usage([path]) as log:
            bill = usage_bill(log, sellers, BillTerms())
        took = time.perf_counter() - start
    held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"rows, priced exactly                         {bill.total.rows:>12,}")
    print(f"rows set aside                               {bill.set_aside_rows:>12,}")
    print(f"a bare scan of the same columns              {bare:12.3f} s")
    print(f"the bill                                     {took:12.3f} s")
    print(f"  ratio to the bare scan                     {took / bare:12.2f}")
    print(f"  ratio of a loop over genai-prices          {loop_s_per_row() * rows / took:12.0f}")
    print(f"most memory, {before / 1024:.0f} MB of it before the bill     {held:12.0f} MB")


if __name__ == "__main__":
    main()
