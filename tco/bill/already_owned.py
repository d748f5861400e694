"""Servers that are owned already: what they count for, and which cannot be counted."""

from hardware_profiles.offer import PurchaseOffer
from tco.facts.cost_facts import CostFacts
from tco.facts.resolve import ResolvedHost
from tco.kernel.cases import first
from tco.results.bill import Finding
from tco.serving.tenure import server_price, worth_today
from tco.words.figures import as_entered, plural
from tco.words.shown_money import ShownMoney


def already_owned(host: ResolvedHost, facts: CostFacts, money: ShownMoney) -> tuple[Finding, ...]:
    """Refuse servers that are worn out or worth more than new ones; say how they are counted."""
    given = host.option.already_owned
    if given is None or not isinstance(host.machine, PurchaseOffer):
        return ()
    new = server_price(host.machine, facts)
    there = worth_today(given, new)
    if there is None:
        life = as_entered(facts.known("useful_life_years"))
        return _refused(
            f"Servers of {as_entered(given.age_years)} years are beyond the useful life of {life}.",
            "Give a longer costs.useful_life_years, or leave already_owned out.",
        )
    worth, listed = first(there.price.price_usd), first(new.price_usd)
    if worth > listed:
        return _refused(
            f"A server owned already would sell for {money(worth)}, and a new one costs "
            f"{money(listed)}.",
            "Give a market_usd below that, or your own price of a new one.",
        )
    said = (
        f"Servers owned already count at what one would sell for today, {money(worth)}, over the "
        f"{plural(there.price.life_months, 'month')} that are left of their life; what was paid "
        "for them is gone either way. A break-even in volume takes every machine at the mean of "
        "old and new."
    )
    return (Finding("remark", "already-owned", said),)


def _refused(message: str, remedy: str) -> tuple[Finding, ...]:
    return (Finding("refused", "worn-out", message, remedy),)
