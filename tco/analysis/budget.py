"""Whether a month costs no more than it may."""

from dataclasses import dataclass
from typing import Any, Final

from pricing.errors import InputError, Problem, did_you_mean
from tco.answer.documents import plain
from tco.answer.worked import Evaluation
from tco.results.answer import Stamp
from tco.words.shown_money import ShownMoney

CHECK_SCHEMA: Final = "tco.check/1"


@dataclass(frozen=True, slots=True)
class BudgetCheck:
    """One alternative against a limit."""

    alternative: str
    label: str
    monthly_usd: float | None
    """None where it is refused."""
    max_monthly_usd: float
    not_estimated: tuple[str, ...]
    """Lines without a figure: the bill is without them."""
    refused: str
    stamp: Stamp
    money: ShownMoney

    @property
    def passed(self) -> bool:
        """Whether there is a bill and it keeps to the limit."""
        return self.monthly_usd is not None and self.monthly_usd <= self.max_monthly_usd

    @property
    def words(self) -> str:
        """Say it in one line."""
        if self.monthly_usd is None:
            return f"Failed: {self.label} has no bill: {self.refused}"
        verdict = "within" if self.passed else "over"
        missing = f"; not estimated: {', '.join(self.not_estimated)}" if self.not_estimated else ""
        said = "Passed" if self.passed else "Failed"
        return (
            f"{said}: a month of {self.label} costs {self.money(self.monthly_usd)}, {verdict} the "
            f"{self.money(self.max_monthly_usd)} allowed{missing}."
        )

    def document(self) -> dict[str, Any]:
        """Versioned JSON form."""
        return {
            "schema": CHECK_SCHEMA,
            "stamp": plain(self.stamp),
            "passed": self.passed,
            "alternative": self.alternative,
            "monthly_usd": self.monthly_usd,
            "max_monthly_usd": self.max_monthly_usd,
            "not_estimated": list(self.not_estimated),
            "reason": self.words,
        }


def check_budget(
    evaluation: Evaluation, max_monthly: float, alternative: str | None = None
) -> BudgetCheck:
    """Hold one alternative against a limit; the baseline when none is named.

    Parameters
    ----------
    max_monthly
        Highest bill allowed, in the currency of the scenario [1/month].

    Raises
    ------
    InputError
        If no alternative has this key or label.
    """
    found, money = evaluation.alternatives[0], evaluation.money
    if alternative is not None:
        by_name = {a.label: a for a in evaluation.alternatives}
        by_name |= {a.key: a for a in evaluation.alternatives}
        if alternative not in by_name:
            limit = "is not an alternative of the scenario"
            raise InputError(
                Problem("alternative", alternative, limit, did_you_mean(alternative, by_name))
            )
        found = by_name[alternative]
    return BudgetCheck(
        alternative=found.key,
        label=found.label,
        monthly_usd=found.monthly_usd,
        max_monthly_usd=max_monthly / money.per_usd,
        not_estimated=tuple(line.name.lower() for line in found.lines if line.cost_usd is None),
        refused=found.refused.message if found.refused else "",
        stamp=evaluation.stamp,
        money=money,
    )
