"""The terms of the field in plain words: what the page shows on hover and the papers list."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Term:
    """One term, its symbol and unit where it has them, and what it means."""

    name: str
    meaning: str
    symbol: str = ""
    unit: str = ""
    labels: tuple[str, ...] = ()
    """Headings, columns, tiles and inputs of the page that show it."""


TERMS: Final = (
    Term(
        "acceptance rate",
        "Share of answers that somebody accepts. Where two models differ in it, their costs are "
        "compared per accepted answer.",
        unit="1",
    ),
    Term(
        "assumption",
        "A value the answer rests on: yours, or the library's with its source.",
        labels=("Assumption", "Input", "Which assumption moved it"),
    ),
    Term(
        "batch tier",
        "Requests answered within 24 hours at a lower rate; of no use where somebody waits.",
    ),
    Term(
        "bill",
        "Everything one month costs: tokens or machines, people, platform, power. Costs are "
        "positive.",
        unit="USD/month",
        labels=(
            "Your bill, a month",
            "Own GPUs, a month",
            "Bill a month",
            "USD a month",
            "Bill of staying",
            "Bill of staying, a month",
            "Bill of self-hosting",
            "Their bill, a month",
        ),
    ),
    Term(
        "break-even month",
        "First month from which the bill of your own GPUs stays lower than staying.",
        unit="month",
        labels=("Lower bill from month",),
    ),
    Term(
        "break-even utilisation",
        "Utilisation from which your own GPUs cost less a month than staying. Below it you pay "
        "for machines that stand idle.",
        "u*",
        "1",
        (
            "Break-even utilisation",
            "Break-even by utilisation",
            "Breaks even at",
            "Pays from, P10 / P50 / P90",
        ),
    ),
    Term(
        "break-even volume",
        "Requests a month at which the cheaper side changes. Fleets grow in whole machines, so "
        "there may be several.",
        unit="request/month",
        labels=("Cheaper than staying, requests a month", "Crossings", "For good from"),
    ),
    Term(
        "busiest minute",
        "Load of the busiest minute over the mean of its hour. Fleets are planned for it.",
        unit="1",
        labels=("Busiest minute over its hour",),
    ),
    Term(
        "cache write",
        "Rate for tokens put into a prompt cache, where the seller charges for it, by how long "
        "they are kept.",
        unit="USD/Mtok",
        labels=("Cache write",),
    ),
    Term(
        "cached share",
        "Part of the prompt that was read before and lies in a cache. It is billed at the lower "
        "cached rate, and your own server need not read it again.",
        "h",
        "1",
        ("Cached share of the prompt", "Cached input"),
    ),
    Term(
        "calibration",
        "A record that says how quickly one replica serves: measured there, published by others, "
        "or estimated.",
        labels=("Calibration", "Record", "Kind"),
    ),
    Term(
        "capacity",
        "Highest rate of requests at which a replica still meets the latency objective.",
        "λ*",
        "request/s",
        (
            "Capacity of a replica",
            "Capacity of the fleet",
            "At that capacity",
            "Where the paid capacity goes",
        ),
    ),
    Term(
        "catalogue",
        "Every rate on record, each with who says so and since when.",
        labels=("The catalogue",),
    ),
    Term(
        "confidence",
        "High: the seller's own page, read on the day given. Medium: a list that names that page. "
        "Low: neither.",
        labels=("Confidence",),
    ),
    Term("decode", "Writing the answer, one token after another."),
    Term(
        "discount rate",
        "How much less money is worth a year later. It turns later savings into money of today.",
        "r",
        "1/year",
        ("Discount rate a year, %", "Discounted", "Cash flow, discounted"),
    ),
    Term(
        "flex tier",
        "Requests at a lower rate that may wait, or be refused when the seller is busy.",
    ),
    Term(
        "gap",
        "Bill of staying less the bill of the best option on your own GPUs; positive where moving "
        "saves money.",
        unit="USD",
        labels=("Gap", "Gap, taken alone", "Gap at low", "Gap at high"),
    ),
    Term("goodput", "Requests a second that met the latency objective.", unit="request/s"),
    Term(
        "headroom",
        "Capacity kept free for the busiest minute: one less the load planned for it.",
        unit="1",
        labels=("Load planned for the busiest minute",),
    ),
    Term(
        "horizon",
        "Months over which alternatives are compared.",
        unit="month",
        labels=(
            "Horizon, months",
            "Every alternative over the horizon",
            "Paid over the horizon",
            "Cheaper over the horizon",
        ),
    ),
    Term(
        "hybrid",
        "Your own GPUs for a part of the traffic and the API for the rest: a share, a class, or "
        "what is left over at the peak.",
    ),
    Term(
        "internal rate of return",
        "Discount rate at which the move would be worth nothing: the yearly yield of what it "
        "costs at the start.",
        "IRR",
        "1/year",
        ("Internal rate a year",),
    ),
    Term(
        "latency objective",
        "How soon answers must come (SLO): time to first token and time per further token, on "
        "average or for 95 % of the requests.",
        "SLO",
        "ms",
        ("Limited by",),
    ),
    Term(
        "levelised cost",
        "The whole bill over the tokens it serves, input and output together.",
        unit="USD/Mtok",
        labels=("All-in, per Mtok",),
    ),
    Term(
        "long-prompt rule",
        "Above an edge (272,000 tokens for GPT-5.4) every token of the request pays the higher "
        "rate, not only those beyond it.",
        unit="token",
        labels=("Prompt", "One request, by the length of its prompt"),
    ),
    Term(
        "mean error",
        "Mean of how far the fitted model was off, as a share, on load points held out of the fit "
        "(MAPE).",
        "MAPE",
        "1",
        ("Throughput error", "Time per token error", "First token error"),
    ),
    Term("Mtok", "A million tokens."),
    Term(
        "net present value",
        "What moving is worth in money of today: all later savings, discounted, less what it "
        "costs at the start.",
        "NPV",
        "USD",
        ("Worth of moving, NPV", "Worth today"),
    ),
    Term(
        "not estimated",
        "Nobody citable gives a figure. It is left open, and is not zero.",
    ),
    Term(
        "odds",
        "Share of the drawn worlds in which your own GPUs cost less.",
        unit="1",
        labels=("Cheaper in month 1",),
    ),
    Term(
        "one-off costs",
        "What is paid once at the start: servers, terms paid upfront, the work of moving.",
        unit="USD",
        labels=("Paid at the start",),
    ),
    Term(
        "P10–P90",
        "Middle band: in one world of ten the value lies below it, in one of ten above. Beside a "
        "break-even it comes from the calibration's error alone.",
        labels=("P10–P90",),
    ),
    Term(
        "payback",
        "Month from which what was saved so far stays above what was paid at the start.",
        unit="month",
        labels=("Paid back in month", "Paid back, month"),
    ),
    Term("prefill", "Reading the prompt, before the first token of the answer."),
    Term("prefix cache", "Memory of prompts read before, on your own server or the seller's."),
    Term(
        "present value",
        "All payments over the horizon in money of today.",
        unit="USD",
        labels=("Present value",),
    ),
    Term("priority tier", "Requests at a higher rate that are answered sooner."),
    Term(
        "real and nominal",
        "Real: in money of today, inflation taken out. Nominal: in the money of each year.",
        labels=("Rates and changes are",),
    ),
    Term(
        "replica",
        "One copy of the model on the GPUs it needs.",
        labels=("Replicas", "Replica", "Fewest replicas"),
    ),
    Term(
        "responsibility",
        "Who does the work under each kind of alternative, as contracts usually divide it.",
        labels=("Who carries what", "Duty"),
    ),
    Term("spare replica", "A replica kept idle for failures and upgrades.", unit="replica"),
    Term("spill", "Traffic that goes to the API when your own GPUs are full."),
    Term(
        "stale",
        "A rate that was last seen at its source more than 90 days before the day it is used for.",
        labels=("Flag", "Age, days", "Read"),
    ),
    Term(
        "swing",
        "How far the gap moves when one input goes over its range, all else as given.",
        unit="USD",
        labels=("Swing",),
    ),
    Term("tensor parallelism", "Splitting one replica over several GPUs.", "TP", "GPU"),
    Term(
        "tier",
        "How a request is sold: standard; batch, within 24 hours; flex, when there is room; "
        "priority, sooner. Each has published rates of its own.",
        labels=("Tier", "Its tier", "Sold"),
    ),
    Term(
        "time per further token",
        "Mean time between tokens after the first (TPOT): (whole time − time to first token) over "
        "one less than the tokens.",
        "TPOT",
        "ms",
        ("Time per further token, mean, ms", "Time per further token, 95 % within, ms"),
    ),
    Term(
        "time to first token",
        "From sending a request to the first token of its answer (TTFT).",
        "TTFT",
        "ms",
        ("Time to first token, mean, ms", "Time to first token, 95 % within, ms"),
    ),
    Term(
        "token ratio",
        "Tokens the open model needs for the text of one GPT token.",
        unit="1",
        labels=("Open-model tokens per GPT token",),
    ),
    Term(
        "utilisation",
        "Mean demand over what the paid replicas could carry within the latency objective. How "
        "busy a GPU looks is something else.",
        "U",
        "1",
        (
            "Your utilisation",
            "You are at",
            "Your utilisation, P10 / P50 / P90",
            "because of",
        ),
    ),
    Term(
        "winner flips",
        "Value of an input at which the cheaper side changes, all else as given.",
        labels=("Winner flips at", "Why no flip"),
    ),
    Term(
        "within reach",
        "Highest utilisation that your daily shape, headroom, spares and whole machines leave "
        "room for.",
        unit="1",
        labels=("Within reach",),
    ),
    Term(
        "worth of moving",
        "Difference between the bill of staying and that of the best move, over a year.",
        unit="USD/year",
        labels=("Moving is worth", "Worth a year"),
    ),
)

_BY_LABEL: Final = {label: term for term in TERMS for label in term.labels}


def term_of(label: str) -> Term | None:
    """Term that a heading, column, tile or input of the page shows.

    Examples
    --------
    >>> term_of("Breaks even at").symbol
    'u*'
    """
    return _BY_LABEL.get(label)
