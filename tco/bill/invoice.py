"""A month's invoice as traffic: its dollars over what one request of its lengths costs."""

from dataclasses import dataclass
from typing import Final

from pricing.catalogue import Catalogue
from pricing.errors import InputError, PriceError, Problem
from pricing.figures import grouped
from tco.bill.api import api_label, request_cost
from tco.facts.resolve import EndedApi, ResolvedApi, api_of
from tco.question.files import document_of, scenario_from
from tco.question.options import ApiOption
from tco.question.scenario import Scenario
from tco.question.traffic import SPREAD_WHEN_UNKNOWN, LognormalLength, RequestClass, Workload
from tco.words.figures import number
from tco.words.money import usd

SOURCE: Final = "your invoice"


@dataclass(frozen=True, slots=True)
class Invoice:
    """What a month cost, and what for."""

    usd_per_month: float
    option: ApiOption
    input_tokens: float
    """Mean of a request, cached tokens included [token/request]."""
    output_tokens: float
    """Mean of a request [token/request]."""
    cached_share: float = 0.0
    """Share of the prompt that was read from the seller's cache."""


def scenario_of_invoice(invoice: Invoice, start: Scenario, catalogue: Catalogue) -> Scenario:
    """Turn an invoice into a scenario whose tokens cost what it charges.

    The requests of the month are the dollars over the mean cost of a request. An invoice tells
    neither growth nor the hours of a week nor how lengths are spread: the note says what stands
    there instead.

    Parameters
    ----------
    start
        Where everything comes from that is no traffic, and the day of the prices.

    Raises
    ------
    InputError
        A value is beyond what a scenario holds, or a request would cost nothing.
    PriceError
        The model has no price on that day, or is not sold so.
    """
    found = _priced(invoice.option, start, catalogue)
    classes = (_class_of(invoice),)
    cost = request_cost(found, classes)
    each_usd = float(cost.with_output(1.0))
    if not (each_usd > 0 and invoice.usd_per_month > 0):
        limit = "must be above 0, and so must the price of a request"
        raise InputError(Problem("invoice", str(invoice.usd_per_month), limit, "Enter what it is."))
    workload = _workload(invoice.usd_per_month / each_usd, classes)
    scenario = start.model_copy(
        update={
            "name": "From your invoice",
            "note": _note(invoice, found, workload),
            "workload": workload,
            "baseline": invoice.option,
            "apis": tuple(api for api in start.apis if api != invoice.option),
            "hybrids": (),
        }
    )
    return scenario_from(document_of(scenario))


def _priced(option: ApiOption, start: Scenario, catalogue: Catalogue) -> ResolvedApi:
    found = api_of(option, start, catalogue)
    if isinstance(found, EndedApi):
        raise PriceError(found.reason)
    return found


def _workload(requests: float, classes: tuple[RequestClass, ...]) -> Workload:
    try:
        return Workload(requests_per_month=requests, classes=classes)
    except ValueError as error:
        limit = "are more requests than a scenario holds, or none"
        given = f"{grouped(requests)} a month"
        raise InputError(Problem("invoice", given, limit, "Check dollars and lengths.")) from error


def _note(invoice: Invoice, found: ResolvedApi, workload: Workload) -> str:
    requests = grouped(workload.requests_per_month)
    return (
        f"From {SOURCE} of {usd(invoice.usd_per_month)} a month for "
        f"{api_label(found.offer, invoice.option)}: {requests} requests at list prices. Not told "
        "by it: growth (none is assumed), the week (business hours), and "
        f"the spread of lengths (cv {number(SPREAD_WHEN_UNKNOWN)})."
    )


def _class_of(invoice: Invoice) -> RequestClass:
    try:
        return RequestClass(
            name="requests of the invoice",
            input=LognormalLength(mean_tokens=invoice.input_tokens, cv=SPREAD_WHEN_UNKNOWN),
            output=LognormalLength(mean_tokens=invoice.output_tokens, cv=SPREAD_WHEN_UNKNOWN),
            cached_share=invoice.cached_share,
            source=SOURCE,
        )
    except ValueError as error:
        limit = "are no lengths of a request"
        given = f"{invoice.input_tokens} in, {invoice.output_tokens} out"
        raise InputError(Problem("invoice", given, limit, "Enter tokens above 0.")) from error
