"""What is worked out at once is what is added up month by month, of any flows and machines."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tco.months.held_machines import HeldMachines, Stake
from tco.months.monthly_costs import Flow, MonthlyCosts
from tco.question.terms import Finance

CASES = 3


@st.composite
def money(draw):
    """Costs of three cases over some months; each part is of every case, or alike in all."""
    months = draw(st.integers(1, 5))

    def paths():
        shape = draw(st.sampled_from([(months,), (CASES, months)]))
        return draw(arrays(float, shape, elements=st.floats(0.1, 4.0)))

    def amount():
        return draw(st.floats(0.0, 1e3) | arrays(float, (CASES, 1), elements=st.floats(0.0, 1e3)))

    def stakes(columns):
        by_start = arrays(float, (months, columns), elements=st.floats(-2.0, 2.0))
        return tuple(Stake(amount(), draw(by_start)) for _ in range(draw(st.integers(0, 2))))

    later = st.just(np.ones(months)) | arrays(float, months, elements=st.floats(0.2, 2.0))
    return MonthlyCosts(
        one_off_usd=draw(st.floats(0.0, 1e3)),
        flows=tuple(Flow(amount(), paths(), paths()) for _ in range(draw(st.integers(0, 3)))),
        held=HeldMachines(
            taken=paths(),
            runs=draw(arrays(bool, st.sampled_from([(1,), (CASES, 1)]))),
            bill=stakes(months),
            cash=stakes(months + 1),
            capital=stakes(months + 1),
            rest=stakes(1),
            resale=stakes(months + 1),
            written_off=stakes(months),
        ),
        owned=draw(st.booleans()),
        finance=Finance(
            horizon_months=months,
            tax_rate=draw(st.sampled_from([0.0, 0.3])),
            discount_rate=draw(st.sampled_from([0.0, 0.2])),
        ),
        deflate=np.concatenate([[1.0], draw(later)]),
    )


def of_case(values, case, rows=CASES):
    """Columns of one case, of values that may be alike in all cases."""
    values = np.atleast_2d(values)
    assert len(values) in {1, rows}
    return values[case if len(values) > 1 else 0].tolist()


def of_machines(costs, name, case, months):
    """Money of one part of the machines, each by the month in which it is taken."""
    total, taken = [0.0] * months, of_case(costs.held.taken, case)
    for stake in getattr(costs.held, name):
        (usd,) = of_case(stake.usd, case)
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
    months, deflate = costs.finance.horizon_months, costs.deflate.tolist()
    once, flows = [costs.one_off_usd] + [0.0] * months, [0.0, *of_flows(costs, case)]
    held = {
        name: of_machines(costs, name, case, months + 1) for name in ("cash", "capital", "resale")
    }
    bill, written = (
        [0.0, *of_machines(costs, name, case, months)] for name in ("bill", "written_off")
    )
    (rest,) = of_machines(costs, "rest", case, 1)
    rate, taxed = costs.finance.tax_rate, []
    for month in range(months + 1):
        running = once[month] + flows[month]
        deducted = running + (written[month] if costs.owned else held["cash"][month])
        taxed.append((running + held["cash"][month] - rate * deducted) * deflate[month])
    discount = 1 + costs.finance.discount_rate
    return {
        "bill": [(flows[m] + bill[m]) * deflate[m] for m in range(1, months + 1)],
        "first_bill": [(flows[1] + bill[1]) * deflate[1]],
        "cash": [(once[m] + flows[m] + held["cash"][m]) * deflate[m] for m in range(months + 1)],
        "taxed": taxed,
        "present_usd": [sum(usd / discount ** (month / 12) for month, usd in enumerate(taxed))],
        "capital": [(once[m] + held["capital"][m]) * deflate[m] for m in range(months + 1)],
        "resale": [held["resale"][m] * deflate[m] for m in range(months + 1)],
        "rest_of_terms": [rest * deflate[-1]],
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
