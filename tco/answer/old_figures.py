"""What is old in an answer, in a sentence or two that every face shows beside the verdict."""

from datetime import date
from typing import Final

from tco.answer.worked import Evaluation
from tco.words.figures import plural

NOTED_AFTER_DAYS: Final = 30
"""Distance of today from the catalogue from which it is spoken of."""
MOST_NAMED: Final = 3


def told_ages(evaluation: Evaluation, today: date | None = None) -> tuple[str, ...]:
    """Say what is old: figures on the scenario's day, and the catalogue today.

    Parameters
    ----------
    today
        Day it is; None: that of this machine's clock.
    """
    said = (old_figures(evaluation), catalogue_age(evaluation, today or date.today()))
    return tuple(filter(None, said))


def old_in_short(evaluation: Evaluation, today: date | None = None) -> str:
    """Say that something is old, in few words for a cell; empty where nothing is."""
    if not told_ages(evaluation, today):
        return ""
    made = evaluation.asked.data.catalogue.generated_on
    return f"old: the oldest figure is of {evaluation.stamp.oldest}, the price catalogue of {made}"


def old_figures(evaluation: Evaluation) -> str:
    """Name the stale prices and records of alternatives with a bill; empty where none is."""
    found = [f.message for f in evaluation.findings if f.code == "stale"]
    found += [
        finding.message
        for alternative in evaluation.alternatives
        if alternative.refused is None
        for finding in alternative.findings
        if finding.code == "stale"
    ]
    each = list(dict.fromkeys(found))
    if not each:
        return ""
    named = " ".join(message.removesuffix(".") + "." for message in each[:MOST_NAMED])
    more = len(each) - MOST_NAMED
    rest = f" {plural(more, 'more figure')} as old: see the findings." if more > 0 else ""
    return f"Old figures: {named}{rest}"


def catalogue_age(evaluation: Evaluation, today: date) -> str:
    """Say how far today is from the day the price catalogue was made; empty where it is near."""
    made = evaluation.asked.data.catalogue.generated_on
    days = (today - made).days
    if abs(days) <= NOTED_AFTER_DAYS:
        return ""
    if days > 0:
        said, remedy = "after", "prices may have moved; refresh it with tco prices refresh"
    else:
        said, remedy = "before", "check the clock of this machine"
    apart = plural(abs(days), "day")
    return f"Today, {today}, is {apart} {said} the price catalogue was made, {made}: {remedy}."
