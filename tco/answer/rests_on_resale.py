"""Own servers that pay only because they are sold again: said, with what they are worth without."""

from tco.answer.choice import worth_usd
from tco.answer.worked import Worked
from tco.kernel.cases import first
from tco.question.scenario import Scenario
from tco.results.bill import Finding


def rests_on_resale(today: Worked, own: Worked, scenario: Scenario) -> tuple[Finding, ...]:
    """Say where moving pays with what its servers bring back and would not pay without it."""
    if own.holding.server is None:
        return ()
    finance, money = scenario.finance, scenario.currency.money
    worth = first(worth_usd(today, own))
    brought = first(own.costs.resale_usd) * (1 - finance.tax_rate)
    brought *= own.alternative.as_many_accepted(today.alternative)
    if not 0 < worth <= brought:
        return ()
    return (
        Finding(
            "flagged",
            "rests-on-resale",
            f"It costs less than staying by {money(worth)} in present value, of which its servers "
            f"bring back {money(brought)} when they are sold: if they brought nothing, moving "
            f"would cost {money(brought - worth)}.",
            "Plan over the whole life of the servers, or give your own residual_share.",
        ),
    )
