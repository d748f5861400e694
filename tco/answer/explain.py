"""How a figure comes about: its formula with the values filled in, down to inputs and sources."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from pricing.units import SECONDS_PER_HOUR, TOKENS_PER_MTOK
from tco.answer.worked import Evaluation, Worked
from tco.bill.cost_lines import MACHINES, WORKLOAD
from tco.kernel.cases import first
from tco.question.keys import api_key
from tco.results.answer import Appraisal, Assumption
from tco.results.bill import Alternative, Basis, CostLine, Serving
from tco.words.figures import NOT_ESTIMATED, band, count, number, plural, quantity, share, whole
from tco.words.money import expected_loss
from tco.words.shown_money import ShownMoney


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a calculation."""

    name: str
    formula: str
    """With the values filled in."""
    value: str
    basis: Basis | None = None
    """Where the figure in it comes from, where it is one."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """A figure, the steps that lead to it, and the inputs it rests on."""

    title: str
    value: str
    steps: tuple[Step, ...]
    inputs: tuple[Assumption, ...]


def explain_bill(evaluation: Evaluation, key: str) -> Explanation:
    """Add a bill up from its lines."""
    alternative, money = evaluation.alternative(key), evaluation.money
    steps = [
        _line_step(alternative, line, cost, money) for line, cost in _costs(alternative, money)
    ]
    bill = money.to_the_cent(alternative.monthly_usd)
    return Explanation(
        f"Bill of {alternative.label}, a month",
        bill,
        (*steps, Step("Bill a month", "sum of the lines above", bill)),
        _behind(evaluation, alternative, alternative.lines),
    )


def explain_line(evaluation: Evaluation, key: str, name: str) -> Explanation | None:
    """Take one line of a bill apart; None where the alternative has no such line."""
    alternative, money = evaluation.alternative(key), evaluation.money
    named = [(line, cost) for line, cost in _costs(alternative, money) if line.name == name]
    if not named:
        return None
    known = [line.cost_usd for line, _ in named if line.cost_usd is not None]
    together = money.to_the_cent(sum(known) if known else None)
    return Explanation(
        f"{name}, {alternative.label}",
        together if len(named) > 1 else named[0][1],
        tuple(_line_step(alternative, line, cost, money) for line, cost in named),
        _behind(evaluation, alternative, [line for line, _ in named]),
    )


def explain_break_even(evaluation: Evaluation, key: str) -> Explanation:
    """Derive the utilisation at which both bills are equal."""
    comparison, money = evaluation.worked[key].against_staying, evaluation.money
    answer = evaluation.break_even(key)
    assert answer is not None
    u, serving = answer.utilisation, comparison.serving
    fixed, saving = first(comparison.fixed_gap_usd), first(comparison.saving_per_request_usd)
    at = share(u.value) if u.value is not None else u.instead
    steps = (
        Step(
            "What the fleet costs beyond staying, before any request",
            f"{money.to_the_cent(first(comparison.planned_fixed_usd))} for machines, platform and "
            f"people − {money.to_the_cent(comparison.stay.fixed_usd)} that staying costs too",
            money.to_the_cent(fixed),
        ),
        Step(
            "What a request saves",
            f"{money.each(comparison.stay.usd_per_request)} on the API − "
            f"{money.each(first(comparison.usd_per_request))} beyond the machines on your own",
            money.each(saving),
        ),
        *_capacity_steps(serving, evaluation.stamp.hours_per_month),
        Step(
            "Break-even utilisation",
            f"{money.to_the_cent(fixed)} ÷ ({count(serving.requests_per_month_capacity)} requests "
            f"× {money.each(saving)})",
            at if not u.reason else f"{at}: {u.reason}",
        ),
        Step(
            "P10–P90",
            f"of {plural(evaluation.uncertainty.draws, 'draw')} of volume, output length, prices, "
            "payroll and the calibration’s error",
            band(u.p10, u.p90),
        ),
        *_utilisation_steps(comparison.hosted, serving),
    )
    hosted = comparison.hosted
    return Explanation(
        f"Break-even utilisation of {hosted.label}",
        at,
        steps,
        _behind(evaluation, hosted, hosted.lines, (*MACHINES, *WORKLOAD)),
    )


def explain_worth(evaluation: Evaluation) -> Explanation:
    """Derive what the move is worth from both present values, and the level payment of a year."""
    verdict, today, money = evaluation.verdict, evaluation.alternatives[0], evaluation.money
    if verdict.worth_of is None:
        return Explanation("What moving is worth", NOT_ESTIMATED, (), ())
    target = evaluation.alternative(verdict.worth_of)
    stay, move = evaluation.appraisal(today.key), evaluation.appraisal(target.key)
    assert stay is not None
    assert move is not None
    horizon = plural(evaluation.asked.scenario.finance.horizon_months, "month")
    staying, moved, yearly = map(
        money.to_the_cent, (stay.compared_usd, move.compared_usd, verdict.worth_usd_per_year)
    )
    steps = (
        Step(f"Present value of staying, {horizon}", today.label, staying),
        Step(
            f"Present value after the move, {horizon}",
            _compared(today, target, move, money),
            moved,
        ),
        Step(
            "Worth, in present value",
            f"{staying} − {moved}",
            money.to_the_cent(verdict.worth_usd),
        ),
        Step(
            "Worth a year",
            "the level payment at every month's end with that present value, for a year",
            yearly,
        ),
        Step("Paid once, in it", "moving and leaving", money.to_the_cent(target.one_off_usd)),
    )
    return Explanation(
        "What moving is worth, a year",
        yearly,
        steps,
        _behind(evaluation, target, target.lines),
    )


def _compared(today: Alternative, target: Alternative, move: Appraisal, money: ShownMoney) -> str:
    factor = target.as_many_accepted(today)
    if factor == 1:
        return target.label
    paid = money.to_the_cent(move.present_usd)
    return f"{target.label}, {paid} × {number(factor, 4)} for as many accepted answers"


def explain_odds(evaluation: Evaluation) -> Explanation:
    """Say how the share of the draws in which a move costs less comes about."""
    verdict, drawn, money = evaluation.verdict, evaluation.uncertainty, evaluation.money
    assert verdict.worth_of is not None
    target = evaluation.alternative(verdict.worth_of)
    odds = drawn.odds_of(target.key)
    assert odds is not None
    less = share(odds.cheaper_over_horizon)
    spreads = drawn.spreads
    steps = (
        Step(
            "Draws",
            f"volume ±{share(spreads.volume)}, output length ±{share(spreads.output)}, GPU prices "
            f"±{share(spreads.gpu_price)}, engineers ±{share(spreads.staff)} (standard deviations "
            f"of the logarithm), yearly change of API prices ±{share(spreads.api_price)}, and the "
            "error of each calibration",
            f"{whole(drawn.draws)}, seed {drawn.seed}",
        ),
        Step("Worth of moving there, P10", target.label, money(odds.worth.p10)),
        Step("Worth of moving there, P90", target.label, money(odds.worth.p90)),
        Step("Draws in which the move is worth something", "of all", less),
        Step(
            "Expected loss",
            "what it costs more than staying, 0 where it costs less, mean of the draws",
            expected_loss(odds.expected_loss_usd, odds.unserved, money),
        ),
    )
    return Explanation(
        f"How often {target.label} costs less than staying",
        less,
        steps,
        _behind(evaluation, target, target.lines),
    )


def explanations(evaluation: Evaluation) -> dict[str, Callable[[], Explanation]]:
    """What the tiles show, by name; an explanation is worked out when it is asked for."""
    today, best = evaluation.alternatives[0].key, evaluation.verdict.best_own
    offered: dict[str, Callable[[], Explanation]] = {
        "Your bill, a month": lambda: explain_bill(evaluation, today),
        "The choice, a month": lambda: explain_bill(evaluation, evaluation.verdict.chosen),
    }
    if best is not None:
        offered |= {
            "Own GPUs, a month": lambda: explain_bill(evaluation, best),
            "Break-even utilisation": lambda: explain_break_even(evaluation, best),
        }
    if evaluation.verdict.worth_of is not None:
        offered["Moving is worth"] = lambda: explain_worth(evaluation)
        offered["Cheaper than staying"] = lambda: explain_odds(evaluation)
    return offered


def _capacity_steps(serving: Serving, hours_per_month: float) -> tuple[Step, ...]:
    seconds = hours_per_month * SECONDS_PER_HOUR
    return (
        Step(
            "Capacity of the fleet, a month",
            f"{plural(serving.replicas, 'replica')} × "
            f"{number(serving.capacity_per_replica_rps)} requests/s × {whole(seconds)} s",
            f"{count(serving.requests_per_month_capacity)} requests",
            Basis(f"calibration {serving.calibration}: {serving.calibration_label}", ""),
        ),
    )


def _utilisation_steps(hosted: Alternative, serving: Serving) -> tuple[Step, ...]:
    """Utilisation your traffic gives the planned fleet, twice over."""
    return (
        Step(
            "Your utilisation",
            f"{count(hosted.requests_per_month)} requests ÷ "
            f"{count(serving.requests_per_month_capacity)} requests",
            share(serving.utilisation),
        ),
        Step(
            "The same, by cause",
            " × ".join(f"{share(part)} {cause}" for cause, part in serving.utilisation_causes),
            share(serving.utilisation),
        ),
    )


def _costs(alternative: Alternative, money: ShownMoney) -> list[tuple[CostLine, str]]:
    """Lines of a bill with what they cost, in cents that add up to the shown bill."""
    costs = money.column([line.cost_usd for line in alternative.lines], money.sign, cents=True)
    return list(zip(alternative.lines, costs, strict=True))


def _line_step(alternative: Alternative, line: CostLine, value: str, money: ShownMoney) -> Step:
    if line.cost_usd is None:
        missing = "no price is known" if line.unit_price_usd is None else "no quantity is known"
        return Step(line.name, missing, value, line.basis)
    price = f"{money.each(line.unit_price_usd)} per {line.unit}"
    return Step(line.name, f"{_amount(alternative, line)} × {price}", value, line.basis)


def _amount(alternative: Alternative, line: CostLine) -> str:
    """Quantity of a line, and what it is made of where that is one product."""
    billed = f"{quantity(line.quantity)} {line.unit}"
    if line.quantity is None:
        return billed
    requests = alternative.requests_per_month
    if line.group == "tokens" and line.unit == "Mtok":
        each = line.quantity * TOKENS_PER_MTOK / requests
        return f"{billed} ({plural(requests, 'request')} × {quantity(each)} tokens)"
    serving = alternative.serving
    if line.unit.endswith("-h") and serving is not None and serving.paid_instances:
        hours = line.quantity / serving.paid_instances
        noun = "machine" if serving.paid_instances == 1 else "machines"
        return f"{billed} ({quantity(serving.paid_instances)} {noun} × {quantity(hours)} h)"
    return billed


def _behind(
    evaluation: Evaluation,
    alternative: Alternative,
    lines: Iterable[CostLine],
    also: tuple[str, ...] = (),
) -> tuple[Assumption, ...]:
    """Assumptions that an alternative's lines rest on, in the order of the ledger."""
    starts = set(also)
    for line in lines:
        starts |= set(_inputs_of(evaluation.worked[alternative.key], line))
    own = f"{alternative.label}:"
    return tuple(
        row
        for row in evaluation.assumptions
        if row.field.startswith(tuple(starts))
        or (alternative.serving is not None and row.label.startswith(own))
    )


def _inputs_of(worked: Worked, line: CostLine) -> Iterable[str]:
    """Starts of the assumptions behind a line."""
    kind = next(part.kind for part in worked.components if part.key == line.key)
    own = worked.alternative.kind if worked.host is not None else "api"
    seller = worked.api.seller_of(line.key)
    bought = (api_key(seller.option),) if kind.path == "tokens" else ()
    return (*(start.format(kind=own) for start in kind.behind), *bought)
