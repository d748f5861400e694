"""What is sent: kinds of requests, how long they are, what is cached, how the week looks."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from pricing.caching import conversation, conversation_share, prefix_share
from pricing.provenance import Name, Record, ShortText
from pricing.quantities import (
    Fraction,
    GrowthRate,
    Minutes,
    Multiple,
    Ratio,
    RequestsPerMinute,
    RequestsPerMonth,
    TokenLimit,
    Tokens,
    Whole,
)
from pricing.units import HOURS_PER_WEEK
from tco.kernel import lengths
from tco.question.options import ApiOption
from tco.question.variant import Variant
from tco.words.figures import number, tokens

SHARES_TOLERANCE = 1e-9
MOST_QUANTILES = 1_001
MOST_KINDS = 20
SPREAD_WHEN_UNKNOWN = 1.0
"""Coefficient of variation of lengths where their means alone are told (planner's assumption)."""
Side = Literal["input", "output"]
LEAST_WEIGHT, MOST_WEIGHT = 1e-6, 1e9
"""Of an hour of the week; hours weigh against each other, so any scale will do."""


class FixedLength(Variant):
    """Every request has the same length."""

    kind: Literal["fixed"] = "fixed"
    """Says that all are of one length."""
    tokens: Tokens
    """That length."""

    def distribution(self) -> lengths.Fixed:
        """Build the distribution the kernel integrates."""
        return lengths.Fixed(self.tokens)

    def with_mean(self, tokens: float) -> "FixedLength":
        """Build the same shape about another mean [token]; a scenario that takes it checks it."""
        return self.model_copy(update={"tokens": tokens})


class LognormalLength(Variant):
    """Lengths spread lognormally about a mean."""

    kind: Literal["lognormal"] = "lognormal"
    """Says that lengths spread lognormally."""
    mean_tokens: Tokens
    """Mean length."""
    cv: Annotated[Ratio, Field(le=20)]
    """Coefficient of variation: standard deviation over mean."""

    def distribution(self) -> lengths.Lognormal:
        """Build the distribution the kernel integrates."""
        return lengths.Lognormal(self.mean_tokens, self.cv)

    def with_mean(self, tokens: float) -> "LognormalLength":
        """Build the same shape about another mean [token]; a scenario that takes it checks it."""
        return self.model_copy(update={"mean_tokens": tokens})


class QuantileLength(Variant):
    """Lengths by quantile, evenly spread between neighbours; the usual form of a usage log."""

    kind: Literal["quantiles"] = "quantiles"
    """Says that lengths are given by quantile."""
    probabilities: tuple[Fraction, ...] = Field(min_length=2, max_length=MOST_QUANTILES)
    """Cumulative shares, from 0 to 1, ascending."""
    tokens: tuple[Tokens, ...] = Field(min_length=2, max_length=MOST_QUANTILES)
    """Length at each cumulative share, ascending."""

    @model_validator(mode="after")
    def _is_a_distribution(self) -> Self:
        if len(self.probabilities) != len(self.tokens):
            msg = "probabilities and tokens must have the same number of entries"
            raise ValueError(msg)
        if self.probabilities[0] != 0 or self.probabilities[-1] != 1:
            msg = "probabilities must start at 0 and end at 1"
            raise ValueError(msg)
        if any(a >= b for a, b in pairwise(self.probabilities)):
            msg = "probabilities must ascend"
            raise ValueError(msg)
        if any(a > b for a, b in pairwise(self.tokens)):
            msg = "tokens must not descend"
            raise ValueError(msg)
        return self

    def distribution(self) -> lengths.Quantiles:
        """Build the distribution the kernel integrates."""
        return lengths.Quantiles(self.probabilities, self.tokens)

    def with_mean(self, tokens: float) -> "QuantileLength":
        """Build the same shape about another mean [token]; a scenario that takes it checks it."""
        ratio = tokens / self.distribution().mean
        return self.model_copy(update={"tokens": tuple(t * ratio for t in self.tokens)})


TokenLength = Annotated[FixedLength | LognormalLength | QuantileLength, Field(discriminator="kind")]


class SharedPrefix(Variant):
    """Every prompt starts with the same tokens, found in the cache while they stay warm."""

    kind: Literal["prefix"] = "prefix"
    """Says that the cached part is a shared start."""
    prefix_tokens: TokenLimit
    """Length of the start that every prompt shares."""
    requests_per_minute: RequestsPerMinute
    """Rate of the requests that share the prefix."""
    lifetime_minutes: Minutes = 5.0
    """How long the cache keeps it."""
    renewed_by_use: bool = True
    """Whether each use starts its lifetime anew."""

    def cached_share(self, mean_prompt_tokens: float) -> float:
        """Share of prompt tokens read from the cache [1]."""
        return prefix_share(
            self.prefix_tokens,
            mean_prompt_tokens,
            requests_per_minute=self.requests_per_minute,
            lifetime_minutes=self.lifetime_minutes,
            renewed_by_use=self.renewed_by_use,
        )


class Conversation(Variant):
    """Each prompt repeats the conversation so far."""

    kind: Literal["conversation"] = "conversation"
    """Says that the cached part is the conversation so far."""
    system_tokens: TokenLimit
    """Tokens before the first question: instructions, tools, examples."""
    growth_tokens_per_turn: TokenLimit
    """What one turn adds: the question and the answer before it."""
    turns: Annotated[Whole, Field(le=1_000)]
    """Questions in one conversation."""
    reply_gap_hit: Fraction = 1.0
    """Share of turns whose pause stays within the cache's lifetime."""

    @property
    def mean_prompt_tokens(self) -> float:
        """Mean prompt of its turns [token]."""
        return self.system_tokens + self.growth_tokens_per_turn * (self.turns + 1) / 2

    def cached_share(self, mean_prompt_tokens: float) -> float:
        """Share of prompt tokens read from the cache [1].

        What a prompt of the class holds beyond the conversation is new in every turn.
        """
        turns = conversation(
            system_tokens=self.system_tokens,
            growth_tokens_per_turn=self.growth_tokens_per_turn,
            turns=self.turns,
            reply_gap_hit=self.reply_gap_hit,
        )
        return conversation_share(turns) * self.mean_prompt_tokens / mean_prompt_tokens


class RequestClass(Record):
    """One kind of request: how often, how long, how much of its prompt is cached."""

    name: str = Field(min_length=1, max_length=80)
    """What this kind of request is called."""
    share: Fraction = 1.0
    """Share of all requests; the shares of all classes add up to 1."""
    input: TokenLength
    """Prompt tokens, cached ones included, as the GPT model counts them."""
    output: TokenLength
    """Output tokens, reasoning included, as the GPT model counts them."""
    cached_share: Fraction = 0.0
    """Share of prompt tokens read from a prompt cache, as the API bills it."""
    cache: Annotated[SharedPrefix | Conversation, Field(discriminator="kind")] | None = None
    """What the cached share follows from, instead of giving it."""
    cache_written_share: Fraction | None = None
    """Share of the uncached prompt that is written to the cache, where sellers charge for that;
    left out, all of it where anything is read from the cache, else nothing."""
    llama_tokens_per_gpt_token: Annotated[Ratio, Field(ge=0.5, le=2)] = 1.0
    """Tokens the open model needs for the text of one GPT token."""
    reasoning_share: Annotated[Fraction, Field(le=0.99)] = 0.0
    """Share of output tokens that GPT spends on reasoning and the open model does not write."""
    llama_answer_ratio: Annotated[Ratio, Field(ge=0.1, le=10)] = 1.0
    """How much the open model writes for one token of GPT's answer, reasoning left out, in GPT's
    tokens; the reasoning of an open model counts here."""
    today: ApiOption | None = None
    """Who answers these requests today, where that is not the baseline."""
    source: ShortText = ""
    """Where the lengths come from."""

    @model_validator(mode="after")
    def _caches_in_one_way(self) -> Self:
        if self.cache is not None and self.cached_share:
            msg = "give a cached share or what it follows from (cache), not both"
            raise ValueError(msg)
        mean = self.input.distribution().mean
        if isinstance(self.cache, SharedPrefix) and self.cache.prefix_tokens > mean:
            msg = f"the shared prefix must not be longer than the mean prompt, {tokens(mean)}"
            raise ValueError(msg)
        if isinstance(self.cache, Conversation) and self.cache.mean_prompt_tokens > mean:
            msg = (
                f"the mean prompt of the conversation, {tokens(self.cache.mean_prompt_tokens)}, "
                f"must not be longer than that of the class, {tokens(mean)}"
            )
            raise ValueError(msg)
        return self

    @property
    def llama_output_per_gpt_output(self) -> float:
        """What the open model writes over what GPT writes, both in GPT's tokens [1]."""
        return (1 - self.reasoning_share) * self.llama_answer_ratio

    @property
    def cached_prompt_share(self) -> float:
        """Share of prompt tokens read from a cache, given or worked out [1]."""
        if self.cache is None:
            return self.cached_share
        return self.cache.cached_share(self.input.distribution().mean)

    @property
    def cache_written(self) -> float:
        """Share of the uncached prompt written to a cache, given or assumed [1]."""
        if self.cache_written_share is not None:
            return self.cache_written_share
        return 1.0 if self.cached_prompt_share > 0 else 0.0


class Workload(Record):
    """What is sent in a month, and how it is spread over the week."""

    requests_per_month: RequestsPerMonth
    """All requests of an average month, today."""
    growth_per_month: Annotated[GrowthRate, Field(ge=-0.9)] = 0.0
    """Growth of the requests from each month to the next; 0.03 is 3 %."""
    profile: Name | tuple[Annotated[float, Field(ge=0, le=MOST_WEIGHT)], ...] = "business-hours"
    """Name of a weekly profile, or 168 hourly weights from Monday 00:00."""
    peak_within_hour: Annotated[Multiple, Field(le=100)] = 1.5
    """Highest minute over the mean of its hour."""
    classes: tuple[RequestClass, ...] = Field(min_length=1, max_length=MOST_KINDS)
    """Kinds of requests; their shares add up to 1."""

    @field_validator("profile")
    @classmethod
    def _covers_the_week(cls, profile: str | tuple[float, ...]) -> str | tuple[float, ...]:
        if isinstance(profile, str):
            return profile
        if len(profile) != HOURS_PER_WEEK:
            msg = f"a weekly profile has {HOURS_PER_WEEK} hourly weights, this one {len(profile)}"
            raise ValueError(msg)
        if max(profile) < LEAST_WEIGHT:
            msg = "a weekly profile needs at least one positive weight"
            raise ValueError(msg)
        return profile

    @model_validator(mode="after")
    def _shares_are_whole(self) -> Self:
        total = sum(c.share for c in self.classes)
        if abs(total - 1) > SHARES_TOLERANCE:
            msg = f"the shares of the classes must add up to 1, they add up to {number(total, 12)}"
            raise ValueError(msg)
        names = [c.name for c in self.classes]
        if len(set(names)) != len(names):
            msg = "each class needs a name of its own"
            raise ValueError(msg)
        return self


def mean_tokens(classes: Sequence[RequestClass], side: Side) -> float:
    """Mean length of a mix, as the baseline counts tokens [token/request]."""
    lengths = ((c.share, c.input if side == "input" else c.output) for c in classes)
    return sum(share * length.distribution().mean for share, length in lengths)


def cached_share_of(classes: Sequence[RequestClass]) -> float:
    """Cached share of all prompt tokens of a mix [1]."""
    weights = [c.share * c.input.distribution().mean for c in classes]
    cached = sum(w * c.cached_prompt_share for w, c in zip(weights, classes, strict=True))
    return cached / sum(weights)
