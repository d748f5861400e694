"""Keys of options among the alternatives: what is bought, own servers, and both together."""

from typing import Final
from urllib.parse import quote

from tco.question.hybrids import Hybrid
from tco.question.options import ApiOption, SelfHostedOption
from tco.question.scenario import Scenario

TODAY: Final = "today"
"""Key of what you do today where several APIs answer."""


def api_key(option: ApiOption) -> str:
    """Key of an API option among the alternatives: all that is not left at its default.

    Provider, model and tier, then the region, discount, usage tier, successors, commitment, units
    and quality where they are given, so that options which differ in anything have keys of their
    own.

    Examples
    --------
    >>> api_key(ApiOption(provider="openai", model="gpt-5.4"))
    'openai/gpt-5.4/standard'
    >>> api_key(ApiOption(provider="openai", model="gpt-5.4", contract_discount=0.5))
    'openai/gpt-5.4/standard/discount=0.5'
    """
    quality, promised, units = option.quality, option.commitment, option.provisioned
    given = {
        "discount": option.contract_discount or None,
        "cache": _plain(option.cache_lifetime),
        "usage-tier": _plain(option.usage_tier),
        "then": "+".join(f"{s.provider}:{s.model}" for s in option.successors) or None,
        "commitment": promised
        and f"{promised.usd_per_period}:{promised.period_months}:{promised.prepaid}",
        "units": units
        and ":".join(_plain(str(part)) or "" for part in units.model_dump().values()),
        "quality": quality
        and f"{quality.acceptance_rate}:{quality.retries}:{quality.usd_per_unaccepted}",
    }
    return "/".join(
        (
            option.provider,
            option.model,
            option.tier,
            *(() if option.residency == "global" else (option.residency,)),
            *(f"{name}={value}" for name, value in given.items() if value is not None),
        )
    )


def _plain(words: str | None) -> str | None:
    """Words of the user's own, with no sign that parts a key."""
    return words and quote(words, safe=" ")


def own_key(option: SelfHostedOption) -> str:
    """Key of servers of your own among the alternatives."""
    return f"self-hosted/{option.name}"


def hybrid_key(option: Hybrid) -> str:
    """Key of a hybrid among the alternatives."""
    return f"hybrid/{option.name}"


def today_key(scenario: Scenario) -> str:
    """Key of what you do today among the alternatives."""
    return TODAY if scenario.several_today else api_key(scenario.baseline)
