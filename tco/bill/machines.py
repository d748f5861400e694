"""A month of the machines of an option: rented, leased or owned."""

from dataclasses import replace

from hardware_profiles.offer import RentalOffer
from tco.bill.cost_lines import CostComponent, component
from tco.bill.held_machines import NO_SHARE, term_month_share
from tco.bill.owned_machines import leased_machines, owned_machines
from tco.facts.cost_facts import YOURS, CostFacts, basis_of
from tco.facts.resolve import ResolvedHost
from tco.kernel.arrays import Numbers
from tco.question.price_levels import price_levels
from tco.question.scenario import Scenario
from tco.question.terms import Finance
from tco.serving.fleet import baseline_share, paid_hours
from tco.serving.tenure import Holding, holding
from tco.words.figures import share_in_full


def machines_of(
    host: ResolvedHost,
    scenario: Scenario,
    facts: CostFacts,
    instances: Numbers,
    paid: Numbers,
    gpu_price: Numbers,
) -> tuple[CostComponent, ...]:
    """Price a month of the machines alone, rented, leased or owned."""
    machine, finance, held = host.machine, scenario.finance, holding(host, facts)
    if isinstance(machine, RentalOffer):
        hours = paid * paid_hours(host, scenario.fleet)
        return _rent(host, machine, held, finance, hours, gpu_price)
    hours_per_month = scenario.fleet.hours_per_month
    if (lease := host.option.lease) is not None:
        return leased_machines(
            machine,
            lease,
            held,
            finance,
            facts,
            instances,
            gpu_price,
            hours_per_month=hours_per_month,
        )
    return owned_machines(
        machine,
        finance,
        facts,
        instances,
        gpu_price,
        already=host.option.already_owned,
        loan=host.option.loan,
        hours_per_month=hours_per_month,
    )


def _rent(
    host: ResolvedHost,
    offer: RentalOffer,
    held: Holding,
    finance: Finance,
    instance_hours: Numbers,
    gpu_price: Numbers,
) -> tuple[CostComponent, ...]:
    """Rent, and what a commitment costs beyond it: paid before its use, or after the horizon."""
    own_rent = host.option.usd_per_gpu_hour
    price = offer.usd_per_instance_hour if own_rent is None else own_rent * offer.gpus
    hours = instance_hours * (1 - baseline_share(host))
    basis = basis_of(offer.source) if own_rent is None else YOURS
    machines = f"{offer.gpus} × {offer.accelerator}, host included"
    rent = component("rent", hours, price * gpu_price, basis, name=f"GPU instances, {machines}")
    if held.term_months is None:
        return (rent,)
    beyond = term_month_share(held, price_levels(finance)) - 1
    if abs(beyond) < NO_SHARE:
        return (rent,)
    why = "paid ahead" if held.upfront else "months owed after the horizon"
    note = f"{share_in_full(beyond)} of the rent: {why}"
    commitment = component(
        "commitment", hours, price * gpu_price * beyond, replace(basis, note=note)
    )
    return rent, commitment
