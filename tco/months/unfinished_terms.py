"""Terms that outlast the horizon: what is still owed of them, or handed back."""

from tco.facts.resolve import ResolvedHost
from tco.kernel.cases import months_of_first
from tco.months.monthly_costs import MonthlyCosts
from tco.results.bill import Finding
from tco.serving.tenure import Holding
from tco.words.figures import plural
from tco.words.shown_money import ShownMoney


def unfinished_terms(
    host: ResolvedHost, holding: Holding, costs: MonthlyCosts, money: ShownMoney
) -> tuple[Finding, ...]:
    """Say what a term costs after the horizon, in the first case."""
    if holding.term_months is None:
        return ()
    owed = float(months_of_first(costs.rest_of_terms)[0])
    if not owed:
        return ()
    months = plural(holding.term_months, "month")
    when = (
        "are paid at its start"
        if holding.upfront
        else "are owed, and counted at the end of the horizon"
    )
    return (
        Finding(
            "flagged",
            "unfinished-term",
            f"The term of {host.option.name}, {months}, outlasts the horizon: {money(owed)} for "
            f"the months after it {when}.",
            'Choose a shorter term, or set unfinished_term = "handed-back" where the contract lets '
            "you out in proportion.",
            host.machine.source.name,
        ),
    )
