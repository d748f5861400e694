"""What it costs to stay for a while before moving."""

from typing import Final

from tco.answer.choice import as_many_accepted
from tco.answer.worked import Worked
from tco.kernel.cases import months_of_first
from tco.kernel.finance import discount_factors
from tco.question.terms import Finance
from tco.results.answer import Waiting

PUT_OFF: Final = (3, 6, 12)
"""How long a move may be put off [month]."""


def waiting(staying: Worked, chosen: Worked, finance: Finance) -> tuple[Waiting, ...]:
    """Price putting off a move, in the first case; nothing where staying is chosen.

    The bills of the months that are waited are those of staying, so what the move would have saved
    in them is lost; bills carry what machines cost, whenever they are paid. What is paid once is
    paid later. Tax takes its share of both.
    """
    if chosen is staying:
        return ()
    as_many = as_many_accepted(staying.alternative, chosen.alternative)
    factors = discount_factors(finance.discount_rate, finance.horizon_months)
    saving = months_of_first(staying.costs.bill - as_many * chosen.costs.bill) * factors[1:]
    once = as_many * float(chosen.costs.once * chosen.costs.deflate @ factors)
    keep = 1 - finance.tax_rate
    return tuple(
        Waiting(months, keep * float(saving[:months].sum() - once * (1 - factors[months])))
        for months in PUT_OFF
        if months < finance.horizon_months
    )
