"""Every kind of cost line: what it is called, counted in, what it grows with and rests on.

The one place a new line is entered. Bills are built of components, one for each line, whose
quantity and price may differ from case to case; what is shown is the first case.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal

from pricing.units import TOKENS_PER_MTOK
from tco.kernel.arrays import Numbers
from tco.kernel.cases import AS_ASKED, Cases, first
from tco.results.bill import Basis, CostLine, Driver, Group

Path = Literal["tokens", "gpus", "capital", "committed", "people", "rest"]
"""Prices that move together over the horizon; purchases and commitments keep their own."""
CaseInput = Literal["requests", "output", "api_price"]
"""Inputs of a case that multiply a line as it stands in the question."""
WORKLOAD: Final = ("workload.requests_per_month", "workload.classes.")
MACHINES: Final = ("fleet.", "workload.profile", "workload.peak_within_hour", "objective.")


@dataclass(frozen=True, slots=True)
class CostKind:
    """One kind of line."""

    key: str
    group: Group
    name: str
    unit: str
    driver: Driver = "fixed"
    path: Path = "rest"
    behind: tuple[str, ...] = ()
    """Starts of the assumptions it rests on."""


KINDS: Final = {
    kind.key: kind
    for kind in (
        CostKind("tokens", "tokens", "Tokens", "Mtok", "request", "tokens", WORKLOAD),
        CostKind("provisioned", "tokens", "Provisioned units", "unit-h", behind=("apis.",)),
        CostKind(
            "committed",
            "tokens",
            "Committed spend beyond what is used",
            "month",
            path="committed",
            behind=("apis.", "finance.horizon_months", "finance.discount_rate", *WORKLOAD),
        ),
        CostKind(
            "repair",
            "quality",
            "Answers not accepted in the end",
            "answer",
            "request",
            "people",
            WORKLOAD,
        ),
        CostKind(
            "rent",
            "machines",
            "GPU instances",
            "instance-h",
            "instance",
            "gpus",
            (*MACHINES, *WORKLOAD),
        ),
        CostKind(
            "commitment",
            "machines",
            "Cost of a commitment",
            "instance-h",
            "instance",
            "gpus",
            ("finance.horizon_months", "finance.discount_rate", *MACHINES, *WORKLOAD),
        ),
        CostKind(
            "lease",
            "machines",
            "Lease of GPU servers",
            "server-month",
            "instance",
            "gpus",
            ("finance.horizon_months", "finance.discount_rate", *MACHINES, *WORKLOAD),
        ),
        CostKind(
            "capital",
            "machines",
            "GPU servers",
            "server-month",
            "instance",
            "capital",
            (
                "costs.useful_life_years",
                "costs.residual_share",
                "finance.horizon_months",
                "finance.discount_rate",
                *MACHINES,
                *WORKLOAD,
            ),
        ),
        CostKind(
            "support",
            "machines",
            "Hardware support",
            "server-month",
            "instance",
            behind=("costs.hardware_support_per_year", *MACHINES, *WORKLOAD),
        ),
        CostKind(
            "electricity",
            "machines",
            "Electricity, cooling included",
            "kWh",
            "instance",
            behind=(
                "costs.electricity_usd_per_kwh",
                "costs.pue",
                "costs.average_power_share",
                *MACHINES,
                *WORKLOAD,
            ),
        ),
        CostKind(
            "colocation",
            "machines",
            "Colocation",
            "kW-month",
            "instance",
            behind=("costs.colocation_usd_per_kw_month", *MACHINES, *WORKLOAD),
        ),
        CostKind(
            "install",
            "machines",
            "Delivery and installation",
            "server",
            "instance",
            behind=("costs.install_share", *MACHINES, *WORKLOAD),
        ),
        CostKind(
            "storage",
            "host",
            "Storage",
            "GB-month",
            "instance",
            behind=("costs.storage_usd_per_gb_month", "costs.storage_gb_per_instance"),
        ),
        CostKind(
            "egress",
            "network",
            "Network transfer out",
            "GB",
            "request",
            behind=("costs.egress_usd_per_gb", "costs.bytes_per_token", *WORKLOAD),
        ),
        CostKind(
            "load-balancer",
            "platform",
            "Load balancer",
            "month",
            behind=("costs.load_balancer_usd_per_month",),
        ),
        CostKind(
            "platform",
            "platform",
            "Serving platform",
            "month",
            behind=("costs.platform_{kind}_usd_per_month",),
        ),
        CostKind(
            "observability",
            "platform",
            "Observability",
            "month",
            behind=("costs.observability_usd_per_month",),
        ),
        CostKind(
            "evaluation",
            "platform",
            "Evaluation",
            "month",
            behind=("costs.evaluation_usd_per_month",),
        ),
        CostKind(
            "security",
            "platform",
            "Security and safety filters",
            "month",
            behind=("costs.security_usd_per_month",),
        ),
        CostKind(
            "engineering",
            "people",
            "Engineering and on-call",
            "engineer-month",
            path="people",
            behind=("costs.{kind}_fte", "costs.engineer_usd_per_month"),
        ),
        CostKind(
            "review", "quality", "Human review of compared answers", "review", "request", "people"
        ),
        CostKind("refresh", "platform", "Training the specialist anew", "refresh"),
        CostKind(
            "switch",
            "one-off",
            "Switch of model or provider",
            "move",
            behind=("costs.switch_api_usd",),
        ),
        CostKind(
            "migration", "one-off", "Migration", "move", behind=("costs.migration_{kind}_usd",)
        ),
        CostKind("exit", "one-off", "Leaving self-hosting", "move", behind=("costs.exit_usd",)),
        CostKind("fine-tune", "one-off", "Fine-tuning the specialist", "training"),
    )
}
"""By key."""
ON_EVERY_BILL: Final = ("observability", "evaluation", "security")
"""Monthly lines of the platform that every alternative has, or says it has no figure for."""


@dataclass(slots=True, eq=False)
class CostComponent:
    """One line of a bill in every case: quantity times price in the first month.

    A component whose price or quantity nobody knows is not zero.
    """

    kind: CostKind
    key: str
    name: str
    quantity: Numbers | None
    """[as the kind counts], shape (cases, 1) or one number."""
    unit_price_usd: Numbers | None
    """[USD per unit], shape (cases, 1) or one number."""
    basis: Basis
    driver: Driver
    follows: tuple[CaseInput, ...] = ()
    """Inputs of a case that quantity or price is multiplied by."""

    @property
    def cost_usd(self) -> Numbers | None:
        """Quantity times price [USD/month]; None where it is not estimated."""
        if self.quantity is None or self.unit_price_usd is None:
            return None
        return self.quantity * self.unit_price_usd

    @property
    def line(self) -> CostLine:
        """What is shown: the first case."""
        return CostLine(
            self.key,
            self.kind.group,
            self.name,
            None if self.quantity is None else first(self.quantity),
            self.kind.unit,
            None if self.unit_price_usd is None else first(self.unit_price_usd),
            self.basis,
            self.driver,
        )

    def times(self, factor: Numbers, driver: Driver | None = None) -> "CostComponent":
        """Build the same component of more or fewer units."""
        quantity = None if self.quantity is None else self.quantity * factor
        return replace(self, quantity=quantity, driver=driver or self.driver)

    def in_cases(self, cases: Cases) -> "CostComponent":
        """Build the same component in many cases, from that of the question as it was asked."""
        quantity, price = self.quantity, self.unit_price_usd
        if cases is AS_ASKED or not self.follows or quantity is None or price is None:
            return self
        for name in self.follows:
            if name == "api_price":
                price = price * cases.api_price
            else:
                quantity = quantity * (cases.requests if name == "requests" else cases.output)
        return CostComponent(
            self.kind,
            self.key,
            self.name,
            quantity,
            price,
            self.basis,
            self.driver,
            self.follows,
        )

    def named(self, prefix: str, words: str) -> "CostComponent":
        """Build the same component as a part of another bill."""
        name = self.name if self.name[1:2].isupper() else self.name[:1].lower() + self.name[1:]
        return replace(self, key=f"{prefix}-{self.key}", name=f"{words}: {name}")


def component(
    key: str,
    quantity: Numbers | None,
    unit_price_usd: Numbers | None,
    basis: Basis,
    *,
    name: str = "",
    own_key: str = "",
    follows: tuple[CaseInput, ...] = (),
) -> CostComponent:
    """Build a component of a kind on record.

    Parameters
    ----------
    name, own_key
        Where one bill has several of the kind: what tells them apart.
    follows
        Inputs of a case that it is multiplied by, where it is given for the question as asked.
    """
    kind = KINDS[key]
    name = name or kind.name
    return CostComponent(
        kind, own_key or key, name, quantity, unit_price_usd, basis, kind.driver, follows
    )


def lines_of(components: Iterable[CostComponent]) -> tuple[CostLine, ...]:
    """Lines as they are shown."""
    return tuple(part.line for part in components)


def usd_by_driver(components: Iterable[CostComponent]) -> Mapping[Driver, Numbers]:
    """Sum of what grows with each driver [USD/month], shape (cases, 1) or one number.

    Nothing grows with a driver that no component has.
    """
    sums: defaultdict[Driver, Numbers] = defaultdict(float)
    for part in components:
        if (cost := part.cost_usd) is not None:
            sums[part.driver] = sums[part.driver] + cost
    return sums


def mtok(tokens: Numbers) -> Numbers:
    """Tokens in the unit they are priced in [Mtok]."""
    return tokens / TOKENS_PER_MTOK
