"""Shapes that sellers of tokens export: usage by bucket, and what was charged."""

from decimal import Decimal
from typing import Final

from tco.own_data.usage.shape import Shape, faster, in_us, told_sum

_UNCOUNTED: Final = "It counts no requests: a scenario needs their number from elsewhere."
_OPENAI: Final = {
    "time": "start_time|start_time_iso",
    "provider": "=openai",
    "model": "model",
    "tier": "sql: CASE WHEN lower({batch}) IN ('true', '1') THEN 'batch' ELSE {service_tier} END",
    "project": "project_id",
    "requests": "num_model_requests",
    "input": "input_tokens",
    "cached": "input_cached_tokens",
    "written": "input_cache_write_tokens",
    "output": "output_tokens",
    "apart": told_sum("input_audio_tokens", "output_audio_tokens", "output_image_tokens"),
}

OPENAI_USAGE: Final = Shape(
    key="openai-usage",
    title="OpenAI Usage API, pages of buckets; the dashboard's usage export has the same columns",
    grain="sum",
    marks=("num_model_requests", "input_tokens", "input_cached_tokens"),
    fields=_OPENAI,
    records=("data", "results"),
    carried=("start_time", "end_time"),
    note="Ask for bucket_width=1m and every group_by: small buckets have exact bills.",
)
OPENAI_COSTS: Final = Shape(
    key="openai-costs",
    title="OpenAI Costs API, or the dashboard's cost export",
    grain="sum",
    marks=("amount/value|amount_value", "amount/currency|amount_currency"),
    fields={
        "time": "start_time|start_time_iso",
        "provider": "=openai",
        "model": "sql: nullif(trim(split_part({line_item}, ',', 1)), '')",
        "project": "project_id",
        "cost": "sql: CASE WHEN upper({amount/currency|amount_currency}) = 'USD'"
        " THEN {amount/value|amount_value} END",
    },
    records=("data", "results"),
    carried=("start_time", "end_time"),
    is_cost=True,
    note="Days may stand one later than in the usage.",
)
OPENAI_ACTIVITY: Final = Shape(
    key="openai-activity",
    title="Older OpenAI activity by snapshot, five minutes or a day a row",
    grain="sum",
    marks=("aggregation_timestamp", "snapshot_id", "n_context_tokens_total"),
    fields={
        "time": "aggregation_timestamp",
        "provider": "=openai",
        "model": "snapshot_id",
        "tier": "sql: CASE WHEN {request_type} = 'batch' THEN 'batch' END",
        "project": "project_id",
        "requests": "n_requests",
        "input": "n_context_tokens_total",
        "cached": "n_cached_context_tokens_total",
        "output": "n_generated_tokens_total",
    },
    records=("data",),
)
GROQ_ACTIVITY: Final = Shape(
    key="groq-activity",
    title="Groq console, a day and model a row",
    grain="sum",
    marks=("num_requests", "n_context_tokens_total", "n_generated_tokens_total"),
    fields={
        "time": "timestamp",
        "provider": "=groq",
        "model": "model",
        "tier": "service_tier",
        "requests": "num_requests",
        "input": "n_context_tokens_total",
        "cached": "sql: CASE WHEN {n_non_cached_context_tokens_total} IS NULL THEN '0' ELSE"
        " CAST(TRY_CAST({n_context_tokens_total} AS BIGINT)"
        " - TRY_CAST({n_non_cached_context_tokens_total} AS BIGINT) AS VARCHAR) END",
        "output": "n_generated_tokens_total",
        "cost": "cost",
    },
    records=("data",),
)
ANTHROPIC_USAGE: Final = Shape(
    key="anthropic-usage",
    title="Anthropic usage report, buckets by model, tier and context window",
    grain="sum",
    marks=("uncached_input_tokens", "cache_read_input_tokens", "output_tokens"),
    fields={
        "time": "starting_at",
        "provider": "=anthropic",
        "model": "model",
        "tier": faster("service_tier", "speed"),
        "residency": in_us("inference_geo"),
        "project": "workspace_id",
        "input": "uncached_input_tokens",
        "cached": "cache_read_input_tokens",
        "written_5m": "cache_creation/ephemeral_5m_input_tokens",
        "written_1h": "cache_creation/ephemeral_1h_input_tokens",
        "output": "output_tokens",
        "searches": "server_tool_use/web_search_requests",
        "shortest": "sql: CASE WHEN {context_window} = '200k-1M' THEN '200001' END",
        "longest": "sql: CASE {context_window} WHEN '0-200k' THEN '200000'"
        " WHEN '200k-1M' THEN '1000000' END",
    },
    cached="beside",
    records=("data", "results"),
    carried=("starting_at", "ending_at"),
    note=_UNCOUNTED,
)
ANTHROPIC_EXPORT: Final = Shape(
    key="anthropic-export",
    title="Usage export of Anthropic's console, a day, model, key and context window a row",
    grain="sum",
    marks=("model_version", "usage_input_tokens_no_cache", "usage_output_tokens"),
    fields={
        "time": "usage_date_utc",
        "provider": "=anthropic",
        "model": "model_version",
        "tier": faster("usage_type", "speed"),
        "residency": in_us("inference_geo"),
        "project": "workspace",
        "input": "usage_input_tokens_no_cache",
        "cached": "usage_input_tokens_cache_read",
        "written": "usage_input_tokens_cache_write",
        "written_5m": "usage_input_tokens_cache_write_5m",
        "written_1h": "usage_input_tokens_cache_write_1h",
        "output": "usage_output_tokens",
        "searches": "web_search_count",
        "shortest": "sql: CASE WHEN {context_window} LIKE '>%200k' THEN '200001' END",
        "longest": "sql: CASE WHEN {context_window} LIKE '>%200k' THEN '1000000'"
        " WHEN {context_window} LIKE '%200k' THEN '200000' END",
    },
    cached="beside",
    note=_UNCOUNTED,
)
ANTHROPIC_COSTS: Final = Shape(
    key="anthropic-costs",
    title="Anthropic cost report: amounts in cents",
    grain="sum",
    marks=("amount", "currency", "cost_type|description"),
    fields={
        "time": "starting_at",
        "provider": "=anthropic",
        "model": "model",
        "project": "workspace_id",
        "cost": "sql: CASE WHEN upper({currency}) = 'USD' THEN {amount} END",
    },
    records=("data", "results"),
    carried=("starting_at", "ending_at"),
    cost_unit_usd=Decimal("0.01"),
    is_cost=True,
)
SELLERS: Final = (
    OPENAI_USAGE,
    OPENAI_COSTS,
    OPENAI_ACTIVITY,
    GROQ_ACTIVITY,
    ANTHROPIC_USAGE,
    ANTHROPIC_EXPORT,
    ANTHROPIC_COSTS,
)
