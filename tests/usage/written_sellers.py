"""Usage files of the tests: what sellers of tokens export, and what users keep of answers."""

import json
from datetime import timedelta

from tests.usage.truth import joined, total
from tests.usage.written import iso, lines, seconds, table


def openai_result(key, group):
    _, model, tier, project = key
    return {
        "object": "organization.usage.completions.result",
        "input_tokens": total(group, "input"),
        "input_cached_tokens": total(group, "cached"),
        "input_cache_write_tokens": total(group, "written"),
        "input_uncached_tokens": total(group, "input") - total(group, "cached"),
        "output_tokens": total(group, "output"),
        "num_model_requests": len(group),
        "model": model,
        "batch": tier == "batch",
        "service_tier": None if tier == "batch" else "default",
        "project_id": project,
        "user_id": None,
    }


def openai_usage(requests, unit="minute"):
    """S1: a page of buckets, each with results."""
    buckets = {}
    for key, group in joined(requests, unit).items():
        buckets.setdefault(key[0], []).append(openai_result(key, group))
    data = [
        {
            "object": "bucket",
            "start_time": seconds(start),
            "end_time": seconds(start + timedelta(minutes=1)),
            "results": results,
        }
        for start, results in sorted(buckets.items())
    ]
    return "usage.json", json.dumps({"object": "page", "data": data, "has_more": False})


def openai_export(requests):
    """S2: the dashboard's table by the day, with floats for counts and days without use."""
    rows = []
    for key, group in joined(requests, "day").items():
        result = openai_result(key, group)
        counts = {name: float(v) for name, v in result.items() if isinstance(v, int) and v >= 0}
        rows.append(
            {
                "start_time": seconds(key[0]),
                "start_time_iso": key[0].isoformat(),
                **{name: result[name] for name in ("project_id", "model", "service_tier")},
                "batch": str(result["batch"]).upper(),
                **{name: counts[name] for name in counts if name != "batch"},
            }
        )
    empty = dict.fromkeys(rows[0], "") | {"start_time": rows[0]["start_time"]}
    return "export.csv", table([*rows, empty])


def openai_activity(requests):
    """S4: five minutes a row, by snapshot."""
    snapshots = {"gpt-5.4": "gpt-5.4-2026-03-05"}
    return "activity.jsonl", lines(
        {
            "aggregation_timestamp": seconds(key[0]),
            "n_requests": len(group),
            "operation": "completion",
            "snapshot_id": snapshots[key[1]],
            "n_context_tokens_total": total(group, "input"),
            "n_generated_tokens_total": total(group, "output"),
            "n_cached_context_tokens_total": total(group, "cached"),
            "request_type": "batch" if key[2] == "batch" else "sync",
        }
        for key, group in joined(requests, "minute").items()
    )


def groq(requests):
    """S4, the console of Groq."""
    return "groq.jsonl", lines(
        {
            "model": key[1],
            "timestamp": seconds(key[0]),
            "num_requests": len(group),
            "n_context_tokens_total": total(group, "input"),
            "n_non_cached_context_tokens_total": total(group, "input") - total(group, "cached"),
            "n_generated_tokens_total": total(group, "output"),
            "service_tier": "on_demand",
            "cost": float(sum(r.usd for r in group)),
        }
        for key, group in joined(requests, "day").items()
    )


def anthropic(requests):
    """S13: disjoint counts by lifetime, and no number of requests."""
    data = []
    for (start, model, _, project), group in joined(requests, "day").items():
        by_life = {life: 0 for life in ("5m", "1h")}
        for r in group:
            for life, tokens in r.writes:
                by_life[life] += tokens
        result = {
            "uncached_input_tokens": total(group, "input")
            - total(group, "cached")
            - total(group, "written"),
            "cache_creation": {
                f"ephemeral_{life}_input_tokens": tokens for life, tokens in by_life.items()
            },
            "cache_read_input_tokens": total(group, "cached"),
            "output_tokens": total(group, "output"),
            "context_window": "0-200k",
            "service_tier": "standard",
            "model": model,
            "workspace_id": project,
        }
        data.append({"starting_at": iso(start), "results": [result]})
    return "report.json", json.dumps({"data": data, "has_more": False})


def gemini(requests):
    """S16: thoughts beside the answer."""
    return "gemini.jsonl", lines(
        {
            "responseId": r.id,
            "timestamp": iso(r.at),
            "modelVersion": r.model,
            "usageMetadata": {
                "promptTokenCount": r.input,
                "cachedContentTokenCount": r.cached,
                "candidatesTokenCount": r.output - r.reasoning,
                "thoughtsTokenCount": r.reasoning,
                "totalTokenCount": r.input + r.output,
            },
        }
        for r in requests
    )


def xai(requests):
    """S16: reasoning beside the answer, and the cost in ticks of 1e-10 USD."""
    return "xai.jsonl", lines(
        {
            "id": r.id,
            "created": seconds(r.at),
            "model": r.model,
            "usage": {
                "prompt_tokens": r.input,
                "completion_tokens": r.output - r.reasoning,
                "total_tokens": r.input + r.output,
                "prompt_tokens_details": {"cached_tokens": r.cached},
                "completion_tokens_details": {"reasoning_tokens": r.reasoning},
                "cost_in_usd_ticks": int(r.usd * 10**10),
            },
        }
        for r in requests
    )


def own_log(requests):
    """Responses as OpenAI's API returns them: reasoning inside the answer."""
    return "responses.jsonl", lines(
        {
            "id": r.id,
            "created": seconds(r.at),
            "model": r.model,
            "service_tier": "batch" if r.tier == "batch" else "default",
            "usage": {
                "prompt_tokens": r.input,
                "completion_tokens": r.output,
                "total_tokens": r.input + r.output,
                "prompt_tokens_details": {"cached_tokens": r.cached},
                "completion_tokens_details": {"reasoning_tokens": r.reasoning},
            },
        }
        for r in requests
    )
