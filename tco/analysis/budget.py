"""Whether a month costs no more than it may, and what a change of the question does to it."""

from dataclasses import dataclass
from typing import Any, Final

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
    max_monthly_usd: float | None
    """None: whatever it costs will do, as long as there is a bill."""
    not_estimated: tuple[str, ...]
    """Lines without a figure: the bill is without them."""
    refused: str
    stamp: Stamp
    money: ShownMoney

    @property
    def passed(self) -> bool:
        """Whether there is a bill and it keeps to the limit."""
        if self.monthly_usd is None:
            return False
        return self.max_monthly_usd is None or self.monthly_usd <= self.max_monthly_usd

    @property
    def words(self) -> str:
        """Say it in one line."""
        if self.monthly_usd is None:
            return f"Failed: {self.label} has no bill: {self.refused}"
        missing = f"; not estimated: {', '.join(self.not_estimated)}" if self.not_estimated else ""
        said = "Passed" if self.passed else "Failed"
        limit, cost = "", self.money(self.monthly_usd)
        if self.max_monthly_usd is not None:
            where = "within" if self.passed else "over"
            cost, most = self.money.apart(self.monthly_usd, self.max_monthly_usd)
            limit = f", {where} the {most} allowed"
        return f"{said}: a month of {self.label} costs {cost}{limit}{missing}."

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


@dataclass(frozen=True, slots=True)
class BillChange:
    """A month of one alternative before a change and after it [USD/month]."""

    alternative: str
    label: str
    before_usd: float | None
    """None where it was not there, or refused."""
    after_usd: float | None

    @property
    def difference_usd(self) -> float | None:
        """What the change adds; None where one side has no bill."""
        if self.before_usd is None or self.after_usd is None:
            return None
        return self.after_usd - self.before_usd


def bill_changes(before: Evaluation, after: Evaluation) -> tuple[BillChange, ...]:
    """Put the bills of two answers beside each other, alternative by alternative."""
    first, second = ({a.key: a for a in one.alternatives} for one in (before, after))
    changes = []
    for key in dict.fromkeys((*second, *first)):
        old, new = first.get(key), second.get(key)
        known = new or old
        assert known is not None
        changes.append(
            BillChange(
                key,
                known.label,
                None if old is None else old.monthly_usd,
                None if new is None else new.monthly_usd,
            )
        )
    return tuple(changes)


def check_budget(
    evaluation: Evaluation, max_monthly: float | None, alternative: str | None = None
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
    money = evaluation.money
    found = (
        evaluation.alternatives[0]
        if alternative is None
        else evaluation.alternative_called(alternative)
    )
    return BudgetCheck(
        alternative=found.key,
        label=found.label,
        monthly_usd=found.monthly_usd,
        max_monthly_usd=None if max_monthly is None else max_monthly / money.per_usd,
        not_estimated=tuple(line.name.lower() for line in found.lines if line.cost_usd is None),
        refused=found.refused.message if found.refused else "",
        stamp=evaluation.stamp,
        money=money,
    )
