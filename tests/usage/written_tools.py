"""Usage files of the tests: what tools on a desk write, and the planner itself."""

from tests.usage.truth import joined, total
from tests.usage.written import iso, lines, table


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
