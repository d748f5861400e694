"""Which offers of a ranking cost less than staying, by the measure that the verdict compares by."""

from tco.analysis.rank import Ranked, Ranking
from tco.question.keys import today_key
from tco.question.scenario import Scenario


def undercutting(scenario: Scenario, ranking: Ranking) -> tuple[Ranked, ...]:
    """Offers that could take part and cost less than staying, cheapest first.

    Each at the present value of as many accepted answers as staying gives, where both acceptance
    rates were measured: an offer that is cheap because half of its answers are thrown away does
    not cost less.
    """
    staying = today_key(scenario)
    today = next(row.alternative for row in ranking.rows if row.alternative.key == staying)
    return tuple(
        row
        for row in ranking.rows
        if row.alternative.eligible
        and row.present_usd is not None
        and row.present_usd * row.alternative.as_many_accepted(today) < ranking.staying_usd
    )
