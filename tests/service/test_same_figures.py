"""Whoever asks, by whichever way, gets the figures of the command line, to the last digit."""

import asyncio
import json
import os

import httpx
import pytest
import schemathesis
from mcp import StdioServerParameters
from mcp.client import Client
from mcp.client.stdio import stdio_client

from tco.answer.documents import plain
from tco.answer.evaluation import evaluate
from tco.answer.explain import explain_bill, explain_line
from tco.question.files import document_of, load_scenario
from tco.service.tools import SERVICE_TOOLS
from tests.tco.command import PROGRAM, tco

REQUEST = {
    "id": "edge",
    "provider": "openai",
    "model": "gpt-5.4",
    "as_of": "2026-11-20",
    "input_tokens": 272_001,
    "output_tokens": 1_000,
    "cached_tokens": 7,
}


@pytest.fixture(scope="session")
def scenario_file(folder):
    return folder / "ours.toml"


@pytest.fixture(scope="session")
def by_command(scenario_file, tmp_path_factory):
    """What each tool is asked, and what the command line says to it."""
    table = tmp_path_factory.mktemp("table") / "requests.csv"
    table.write_text(f"{','.join(REQUEST)}\n{','.join(map(str, REQUEST.values()))}\n")
    ours = {"named": scenario_file.name}
    told = {
        "evaluate": (ours, tco("evaluate", scenario_file, "--json")),
        "break_even": (ours, tco("break-even", scenario_file, "--json")),
        "rank": ({**ours, "top": 0}, tco("rank", scenario_file, "--json")),
        "quote": ({"requests": [REQUEST]}, tco("prices", "quote", table, "--json")),
        "list_prices": (
            {"text": "llama", "on": "2026-11-20"},
            tco("prices", "list", "llama", "--on", "2026-11-20", "--json"),
        ),
    }
    return {name: (asked, json.loads(done.stdout)) for name, (asked, done) in told.items()}


def over_mcp(folder, *calls):
    """Answers of an agent's client over standard input and output, to each tool and arguments."""

    async def ask():
        arguments = ["mcp", "--folder", str(folder)]
        server = StdioServerParameters(command=PROGRAM, args=arguments, env=dict(os.environ))
        async with Client(stdio_client(server)) as client:
            tools = await client.list_tools()
            return tools.tools, [await client.call_tool(name, asked) for name, asked in calls]

    return asyncio.run(ask())


@pytest.fixture(scope="session")
def generated(address):
    """A client made from the text of the server's OpenAPI document, and of nothing else."""
    text = httpx.get(f"{address}/openapi.json").text
    schema = schemathesis.openapi.from_dict(json.loads(text))
    schema.config.update(base_url=address)
    operations = {
        found.ok().definition.raw["operationId"]: found.ok()
        for found in schema.get_all_operations()
    }

    def call(name, asked):
        return (
            operations[name]
            .Case(body=asked, media_type="application/json")
            .call(timeout=120)
            .json()
        )

    return call


def test_an_agent_gets_the_figures_of_the_command_line(folder, by_command):
    listed, answers = over_mcp(folder, *((name, asked) for name, (asked, _) in by_command.items()))
    assert {tool.name for tool in listed} == {tool.name for tool in SERVICE_TOOLS}
    for (name, (_, said)), answer in zip(by_command.items(), answers, strict=True):
        assert not answer.is_error, name
        assert answer.structured_content == said, name
        assert json.loads(answer.content[0].text) == said, name


def test_a_client_made_from_the_openapi_text_gets_the_figures_of_the_command_line(
    generated, by_command
):
    for name, (asked, said) in by_command.items():
        assert generated(name, asked) == said, name


def test_a_scenario_that_is_sent_is_answered_as_the_one_that_is_named(generated, default, folder):
    ours = load_scenario(folder / "ours.toml")
    sent = generated("evaluate", {"scenario": document_of(ours)})
    assert sent == generated("evaluate", {"named": "ours.toml"})
    assert sent != generated("evaluate", {"scenario": document_of(default)})


def test_a_figure_is_taken_apart_as_the_page_does(generated, default):
    answer = evaluate(default)
    today, choice = answer.alternatives[0], answer.alternatives[1]
    bill = generated("explain", {})
    assert bill["steps"] == plain(explain_bill(answer, today.key).steps)
    line = choice.lines[0].name
    asked = {"figure": "line", "alternative": choice.label, "line": line}
    told = explain_line(answer, choice.key, line)
    assert generated("explain", asked)["inputs"] == plain(told.inputs)
    for figure in ("break-even", "worth", "odds"):
        assert generated("explain", {"figure": figure})["steps"]


def test_machines_are_listed_with_what_they_cost_and_who_says_so(generated):
    listed = generated("list_machines", {"accelerator": "H100 SXM", "term": "on-demand"})
    assert listed["rentals"]
    for offer in listed["rentals"]:
        assert (offer["accelerator"], offer["term"]) == ("H100 SXM", "on-demand")
        assert offer["usd_per_gpu_hour"] == offer["usd_per_instance_hour"] / offer["gpus"]
        assert offer["source"]["name"]
        assert offer["source"]["as_of"]
    assert {record["accelerator"] for record in listed["calibrations"]} == {"H100 SXM"}


REFUSED = [
    ("evaluate", {"named": "nowhere"}, "named", "'nowhere'"),
    ("evaluate", {"named": "../ours.toml"}, "named", "'../ours.toml'"),
    ("evaluate", {"named": "link.toml"}, "named", "'link.toml'"),
    ("evaluate", {"named": "pipe.toml"}, "named", "'pipe.toml'"),
    ("evaluate", {"nmaed": "ours.toml"}, "nmaed", ""),
    ("evaluate", {"scenario": {"name": "x"}}, "scenario.workload", ""),
    ("quote", {"requests": [{**REQUEST, "output_tokens": -1}]}, "requests.0.output_tokens", "-1"),
    ("quote", {"requests": [{**REQUEST, "model": 5}]}, "requests.0.model", "5"),
    ("explain", {"alternative": "nobody"}, "alternative", "nobody"),
    ("explain", {"figure": "line", "line": "Token"}, "line", "Token"),
    ("list_machines", {"term": "for ever"}, "term", "'for ever'"),
]


def test_what_is_refused_names_field_value_limit_and_remedy_to_agents_and_programs(
    folder, generated
):
    _, answers = over_mcp(folder, *((name, asked) for name, asked, *_ in REFUSED))
    for (name, asked, field, value), answer in zip(REFUSED, answers, strict=True):
        assert answer.is_error, asked
        told = json.loads(answer.content[0].text)
        assert told["schema"] == "tco.error/1"
        assert told == generated(name, asked)
        found = {problem["field"]: problem for problem in told["problems"]}
        assert found[field]["value"] == value
        assert found[field]["limit"]
        assert found[field]["remedy"]


def test_a_price_that_is_not_known_is_a_row_without_one_and_not_a_zero(generated):
    told = generated("quote", {"requests": [{**REQUEST, "model": "gpt-5.44"}]})
    (row,) = told["quotes"]
    assert (row["status"], row["usd"]) == ("unknown_model", None)
    assert told["unpriced"] == 1
