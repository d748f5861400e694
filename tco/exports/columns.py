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
    Column("x_Chosen", "", "yes for the alternative that the verdict chooses, else empty"),
    Column("x_AcceptedShare", "1", "Its answers that are accepted; empty where not measured"),
    Column("x_RecordType", "", "Always Forecast: nothing here was invoiced"),
    Column("x_Percentile", "", "Always Point: the figures of the page, not a band"),
    Column("x_MonthIndex", "month", "1 to the horizon; 0 for what is paid at the start"),
    Column("ChargePeriodStart", "UTC", "First moment of the month of the forecast"),
    Column("ChargePeriodEnd", "UTC", "First moment after it"),
    Column(
        "ChargeCategory",
        "",
        "Usage for the months; Purchase for what is paid once or ahead; Adjustment for months of a "
        "term beyond the horizon",
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
        "PricingQuantity × ContractedUnitPrice; for what is paid ahead, the money of that month",
    ),
    Column(
        "EffectiveCost",
        "BillingCurrency",
        "The line in the month's bill: purchases and terms spread over their months, and 0 "
        "where they are paid; empty where not estimated",
    ),
    Column("ConsumedQuantity", "ConsumedUnit", "Tokens for tokens, else as PricingQuantity"),
    Column("ConsumedUnit", "", "Tokens, or the PricingUnit"),
    Column("BillingCurrency", "", "Currency of the scenario, which every cost and price is in"),
    Column("x_PerDollar", "BillingCurrency/USD", "Rate of exchange that they were converted at"),
    Column("x_PerDollarAsOf", "", "Day of that rate; empty where nothing was converted"),
    Column(
        "CommitmentDiscountStatus",
        "",
        "Used or Unused: the idle part of machines held for a term stands in a row of its own",
    ),
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
