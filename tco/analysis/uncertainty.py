"""How sure the answer is, by spreads and draws of your own."""

from typing import Final

from pricing.errors import InputError, Problem
from tco.analysis.decision import Question
from tco.answer.odds import DRAWS, SEED, uncertainty_of
from tco.answer.spreads import Spreads
from tco.answer.uncertainty import Uncertainty
from tco.answer.working import look_up, work_out
from tco.words.figures import whole

MOST_DRAWS: Final = 1_000_000


def uncertainty(
    question: Question,
    *,
    spreads: Spreads | None = None,
    draws: int = DRAWS,
    seed: int = SEED,
) -> Uncertainty:
    """Draw cases around a scenario and sum them up; one seed, one answer, to the last bit.

    With nothing chosen these are the draws that come with the answer itself, followed by month.

    Raises
    ------
    InputError
        If the number of draws is out of range.
    """
    if not 1 <= draws <= MOST_DRAWS:
        limit = f"must be from 1 to {whole(MOST_DRAWS)}"
        raise InputError(Problem("draws", str(draws), limit, "Choose fewer."))
    spreads = spreads or Spreads.of(question.data.library)
    asked = work_out(look_up(question.scenario, question.data))
    return uncertainty_of(asked, spreads, draws, seed, by_month=True)
