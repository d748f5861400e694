"""What is worked out at once is what is added up month by month, of any flows and machines."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tco.kernel.committed_spend import CommittedMoney
from tco.months.held_machines import HeldMachines, Stake
from tco.months.monthly_costs import Flow, MonthlyCosts
from tco.question.terms import Finance

CASES, USD = 3, st.floats(0.0, 1e3)


@st.composite
def money(draw):
    """Costs of three cases over some months; each part is of every case, or alike in all."""
    months = draw(st.integers(1, 5))

    def paths():
        shape = draw(st.sampled_from([(months,), (CASES, months)]))
        return draw(arrays(float, shape, elements=st.floats(0.1, 4.0)))

    def amount():
        return draw(USD | arrays(float, (CASES, 1), elements=USD))

    def stakes(columns):
        by_start = arrays(float, (months, columns), elements=st.floats(-2.0, 2.0))
        count = draw(st.integers(0, 2))
        return tuple(Stake(paths(), amount(), draw(by_start)) for _ in range(count))

    def committed():
        columns = ((months,), (months + 1,), (months + 1,))
        return CommittedMoney(*(draw(arrays(float, n, elements=USD)) for n in columns))

    later = st.just(np.ones(months)) | arrays(float, months, elements=st.floats(0.2, 2.0))
    return MonthlyCosts(
        once=draw(arrays(float, months + 1, elements=USD)),
        flows=tuple(Flow(amount(), paths(), paths()) for _ in range(draw(st.integers(0, 3)))),
        held=HeldMachines(
            runs=draw(arrays(bool, st.sampled_from([(1,), (CASES, 1)]))),
            bill=stakes(months),
            cash=stakes(months + 1),
            capital=stakes(months + 1),
            rest=stakes(1),
            resale=stakes(months + 1),
            forgone=stakes(months + 1),
            written_off=stakes(months + 1),
        ),
        owned=draw(st.booleans()),
        finance=Finance(
            horizon_months=months,
            tax_rate=draw(st.sampled_from([0.0, 0.3])),
            discount_rate=draw(st.sampled_from([0.0, 0.2])),
        ),
        deflate=np.concatenate([[1.0], draw(later)]),
        committed=committed() if draw(st.booleans()) else None,
    )


def of_case(values, case, rows=CASES):
    """Columns of one case, of values that may be alike in all cases."""
    values = np.atleast_2d(values)
    assert len(values) in {1, rows}
    return values[case if len(values) > 1 else 0].tolist()


def of_machines(costs, name, case, months):
    """Money of one part of the machines, each by the month in which it is taken."""
    total = [0.0] * months
    for stake in getattr(costs.held, name):
        (usd,), taken = of_case(stake.usd, case), of_case(stake.taken, case)
        for month in range(months):
            total[month] += sum(
                usd * n * row[month] for n, row in zip(taken, stake.by_start.tolist(), strict=True)
            )
    return total


def of_flows(costs, case):
    """Money of each month that no machine is held for."""
    total = [0.0] * costs.finance.horizon_months
    for flow in costs.flows:
        (usd,) = of_case(flow.usd, case)
        each = zip(of_case(flow.scale, case), of_case(flow.price, case), strict=True)
        total = [
            sum_ + usd * scale * price for sum_, (scale, price) in zip(total, each, strict=True)
        ]
    return total


def added_up(costs, case):
    """Every figure of one case, month by month."""
    months, deflate, rate = costs.finance.horizon_months, costs.deflate, costs.finance.tax_rate
    nothing, flows = np.zeros(months + 1), np.array([0.0, *of_flows(costs, case)])
    names = ("cash", "capital", "resale", "forgone", "written_off")
    paid, capital, resale, forgone, written = (
        np.array(of_machines(costs, name, case, months + 1)) for name in names
    )
    billed = np.array([0.0, *of_machines(costs, "bill", case, months)])
    beyond = costs.committed or CommittedMoney(nothing[1:], nothing, nothing)
    running = costs.once + flows + beyond.cash
    deducted = running + (written if costs.owned else paid)
    taxed = (running + paid - rate * deducted) * deflate
    bill = (flows[1:] + billed[1:] + beyond.bill) * deflate[1:]
    yearly = 1 + costs.finance.discount_rate
    return {
        "bill": bill,
        "first_bill": bill[:1],
        "cash": (running + paid) * deflate,
        "taxed": taxed,
        "present_usd": [sum(usd / yearly ** (month / 12) for month, usd in enumerate(taxed))],
        "capital": (costs.once + capital + beyond.ahead) * deflate,
        "resale": resale * deflate,
        "forgone": forgone * deflate,
        "rest_of_terms": [of_machines(costs, "rest", case, 1)[0] * deflate[-1]],
    }


@given(money())
def test_every_figure_over_the_months_is_its_months_added_up(costs):
    for case in range(CASES):
        (runs,) = of_case(costs.held.runs, case)
        for name, right in added_up(costs, case).items():
            found = getattr(costs, name)
            ours = of_case(found[:, None] if name in {"first_bill", "present_usd"} else found, case)
            if runs:
                assert ours == pytest.approx(right, rel=1e-9, abs=1e-6), name
            elif name in {"bill", "first_bill", "cash", "taxed", "present_usd"}:
                assert np.isinf(ours).all(), name
