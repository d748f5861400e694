"""How API prices are taken to move, and at which yearly change own GPUs and staying cost alike."""

from tco.answer.choice import Choice
from tco.answer.deciders import FARTHEST, deciders
from tco.answer.spreads import HIGHEST_CHANGE, LOWEST_CHANGE, Spreads
from tco.answer.working import Working
from tco.results.answer import PriceDrift


def price_drift(working: Working, choice: Choice, spreads: Spreads) -> PriceDrift:
    """Say which change of API prices is assumed, and try all that are drawn for own GPUs."""
    finance = working.asked.scenario.finance
    given, reach = finance.api_price_change_per_year, FARTHEST * spreads.api_price
    own, staying = choice.best_own, working.alternatives[0].key
    turns = (
        ()
        if own is None or finance.api_price_steps
        else deciders(working, own, staying, spreads, ("api_price",))
    )
    return PriceDrift(
        given=None if finance.api_price_steps else given,
        low=max(given - reach, LOWEST_CHANGE),
        high=min(given + reach, HIGHEST_CHANGE),
        own_turns_at=turns[0].turns_at if turns else None,
    )
