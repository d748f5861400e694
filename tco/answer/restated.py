"""The answer in the units that price lists and calculators use, and why it differs from them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from pricing.units import HOURS_PER_MONTH, TOKENS_PER_MTOK
from tco.answer.worked import Evaluation
from tco.facts.resolve import ResolvedApi
from tco.question.traffic import cached_share_of
from tco.question.week import HOURS_PER_DAY
from tco.results.bill import Alternative, Serving
from tco.words.figures import number, share

INPUT_TO_OUTPUT: Final = 3.0
"""Fresh input tokens to one of output in the usual blend [1]."""
_RUN: Final = frozenset({"people", "platform", "quality"})


@dataclass(frozen=True, slots=True)
class Restated:
    """One alternative as others would state it. None where they would state nothing."""

    alternative: str
    usd_per_mtok: float
    """Ours: the whole bill over your tokens, input and output [USD/Mtok]."""
    blended_usd_per_mtok: float | None
    """Of an API: list rates of fresh input and of output, three to one [USD/Mtok]."""
    full_use_usd_per_mtok: float | None
    """Of own machines: they alone over all that they could serve within the objective
    [USD/Mtok]."""
    break_even_tokens_per_day: float | None
    """Of own machines: tokens at which today's API, blended, costs as much as they alone
    [token/day]."""
    reasons: tuple[str, ...]
    """Why ours differs."""


def restated(evaluation: Evaluation) -> tuple[Restated, ...]:
    """Restate every alternative that has a bill; hybrids are left out, for nobody states them."""
    today = blended(evaluation.worked[evaluation.alternatives[0].key].api)
    return tuple(
        _own(evaluation, one, one.serving, today) if one.serving else _bought(evaluation, one)
        for one in evaluation.alternatives
        if one.refused is None and one.kind != "hybrid"
    )


def blended(api: ResolvedApi) -> float:
    r"""Price of a token, input to output three to one and nothing cached [USD/Mtok].

    .. math:: p = \frac{3\,p_\mathrm{in} + p_\mathrm{out}}{4}

    at the rates of the shortest prompts; of several APIs their mean by requests.
    """
    parts = [(part.api, part.share) for part in api.parts] or [(api, 1.0)]
    return sum(
        weight
        * (INPUT_TO_OUTPUT * float(band.input_usd_per_mtok) + float(band.output_usd_per_mtok))
        / (INPUT_TO_OUTPUT + 1)
        for one, weight in parts
        for band in one.card.bands[:1]
    )


def _bought(evaluation: Evaluation, one: Alternative) -> Restated:
    price = blended(evaluation.worked[one.key].api)
    reasons = (*_mix(evaluation, one), *_left_out(evaluation, one))
    return Restated(one.key, one.usd_per_mtok or 0.0, price, None, None, reasons)


def _own(evaluation: Evaluation, one: Alternative, serving: Serving, today: float) -> Restated:
    machines = sum(line.cost_usd or 0.0 for line in one.lines if line.group == "machines")
    tokens = one.input_tokens_per_request + one.output_tokens_per_request
    could = serving.requests_per_month_capacity * tokens / TOKENS_PER_MTOK
    per_day = machines / today * TOKENS_PER_MTOK * HOURS_PER_DAY / HOURS_PER_MONTH
    busy = f"your traffic uses {share(serving.utilisation)} of what the machines could serve"
    reasons = (busy, *_left_out(evaluation, one))
    return Restated(one.key, one.usd_per_mtok or 0.0, None, machines / could, per_day, reasons)


def _mix(evaluation: Evaluation, one: Alternative) -> Iterator[str]:
    mix = one.input_tokens_per_request / one.output_tokens_per_request
    yield f"your prompts are {number(mix)} times your answers"
    if cached := cached_share_of(evaluation.asked.scenario.workload.classes):
        yield f"{share(cached)} of the prompt tokens are cached"


def _left_out(evaluation: Evaluation, one: Alternative) -> Iterator[str]:
    usd = sum(line.cost_usd or 0.0 for line in one.lines if line.group in _RUN)
    if usd:
        yield f"people and platform, {evaluation.money(usd)} a month, are in ours alone"
