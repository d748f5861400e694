"""Shapes of cloud invoices: a row a meter, one class of tokens each."""

from typing import Final

from tco.own_data.usage.shape import Shape

_METER: Final = "{MeterName|meterName|Meter}"
_PLACE: Final = "coalesce({ResourceLocation|resourceLocation}, '')"
_IS_US: Final = f"regexp_matches(lower({_PLACE}), '^us|[^a-z]us([^a-z]|$)|us[0-9]?$')"
"""Whether a place is in the United States: East US, eastus2, us gov; no Austria."""
_QUANTITY: Final = "TRY_CAST({Quantity|quantity|UsageQuantity} AS DECIMAL(28, 9))"
_UNIT: Final = (
    f"CASE WHEN regexp_matches({_METER}, '1[KM]') THEN {_METER}"
    " ELSE coalesce({UnitOfMeasure|unitOfMeasure}, '') END"
)
_AZURE_TOKENS: Final = (
    f"round({_QUANTITY} * CASE WHEN {_UNIT} LIKE '%1K%' THEN 1000"
    f" WHEN {_UNIT} LIKE '%1M%' THEN 1000000 END, 0)"
)
_DAY: Final = "{Date|date|UsageDate}"
_TYPE: Final = "{line_item_usage_type|lineItem/UsageType}"
_AWS_TOKENS: Final = (
    "CASE WHEN {line_item_line_item_type|lineItem/LineItemType}"
    " IN ('Tax', 'Credit', 'Refund', 'Fee', 'BundledDiscount', 'EdpDiscount',"
    " 'PrivateRateDiscount', 'RIFee', 'SavingsPlanNegation') THEN 0"
    " ELSE round(TRY_CAST({line_item_usage_amount|lineItem/UsageAmount} AS DECIMAL(28, 9))"
    " * CASE WHEN {pricing_unit|pricing/unit} ILIKE '1K%' THEN 1000"
    " WHEN {pricing_unit|pricing/unit} ILIKE '1M%' THEN 1000000"
    " WHEN {pricing_unit|pricing/unit} ILIKE 'token%' THEN 1 END, 0) END"
)
"""Tokens of a line; a tax, a fee or a credit repeats the usage type and used none."""


def _where(condition: str, amount: str) -> str:
    return f"sql: CASE WHEN {condition} THEN CAST({amount} AS VARCHAR) END"


AZURE_METERS: Final = Shape(
    key="azure-meters",
    title="Azure Cost Management export, a day, meter and resource a row",
    grain="meter",
    marks=("MeterName|meterName|Meter", "Quantity|quantity|UsageQuantity"),
    fields={
        "time": f"sql: regexp_replace({_DAY}, '^([0-9]+)/([0-9]+)/(20[0-9][0-9])$', '\\3-\\1-\\2')",
        "provider": "=azure",
        "model": "sql: 'gpt-' || replace(trim(regexp_extract("
        f"{_METER}, '^(?:Azure OpenAI )?(.+?) (?:ShortCo |LongCo )?(?:Cd )?(?:Inp|Opt|Wr) ', 1)"
        "), ' ', '-')",
        "tier": f"sql: CASE WHEN {_METER} LIKE '% Batch %' THEN 'batch'"
        f" WHEN {_METER} LIKE '% Pp %' THEN 'priority'"
        f" WHEN {_METER} LIKE '% Flex %' THEN 'flex' ELSE 'standard' END",
        "residency": f"sql: CASE WHEN {_METER} LIKE '% DZ %' THEN CASE WHEN {_IS_US}"
        " THEN 'us' ELSE 'eu' END END",
        "project": "ResourceGroup|resourceGroupName",
        "input": _where(f"{_METER} LIKE '% Inp %' OR {_METER} LIKE '% Wr %'", _AZURE_TOKENS),
        "cached": _where(f"{_METER} LIKE '% Cd Inp %'", _AZURE_TOKENS),
        "written": _where(f"{_METER} LIKE '% Cd Wr %'", _AZURE_TOKENS),
        "output": _where(f"{_METER} LIKE '% Opt %'", _AZURE_TOKENS),
        "shortest": f"sql: CASE WHEN {_METER} LIKE '% LongCo %' THEN '272001' END",
        "longest": f"sql: CASE WHEN {_METER} LIKE '% ShortCo %' THEN '272000' END",
        "cost": "sql: CASE WHEN {Currency|BillingCurrency|billingCurrency} = 'USD'"
        " THEN {PreTaxCost|CostInBillingCurrency|costInBillingCurrency|Cost} END",
    },
    only=f"sql: {_METER} ILIKE '%token%'",
    note="A plain input meter may count cached tokens again; other currencies than USD stay out.",
)
AWS_METERS: Final = Shape(
    key="aws-bedrock",
    title="AWS CUR 2.0 lines of Bedrock, a token type a row",
    grain="meter",
    marks=(
        "line_item_usage_type|lineItem/UsageType",
        "line_item_usage_amount|lineItem/UsageAmount",
    ),
    fields={
        "time": "line_item_usage_start_date|lineItem/UsageStartDate",
        "provider": "=aws",
        "model": "sql: 'meta.' || lower(regexp_extract("
        f"{_TYPE}, '(Llama[A-Za-z0-9.-]*?)-(?:input|output|cache)', 1)) || '-instruct-v1:0'",
        "tier": f"sql: CASE WHEN {_TYPE} ILIKE '%batch%' THEN 'batch'"
        f" WHEN {_TYPE} ILIKE '%flex%' THEN 'flex'"
        f" WHEN {_TYPE} ILIKE '%priority%' THEN 'priority' ELSE 'standard' END",
        "project": "line_item_usage_account_id",
        "input": _where(f"{_TYPE} ILIKE '%input-token%'", _AWS_TOKENS),
        "cached": _where(f"{_TYPE} ILIKE '%cache-read-input-token%'", _AWS_TOKENS),
        "written": _where(f"{_TYPE} ILIKE '%cache-write-input-token%'", _AWS_TOKENS),
        "output": _where(f"{_TYPE} ILIKE '%output-token%'", _AWS_TOKENS),
        "cost": "sql: CASE WHEN coalesce({line_item_currency_code|lineItem/CurrencyCode}, 'USD')"
        " = 'USD' THEN {line_item_unblended_cost|lineItem/UnblendedCost} END",
    },
    only=f"sql: {_TYPE} ILIKE '%token%'",
)
FOCUS: Final = Shape(
    key="focus",
    title="FOCUS 1.x rows: what was billed",
    grain="sum",
    marks=("BilledCost", "ChargePeriodStart"),
    fields={
        "time": "ChargePeriodStart",
        "provider": "ProviderName|ServiceProviderName",
        "model": "SkuMeter|SkuId",
        "project": "SubAccountName|SubAccountId",
        "cost": "sql: CASE WHEN {BillingCurrency} = 'USD' THEN {BilledCost} END",
    },
    is_cost=True,
    note="Its quantities are not read: M may stand for a thousand or a million.",
)
CLOUDS: Final = (AZURE_METERS, AWS_METERS, FOCUS)
