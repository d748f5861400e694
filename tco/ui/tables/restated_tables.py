"""The answer in the units of price lists and calculators, as text."""

from pandas import DataFrame

from tco.answer.restated import restated
from tco.answer.worked import Evaluation
from tco.words.figures import NO_VALUE, count
from tco.words.markdown import literal


def restated_table(evaluation: Evaluation) -> DataFrame:
    """Every alternative as others would state it, and why ours differs. Markdown-safe."""
    each = evaluation.money.each
    return DataFrame(
        [
            {
                "Alternative": literal(evaluation.alternative(one.alternative).label),
                "All-in, per Mtok": literal(each(one.usd_per_mtok)),
                "Blended 3:1, per Mtok": literal(each(one.blended_usd_per_mtok)),
                "Machines alone at full use, per Mtok": literal(each(one.full_use_usd_per_mtok)),
                "Breaks even at, tokens a day": NO_VALUE
                if one.break_even_tokens_per_day is None
                else count(one.break_even_tokens_per_day),
                "Why ours differs": literal("; ".join(one.reasons)),
            }
            for one in restated(evaluation)
        ]
    )
