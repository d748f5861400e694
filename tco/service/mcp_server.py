"""The tools over the Model Context Protocol, for agents: on standard input and output."""

import json
from functools import partial
from typing import Any, Final

import anyio
import anyio.to_thread
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server
from mcp_types import (
    CallToolRequestParams,
    CallToolResult,
    ListToolsResult,
    PaginatedRequestParams,
    TextContent,
    ToolAnnotations,
)
from mcp_types import Tool as ListedTool

from pricing.errors import InputError, PlannerError, Problem, did_you_mean
from tco.answer.documents import json_text
from tco.service.openapi import document_schema
from tco.service.scenario_folder import ScenarioFolder
from tco.service.tools import SERVICE_TOOLS, tools_by_name
from tco.words.version import DISTRIBUTION, planner_version

INSTRUCTIONS: Final = (
    "Answers from which load on Llama on own GPUs costs less than GPT tokens. Every figure has a "
    "unit, a source and a date. A refusal names field, value, limit and remedy."
)
Context = ServerRequestContext[Any]


def serve_mcp(folder: ScenarioFolder) -> None:
    """Answer on standard input and output until the input ends.

    Raises
    ------
    OSError
        If an answer cannot be written.
    """
    try:
        anyio.run(_serve, folder)
    except ExceptionGroup as group:
        error: Exception = group
        while isinstance(error, ExceptionGroup):
            error = error.exceptions[0]
        if isinstance(error, OSError):
            raise error from group
        raise


async def _serve(folder: ScenarioFolder) -> None:
    server: Server[Any] = Server(
        DISTRIBUTION,
        version=planner_version(),
        instructions=INSTRUCTIONS,
        on_list_tools=_list,
        on_call_tool=partial(_call, folder),
    )
    async with stdio_server() as (incoming, outgoing):
        await server.run(incoming, outgoing, server.create_initialization_options())


async def _list(_context: Context, _params: PaginatedRequestParams | None) -> ListToolsResult:
    return ListToolsResult(
        tools=[
            ListedTool(
                name=tool.name,
                description=tool.what,
                input_schema=tool.asks.model_json_schema(),
                output_schema=document_schema(tool),
                annotations=ToolAnnotations(read_only_hint=True, open_world_hint=False),
            )
            for tool in SERVICE_TOOLS
        ]
    )


async def _call(
    folder: ScenarioFolder, _context: Context, params: CallToolRequestParams
) -> CallToolResult:
    answer = partial(_answered, folder, params.name, params.arguments or {})
    return await anyio.to_thread.run_sync(answer)


def _answered(folder: ScenarioFolder, name: str, arguments: dict[str, Any]) -> CallToolResult:
    try:
        tools = tools_by_name()
        if name not in tools:
            raise InputError(Problem("tool", name, "is not a tool", did_you_mean(name, tools)))
        text = json_text(tools[name].answer(arguments, folder))
    except PlannerError as error:
        refusal = TextContent(type="text", text=json_text(error.document()))
        return CallToolResult(content=[refusal], is_error=True)
    return CallToolResult(
        content=[TextContent(type="text", text=text)], structured_content=json.loads(text)
    )
