"""Whether the requests can be served at all: windows, lengths and licences."""

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np

from hardware_profiles.language_model import LanguageModel
from pricing.offer import Offer
from pricing.rate_card import RateCard
from tco.kernel.cases import Cases
from tco.kernel.speed import BoolArray
from tco.kernel.workload import BandTokens, ClassLoad, share_above
from tco.question.options import ApiOption
from tco.question.terms import Company
from tco.results.bill import Finding
from tco.words.figures import share_in_full, tokens, whole

REFUSED_SHARE: Final = 1e-4
"""Share of requests that may be too long before an alternative is refused."""
FLAGGED_SHARE: Final = 1e-7
_ROUNDS: Final = 50
SHORTEST_CACHED_PROMPT: Final = 1_024
"""Tokens below which OpenAI caches nothing (prompt-caching guide, read 2026-10-04)."""


def requests_that_fit(
    loads: Sequence[ClassLoad], offer: Offer, bands: Sequence[BandTokens], card: RateCard
) -> tuple[Finding, ...]:
    """Requests longer than the offer accepts, or in a band that it does not sell."""
    longest = longest_prompt(loads, offer.context_window_tokens, offer.max_input_tokens)
    found = list(too_long(loads, longest, offer.title))
    for band, billed in zip(card.bands, bands, strict=True):
        if not band.offered and billed.requests > REFUSED_SHARE:
            found.append(
                Finding(
                    "refused",
                    "not-offered",
                    f"{share_in_full(billed.requests, 3)} of requests have prompts over "
                    f"{tokens(band.above_input_tokens)}, which {offer.title} does not sell "
                    f"in the {card.tier} tier.",
                    "Choose another tier for these requests.",
                    band.source.name,
                )
            )
    return tuple(found)


def longest_prompt(
    loads: Sequence[ClassLoad], window: int | None, max_input: int | None
) -> float | None:
    """Longest prompt that leaves room for the mean output [token]; None = not known."""
    output = max(load.output.mean for load in loads)
    limits = [max_input, None if window is None else window - output]
    return min((limit for limit in limits if limit is not None), default=None)


def too_long(loads: Sequence[ClassLoad], longest: float | None, title: str) -> tuple[Finding, ...]:
    """Refuse when too many prompts are too long, flag when a few are."""
    if longest is None:
        message = f"How long a prompt {title} accepts is not on record."
        return (Finding("flagged", "window-unknown", message),)
    longer = share_above(loads, longest)
    if longer <= FLAGGED_SHARE:
        return ()
    if longer <= REFUSED_SHARE:
        message = (
            f"About one request in {whole(1 / longer)} is longer than the {tokens(longest)} "
            f"{title} accepts."
        )
        return (Finding("flagged", "window", message, "Shorten or split these requests."),)
    message = (
        f"{share_in_full(longer, 3)} of requests have prompts longer than the {tokens(longest)} "
        f"that {title} accepts beside the mean output."
    )
    remedy = "Shorten the prompts, or choose a model with a longer context."
    return (Finding("refused", "window", message, remedy),)


def serves_outputs(loads: Sequence[ClassLoad], offer: Offer, cases: Cases) -> BoolArray:
    """Whether an offer takes the requests of each case, shape (cases, 1) or (1,)."""

    def refuses(output: float) -> bool:
        longer = [load.with_output(output) for load in loads]
        longest = longest_prompt(longer, offer.context_window_tokens, offer.max_input_tokens)
        return _is_refused(longer, longest)

    return _up_to(refuses, cases)


def fits_outputs(loads: Sequence[ClassLoad], room: float, cases: Cases) -> BoolArray:
    """Whether a window holds the requests of each case, shape (cases, 1) or (1,).

    Parameters
    ----------
    room
        Prompt and output together [token].
    """

    def refuses(output: float) -> bool:
        longer = [load.with_output(output) for load in loads]
        return _is_refused(longer, longest_prompt(longer, int(room), None))

    return _up_to(refuses, cases)


def _is_refused(loads: Sequence[ClassLoad], longest: float | None) -> bool:
    return any(finding.severity == "refused" for finding in too_long(loads, longest, ""))


def _up_to(refuses: Callable[[float], bool], cases: Cases) -> BoolArray:
    """Cases whose outputs are not too long: what refuses one output refuses every longer one."""
    output = np.atleast_1d(np.asarray(cases.output, dtype=float))
    most = cases.highest_output
    if not refuses(most):
        return np.ones(output.shape, dtype=bool)
    low, high = 0.0, most
    for _ in range(_ROUNDS):
        middle = (low + high) / 2
        low, high = (low, middle) if refuses(middle) else (middle, high)
    return np.asarray(output <= low)


def short_prompts(loads: Sequence[ClassLoad]) -> tuple[Finding, ...]:
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


def residency_findings(option: ApiOption, company: Company) -> tuple[Finding, ...]:
    """Refuse an API option that may process data outside the region it must stay in."""
    region = company.data_region
    if region is None or option.residency == region:
        return ()
    message = f"Data must stay in {region!r}, and this option has residency {option.residency!r}."
    remedy = f'Set residency = "{region}" where the provider sells it; it may cost more.'
    return (Finding("refused", "residency", message, remedy, "your scenario"),)


def machine_region_findings(region_of_offer: str, company: Company) -> tuple[Finding, ...]:
    """Ask to check where a machine stands when data may not leave a region."""
    if company.data_region is None:
        return ()
    message = (
        f"Data must stay in {company.data_region!r}; the machine's region is {region_of_offer!r}."
    )
    return (Finding("flagged", "machine-region", message, "Check that the two agree."),)


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
