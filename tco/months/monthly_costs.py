"""What an alternative costs in each month of the horizon, and all of it today."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from tco.kernel.arrays import FloatArray, Numbers
from tco.kernel.cases import by_case
from tco.kernel.committed_spend import CommittedMoney
from tco.kernel.finance import discount_factors
from tco.months.held_machines import HeldMachines, Stake
from tco.question.terms import Finance


@dataclass(slots=True, eq=False)
class Flow:
    """Money that follows one driver and one price path, over the months."""

    usd: Numbers
    """In the bill [USD/month], shape (cases, 1) or one number."""
    scale: FloatArray
    """What it grows with, over that of the bill [1]."""
    price: FloatArray
    """Its price, over the first month's [1]."""

    @property
    def by_month(self) -> FloatArray:
        """Money of each month [USD]."""
        return np.asarray((self.usd * self.scale) * self.price)

    def valued(self, worth: FloatArray) -> Numbers:
        """Sum of the first months, each at what its dollar is worth [USD], (cases,) or a number."""
        count = len(worth)
        months: Numbers = np.vecdot(self.scale[..., :count] * worth, self.price[..., :count])
        return by_case(self.usd) * months


@dataclass(eq=False)
class MonthlyCosts:
    """Costs in the terms of the result (real or nominal), before tax [USD]; positive is out.

    Money of every month is worked out where it is first asked for: draws need its present value
    and the first bill alone. Arrays have shape (cases, months), or (months,) where all cases are
    alike.
    """

    once: FloatArray
    """Paid once at the end of months 0 to n, in the money of the month [USD], (months + 1,)."""
    flows: tuple[Flow, ...]
    held: HeldMachines
    owned: bool
    """Whether machines are written off, and not deducted as they are paid."""
    finance: Finance
    deflate: FloatArray
    """Worth of a later dollar in the terms of the result, shape (months + 1,)."""
    committed: CommittedMoney | None = None
    """What is committed to beyond what is used."""

    @cached_property
    def bill(self) -> FloatArray:
        """Of months 1 to n; worth, with what is paid once, what `cash` is worth."""
        billed = self._flat + self.held.by_month(self.held.bill)
        beyond = 0.0 if self.committed is None else self.committed.bill
        return _worth(billed + beyond, self.deflate[1:])

    def valued_bills(self, worth: FloatArray) -> FloatArray:
        """Sum of the first bills, each at what its dollar is worth [USD], shape (cases,) or (1,).

        Parameters
        ----------
        worth
            Of a dollar in the terms of the result, for as many months as are added [1].
        """
        worth = worth * self.deflate[1 : len(worth) + 1]
        flat = sum((flow.valued(worth) for flow in self.flows), start=np.zeros(1))
        if self.committed is not None:
            flat = flat + np.atleast_1d(self.committed.bill[..., : len(worth)] @ worth)
        return np.asarray(flat + self.held.valued(self.held.bill, worth))

    @cached_property
    def first_bill(self) -> FloatArray:
        """Of month 1, shape (cases,) or (1,)."""
        return self.valued_bills(np.ones(1))

    @cached_property
    def cash(self) -> FloatArray:
        """At the end of months 0 to n, with one-offs, purchases and resale.

        Terms paid upfront are in it, and what is owed of a term that outlasts the horizon.
        """
        return _worth(self._running + self.held.by_month(self.held.cash), self.deflate)

    @cached_property
    def taxed(self) -> FloatArray:
        """At the end of months 0 to n: `cash` after tax, losses used at once.

        What is run is deducted at once, what is bought as it is written off.
        """
        kept = (1 - self.finance.tax_rate) * self._running
        return _worth(kept + self.held.by_month(self._machines_taxed), self.deflate)

    @cached_property
    def present_usd(self) -> FloatArray:
        """Present value of `taxed`, shape (cases,) or (1,)."""
        rate, worth = self.finance.tax_rate, self._worth_today
        flows = (flow.valued(worth[1:]) for flow in self.flows)
        running = sum(flows, start=np.atleast_1d(self.once @ worth))
        if self.committed is not None:
            running = running + np.atleast_1d(self.committed.cash @ worth)
        machines = self.held.valued(self._machines_taxed, worth)
        return np.asarray((1 - rate) * running + machines)

    @cached_property
    def capital(self) -> FloatArray:
        """Part of `cash` paid ahead: one-offs, purchases, terms and credits; no resale."""
        credits_usd = 0.0 if self.committed is None else self.committed.ahead
        ahead = self.once + self.held.by_month(self.held.capital) + credits_usd
        return _worth(ahead, self.deflate)

    @cached_property
    def rest_of_terms(self) -> FloatArray:
        """Part of `cash` for months of a term beyond the horizon, shape (cases, 1) or (1,)."""
        return _worth(self.held.by_month(self.held.rest), self.deflate[-1:])

    @cached_property
    def resale(self) -> FloatArray:
        """What servers bring back at the end of months 0 to n, which `cash` has as money in."""
        return self._by_month(self.held.resale)

    @cached_property
    def resale_usd(self) -> FloatArray:
        """Present value of `resale` [USD], shape (cases,) or (1,)."""
        return self.held.valued(self.held.resale, self._worth_today)

    @cached_property
    def borrowed(self) -> FloatArray:
        """What loans bring for servers at the end of months 0 to n, in `cash` as money in."""
        return self._by_month(self.held.borrowed)

    @cached_property
    def repaid(self) -> FloatArray:
        """What pays back loans on servers at the end of months 0 to n, part of `cash`."""
        return self._by_month(self.held.repaid)

    @cached_property
    def forgone(self) -> FloatArray:
        """What servers that are there already would sell for, which `cash` has as money out."""
        return self._by_month(self.held.forgone)

    def _by_month(self, stakes: Sequence[Stake]) -> FloatArray:
        """Money of machines at the end of months 0 to n, in the terms of the result [USD]."""
        nothing = np.zeros(self.finance.horizon_months + 1)
        return _worth(nothing + self.held.by_month(stakes), self.deflate)

    @property
    def _worth_today(self) -> FloatArray:
        """What a dollar at the end of months 0 to n is worth today [1], shape (months + 1,)."""
        months = self.finance.horizon_months
        return np.asarray(self.deflate * discount_factors(self.finance.discount_rate, months))

    @cached_property
    def _machines_taxed(self) -> tuple[Stake, ...]:
        """Money of machines after tax: terms are deducted as paid, servers as written off.

        A deposit is no expense and no income.
        """
        rate, held = self.finance.tax_rate, self.held
        if not self.owned:
            kept = (replace(paid, usd=(1 - rate) * paid.usd) for paid in held.cash)
            left = (replace(given, usd=rate * given.usd) for given in held.deposits)
            return (*kept, *left)
        saved = (replace(off, usd=-rate * off.usd) for off in held.written_off)
        return (*held.cash, *saved)

    @cached_property
    def _flat(self) -> FloatArray:
        """Of months 1 to n, without machines that are held."""
        return _total([flow.by_month for flow in self.flows], self.finance.horizon_months)

    @property
    def _running(self) -> FloatArray:
        """The same at the end of months 0 to n, with what is paid once."""
        at_start = np.zeros((*self._flat.shape[:-1], 1))
        beyond = 0.0 if self.committed is None else self.committed.cash
        return np.asarray(self.once + np.concatenate([at_start, self._flat], axis=-1) + beyond)


def _worth(money: FloatArray, deflate: FloatArray) -> FloatArray:
    return money if np.all(deflate == 1) else money * deflate


def _total(parts: list[FloatArray], months: int) -> FloatArray:
    """Sum of parts; those alike in all cases come first, for they are small."""
    total = np.zeros(months)
    for part in sorted(parts, key=np.size):
        if total.shape == np.shape(part):
            total += part
        else:
            total = total + part
    return total
