"""What a month of tokens costs at a provider, line by line."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np

from pricing.offer import Offer
from pricing.rate_card import Band, RateCard
from pricing.token_classes import TOKEN_CLASSES, ClassRate, class_rates
from tco.bill.acceptance import repair
from tco.bill.bill import EVERYBODY, Bill
from tco.bill.cost_lines import CaseInput, CostComponent, component, lines_of, mtok
from tco.bill.eligibility import (
    answers_at_once,
    limits_of_offer,
    requests_that_fit,
    serves_lengths,
    short_prompts,
)
from tco.bill.loads import loads_of, same_output
from tco.bill.people_and_platform import engineering, platform
from tco.facts.cost_facts import CostFacts, basis_of
from tco.facts.resolve import ResolvedApi
from tco.kernel.arrays import BoolArray, Numbers
from tco.kernel.cases import Cases
from tco.kernel.workload import BandTokens, ClassLoad, band_tokens
from tco.question.options import ApiOption, accepted_of, tries_of
from tco.question.traffic import RequestClass, mean_tokens
from tco.results.bill import Alternative, Basis, Finding
from tco.words.figures import plural, share, whole

TIER_TITLES: Final = {
    "standard": "",
    "batch": ", batch",
    "flex": ", flex",
    "priority": ", priority",
}
ROUNDING: Final = 1e-9
"""Tokens of a request below which a class is left over from rounding alone [token/request]."""
BOTH_ENDS: Final = 2
_PROMPT: Final[tuple[CaseInput, ...]] = ("requests", "api_price")
_OUTPUT: Final[tuple[CaseInput, ...]] = ("requests", "output", "api_price")
OUTPUTS: Final = frozenset(of.key for of in TOKEN_CLASSES if of.is_output)


@dataclass(frozen=True, slots=True)
class _Counts:
    """Tokens of a request of the mix in one band, as token classes count them [token]."""

    input_tokens: float
    cached_tokens: float
    cache_write_tokens: float
    output_tokens: float


@dataclass(frozen=True, slots=True)
class RequestCost:
    """Cost of the tokens of a request of the mix, on average, apart by what it grows with."""

    prompt_usd: float
    """[USD/request]"""
    output_usd: float
    """[USD/request]"""

    def with_output(self, output: Numbers) -> Numbers:
        """Cost with every output longer by a factor [USD/request]."""
        return self.prompt_usd + self.output_usd * output


def api_bill(
    api: ResolvedApi,
    classes: Sequence[RequestClass],
    requests_per_month: float,
    facts: CostFacts,
    *,
    today: ResolvedApi | None,
) -> Bill:
    """Price one API option for the first month of the question as it was asked.

    Parameters
    ----------
    classes
        The mix, in the baseline's tokens.
    requests_per_month
        Volume of the month [request/month].
    today
        What is used today; None where it is this option itself.
    """
    offer, option = api.offer, api.option
    loads = loads_of(classes, as_open_model=offer.open_weights is not None)
    bands = _bands(api, loads)
    components = (
        *_token_components(api, bands, requests_per_month * tries_of(api.quality)),
        *repair(api.quality, requests_per_month, ("requests",)),
        *platform(facts),
        engineering(facts, "api_fte"),
    )
    open_model = offer.open_weights
    findings = (
        *requests_that_fit(loads, offer, bands, api.card),
        *short_prompts(tuple(loads)),
        *_other_tokens(open_model, classes),
        *(same_output(classes) if open_model else ()),
    )
    refused = any(finding.severity == "refused" for finding in findings)
    one_off = () if today is None else _moving(api, today, facts)
    alternative = Alternative(
        key=api.key,
        label=api_label(offer, option),
        kind="hosted" if open_model else "api",
        model=open_model or offer.title,
        interactive=answers_at_once(option),
        lines=() if refused else lines_of(components),
        one_off=lines_of(one_off),
        requests_per_month=requests_per_month,
        input_tokens_per_request=mean_tokens(classes, "input"),
        output_tokens_per_request=mean_tokens(classes, "output"),
        serving=None,
        findings=findings,
        accepted_share=accepted_of(api.quality),
    )
    return Bill(alternative, () if refused else components, one_off, EVERYBODY)


def served_by(api: ResolvedApi, classes: Sequence[RequestClass], cases: Cases) -> BoolArray:
    """Whether an API, or all that answer today, take the requests of each case.

    Shape (cases, 1) or (1,).
    """
    asked: list[tuple[ResolvedApi, Sequence[RequestClass]]] = [
        (part.api, part.classes) for part in api.parts
    ]
    served = EVERYBODY
    if np.ndim(cases.output):
        for one, mix in asked or [(api, classes)]:
            loads = loads_of(mix, as_open_model=one.offer.open_weights is not None)
            served = served & serves_lengths(loads, limits_of_offer(one.offer, one.card), cases)
    return served


def request_cost(api: ResolvedApi, classes: Sequence[RequestClass]) -> RequestCost:
    """Cost of the tokens of a request of the mix at one API, on average."""
    loads = loads_of(classes, as_open_model=api.offer.open_weights is not None)
    parts = _token_components(api, _bands(api, loads), 1.0)
    costs = [(part.key.rpartition("-")[0] in OUTPUTS, part.line.cost_usd or 0.0) for part in parts]
    return RequestCost(
        sum(cost for is_output, cost in costs if not is_output),
        sum(cost for is_output, cost in costs if is_output),
    )


def not_taken(api: ResolvedApi, classes: Sequence[RequestClass]) -> Finding | None:
    """Say which requests an API does not take, where they are too many."""
    loads = loads_of(classes, as_open_model=api.offer.open_weights is not None)
    found = requests_that_fit(loads, api.offer, _bands(api, loads), api.card)
    return next((one for one in found if one.severity == "refused"), None)


def _bands(api: ResolvedApi, loads: Sequence[ClassLoad]) -> tuple[BandTokens, ...]:
    edges = tuple(last_token_below(band) for band in api.card.bands[1:])
    return _billed_by_band(tuple(loads), edges)


@lru_cache(maxsize=1_024)  # another volume sends the same requests
def _billed_by_band(
    loads: tuple[ClassLoad, ...], edges: tuple[float, ...]
) -> tuple[BandTokens, ...]:
    return tuple(band_tokens(loads, edges))


def last_token_below(band: Band) -> float:
    """Longest prompt that is not yet in the band [token]."""
    return band.above_input_tokens - (1 if band.inclusive else 0)


def labels_by_seller(apis: Iterable[ResolvedApi]) -> dict[str, str]:
    """Labels, by key, of options that another seller has by the same name: theirs is in it."""
    alike = defaultdict[str, list[ResolvedApi]](list)
    for api in apis:
        alike[api_label(api.offer, api.option)].append(api)
    return {
        api.key: api_label(api.offer, api.option, by_seller=True)
        for same in alike.values()
        if len({api.offer.provider for api in same}) > 1
        for api in same
    }


def api_label(offer: Offer, option: ApiOption, *, by_seller: bool = False) -> str:
    """Name of an API option for people; its seller is named of open models, and where asked."""
    title = offer.title
    if offer.open_weights or by_seller:
        title = f"{offer.open_weights or offer.title} at {offer.provider_title}"
    region = "" if option.residency == "global" else f", {option.residency.upper()}"
    discount = option.contract_discount
    less = f", less {share(discount)} by contract" if discount else ""
    promised = option.commitment
    terms = "" if promised is None else ", credits" if promised.prepaid else ", committed spend"
    units = option.provisioned
    taken = "" if units is None else f", {plural(units.units, 'provisioned unit')}"
    tier = TIER_TITLES.get(option.tier, f", {option.tier}")
    return f"{title}{tier}{region}{less}{terms}{taken}"


def _token_components(
    api: ResolvedApi, bands: Sequence[BandTokens], requests: float
) -> list[CostComponent]:
    return [
        part
        for band, billed in _sold(api.card, bands)
        for part in _band_components(api, band, billed, requests)
    ]


def _sold(card: RateCard, bands: Sequence[BandTokens]) -> list[tuple[Band, BandTokens]]:
    """Bands and what each bills; the few requests of one not sold go to the one below it."""
    sold: list[tuple[Band, BandTokens]] = []
    for band, billed in zip(card.bands, bands, strict=True):
        if band.offered or not sold:
            sold.append((band, billed))
        else:
            sold[-1] = (sold[-1][0], sold[-1][1] + billed)
    return sold


def _band_components(
    api: ResolvedApi, band: Band, billed: BandTokens, requests: float
) -> list[CostComponent]:
    if not band.offered or billed.requests == 0:
        return []
    where = f", prompts over {whole(band.above_input_tokens)}" if band.above_input_tokens else ""
    counts = _Counts(
        billed.uncached_input + billed.cached_input,
        billed.cached_input,
        billed.written_input if band.cache_write_usd_per_mtok else 0.0,
        billed.output,
    )
    kept = api.option.cache_lifetime
    return [
        component(
            "tokens",
            mtok(tokens * requests),
            float(rate.usd_per_mtok) * (1 - api.option.contract_discount),
            _rate_basis(api, rate),
            name=f"{_title(rate)}{where}",
            own_key=f"{rate.token_class.key}-{band.above_input_tokens}",
            follows=_OUTPUT if rate.token_class.is_output else _PROMPT,
        )
        for rate in class_rates(band, () if kept is None else (kept,))
        if (tokens := rate.token_class.count(counts)) > ROUNDING
    ]


def _title(rate: ClassRate) -> str:
    name, life = rate.token_class.name, f", kept {rate.lifetime}" if rate.lifetime else ""
    return f"{name[:1].upper()}{name[1:]} tokens{life}"


def _rate_basis(api: ResolvedApi, rate: ClassRate) -> Basis:
    basis = basis_of(rate.source)
    discount = api.option.contract_discount
    notes = [rate.note, f"less {share(discount)} by contract" if discount else ""]
    return Basis(
        basis.source,
        basis.as_of,
        basis.confidence,
        basis.url,
        "; ".join(part for part in (*notes, basis.note) if part),
    )


def _other_tokens(open_model: str | None, classes: Sequence[RequestClass]) -> tuple[Finding, ...]:
    if open_model is None or any(c.llama_tokens_per_gpt_token != 1 for c in classes):
        return ()
    return (
        Finding(
            "remark",
            "token-ratio",
            "One GPT token is taken as one token of the open model: not measured on your text.",
            "Set llama_tokens_per_gpt_token of each class.",
        ),
    )


def _moving(api: ResolvedApi, today: ResolvedApi, facts: CostFacts) -> tuple[CostComponent, ...]:
    """Moving to another API: nothing between tiers of one model, little where one end stays.

    Of several APIs of today the one that is farthest away decides.
    """
    ends_that_stay = min(_ends_that_stay(api.offer, seller.offer) for seller in today.sellers)
    if ends_that_stay == BOTH_ENDS:
        return ()
    if ends_that_stay:
        field = "switch_api_usd"
        return (component("switch", 1.0, *facts.read(field)),)
    field = "migration_api_usd"
    return (component("migration", 1.0, *facts.read(field), name="Move to another API"),)


def _ends_that_stay(offer: Offer, today: Offer) -> int:
    """How many of provider and model are today's."""
    same_model = (offer.open_weights or offer.model) == (today.open_weights or today.model)
    return (offer.provider == today.provider) + same_model
