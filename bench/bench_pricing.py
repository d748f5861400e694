"""How fast prices are, as ratios of one run: ours against genai-prices, arrays against a loop.

Run with ``python bench/bench_pricing.py``. Absolute times depend on the machine and are printed
for orientation only.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime

import numpy as np
from genai_prices import Usage
from genai_prices.data import providers

from pricing.catalogue import Catalogue
from pricing.rules import quote
from pricing.usage import RequestUsage
from pricing.vectorised import Requests, prices_usd, total_usd

QUOTES = 5_000
REQUESTS = 1_000_000
WHEN = datetime(2026, 11, 20, 12, tzinfo=UTC)


def seconds(work: Callable[[], object], repeats: int = 3) -> float:
    """Least wall time of a few runs [s]."""
    best = float("inf")
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - start)
    return best


def main() -> None:
    """Measure and print."""
    catalogue = Catalogue.load()
    openai = next(provider for provider in providers if provider.id == "openai")
    model = next(item for item in openai.models if item.id == "gpt-5.4")
    card = catalogue.offer("openai", "gpt-5.4").rate_card(on=WHEN.date())
    rng = np.random.default_rng(1)
    tokens = rng.integers(1, 400_000, REQUESTS)
    cached = (tokens * rng.random(REQUESTS)).astype(np.int64)
    outputs = rng.integers(1, 2_000, REQUESTS)
    rows = [
        (int(i), int(c), int(o))
        for i, c, o in zip(tokens[:QUOTES], cached[:QUOTES], outputs[:QUOTES], strict=True)
    ]

    def ours() -> None:
        for i, c, o in rows:
            quote(catalogue, "openai", "gpt-5.4", RequestUsage(i, c, 0, o), on=WHEN.date())

    def theirs() -> None:
        for i, c, o in rows:
            usage = Usage(input_tokens=i, cache_read_tokens=c, output_tokens=o)
            model.calc_price(usage, openai, genai_request_timestamp=WHEN)

    requests = Requests.of(tokens, cached, 0, outputs)
    per_quote, per_call = seconds(ours) / QUOTES, seconds(theirs) / QUOTES
    each, whole = (
        seconds(lambda: prices_usd(card, requests)),
        seconds(lambda: total_usd(card, requests)),
    )
    print(f"one quote, exact, with lines and sources     {per_quote * 1e6:8.1f} us")
    print(f"genai-prices calc_price                      {per_call * 1e6:8.1f} us")
    print(f"  ratio, theirs / ours                       {per_call / per_quote:8.2f}")
    print(f"a million requests as arrays                 {each:8.3f} s")
    print(f"  ratio to a loop over genai-prices          {per_call * REQUESTS / each:8.0f}")
    print(f"exact total of a million requests            {whole:8.3f} s")
    print(f"  ratio to a loop over genai-prices          {per_call * REQUESTS / whole:8.0f}")


if __name__ == "__main__":
    main()
