"""The columns of the forecast: names of FOCUS 1.4 where it has one, ``x_`` where it has not."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Column:
    """One column, as the dictionary in the documents shows it."""

    name: str
    unit: str
    meaning: str

    @property
    def own(self) -> bool:
        """Whether FOCUS 1.4 has no such column."""
        return self.name.startswith("x_")


COLUMNS: Final = (
    Column("x_ScenarioId", "", "First 16 characters of the SHA-256 of the scenario"),
    Column("x_ScenarioName", "", "Name of the scenario"),
    Column("x_Alternative", "", "Key of the alternative; the baseline's rows come first"),
    Column(
        "x_Staying",
        "",
        "yes for today's API, else empty: take one alternative before you add anything up",
    ),
    Column("x_Chosen", "", "yes for the alternative that the verdict chooses, else empty"),
    Column("x_AcceptedShare", "1", "Its answers that are accepted; empty where not measured"),
    Column(
        "x_Speed",
        "",
        "What the speed of its machines rests on: measured, published, or an estimate or stated "
        "figure with its ± share, and whether the record is yours; empty where it has none",
    ),
    Column(
        "x_OldFigures",
        "",
        "What of the answer is old: the same in every row, empty where nothing is",
    ),
    Column("x_RecordType", "", "Always Forecast: nothing here was invoiced"),
    Column("x_MonthIndex", "month", "1 to the horizon; 0 for what is paid at the end of month 0"),
    Column("ChargePeriodStart", "UTC", "First moment of the month of the forecast"),
    Column("ChargePeriodEnd", "UTC", "First moment after it"),
    Column("x_CalendarHours", "h", "Hours of that calendar month; quantities are of 730"),
    Column(
        "ChargeCategory",
        "",
        "Usage for the months; Purchase for what is paid once or ahead; Adjustment for servers "
        "sold, and for what a term owes after the horizon",
    ),
    Column("ChargeDescription", "", "Name of the bill's line"),
    Column("ServiceCategory", "", "FOCUS category nearest to the line's group"),
    Column("ServiceName", "", "Model sold, instance or server; empty where the line has none"),
    Column("ServiceProviderName", "", "Who sells it; empty for what is your own"),
    Column("HostProviderName", "", "Whose machines it runs on; empty where nobody says"),
    Column("RegionId", "", "Region of the rented machine, or residency of the tokens"),
    Column("SkuId", "", "Alternative and line"),
    Column("SkuMeter", "", "Input Tokens, Cached Input Tokens, Output Tokens, or the line's name"),
    Column("SkuPriceId", "", "SkuId and the day the price is of"),
    Column("SkuPriceDetails", "JSON", "x_Tier, x_AboveInputTokens, x_Term, x_Source and more"),
    Column("PricingCategory", "", "Standard, Committed (a term), Dynamic (spot) or Other"),
    Column("PricingQuantity", "PricingUnit", "What is paid for; empty where nobody knows"),
    Column("PricingUnit", "", "Unit of the bill's line"),
    Column("ListUnitPrice", "BillingCurrency/PricingUnit", "Before your contract's discount"),
    Column("ContractedUnitPrice", "BillingCurrency/PricingUnit", "After it"),
    Column("ListCost", "BillingCurrency", "PricingQuantity × ListUnitPrice"),
    Column(
        "ContractedCost",
        "BillingCurrency",
        "PricingQuantity × ContractedUnitPrice; for what is paid ahead or brought back, the money "
        "of that month",
    ),
    Column(
        "EffectiveCost",
        "BillingCurrency",
        "Purchases and terms in equal amounts over the months they are held, and 0 where they are "
        "paid; empty where not estimated",
    ),
    Column(
        "x_CostOfCapital",
        "BillingCurrency",
        "What the line in the month's bill has beyond it: interest on what is paid ahead",
    ),
    Column(
        "x_BillP10", "BillingCurrency", "P10 of the whole month's bill: the same in all its rows"
    ),
    Column(
        "x_BillP90", "BillingCurrency", "P90 of it; empty where more than a tenth cannot be served"
    ),
    Column("ConsumedQuantity", "ConsumedUnit", "Tokens for tokens, else as PricingQuantity"),
    Column("ConsumedUnit", "", "Tokens, or the PricingUnit"),
    Column("BillingCurrency", "", "Currency of the scenario, which every cost and price is in"),
    Column("x_PerDollar", "BillingCurrency/USD", "Rate of exchange that they were converted at"),
    Column("x_PerDollarAsOf", "", "Day of that rate; empty where nothing was converted"),
    Column("CommitmentDiscountId", "", "Alternative and term; empty where nothing is committed to"),
    Column("CommitmentDiscountCategory", "", "Usage: a term commits to machines"),
    Column("CommitmentDiscountType", "", "Name of the term"),
    Column(
        "CommitmentDiscountStatus",
        "",
        "Used: every machine of the term runs, busy or not; empty for what is no usage of a term",
    ),
    Column("x_Utilisation", "1", "Of machines: mean demand over the capacity of all replicas"),
    Column("Tags", "JSON", "Group of the line, model served, confidence of the price"),
    Column("x_ModelVersion", "", "Version of the planner"),
    Column("x_CatalogVersion", "", "Version of the price catalogue"),
    Column("x_Terms", "", "real or nominal, as the scenario says"),
    Column("x_DiscountFactor", "1", "Worth at the start of money at the end of this month"),
)


def column_table() -> str:
    """Write the column dictionary as the documents carry it."""
    head = "| column | unit | meaning |\n|---|---|---|\n"
    return head + "".join(f"| `{c.name}` | {c.unit} | {c.meaning} |\n" for c in COLUMNS)
