"""What one request of each bought alternative costs at each prompt length."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from pricing.catalogue import Catalogue
from pricing.refusal import PriceRefusedError
from pricing.vectorised import length_curve
from tco.answer.worked import Evaluation
from tco.bill.api import api_label
from tco.question.keys import api_key
from tco.question.options import ApiOption
from tco.question.scenario import Scenario
from tco.question.traffic import cached_share_of, mean_tokens

SHORTEST_AXIS: Final = 400_000
BEYOND_EDGE: Final = 1.5


@dataclass(frozen=True, slots=True)
class LengthPrice:
    """Cost of one request of an offer against its prompt: straight between the points given."""

    key: str
    label: str
    tokens: tuple[int, ...]
    usd: tuple[float, ...]
    """NaN where the offer takes no prompt of that length."""
    edges: tuple[int, ...]
    """Prompt lengths above which the whole request is rated anew [token]."""

    def jump(self, edge: int) -> tuple[float, float]:
        """Cost just at an edge and just above it [USD/request]."""
        at = self.tokens.index(edge)
        return self.usd[at], self.usd[at + 1]


def length_prices(
    scenario: Scenario, evaluation: Evaluation, catalogue: Catalogue
) -> tuple[LengthPrice, ...]:
    """Every bought alternative, at your mean output and cached share, your discount taken off."""
    found = [
        curve
        for option, key, label in bought(scenario, evaluation)
        if (curve := _length_price(option, key, label, scenario, catalogue)) is not None
    ]
    longest = max([SHORTEST_AXIS, *(edge * BEYOND_EDGE for c in found for edge in c.edges)])
    return tuple(_up_to(curve, int(longest)) for curve in found)


def share_of_prompts_above(scenario: Scenario, tokens: int) -> float:
    """Share of your requests whose prompt is longer [1]."""
    classes = scenario.workload.classes
    return sum(c.share * c.input.distribution().share_above(tokens) for c in classes)


def bought(scenario: Scenario, evaluation: Evaluation) -> Iterator[tuple[ApiOption, str, str]]:
    """Options with their key and label."""
    today = evaluation.asked.resolved.baseline.sellers
    labels = {api_key(api.option): api_label(api.offer, api.option) for api in today}
    labels |= {alternative.key: alternative.label for alternative in evaluation.alternatives}
    for option in scenario.bought:
        yield option, api_key(option), labels[api_key(option)]


def _length_price(
    option: ApiOption, key: str, label: str, scenario: Scenario, catalogue: Catalogue
) -> LengthPrice | None:
    offer = catalogue.offer(option.provider, option.model)
    try:
        card = offer.rate_card(option.tier, on=scenario.prices_on, residency=option.residency)
    except PriceRefusedError:
        return None
    window = offer.max_input_tokens or offer.context_window_tokens
    edges = tuple(band.above_input_tokens - (1 if band.inclusive else 0) for band in card.bands[1:])
    longest = window or max([SHORTEST_AXIS, *(int(edge * BEYOND_EDGE) for edge in edges)])
    classes = scenario.workload.classes
    tokens, usd = length_curve(
        card,
        longest_input_tokens=longest,
        cached_share=cached_share_of(classes),
        output_tokens=round(mean_tokens(classes, "output")),
        points=2,
    )
    kept = 1.0 - option.contract_discount
    return LengthPrice(
        key, label, tuple(tokens.tolist()), tuple((usd * kept).tolist()),
        tuple(edge for edge in edges if edge < longest),
    )  # fmt: skip


def _up_to(curve: LengthPrice, longest: int) -> LengthPrice:
    """Cut a curve at the end of the axis; the last piece is straight."""
    if curve.tokens[-1] <= longest:
        return curve
    last = next(place for place, tokens in enumerate(curve.tokens) if tokens >= longest)
    (x0, x1), (y0, y1) = curve.tokens[last - 1 : last + 1], curve.usd[last - 1 : last + 1]
    at_end = y0 + (y1 - y0) * (longest - x0) / (x1 - x0)
    return LengthPrice(
        curve.key,
        curve.label,
        (*curve.tokens[:last], longest),
        (*curve.usd[:last], at_end),
        curve.edges,
    )
