"""Requests with a known bill: rates typed from the sellers' lists, one request at a time.

Rates are USD per million tokens, by model, tier and first day: input, read from the cache, written
to it by lifetime, output; once below the edge and once beyond it.
"""

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction


@dataclass(frozen=True)
class Rate:
    read: str
    into: str
    out: str
    writes: tuple = ()


@dataclass(frozen=True)
class Sale:
    seller: str
    edge: int
    short: Rate
    long: Rate


D = Decimal
EDGE = 272_000
GPT = Sale("openai", EDGE, Rate("0.25", "2.5", "15"), Rate("0.5", "5", "22.5"))
RATES = {
    ("gpt-5.4", "standard", ""): GPT,
    ("gpt-5.4", "batch", ""): Sale(
        "openai", EDGE, Rate("0.13", "1.25", "7.5"), Rate("0.25", "2.5", "11.25")
    ),
    ("gpt-5.6-luna", "standard", ""): Sale(
        "openai",
        EDGE,
        Rate("0.1", "1", "6", (("", "1.25"),)),
        Rate("0.2", "2", "9", (("", "2.5"),)),
    ),
    ("gpt-5.6-luna", "standard", "2026-07-30"): Sale(
        "openai",
        EDGE,
        Rate("0.02", "0.2", "1.2", (("", "0.25"),)),
        Rate("0.04", "0.4", "1.8", (("", "0.5"),)),
    ),
    ("claude-opus-5", "standard", ""): Sale(
        "anthropic",
        10**9,
        Rate("0.5", "5", "25", (("", "6.25"), ("5m", "6.25"), ("1h", "10"))),
        Rate("0.5", "5", "25"),
    ),
    ("gemini-2.5-pro", "standard", ""): Sale(
        "google", 200_000, Rate("0.125", "1.25", "10"), Rate("0.25", "2.5", "15")
    ),
    ("llama-3.3-70b-versatile", "standard", ""): Sale(
        "groq", 10**9, Rate("0.59", "0.59", "0.79"), Rate("0.59", "0.59", "0.79")
    ),
    ("grok-4.3", "standard", ""): Sale(
        "x-ai", 199_999, Rate("0.2", "1.25", "2.5"), Rate("0.4", "2.5", "5")
    ),
    ("meta.llama3-3-70b-instruct-v1:0", "standard", ""): Sale(
        "aws", 10**9, Rate("0.72", "0.72", "0.72"), Rate("0.72", "0.72", "0.72")
    ),
}
SUMMER = ("2026-07-28", "2026-07-29", "2026-07-30", "2026-07-31")
"""Days about the one on which GPT-5.6 Luna became cheaper."""
AUTUMN = ("2026-10-20", "2026-10-21")


@dataclass(frozen=True)
class Sent:
    """One request, and what it consumed."""

    id: str
    at: datetime
    model: str
    tier: str
    input: int
    cached: int
    writes: tuple
    output: int
    reasoning: int
    project: str

    @property
    def written(self):
        return sum(tokens for _, tokens in self.writes)

    @property
    def sale(self):
        day = self.at.date().isoformat()
        since = max(
            first
            for model, tier, first in RATES
            if (model, tier) == (self.model, self.tier) and first <= day
        )
        return RATES[self.model, self.tier, since]

    @property
    def usd(self):
        """Exact price, by the rates above."""
        rate = self.sale.long if self.input > self.sale.edge else self.sale.short
        rates = dict(rate.writes)
        fresh = self.input - self.cached - self.written
        parts = [(fresh, rate.into), (self.cached, rate.read), (self.output, rate.out)]
        parts += [(tokens, rates.get(life, rate.into)) for life, tokens in self.writes]
        return sum(tokens * Fraction(of) for tokens, of in parts) / 1_000_000


def bill(requests):
    """Exact bill of requests [USD]."""
    return sum((request.usd for request in requests), Fraction(0))


def sent(seed, count, models, *, days=SUMMER, lifetimes=(), reasoning=True, most=400_000):
    """Requests of a seed: most short, some on and about the edges, some long."""
    dice = random.Random(seed)
    return [_one(dice, number, models, days, lifetimes, reasoning, most) for number in range(count)]


def _one(dice, number, models, days, lifetimes, reasoning, most):
    model, tier = dice.choice(models)
    day = datetime.fromisoformat(dice.choice(days)).replace(tzinfo=UTC)
    at = day + timedelta(seconds=dice.randrange(86_400))
    whole = min(most, dice.choice([*[dice.randrange(1, 30_000)] * 20, *_about(dice)]))
    cached = dice.choice([0, dice.randrange(whole + 1), whole // 2])
    writes, left = [], whole - cached
    for life in lifetimes:
        tokens = dice.choice([0, dice.randrange(left + 1)])
        left -= tokens
        writes.append((life, tokens))
    output = dice.randrange(1, 3_000)
    thought = dice.randrange(output) if reasoning else 0
    project = dice.choice(["red", "blue"])
    return Sent(
        f"r{number}", at, model, tier, whole, cached, tuple(writes), output, thought, project
    )


def _about(dice):
    """Lengths on, about and beyond the edges of rate cards."""
    return [dice.choice([199_999, 200_000, 200_001, 272_000, 272_001]), dice.randrange(300_000)]


def joined(requests, unit):
    """Requests of one model, tier and project in one hour, minute or day, together."""
    found = {}
    for request in requests:
        start = {
            "minute": request.at.replace(second=0),
            "hour": request.at.replace(minute=0, second=0),
            "day": request.at.replace(hour=0, minute=0, second=0),
        }[unit]
        found.setdefault((start, request.model, request.tier, request.project), []).append(request)
    return found


def total(requests, name):
    """Sum of a count."""
    return sum(getattr(request, name) for request in requests)
