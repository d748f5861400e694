"""Inputs on quality: how often answers are accepted, where that was measured."""

from collections.abc import Iterator
from typing import Final

from tco.question.options import ApiOption, Quality
from tco.question.scenario import Scenario
from tco.ui.fields.field import OFF, ON, Entered, Field
from tco.words.markdown import literal

FIRST_QUALITY: Final = Quality(acceptance_rate=0.9)
ABOUT: Final = (
    "Share of answers accepted, measured on your own tasks. Not measured: quality is assumed equal."
)


def quality_fields(scenario: Scenario, entered: Entered) -> Iterator[Field]:
    """Ask for every alternative; what a file says of a model holds where nothing is entered."""
    subjects = [("baseline.quality", "Today’s API", scenario.baseline.quality)]
    subjects += [
        (f"apis.{place}.quality", _api_name(option), option.quality)
        for place, option in enumerate(scenario.apis)
    ]
    subjects += [
        (f"self_hosted.{place}.quality", literal(option.name), option.quality)
        for place, option in enumerate(scenario.self_hosted)
    ]
    for path, name, quality in subjects:
        yield from _fields(path, name, quality, entered)
    for place, hybrid in enumerate(scenario.hybrids):
        yield Field(
            f"hybrids.{place}.accepted_share",
            f"{literal(hybrid.name)}: accepted in the end",
            "percent",
            hybrid.accepted_share,
        )


def _api_name(option: ApiOption) -> str:
    tier = "" if option.tier == "standard" else f", {option.tier}"
    return literal(f"{option.model} at {option.provider}{tier}")


def _fields(path: str, name: str, quality: Quality | None, entered: Entered) -> Iterator[Field]:
    measured = Field(
        path, f"{name}: acceptance", "table", quality, ABOUT,
        options=((OFF, "not measured"), (ON, "measured")),
        tables={ON: FIRST_QUALITY.model_dump(mode="json")},
    )  # fmt: skip
    yield measured
    if entered(path, measured.shown) == OFF:
        return
    given = quality or FIRST_QUALITY
    yield Field(
        f"{path}.acceptance_rate", f"{name}: accepted at the first try", "percent",
        given.acceptance_rate,
    )  # fmt: skip
    yield Field(f"{path}.retries", f"{name}: further tries", "whole", given.retries)
    yield Field(
        f"{path}.usd_per_unaccepted", f"{name}: cost of what stays unaccepted, USD", "amount",
        given.usd_per_unaccepted,
    )  # fmt: skip
