"""What a month of tokens costs at a provider, line by line."""

from collections.abc import Sequence
from typing import Literal

from pricing.rate_card import Band
from pricing.units import TOKENS_PER_MTOK
from tco.bill.acceptance import repair_lines
from tco.bill.eligibility import requests_that_fit, short_prompts
from tco.bill.people_and_platform import api_people, platform_lines
from tco.facts.cost_facts import CostFacts, basis_of
from tco.facts.resolve import ResolvedApi, api_key
from tco.kernel.workload import BandTokens, ClassLoad, band_tokens
from tco.question.options import accepted_of, tries_of
from tco.question.traffic import RequestClass
from tco.results.bill import Alternative, Basis, CostLine, Finding

TIER_TITLES = {"standard": "", "batch": ", batch", "flex": ", flex", "priority": ", priority"}
DELAYED_TIERS = {"batch": "answers within 24 hours", "flex": "may wait or be refused when busy"}


def api_alternative(
    api: ResolvedApi,
    classes: Sequence[RequestClass],
    requests_per_month: float,
    facts: CostFacts,
    *,
    is_baseline: bool,
) -> Alternative:
    """Price one API option for the first month.

    Parameters
    ----------
    classes
        The mix, in the baseline's tokens.
    requests_per_month
        Volume of the month [request/month].
    """
    offer, option = api.offer, api.option
    open_model = offer.open_weights
    loads = loads_of(classes, as_open_model=open_model is not None)
    bands = band_tokens(loads, [last_token_below(band) for band in api.card.bands[1:]])
    findings = (
        *requests_that_fit(loads, offer, bands, api.card),
        *short_prompts(loads),
        *_delayed(option.tier),
        *_other_tokens(open_model, classes),
    )
    refused = any(finding.severity == "refused" for finding in findings)
    tokens = _token_lines(api, bands, requests_per_month * tries_of(option.quality))
    repair = repair_lines(option.quality, requests_per_month)
    return Alternative(
        key=api_key(option),
        label=_label(api),
        kind="hosted" if open_model else "api",
        model=open_model or offer.title,
        interactive=option.tier not in DELAYED_TIERS,
        lines=() if refused else (*tokens, *repair, *platform_lines(facts), api_people(facts)),
        one_off=() if is_baseline else (_migration(facts),),
        requests_per_month=requests_per_month,
        input_tokens_per_request=mean_tokens(classes, "input"),
        output_tokens_per_request=mean_tokens(classes, "output"),
        serving=None,
        findings=findings,
        accepted_share=accepted_of(option.quality),
    )


def tokens_usd_per_request(api: ResolvedApi, classes: Sequence[RequestClass]) -> float:
    """Cost of the tokens of a request of the mix, on average [USD/request]."""
    loads = loads_of(classes, as_open_model=api.offer.open_weights is not None)
    bands = band_tokens(loads, [last_token_below(band) for band in api.card.bands[1:]])
    return sum(line.cost_usd or 0.0 for line in _token_lines(api, bands, 1.0))


def mean_tokens(classes: Sequence[RequestClass], side: Literal["input", "output"]) -> float:
    """Mean length of the mix, as the baseline counts tokens [token/request]."""
    lengths = ((c.share, c.input if side == "input" else c.output) for c in classes)
    return sum(share * length.distribution().mean for share, length in lengths)


def loads_of(classes: Sequence[RequestClass], *, as_open_model: bool) -> list[ClassLoad]:
    """Classes as the kernel takes them, counted in GPT's tokens or in the open model's."""
    loads = [
        ClassLoad(c.share, c.input.distribution(), c.output.distribution(), c.cached_prompt_share)
        for c in classes
    ]
    if not as_open_model:
        return loads
    return [
        load.in_tokens_of(c.llama_tokens_per_gpt_token)
        for load, c in zip(loads, classes, strict=True)
    ]


def last_token_below(band: Band) -> float:
    """Longest prompt that is not yet in the band [token]."""
    return band.above_input_tokens - (1 if band.inclusive else 0)


def _label(api: ResolvedApi) -> str:
    offer = api.offer
    title = offer.title
    if offer.open_weights:
        title = f"{offer.open_weights} at {offer.provider_title}"
    region = "" if api.option.residency == "global" else f", {api.option.residency.upper()}"
    return f"{title}{TIER_TITLES.get(api.option.tier, f', {api.option.tier}')}{region}"


def _token_lines(
    api: ResolvedApi, bands: Sequence[BandTokens], requests_per_month: float
) -> list[CostLine]:
    return [
        line
        for band, billed in zip(api.card.bands, bands, strict=True)
        for line in _band_lines(api, band, billed, requests_per_month)
    ]


def _band_lines(
    api: ResolvedApi, band: Band, billed: BandTokens, requests_per_month: float
) -> list[CostLine]:
    if not band.offered or billed.requests == 0:
        return []
    where = f", prompts over {band.above_input_tokens:,}" if band.above_input_tokens else ""
    cached_rate = band.cached_input_usd_per_mtok
    cached_note = "" if cached_rate is not None else "no cached price: billed as input"
    parts = (
        ("input", "Input", billed.uncached_input, band.input_usd_per_mtok, ""),
        (
            "cached",
            "Cached input",
            billed.cached_input,
            band.input_usd_per_mtok if cached_rate is None else cached_rate,
            cached_note,
        ),
        ("output", "Output", billed.output, band.output_usd_per_mtok, ""),
    )
    return [
        CostLine(
            key=f"{key}-{band.above_input_tokens}",
            group="tokens",
            name=f"{name} tokens{where}",
            quantity=tokens * requests_per_month / TOKENS_PER_MTOK,
            unit="Mtok",
            unit_price_usd=float(rate) * (1 - api.option.contract_discount),
            basis=_rate_basis(api, band, note),
            driver="request",
        )
        for key, name, tokens, rate, note in parts
        if tokens > 0
    ]


def _rate_basis(api: ResolvedApi, band: Band, note: str) -> Basis:
    basis = basis_of(band.source)
    discount = api.option.contract_discount
    notes = [note, f"less {discount:.0%} by contract" if discount else ""]
    return Basis(
        basis.source,
        basis.as_of,
        basis.confidence,
        basis.url,
        "; ".join(part for part in (*notes, basis.note) if part),
    )


def _delayed(tier: str) -> tuple[Finding, ...]:
    if tier not in DELAYED_TIERS:
        return ()
    return (
        Finding(
            "flagged",
            "delayed",
            f"The {tier} tier {DELAYED_TIERS[tier]}: not a substitute where people wait.",
        ),
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


def _migration(facts: CostFacts) -> CostLine:
    return CostLine(
        "migration",
        "one-off",
        "Move to another API",
        1.0,
        "move",
        facts.value("migration_api_usd"),
        facts.basis("migration_api_usd"),
    )
