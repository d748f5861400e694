"""The tools that other programs may call: what each asks, and the document it answers with."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any, Final, Generic, TypeVar

from pricing.catalogue import Catalogue
from pricing.listing import list_offers
from pricing.provenance import Record
from pricing.quote_file import quote_columns
from pricing.request_table import OPTIONAL, REQUIRED
from tco.analysis.decision import Question
from tco.analysis.rank import rank
from tco.answer.documents import (
    BREAK_EVEN_SCHEMA,
    EVALUATION_SCHEMA,
    break_even_document,
    document,
)
from tco.answer.evaluation import evaluate
from tco.commands.catalogue_stamp import catalogue_stamp
from tco.commands.price_documents import PRICES_SCHEMA, rates_document
from tco.commands.question_file import stamp_values
from tco.commands.quotes import QUOTES_SCHEMA, quotes_document
from tco.commands.rank_documents import RANK_SCHEMA, rank_document
from tco.question.files import Document, record_from
from tco.service.explained import EXPLANATION_SCHEMA, explanation_document
from tco.service.machines import MACHINES_SCHEMA, machines_document
from tco.service.requests import (
    ExplanationRequest,
    MachinesRequest,
    PricesRequest,
    QuoteRequest,
    RankRequest,
    ScenarioRequest,
)
from tco.service.scenario_folder import ScenarioFolder

Request = TypeVar("Request", bound=Record)


@dataclass(frozen=True, slots=True)
class Tool(Generic[Request]):
    """One thing that may be asked."""

    name: str
    what: str
    """Said to whoever chooses among the tools."""
    asks: type[Request]
    schema: str
    """Of the document that it answers with."""
    work: Callable[[Request, ScenarioFolder], Document]

    def answer(self, arguments: object, folder: ScenarioFolder) -> Document:
        """Answer plain values.

        Raises
        ------
        PlannerError
            With field, value, limit and remedy; a `MalformedError` where the values are not of the
            form that the schema asks for.
        """
        return self.work(record_from(self.asks, arguments, strict=True), folder)


def _evaluated(asked: ScenarioRequest, folder: ScenarioFolder) -> Document:
    scenario = folder.scenario(asked)
    return document(scenario, evaluate(scenario))


def _broken_even(asked: ScenarioRequest, folder: ScenarioFolder) -> Document:
    return break_even_document(evaluate(folder.scenario(asked)))


def _ranked(asked: RankRequest, folder: ScenarioFolder) -> Document:
    question = Question.of(folder.scenario(asked))
    ranked = rank_document(stamp_values(question), rank(question))
    return {**ranked, "offers": ranked["offers"][: asked.top or None]}


def _explained(asked: ExplanationRequest, folder: ScenarioFolder) -> Document:
    return explanation_document(asked, evaluate(folder.scenario(asked)))


def _quoted(asked: QuoteRequest, _folder: ScenarioFolder) -> Document:
    catalogue = Catalogue.load()
    cells = [request.cells() for request in asked.requests]
    columns = {name: [row.get(name, "") for row in cells] for name in (*REQUIRED, *OPTIONAL)}
    return quotes_document(quote_columns(columns, catalogue), catalogue_stamp(catalogue))


def _prices(asked: PricesRequest, _folder: ScenarioFolder) -> Document:
    catalogue, day = Catalogue.load(), asked.on or datetime.now(tz=UTC).date()
    listed = list_offers(
        catalogue,
        on=day,
        provider=asked.provider,
        open_weights=asked.open_model,
        availability=asked.availability,
        tier=asked.tier,
        text=asked.text,
    )
    return rates_document(catalogue, day, listed)


def _machines(asked: MachinesRequest, _folder: ScenarioFolder) -> Document:
    return machines_document(asked)


SERVICE_TOOLS: Final[Sequence[Tool[Any]]] = (
    Tool(
        "evaluate",
        "Compare staying on an API with other APIs and own GPUs: bills, break-even, verdict, odds.",
        ScenarioRequest,
        EVALUATION_SCHEMA,
        _evaluated,
    ),
    Tool(
        "rank",
        "Rank every API offer and every machine with a record for a scenario's work.",
        RankRequest,
        RANK_SCHEMA,
        _ranked,
    ),
    Tool(
        "quote",
        "Price single API requests exactly, with the source and date of every rate.",
        QuoteRequest,
        QUOTES_SCHEMA,
        _quoted,
    ),
    Tool(
        "break_even",
        "Say from which utilisation, volume and month own GPUs pay, or why they never do.",
        ScenarioRequest,
        BREAK_EVEN_SCHEMA,
        _broken_even,
    ),
    Tool(
        "explain",
        "Take a figure of an answer apart: formula, values, inputs, sources.",
        ExplanationRequest,
        EXPLANATION_SCHEMA,
        _explained,
    ),
    Tool(
        "list_prices",
        "List token prices: rates by tier and length, their source and age.",
        PricesRequest,
        PRICES_SCHEMA,
        _prices,
    ),
    Tool(
        "list_machines",
        "List machines to rent or buy, and the calibrations that say what they serve.",
        MachinesRequest,
        MACHINES_SCHEMA,
        _machines,
    ),
)


@cache
def tools_by_name() -> dict[str, Tool[Any]]:
    """Every tool by its name."""
    return {tool.name: tool for tool in SERVICE_TOOLS}
