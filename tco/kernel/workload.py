"""Requests into tokens: what each price band bills, what a replica must work through."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from tco.kernel.arrays import Numbers
from tco.kernel.lengths import Length
from tco.kernel.request_mix import RequestMix, WorkMoments


@dataclass(frozen=True, slots=True)
class ClassLoad:
    """One kind of request, in the tokens of the model that serves it."""

    share: float
    input: Length
    output: Length
    cached_share: float
    written_share: float = 0.0
    """Share of the rest of the prompt that is written to a cache [1]."""

    def in_tokens_of(self, ratio: float) -> "ClassLoad":
        """Build the same requests counted in another model's tokens."""
        return replace(self, input=self.input.scaled(ratio), output=self.output.scaled(ratio))

    def with_output(self, factor: float) -> "ClassLoad":
        """Build the same requests with every output longer by a factor."""
        return replace(self, output=self.output.scaled(factor))


@dataclass(frozen=True, slots=True)
class BandTokens:
    """What one price band bills per request of the whole mix."""

    requests: float
    """Share of all requests that fall into the band [1]."""
    uncached_input: float
    """Prompt tokens not read from a cache [token/request]."""
    cached_input: float
    """Prompt tokens read from a cache [token/request]."""
    written_input: float
    """Part of the uncached tokens that is written to a cache [token/request]."""
    output: float
    """Output tokens [token/request]."""

    def __add__(self, other: "BandTokens") -> "BandTokens":
        """Add what two bands bill."""
        return BandTokens(
            self.requests + other.requests,
            self.uncached_input + other.uncached_input,
            self.cached_input + other.cached_input,
            self.written_input + other.written_input,
            self.output + other.output,
        )


def band_tokens(classes: Sequence[ClassLoad], edges: Sequence[float]) -> list[BandTokens]:
    """Tokens per request in each band of prompt length.

    A band covers whole requests, so the cost of a mix is not the cost of its mean request. Input
    and output lengths of one class are taken as independent, as they are in the Azure 2023 traces.

    Parameters
    ----------
    classes
        The mix; shares add up to 1.
    edges
        Highest prompt length of each band but the last, ascending [token].
    """
    starts = [0.0, *edges]
    above = [
        [(c.input.share_above(x) if x else 1.0, _tokens_above(c.input, x)) for x in starts]
        for c in classes
    ]
    bands = []
    for band in range(len(starts)):
        requests = uncached = cached = written = output = 0.0
        for load, tail in zip(classes, above, strict=True):
            end_share, end_tokens = tail[band + 1] if band + 1 < len(starts) else (0.0, 0.0)
            share = load.share * (tail[band][0] - end_share)
            tokens = load.share * (tail[band][1] - end_tokens)
            requests += share
            uncached += tokens * (1 - load.cached_share)
            cached += tokens * load.cached_share
            written += tokens * (1 - load.cached_share) * load.written_share
            output += share * load.output.mean
        bands.append(BandTokens(requests, uncached, cached, written, output))
    return bands


def request_mix(classes: Sequence[ClassLoad], longer: Numbers = 1.0) -> RequestMix:
    r"""Means per request that decide how quickly a replica serves the mix.

    A decoding token of a class sees a context of :math:`E[I] + E[O^2]/(2 E[O])` on average;
    classes weigh by the tokens they decode. Cached prompt tokens are not prefilled again, and the
    attention of the rest still reads them: :math:`E[I^2](1 - h^2)/2`.

    Parameters
    ----------
    longer
        Factor on every output [1], one number or one for each case.
    """
    output = sum(c.share * c.output.mean for c in classes) * longer
    context = sum(
        c.share * (c.output.mean * c.input.mean * longer + c.output.mean_square * longer**2 / 2)
        for c in classes
    )
    return RequestMix(
        input_tokens=sum(c.share * c.input.mean for c in classes),
        output_tokens=output,
        context_tokens=context / output,
        prefill_tokens=sum(c.share * c.input.mean * (1 - c.cached_share) for c in classes),
        prefill_attention_tokens2=sum(
            c.share * c.input.mean_square * (1 - c.cached_share**2) / 2 for c in classes
        ),
        work=_work_moments(classes),
    )


@lru_cache(maxsize=256)
def mix_as_asked(classes: tuple[ClassLoad, ...]) -> RequestMix:
    """Means per request of a mix; every replica of a question is asked for the same."""
    return request_mix(classes)


def _work_moments(classes: Sequence[ClassLoad]) -> WorkMoments:
    """Second moments of prompt tokens ``I(1 - h)`` and pairs ``I^2 (1 - h^2)/2`` of the mix."""
    tokens2 = cross = pairs2 = 0.0
    for c in classes:
        token, pair = 1 - c.cached_share, (1 - c.cached_share**2) / 2
        tokens2 += c.share * token**2 * c.input.moment(2)
        cross += c.share * token * pair * c.input.moment(3)
        pairs2 += c.share * pair**2 * c.input.moment(4)
    return WorkMoments(tokens2, cross, pairs2)


def _tokens_above(length: Length, tokens: float) -> float:
    return length.tokens_above(tokens) if tokens else length.mean
