"""Shapes of what runs beside a user: coding tools, own logs, and tables of the planner."""

from typing import Final

from tco.own_data.usage.shape import Shape, faster, in_us, or_zero, told_sum

CLAUDE_CODE: Final = Shape(
    key="claude-code",
    title="Claude Code sessions",
    grain="request",
    marks=("sessionId", "message/usage/input_tokens", "message/model"),
    fields={
        "time": "timestamp",
        "provider": "=anthropic",
        "model": "message/model",
        "tier": faster("message/usage/service_tier", "message/usage/speed"),
        "residency": in_us("message/usage/inference_geo"),
        "project": "cwd",
        "input": "message/usage/input_tokens",
        "cached": "message/usage/cache_read_input_tokens",
        "written": "message/usage/cache_creation_input_tokens",
        "written_5m": "message/usage/cache_creation/ephemeral_5m_input_tokens",
        "written_1h": "message/usage/cache_creation/ephemeral_1h_input_tokens",
        "output": "message/usage/output_tokens",
        "searches": "message/usage/server_tool_use/web_search_requests",
        "cost": "costUSD|total_cost_usd",
        "key": "requestId|message/id",
        "latest": "message/usage/output_tokens",
    },
    cached="beside",
    only="sql: {message/usage} IS NOT NULL AND {message/model} <> '<synthetic>'",
    unique_keys=True,
    may_lack_usage=True,
    note="One response stands in several records, and its output grows: the last one counts.",
)
CODEX: Final = Shape(
    key="codex",
    title="Codex sessions",
    grain="request",
    marks=("payload/info/last_token_usage/input_tokens",),
    fields={
        "time": "timestamp",
        "provider": "=openai",
        "model": "session_model",
        "tier": "payload/info/service_tier",
        "input": "payload/info/last_token_usage/input_tokens",
        "cached": "payload/info/last_token_usage/cached_input_tokens",
        "written": "payload/info/last_token_usage/cache_write_input_tokens",
        "output": "payload/info/last_token_usage/output_tokens",
        "reasoning": "payload/info/last_token_usage/reasoning_output_tokens",
        "key": "sql: {session_root} || ':' || {payload/info/total_token_usage}",
        "latest": "payload/info/last_token_usage/output_tokens",
    },
    downwards={
        "session_model": "sql: CASE WHEN {type} = 'turn_context' THEN {payload/model} END",
        "session_root": "sql: CASE WHEN {type} = 'session_meta'"
        " THEN {payload/forked_from_id|payload/id} END",
    },
    descent=("session_root", "payload/id", "payload/forked_from_id"),
    only="sql: {payload/info/last_token_usage} IS NOT NULL",
    unique_keys=True,
    may_lack_usage=True,
    note="Events are told again unchanged, and a fork tells those of its parent again: each state "
    "of a session's running total counts once.",
)
_GEMINI_SOUND: Final = (
    "sql: CASE WHEN contains({usageMetadata/promptTokensDetails}, '\"AUDIO\"') AND NOT"
    " contains(lower({modelVersion|model}), '-pro') OR"
    " regexp_matches({usageMetadata/candidatesTokensDetails}, '\"(AUDIO|IMAGE)\"')"
    " THEN '1' END"
)
"""Sound is priced apart but by the models named Pro, whose one input rate is for all of it; answers
in sound or pictures are priced apart by every one."""
GEMINI: Final = Shape(
    key="gemini-log",
    title="Own log of Gemini responses with usageMetadata",
    grain="request",
    marks=("usageMetadata/promptTokenCount",),
    fields={
        "time": "timestamp|time|createTime|created_at|date",
        "provider": "sql: coalesce({provider}, 'google')",
        "model": "modelVersion|model",
        "tier": "service_tier|tier",
        "input": "sql: CASE WHEN {usageMetadata/toolUsePromptTokenCount} IS NULL THEN"
        " {usageMetadata/promptTokenCount} ELSE"
        " CAST(TRY_CAST({usageMetadata/promptTokenCount} AS BIGINT)"
        " + TRY_CAST({usageMetadata/toolUsePromptTokenCount} AS BIGINT) AS VARCHAR) END",
        "cached": "usageMetadata/cachedContentTokenCount",
        "output": "usageMetadata/candidatesTokenCount",
        "reasoning": "usageMetadata/thoughtsTokenCount",
        "total": "usageMetadata/totalTokenCount",
        "apart": _GEMINI_SOUND,
        "key": "responseId",
        "latest": "usageMetadata/candidatesTokenCount",
    },
    reasoning="beside",
)
XAI: Final = Shape(
    key="xai-log",
    title="Own log of xAI responses with usage",
    grain="request",
    marks=("usage/prompt_tokens", "usage/cost_in_usd_ticks"),
    fields={
        "time": "created|timestamp|time",
        "provider": "=x-ai",
        "model": "model",
        "tier": "service_tier",
        "input": "usage/prompt_tokens",
        "cached": "usage/prompt_tokens_details/cached_tokens",
        "output": "usage/completion_tokens",
        "reasoning": "usage/completion_tokens_details/reasoning_tokens",
        "total": "usage/total_tokens",
        "cost": "sql: CAST(CAST(TRY_CAST({usage/cost_in_usd_ticks} AS DECIMAL(25, 0))"
        " * CAST('0.0000000001' AS DECIMAL(10, 10)) AS DECIMAL(36, 10)) AS VARCHAR)",
        "key": "id",
        "latest": "usage/completion_tokens",
    },
    reasoning="beside",
)
_LIFETIMES: Final = "prompt_tokens_details/cache_creation_token_details"
_READ: Final = "usage/cache_read_input_tokens"
_WRITTEN: Final = "usage/cache_creation_input_tokens"
_BESIDE: Final = " + ".join(map(or_zero, (_READ, _WRITTEN)))
OPENAI_LOG: Final = Shape(
    key="openai-log",
    title="Own log of responses with usage, as the APIs of OpenAI and Anthropic and those like them"
    " return them",
    grain="request",
    marks=("usage/prompt_tokens|usage/input_tokens", "model"),
    fields={
        "time": "created|created_at|timestamp|time",
        "provider": "provider",
        "model": "model",
        "tier": faster("service_tier|usage/service_tier", "usage/speed"),
        "residency": in_us("usage/inference_geo"),
        # Anthropic's responses have no prompt_tokens, and what they read and write stands beside.
        "input": f"sql: CASE WHEN {{usage/prompt_tokens}} IS NULL AND {{{_READ}|{_WRITTEN}}} IS NOT"
        f" NULL THEN CAST(TRY_CAST({{usage/input_tokens}} AS DECIMAL(34, 12)) + {_BESIDE}"
        " AS VARCHAR) ELSE {usage/prompt_tokens|usage/input_tokens} END",
        "cached": "usage/prompt_tokens_details/cached_tokens"
        f"|usage/input_tokens_details/cached_tokens|{_READ}|usage/prompt_cache_hit_tokens",
        "written": "usage/prompt_tokens_details/cache_write_tokens"
        "|usage/input_tokens_details/cache_write_tokens"
        f"|usage/prompt_tokens_details/cache_creation_tokens|{_WRITTEN}",
        "written_5m": "usage/cache_creation/ephemeral_5m_input_tokens"
        f"|usage/{_LIFETIMES}/ephemeral_5m_input_tokens",
        "written_1h": "usage/cache_creation/ephemeral_1h_input_tokens"
        f"|usage/{_LIFETIMES}/ephemeral_1h_input_tokens",
        "output": "usage/completion_tokens|usage/output_tokens",
        "reasoning": "usage/completion_tokens_details/reasoning_tokens"
        "|usage/output_tokens_details/reasoning_tokens",
        "total": "usage/total_tokens",
        "apart": told_sum(
            "usage/prompt_tokens_details/audio_tokens|usage/input_tokens_details/audio_tokens",
            "usage/completion_tokens_details/audio_tokens|usage/output_tokens_details/audio_tokens",
            "usage/completion_tokens_details/image_tokens",
        ),
        "searches": "usage/server_tool_use/web_search_requests",
        "cost": "sql: CASE WHEN {usage/is_byok} = 'true' THEN CAST("
        f"{or_zero('usage/cost')} + {or_zero('usage/cost_details/upstream_inference_cost')}"
        " AS VARCHAR)"
        " WHEN TRY_CAST({usage/cost} AS DOUBLE) > 0 THEN {usage/cost}"
        " ELSE {usage/cost_details/upstream_inference_cost} END",
        "key": "id",
        "latest": "usage/completion_tokens|usage/output_tokens",
    },
    reasoning="judged",
)
OPENCODE: Final = Shape(
    key="opencode",
    title="opencode usage export, a day, member and model a row",
    grain="sum",
    marks=("member", "model", "input_tokens", "output_tokens", "requests"),
    fields={
        "time": "date|day",
        "provider": "provider",
        "model": "model",
        "project": "member",
        "requests": "requests",
        "input": "input_tokens",
        "cached": "cache_read_tokens|cached_tokens",
        "written": "cache_write_tokens",
        "output": "output_tokens",
        "reasoning": "reasoning_tokens",
        "cost": "cost",
    },
    cached="judged",
)
AGGREGATE: Final = Shape(
    key="aggregate",
    title="Result of the query that `tco usage sql` writes",
    grain="sum",
    marks=("usage_hour", "shortest_input_tokens", "longest_input_tokens", "requests"),
    fields={
        "time": "usage_hour",
        "provider": "provider",
        "model": "model",
        "tier": "tier",
        "residency": "residency",
        "project": "project",
        "requests": "requests",
        "input": "input_tokens",
        "cached": "cached_tokens",
        "written": "cache_write_tokens",
        "output": "output_tokens",
        "shortest": "shortest_input_tokens",
        "longest": "longest_input_tokens",
        "longest_output": "longest_output_tokens",
        "longest_whole": "longest_whole_tokens",
    },
    within_an_hour=True,
    own=True,
)
_REQUEST: Final = {
    "time": "as_of",
    "provider": "provider",
    "model": "model",
    "tier": "served_tier|tier",
    "residency": "residency",
    "project": "project",
    "input": "input_tokens",
    "cached": "cached_tokens",
    "written": "cache_write_tokens",
    "output": "output_tokens",
    "reasoning": "reasoning_tokens",
    "searches": "web_searches",
    "failed": "sql: lower({refused}) IN ('yes', 'true', '1')",
    "cost": "cost_usd",
}
_REQUEST_MARKS: Final = ("provider", "model", "as_of", "input_tokens", "output_tokens")
COUNTED_REQUESTS: Final = Shape(
    key="requests-counted",
    title="Table as `tco prices quote` reads it, each row the sum of as many requests as it says",
    grain="sum",
    marks=(*_REQUEST_MARKS, "requests"),
    fields={**_REQUEST, "requests": "sql: coalesce({requests}, '1')"},
    own=True,
)
REQUEST_TABLE: Final = Shape(
    key="requests",
    title="Table as `tco prices quote` reads it, a request a row",
    grain="request",
    marks=_REQUEST_MARKS,
    fields=_REQUEST,
    own=True,
)
TOOLS: Final = (
    AGGREGATE,
    COUNTED_REQUESTS,
    REQUEST_TABLE,
    CLAUDE_CODE,
    CODEX,
    GEMINI,
    XAI,
    OPENAI_LOG,
    OPENCODE,
)
