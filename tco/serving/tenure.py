"""How machines are held: by the hour, for a term, or owned over their life."""

from dataclasses import dataclass
from typing import Final

from hardware_profiles.offer import TERM_MONTHS, PurchaseOffer, RentalOffer
from pricing.units import MONTHS_PER_YEAR
from tco.facts.cost_facts import CostFacts
from tco.facts.resolve import ResolvedHost
from tco.kernel.arrays import Numbers
from tco.kernel.loans import LoanTerms
from tco.question.owned import Loan, OwnedAlready

FLEXIBLE_TERMS: Final = frozenset({"on-demand", "spot", "serverless", "flex-start"})
"""Terms under which a machine that is no longer needed is given back."""
UPFRONT_TERMS: Final = frozenset({"capacity-block"})
"""Terms whose fee is always paid when they are booked (AWS, EC2 Capacity Blocks for ML)."""


@dataclass(frozen=True, slots=True)
class ServerPrice:
    """Money in and out over the life of one server."""

    price_usd: Numbers
    install_usd: Numbers
    residual_share: float
    """Of the price of a new one, at the end of the life [1]."""
    life_months: int
    loan: LoanTerms | None = None
    """What is borrowed for it; None where it is paid for whole."""


def server_price(
    server: PurchaseOffer, facts: CostFacts, gpu_price: Numbers = 1.0, loan: Loan | None = None
) -> ServerPrice:
    """Price, installation where it is known, residual, life and loan of one server.

    Parameters
    ----------
    gpu_price
        What GPUs cost, over their price on record [1].
    """
    price = server.price_usd * gpu_price
    return ServerPrice(
        price_usd=price,
        install_usd=price * (facts.value("install_share") or 0.0),
        residual_share=facts.known("residual_share"),
        life_months=round(facts.known("useful_life_years") * MONTHS_PER_YEAR),
        loan=None if loan is None else LoanTerms(loan.share, loan.months, loan.rate_per_year),
    )


@dataclass(frozen=True, slots=True)
class ServersThere:
    """Servers that are owned already: how many, and what one is worth for the rest of its life."""

    servers: int
    price: ServerPrice


def worth_today(
    owned: OwnedAlready, new: ServerPrice, gpu_price: Numbers = 1.0
) -> ServersThere | None:
    """Value what is owned already at what it would sell for today; None where it is worn out.

    Without a price of its own a server is worth, by its age, what others are sold for.

    Parameters
    ----------
    new
        A new server, at the price of GPUs that is drawn.
    """
    age = round(owned.age_years * MONTHS_PER_YEAR)
    left = new.life_months - age
    if left < 1:
        return None
    by_age = new.price_usd * new.residual_share ** (age / new.life_months)
    worth = by_age if owned.market_usd is None else owned.market_usd * gpu_price
    rest = new.residual_share ** (left / new.life_months)
    return ServersThere(owned.servers, ServerPrice(worth, 0.0 * worth, rest, left))


@dataclass(frozen=True, slots=True)
class Holding:
    """How machines are held: given back when idle, kept for a term, or owned."""

    server: ServerPrice | None = None
    """What an owned server costs; None where machines are rented."""
    term_months: int | None = None
    """Term after which a committed rent is renewed; None where there is none."""
    upfront: bool = False
    """Whether a term is paid whole at its start."""
    handed_back: bool = False
    """Whether what a term lasts beyond the horizon is handed back in proportion."""
    deposit_months: int = 0
    """Payments of a term that are left as a deposit."""
    there: ServersThere | None = None
    """Servers that are owned already."""

    @property
    def kept_months(self) -> int | None:
        """How long a machine stays once it is there; None where it goes when it is not needed."""
        return self.term_months if self.server is None else self.server.life_months


def holding(host: ResolvedHost, facts: CostFacts, gpu_price: Numbers = 1.0) -> Holding:
    """Read from an option how its machines are held, at a price of GPUs over that on record."""
    handed_back = host.option.unfinished_term == "handed-back"
    if (lease := host.option.lease) is not None:
        return Holding(
            term_months=lease.months, handed_back=handed_back, deposit_months=lease.deposit_months
        )
    if isinstance(host.machine, PurchaseOffer):
        new = server_price(host.machine, facts, gpu_price, host.option.loan)
        already = host.option.already_owned
        there = None if already is None else worth_today(already, new, gpu_price)
        return Holding(new, there=there)
    months = TERM_MONTHS.get(host.machine.term)
    return Holding(
        term_months=months,
        upfront=months is not None and _paid_upfront(host, host.machine),
        handed_back=handed_back,
    )


def _paid_upfront(host: ResolvedHost, offer: RentalOffer) -> bool:
    """As the option says, else as the offer's own name says."""
    if host.option.paid_upfront is not None:
        return host.option.paid_upfront
    return offer.term in UPFRONT_TERMS or offer.id.endswith("-upfront")
