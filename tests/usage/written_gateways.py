"""Usage files of the tests: what gateways and observers of requests export."""

import json

from tests.usage.truth import joined, total
from tests.usage.written import iso, lines, plain, table


def litellm(requests):
    """S5: a request a row, details in the JSON of a cell."""
    rows = []
    for r in requests:
        details = {"prompt_tokens_details": {"cached_tokens": r.cached}}
        if r.written:
            details["cache_creation_input_tokens"] = r.written
        rows.append(
            {
                "request_id": r.id,
                "call_type": "acompletion",
                "spend": float(r.usd),
                "prompt_tokens": r.input,
                "completion_tokens": r.output,
                "total_tokens": r.input + r.output,
                "startTime": plain(r.at),
                "model": r.model,
                "model_group": "chat-prod",
                "custom_llm_provider": r.sale.seller,
                "metadata": json.dumps(
                    {"usage_object": details, "service_tier": "batch" if r.tier == "batch" else ""}
                ),
                "cache_hit": "False",
                "status": "success",
                "team_id": r.project,
            }
        )
    served = dict(rows[0]) | {"request_id": "again", "cache_hit": "True", "spend": 0}
    failed = served | {
        "request_id": "failed",
        "cache_hit": "",
        "status": "failure",
        "completion_tokens": 0,
    }
    return "spend.csv", table([*rows, rows[0], served, failed])


def litellm_days(requests):
    """S6: a day, key and model a row."""
    return "days.csv", table(
        {
            "date": key[0].date().isoformat(),
            "team_id": key[3],
            "model": key[1],
            "custom_llm_provider": group[0].sale.seller,
            "prompt_tokens": total(group, "input"),
            "completion_tokens": total(group, "output"),
            "cache_read_input_tokens": total(group, "cached"),
            "cache_creation_input_tokens": total(group, "written"),
            "spend": float(sum(r.usd for r in group)),
            "api_requests": len(group),
        }
        for key, group in joined(requests, "day").items()
    )


def langfuse(requests):
    """S7: disjoint counts, and every third sender puts the whole input where the rest belongs."""
    records = []
    for number, r in enumerate(requests):
        whole = number % 3 == 0
        details = {
            "input": r.input if whole else r.input - r.cached,
            "input_cached_tokens": r.cached,
            "output": r.output,
            "total": r.input + r.output,
        }
        records.append(
            {
                "id": r.id,
                "type": "GENERATION",
                "start_time": plain(r.at),
                "provided_model_name": r.model,
                "usage_details": details,
                "total_cost": float(r.usd),
            }
        )
    span = {"id": "s", "type": "SPAN", "start_time": plain(requests[0].at), "usage_details": {}}
    return "observations.jsonl", lines([*records, span])


def spans(requests):
    """S8: old and new names; every other sender leaves the cached tokens out of the input."""
    records = []
    for number, r in enumerate(requests):
        old = number % 2 == 0 and 2 * (r.cached + r.written) > r.input
        shown = r.input - r.cached - r.written if old else r.input
        words = (
            ("cache_read_input_tokens", "cache_creation.input_tokens")
            if old
            else ("cache_read.input_tokens", "cache_write.input_tokens")
        )
        records.append(
            {
                "span_id": r.id,
                "start_time": iso(r.at),
                "attributes": {
                    "gen_ai.provider.name": r.sale.seller,
                    "gen_ai.request.model": "some-alias",
                    "gen_ai.response.model": r.model,
                    "gen_ai.usage.input_tokens": shown,
                    f"gen_ai.usage.{words[0]}": r.cached,
                    f"gen_ai.usage.{words[1]}": r.written,
                    "gen_ai.usage.output_tokens": r.output,
                },
            }
        )
    return "spans.jsonl", lines(records)


def openrouter(requests):
    """S12: a day, model and endpoint a row, and no cached tokens."""
    rows = [
        {
            "date": key[0].date().isoformat(),
            "model": f"openai/{key[1]}",
            "modelPermaslug": "openai/gpt-5.4-2026-03-05",
            "providerName": "OpenAI",
            "usage": float(sum(r.usd for r in group)),
            "byokUsageInference": 0.0,
            "requests": len(group),
            "promptTokens": total(group, "input"),
            "completionTokens": total(group, "output"),
            "reasoningTokens": total(group, "reasoning"),
        }
        for key, group in joined(requests, "day").items()
    ]
    return "activity.json", json.dumps({"data": rows})


def langdock(requests):
    """S17: a request a row with the prices in it."""
    return "langdock.csv", table(
        (
            {
                "timestamp": iso(r.at),
                "model": r.model,
                "input_tokens": r.input,
                "cached_tokens": r.cached,
                "output_tokens": r.output,
                "input_token_price_per_1m": "2.50",
                "cost": float(r.usd),
            }
            for r in requests
        ),
        ";",
    )


def helicone(requests):
    """S18: a request a line."""
    return "helicone.jsonl", lines(
        {
            "request_id": r.id,
            "request_created_at": r.at.isoformat(),
            "provider": r.sale.seller.upper(),
            "model": r.model,
            "prompt_tokens": r.input,
            "prompt_cache_read_tokens": r.cached,
            "prompt_cache_write_tokens": r.written,
            "completion_tokens": r.output,
            "cost": float(r.usd),
        }
        for r in requests
    )
