"""The tools as an OpenAPI document, made from the records that check every request."""

import html
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any, Final

from pydantic import TypeAdapter
from pydantic.json_schema import models_json_schema

from pricing.errors import Problem
from tco.service.tools import SERVICE_TOOLS, Tool
from tco.words.version import planner_version

REFUSALS: Final = {
    HTTPStatus.BAD_REQUEST: "The body is not JSON.",
    HTTPStatus.UNAUTHORIZED: "The bearer token is missing or wrong.",
    HTTPStatus.CONFLICT: "The question is of the right form, and has no answer.",
    HTTPStatus.REQUEST_TIMEOUT: "The body did not arrive in time.",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "The body is larger than a question may be.",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "The body does not say that it is JSON.",
    HTTPStatus.MISDIRECTED_REQUEST: "The server is called by a name that is not its own.",
    HTTPStatus.UNPROCESSABLE_ENTITY: "The body is not of the form that the schema asks for.",
    HTTPStatus.SERVICE_UNAVAILABLE: "As many questions wait as may.",
}
_PROBLEM: Final = TypeAdapter(Problem)


def path_of(tool: Tool[Any]) -> str:
    """Where a tool is called over HTTP."""
    return f"/v1/{tool.name.replace('_', '-')}"


def openapi(*, with_token: bool) -> dict[str, Any]:
    """Describe every operation: what it takes, what it gives, how it refuses."""
    records = dict.fromkeys((tool.asks, "validation") for tool in SERVICE_TOOLS)
    refs, schemas = models_json_schema(
        list(records),  # type: ignore[arg-type] # its mode is a literal, which a key forgets
        ref_template="#/components/schemas/{model}",
    )
    components: dict[str, Any] = {"schemas": {**schemas["$defs"], "Refusal": _refusal()}}
    document: dict[str, Any] = {
        "openapi": "3.1.0",
        "info": {
            "title": "GPT-or-Llama planner",
            "version": planner_version(),
            "description": "The documents of the command line, over HTTP.",
        },
        "paths": {
            "/health": {"get": _health()},
            **{
                path_of(tool): {"post": _operation(tool, refs[tool.asks, "validation"])}
                for tool in SERVICE_TOOLS
            },
        },
        "components": components,
    }
    if with_token:
        components["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
        document["security"] = [{"token": []}]
    return document


def page(document: dict[str, Any]) -> str:
    """The same for people: plain HTML without a script."""
    parts = [
        f"<h1>{html.escape(document['info']['title'])}</h1>",
        f"<p>{html.escape(document['info']['description'])} "
        '<a href="/openapi.json">openapi.json</a></p>',
        *_described(document),
    ]
    head = '<!doctype html><html lang="en"><meta charset="utf-8"><title>Planner</title>'
    return f"{head}<body>{''.join(parts)}</body></html>"


def _described(document: dict[str, Any]) -> Iterable[str]:
    schemas = document["components"]["schemas"]
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"<h2><code>{method.upper()} {html.escape(path)}</code></h2>"
            yield f"<p>{html.escape(operation['summary'])}</p>"
            if "requestBody" in operation:
                ref = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"]
                yield _fields(schemas[ref.rsplit("/", 1)[1]])


def _fields(schema: dict[str, Any]) -> str:
    required = schema.get("required", ())
    rows = (
        f"<tr><td><code>{html.escape(name)}</code></td>"
        f"<td>{'required' if name in required else 'optional'}</td>"
        f"<td>{html.escape(about.get('description', ''))}</td></tr>"
        for name, about in schema["properties"].items()
    )
    return f"<table>{''.join(rows)}</table>"


def _operation(tool: Tool[Any], asks: dict[str, Any]) -> dict[str, Any]:
    return {
        "operationId": tool.name,
        "summary": tool.what,
        "requestBody": {"required": True, "content": {"application/json": {"schema": asks}}},
        "responses": {
            "200": _answer("The document of the command line.", document_schema(tool)),
            **{
                str(int(status)): _answer(why, {"$ref": "#/components/schemas/Refusal"})
                for status, why in REFUSALS.items()
            },
        },
    }


def document_schema(tool: Tool[Any]) -> dict[str, Any]:
    """What is promised of the document that a tool answers with."""
    return {
        "type": "object",
        "required": ["schema"],
        "properties": {"schema": {"const": tool.schema}},
    }


def _health() -> dict[str, Any]:
    healthy = {"type": "object", "required": ["status"], "properties": {"status": {"const": "ok"}}}
    return {
        "operationId": "health",
        "summary": "Say that the planner answers, and with which prices.",
        "security": [],
        "responses": {"200": _answer("It does.", healthy)},
    }


def _answer(description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def _refusal() -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["schema", "code", "exit_code", "problems"],
        "additionalProperties": False,
        "properties": {
            "schema": {"const": "tco.error/1"},
            "code": {"type": "string"},
            "exit_code": {"type": "integer"},
            "problems": {"type": "array", "minItems": 1, "items": _PROBLEM.json_schema()},
        },
    }
