"""Shapes of gateways and of what observes requests: a row a request, or a day of them."""

from typing import Final

from tco.own_data.usage.shape import Shape, faster, in_us, told_sum

_LIFETIMES: Final = "prompt_tokens_details/cache_creation_token_details"
LITELLM_LOGS: Final = Shape(
    key="litellm-logs",
    title="LiteLLM_SpendLogs, a request a row",
    grain="request",
    marks=("request_id", "startTime", "prompt_tokens", "completion_tokens", "spend"),
    fields={
        "time": "startTime",
        "provider": "custom_llm_provider",
        "model": "model",
        "tier": faster(
            "metadata/usage_object/service_tier|metadata/service_tier",
            "metadata/usage_object/speed",
        ),
        "residency": in_us("metadata/usage_object/inference_geo"),
        "project": "team_id",
        "input": "prompt_tokens",
        "cached": "metadata/usage_object/prompt_tokens_details/cached_tokens"
        "|metadata/usage_object/cache_read_input_tokens"
        "|metadata/additional_usage_values/cache_read_input_tokens",
        "written": "metadata/usage_object/cache_creation_input_tokens"
        "|metadata/additional_usage_values/cache_creation_input_tokens"
        "|metadata/usage_object/prompt_tokens_details/cache_write_tokens"
        "|metadata/usage_object/prompt_tokens_details/cache_creation_tokens",
        "written_5m": f"metadata/usage_object/{_LIFETIMES}/ephemeral_5m_input_tokens",
        "written_1h": f"metadata/usage_object/{_LIFETIMES}/ephemeral_1h_input_tokens",
        "output": "completion_tokens",
        "apart": told_sum(
            "metadata/usage_object/prompt_tokens_details/audio_tokens",
            "metadata/usage_object/completion_tokens_details/audio_tokens",
        ),
        "cost": "spend",
        "failed": "sql: {status} NOT IN ('success', '')",
        "free": "sql: lower({cache_hit}) = 'true'",
        "key": "request_id",
        "latest": "completion_tokens",
    },
    note="Tokens of an answer from the gateway's own cache are repeated and cost nothing.",
)
LITELLM_DAYS: Final = Shape(
    key="litellm-days",
    title="LiteLLM_DailyUserSpend and the export of its pages, a day, key and model a row",
    grain="sum",
    marks=("date", "api_requests", "prompt_tokens", "completion_tokens", "spend"),
    fields={
        "time": "date",
        "provider": "custom_llm_provider",
        "model": "model",
        "project": "team_id",
        "requests": "api_requests",
        "input": "prompt_tokens",
        "cached": "cache_read_input_tokens",
        "written": "cache_creation_input_tokens",
        "output": "completion_tokens",
        "cost": "spend",
    },
)
LANGFUSE: Final = Shape(
    key="langfuse",
    title="Langfuse blob export of observations",
    grain="request",
    marks=("usage_details", "provided_model_name|providedModelName"),
    fields={
        "time": "start_time|startTime",
        "model": "provided_model_name|providedModelName",
        "project": "project_id|projectId",
        "input": "usage_details/input",
        "cached": "usage_details/input_cached_tokens|usage_details/cache_read_input_tokens"
        "|usage_details/input_cache_read",
        "written": "usage_details/cache_creation_input_tokens|usage_details/input_cache_creation",
        "output": "usage_details/output",
        "reasoning": "usage_details/output_reasoning_tokens|usage_details/output_reasoning",
        "total": "usage_details/total",
        "apart": told_sum(
            "usage_details/input_audio_tokens|usage_details/input_audio",
            "usage_details/output_audio_tokens|usage_details/output_audio",
        ),
        "cost": "total_cost|totalCost|cost_details/total",
        "key": "id",
        "latest": "usage_details/output",
    },
    cached="beside",
    reasoning="beside",
    only="sql: {type} IS NULL OR {type} = 'GENERATION' OR {usage_details/input} IS NOT NULL"
    " OR {usage_details/output} IS NOT NULL OR {usage_details/total} IS NOT NULL",
    note="Its counts are meant to be disjoint; where the total says otherwise, the total holds.",
)
OPEN_TELEMETRY: Final = Shape(
    key="otel-genai",
    title="OpenTelemetry GenAI spans, one a line with its attributes",
    grain="request",
    marks=(
        "attributes/gen_ai.usage.input_tokens|gen_ai.usage.input_tokens"
        "|attributes/gen_ai.usage.prompt_tokens|gen_ai.usage.prompt_tokens",
    ),
    fields={
        "time": "start_time|startTime|timestamp|start_time_unix_nano|startTimeUnixNano",
        "provider": "attributes/gen_ai.provider.name|gen_ai.provider.name"
        "|attributes/gen_ai.system|gen_ai.system",
        "model": "attributes/gen_ai.response.model|gen_ai.response.model"
        "|attributes/gen_ai.request.model|gen_ai.request.model",
        "tier": "attributes/openai.response.service_tier|openai.response.service_tier",
        "input": "attributes/gen_ai.usage.input_tokens|gen_ai.usage.input_tokens"
        "|attributes/gen_ai.usage.prompt_tokens|gen_ai.usage.prompt_tokens",
        "cached": "attributes/gen_ai.usage.cache_read.input_tokens"
        "|gen_ai.usage.cache_read.input_tokens"
        "|attributes/gen_ai.usage.cache_read_input_tokens|gen_ai.usage.cache_read_input_tokens"
        "|attributes/gen_ai.usage.cache_read_tokens|gen_ai.usage.cache_read_tokens",
        "written": "attributes/gen_ai.usage.cache_write.input_tokens"
        "|gen_ai.usage.cache_write.input_tokens"
        "|attributes/gen_ai.usage.cache_creation.input_tokens"
        "|gen_ai.usage.cache_creation.input_tokens"
        "|attributes/gen_ai.usage.cache_creation_input_tokens",
        "output": "attributes/gen_ai.usage.output_tokens|gen_ai.usage.output_tokens"
        "|attributes/gen_ai.usage.completion_tokens|gen_ai.usage.completion_tokens",
        "reasoning": "attributes/gen_ai.usage.reasoning.output_tokens"
        "|gen_ai.usage.reasoning.output_tokens",
        "cost": "attributes/gen_ai.usage.cost|gen_ai.usage.cost",
        "failed": "sql: {attributes/error.type|error.type} <> ''",
        "key": "span_id|spanId|context/span_id",
        "latest": "attributes/gen_ai.usage.output_tokens|gen_ai.usage.output_tokens",
    },
    cached="judged",
    only="sql: coalesce({attributes/gen_ai.operation.name|gen_ai.operation.name}, '')"
    " NOT IN ('invoke_agent', 'invoke_workflow', 'create_agent', 'execute_tool')",
    note="Input counts include the cached ones since January 2026; a row whose input is smaller "
    "than its cached and written tokens comes from a sender that leaves them out. Spans of agents, "
    "workflows and tools are no rows: they sum up the spans of the requests below them.",
)
OPENROUTER: Final = Shape(
    key="openrouter-activity",
    title="OpenRouter activity, a day, model and endpoint a row",
    grain="sum",
    marks=("modelPermaslug|model_permaslug", "promptTokens|prompt_tokens", "requests"),
    fields={
        "time": "date",
        "provider": "providerName|provider_name",
        "model": "modelPermaslug|model_permaslug",
        "requests": "requests",
        "input": "promptTokens|prompt_tokens",
        "output": "completionTokens|completion_tokens",
        "reasoning": "reasoningTokens|reasoning_tokens",
        "cost": told_sum("usage", "byokUsageInference|byok_usage_inference"),
    },
    records=("data",),
    note="It tells no cached tokens: its bill is that of uncached input. Its cost is "
    "what OpenRouter charged, with your own key a fee, and what the model's seller did.",
)
HELICONE: Final = Shape(
    key="helicone",
    title="Helicone export of requests",
    grain="request",
    marks=("request_created_at", "prompt_tokens", "completion_tokens"),
    fields={
        "time": "request_created_at",
        "provider": "provider",
        "model": "model|response_model|request_model",
        "input": "prompt_tokens",
        "cached": "prompt_cache_read_tokens",
        "written": "prompt_cache_write_tokens",
        "output": "completion_tokens",
        "cost": "cost|cost_usd",
        "failed": "sql: TRY_CAST({status|response_status} AS INTEGER) NOT BETWEEN 200 AND 299",
        "key": "request_id",
        "latest": "completion_tokens",
    },
    cached="judged",
)
LANGDOCK: Final = Shape(
    key="langdock",
    title="Langdock API export, a request a row",
    grain="request",
    marks=("input_token_price_per_1m|input_price_per_1m", "input_tokens", "output_tokens"),
    fields={
        "time": "timestamp|created_at|date",
        "provider": "provider",
        "model": "model",
        "input": "input_tokens",
        "cached": "cached_tokens|cached_input_tokens",
        "output": "output_tokens",
        "cost": "cost|total_cost",
    },
    cached="judged",
)
GATEWAYS: Final = (
    LITELLM_LOGS,
    LITELLM_DAYS,
    LANGFUSE,
    OPEN_TELEMETRY,
    OPENROUTER,
    HELICONE,
    LANGDOCK,
)
