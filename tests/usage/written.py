"""Usage files in every shape, written from requests whose bill is known."""

import csv
import io
import json
from datetime import timedelta

from tests.usage.truth import joined, total

GPT = [("gpt-5.4", "standard"), ("gpt-5.6-luna", "standard")]
SHORT_GPT = [("gpt-5.4", "standard")]
CLAUDE = [("claude-opus-5", "standard")]
GEMINI = [("gemini-2.5-pro", "standard")]


def seconds(moment):
    return int(moment.timestamp())


def iso(moment):
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def plain(moment):
    return moment.strftime("%Y-%m-%d %H:%M:%S.000")


def lines(records):
    return "".join(f"{json.dumps(record)}\n" for record in records)


def table(rows, separator=","):
    rows = list(rows)
    out = io.StringIO()
    writer = csv.DictWriter(out, rows[0], delimiter=separator)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


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


def azure(requests):
    """S9: a meter a row, its length and class in its name, quantities in millions."""
    rows = []
    for key, group in joined(requests, "day").items():
        for beyond in (False, True):
            part = [r for r in group if (r.input > r.sale.edge) == beyond]
            fresh = total(part, "input") - total(part, "cached")
            for word, tokens in (
                ("Inp", fresh),
                ("Cd Inp", total(part, "cached")),
                ("Opt", total(part, "output")),
            ):
                length = "LongCo" if beyond else "ShortCo"
                rows.append(
                    {
                        "Date": key[0].date().isoformat(),
                        "MeterName": f"5.4 {length} {word} Std Gl 1M Tokens",
                        "Quantity": f"{tokens // 1_000_000}.{tokens % 1_000_000:06d}",
                        "PreTaxCost": "1.00",
                        "Currency": "EUR",
                        "ResourceLocation": "se central",
                    }
                )
    return "azure.csv", table(rows)


def aws(requests):
    """S10: a token type a row, quantities in thousands."""
    rows = [
        {
            "line_item_usage_start_date": iso(key[0]),
            "line_item_usage_type": f"USE1-Llama3-3-70B-{kind}-tokens",
            "line_item_usage_amount": f"{tokens // 1_000}.{tokens % 1_000:03d}",
            "pricing_unit": "1K tokens",
            "line_item_unblended_cost": "0.1",
        }
        for key, group in joined(requests, "hour").items()
        for kind, tokens in (("input", total(group, "input")), ("output", total(group, "output")))
    ]
    return "cur.csv", table(rows)


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


def claude_code(requests):
    """S14: a response in several records whose output grows, between records without usage."""
    records = [{"type": "user", "sessionId": "s", "message": {"content": "hidden"}}]
    for r in requests:
        by_life = dict(r.writes)
        for output in (1, r.output // 2, r.output):
            usage = {
                "input_tokens": r.input - r.cached - r.written,
                "cache_creation_input_tokens": r.written,
                "cache_read_input_tokens": r.cached,
                "cache_creation": {
                    "ephemeral_5m_input_tokens": by_life.get("5m", 0),
                    "ephemeral_1h_input_tokens": by_life.get("1h", 0),
                },
                "output_tokens": output,
                "service_tier": "standard",
            }
            message = {"id": f"msg_{r.id}", "model": r.model, "usage": usage}
            records.append(
                {
                    "type": "assistant",
                    "timestamp": iso(r.at),
                    "sessionId": "s",
                    "requestId": r.id,
                    "message": message,
                }
            )
    return "session.jsonl", lines(records)


def _turn(totals, r):
    last = {
        "input_tokens": r.input,
        "cached_input_tokens": r.cached,
        "cache_write_input_tokens": 0,
        "output_tokens": r.output,
        "reasoning_output_tokens": r.reasoning,
        "total_tokens": r.input + r.output,
    }
    for name, tokens in last.items():
        totals[name] = totals.get(name, 0) + tokens
    return {
        "timestamp": iso(r.at),
        "type": "event_msg",
        "payload": {
            "type": "token_count",
            "info": {"total_token_usage": dict(totals), "last_token_usage": last},
        },
    }


def codex(requests):
    """S15: a session, its fork that tells the parent's events again, events told twice."""
    half = len(requests) // 2
    head = {"timestamp": iso(requests[0].at), "type": "session_meta", "payload": {"id": "a"}}
    turn = {"type": "turn_context", "payload": {"model": requests[0].model}}
    totals = {}
    parent = [_turn(totals, r) for r in requests[:half]]
    child = [_turn(totals, r) for r in requests[half:]]
    nothing = {"type": "event_msg", "payload": {"type": "token_count", "info": None}}
    fork = {"type": "session_meta", "payload": {"id": "b", "forked_from_id": "a"}}
    twice = [event for event in parent for _ in range(2)]
    return [
        ("rollout-a.jsonl", lines([head, turn, nothing, *twice])),
        ("rollout-b.jsonl", lines([fork, turn, *parent, *child])),
    ]


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


def opencode(requests):
    """S17: a day, member and model a row."""
    return "opencode.csv", table(
        {
            "date": key[0].date().isoformat(),
            "member": key[3],
            "provider": group[0].sale.seller,
            "model": key[1],
            "requests": len(group),
            "input_tokens": total(group, "input"),
            "cache_read_tokens": total(group, "cached"),
            "output_tokens": total(group, "output"),
            "cost": float(sum(r.usd for r in group)),
        }
        for key, group in joined(requests, "day").items()
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


def table_of_requests(requests):
    """The planner's own table, as `tco prices quote` reads it."""
    return "requests.csv", table(
        {
            "id": r.id,
            "provider": r.sale.seller,
            "model": r.model,
            "as_of": r.at.date().isoformat(),
            "tier": r.tier,
            "input_tokens": r.input,
            "cached_tokens": r.cached,
            "cache_write_tokens": r.written,
            "output_tokens": r.output,
            "reasoning_tokens": r.reasoning,
            "project": r.project,
        }
        for r in requests
    )
