"""Whether an alternative may take part: windows, lengths, licences, regions, and its time."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Final

import numpy as np

from hardware_profiles.language_model import LanguageModel
from hardware_profiles.offer import RentalOffer
from hardware_profiles.region import ANYWHERE, Region, lies_in, lies_outside
from pricing.offer import Offer
from pricing.rate_card import RateCard
from tco.bill.bill import EVERYBODY
from tco.facts.resolve import ResolvedApi, ResolvedHost
from tco.kernel.arrays import BoolArray
from tco.kernel.cases import Cases
from tco.kernel.length_limits import LengthLimits, share_too_long
from tco.kernel.workload import BandTokens, ClassLoad
from tco.question.options import ApiOption
from tco.question.terms import Company, Objective
from tco.results.bill import Finding
from tco.words.figures import share_in_full, tokens, whole

REFUSED_SHARE: Final = 1e-4
"""Share of requests that may be too long before an alternative is refused."""
FLAGGED_SHARE: Final = 1e-7
"""Share from which requests that may be too long are spoken of."""
DELAYED_TIERS: Final = {
    "batch": "answers within 24 hours",
    "flex": "may wait or be refused when busy",
}
"""Tiers that do not answer within seconds."""
_ROUNDS: Final = 50
SHORTEST_CACHED_PROMPT: Final = 1_024
"""Tokens below which OpenAI caches nothing (prompt-caching guide, read 2026-10-04)."""


def limits_of_offer(offer: Offer, card: RateCard) -> LengthLimits:
    """Longest requests that a provider takes in a tier."""
    window = card.context_window_tokens or offer.context_window_tokens
    return LengthLimits(offer.max_input_tokens, offer.max_output_tokens, window)


def requests_that_fit(
    loads: Sequence[ClassLoad], offer: Offer, bands: Sequence[BandTokens], card: RateCard
) -> tuple[Finding, ...]:
    """Requests longer than the offer accepts, or in a band that it does not sell."""
    found = list(too_long(loads, limits_of_offer(offer, card), offer.title))
    sent = sum(_tokens(band) for band in bands)
    for band, billed in zip(card.bands, bands, strict=True):
        if band.offered or billed.requests <= FLAGGED_SHARE:
            continue
        refused = billed.requests > REFUSED_SHARE
        found.append(
            Finding(
                "refused" if refused else "flagged",
                "not-offered",
                f"{_few(billed.requests)}, with {share_in_full(_tokens(billed) / sent, 3)} of all "
                f"tokens, have prompts over {tokens(band.above_input_tokens)}, which "
                f"{offer.title} does not sell in the {card.tier} tier"
                f"{'' if refused else '; they are billed at the rates below that length'}.",
                "Choose another tier for these requests.",
                band.source.name,
            )
        )
    return tuple(found)


def too_long(loads: Sequence[ClassLoad], limits: LengthLimits, title: str) -> tuple[Finding, ...]:
    """Refuse when too many requests are too long, flag when a few are."""
    found = []
    if limits.prompt is None and limits.together is None:
        message = f"How long a prompt {title} accepts is not on record."
        found.append(Finding("flagged", "window-unknown", message))
    longer = share_too_long(loads, limits)
    if longer > FLAGGED_SHARE:
        found.append(
            Finding(
                "refused" if longer > REFUSED_SHARE else "flagged",
                "window",
                f"{_few(longer)} are longer than {title} accepts: {_said(limits)}.",
                "Shorten or split these requests, or choose a model that takes longer ones.",
            )
        )
    return tuple(found)


def _tokens(billed: BandTokens) -> float:
    return billed.uncached_input + billed.cached_input + billed.output


def _few(share: float) -> str:
    if share <= REFUSED_SHARE:
        return f"About one in {whole(1 / share)} requests"
    return f"{share_in_full(share, 3)} of requests"


def _said(limits: LengthLimits) -> str:
    of = (
        (limits.prompt, "tokens of prompt"),
        (limits.output, "of output"),
        (limits.together, "of both together"),
    )
    return ", ".join(f"{whole(most)} {what}" for most, what in of if most is not None)


def serves_lengths(loads: Sequence[ClassLoad], limits: LengthLimits, cases: Cases) -> BoolArray:
    """Whether the requests of each case are taken, shape (cases, 1) or (1,).

    The question as asked needs no look: its findings refuse it.
    """
    if not np.ndim(cases.output):
        return EVERYBODY
    up_to = 2.0 ** math.ceil(math.log2(cases.highest_output))
    longest = _longest_output(tuple(loads), limits, up_to)
    return EVERYBODY if longest >= up_to else np.asarray(cases.output <= longest)


@lru_cache(maxsize=256)
def _longest_output(loads: tuple[ClassLoad, ...], limits: LengthLimits, up_to: float) -> float:
    """Factor on all outputs up to which requests are taken, no higher than one limit [1].

    What refuses one output refuses every longer one.
    """

    def refuses(output: float) -> bool:
        longer = [load.with_output(output) for load in loads]
        return share_too_long(longer, limits) > REFUSED_SHARE

    if not refuses(up_to):
        return up_to
    low, high = 0.0, up_to
    for _ in range(_ROUNDS):
        middle = (low + high) / 2
        low, high = (low, middle) if refuses(middle) else (middle, high)
    return low


@lru_cache(maxsize=256)
def short_prompts(loads: tuple[ClassLoad, ...]) -> tuple[Finding, ...]:
    """Flag a cached share that prompts long enough to be cached cannot hold."""
    found = []
    for load in loads:
        cacheable = load.input.tokens_above(SHORTEST_CACHED_PROMPT) / load.input.mean
        if load.cached_share > cacheable:
            found.append(
                Finding(
                    "flagged",
                    "short-prompts",
                    f"A cached share of {share_in_full(load.cached_share, 3)} was given, yet only "
                    f"{share_in_full(cacheable, 3)} of prompt tokens stand in prompts of more than "
                    f"{tokens(SHORTEST_CACHED_PROMPT)}; shorter ones are not cached.",
                    "Lower the cached share.",
                    "OpenAI prompt-caching guide",
                )
            )
    return tuple(found)


def residency_findings(
    option: ApiOption, company: Company, regions: Mapping[str, Region]
) -> tuple[Finding, ...]:
    """Refuse an API option that may process data outside the region it must stay in."""
    region = company.data_region
    if region is None or lies_in(option.residency, region, regions):
        return ()
    message = f"Data must stay in {region!r}, and this option has residency {option.residency!r}."
    remedy = f'Set residency = "{region}" where the provider sells it; it may cost more.'
    return (Finding("refused", "residency", message, remedy, "your scenario"),)


def answers_at_once(option: ApiOption) -> bool:
    """Whether an API option answers within seconds."""
    return option.tier not in DELAYED_TIERS


def late_findings(option: ApiOption, today: ResolvedApi) -> tuple[Finding, ...]:
    """Bar an API option that answers later than what is used today, whatever it costs."""
    if answers_at_once(option) or not any(answers_at_once(api.option) for api in today.sellers):
        return ()
    message = (
        f"The {option.tier} tier {DELAYED_TIERS[option.tier]}: not a substitute where people wait."
    )
    remedy = "Send what can wait as a class of its own, in a scenario whose baseline waits."
    return (Finding("barred", "late", message, remedy),)


def unsold_findings(path: Sequence[Finding]) -> tuple[Finding, ...]:
    """Bar an API option that is no longer sold within the horizon, or not for these requests."""
    barred = {"retired", "unfit-later"}
    return tuple(replace(found, severity="barred") for found in path if found.code in barred)


def quality_findings(accepted_share: float | None, objective: Objective) -> tuple[Finding, ...]:
    """Bar what gives too few accepted answers, or was not measured, where a least share is set."""
    least = objective.least_accepted_share
    if least is None or (accepted_share is not None and accepted_share >= least):
        return ()
    asked = f"{share_in_full(least)} of the requests must end with an accepted answer"
    if accepted_share is None:
        message = f"{asked}, and how many do was not measured."
        return (Finding("barred", "quality", message, "Measure it: tco quality FILE."),)
    message = f"{asked}, and {share_in_full(accepted_share)} do."
    remedy = "Allow more retries, or ask for less (objective.least_accepted_share)."
    return (Finding("barred", "quality", message, remedy),)


def machine_region_findings(
    host: ResolvedHost, company: Company, regions: Mapping[str, Region]
) -> tuple[Finding, ...]:
    """Refuse machines that stand outside the region data must stay in, rented or owned alike."""
    wanted, offered = company.data_region, _offered_region(host)
    if wanted is None:
        return ()
    place = host.option.region or offered
    if place is None:
        message = f"Data must stay in {wanted!r}, and nothing says where these machines will stand."
        return (Finding("flagged", "machine-region", message, "Set region of the option."),)
    sold_there = offered in {None, ANYWHERE} or any(
        lies_in(place, part, regions) for part in str(offered).split("/")
    )
    if sold_there and lies_in(place, wanted, regions):
        return ()
    message = f"Data must stay in {wanted!r}, and these machines stand in {place!r}."
    if host.option.region is None:
        outside = lies_outside(place, wanted, regions)
        message = (
            f"Data must stay in {wanted!r}, and these machines are offered in {offered!r}, which "
            f"{'is' if outside else 'may be'} outside it."
        )
    elif not sold_there:
        message = f"These machines are offered in {offered!r}, not in {place!r}."
    remedy = f"Choose machines in {wanted}, or set region of the option where you choose the place."
    return (Finding("refused", "machine-region", message, remedy, host.machine.source.name),)


def _offered_region(host: ResolvedHost) -> str | None:
    """Region the seller of a machine names; None where it is yours to choose."""
    return host.machine.region if isinstance(host.machine, RentalOffer) else None


def licence_findings(model: LanguageModel, company: Company) -> tuple[Finding, ...]:
    """Refuse what a licence does not allow this company."""
    found = []
    if model.multimodal_eu_excluded and company.eu_domiciled:
        found.append(
            Finding(
                "refused",
                "licence-eu",
                f"The licence of {model.name} grants no rights to companies domiciled in the EU.",
                "Choose a text-only Llama 3 model or gpt-oss, or ask counsel.",
                model.licence,
            )
        )
    users = company.monthly_active_users
    if model.mau_limit is not None and users is not None and users > model.mau_limit:
        found.append(
            Finding(
                "refused",
                "licence-users",
                f"Above {whole(model.mau_limit)} monthly active users {model.name} needs a licence "
                f"of its own from its maker; you have {whole(users)}.",
                "Ask the maker for a licence.",
                model.licence,
            )
        )
    return tuple(found)
