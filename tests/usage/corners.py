"""Rows of usage files for tests of their corners."""

import json
from decimal import Decimal

WHEN = "2026-11-20T10:00:00Z"
UNIX = 1_795_168_800
MEGA = Decimal(1_000_000)
OPUS = {"input": Decimal(5), "read": Decimal("0.5"), "written": Decimal("6.25")}
OPUS |= {"written_1h": Decimal(10), "output": Decimal(25)}
"""Rates of claude-opus-5 in USD per million tokens, from Anthropic's price page."""


def lines(*rows):
    return "\n".join(map(json.dumps, rows))


def said(found, words):
    return [remark for remark in found.remarks if words in remark]


def reply(usage, **more):
    return {"id": "a", "created": UNIX, "model": "gpt-5.4", "usage": usage} | more


def openai(sent=1000, answered=10, **more):
    return {"prompt_tokens": sent, "completion_tokens": answered, **more}


def page(*results, **more):
    bucket = {"start_time": UNIX - 36_000, "end_time": UNIX, "results": list(results)}
    return json.dumps({"data": [bucket], "has_more": False, **more})


def bucket(**more):
    row = {"input_tokens": 1000, "input_cached_tokens": 100, "output_tokens": 10}
    return row | {"num_model_requests": 7, "model": "gpt-5.4", "service_tier": None} | more


SPEND = "request_id,startTime,prompt_tokens,completion_tokens,spend,model,custom_llm_provider\n"


AZURE = "Date,MeterName,Quantity,UnitOfMeasure,ResourceLocation,Currency,PreTaxCost\n"


def span(name, sent, read):
    told = {"gen_ai.request.model": "gpt-5.4", "gen_ai.usage.input_tokens": sent}
    told |= {"gen_ai.usage.cache_read.input_tokens": read, "gen_ai.usage.output_tokens": 5}
    return {"span_id": name, "start_time": WHEN, "attributes": told}


HEAD = "provider,model,as_of,input_tokens,output_tokens"
ROW = "openai,gpt-5.4,2026-11-20,1000,10"
