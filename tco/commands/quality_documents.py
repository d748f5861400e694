"""What benchmarks of your own tasks say, as a JSON document and in a terminal."""

from collections.abc import Callable, Iterable
from dataclasses import asdict
from typing import Final

from tco.answer.documents import plain
from tco.answer.worked import Evaluation
from tco.commands.tables import print_table
from tco.commands.terminal import Terminal
from tco.own_data.benchmark import Standing
from tco.own_data.paired import PairedDifference
from tco.quality.summary import QualitySummary
from tco.question.files import Document, document_of
from tco.words.figures import number, plural, share, whole
from tco.words.money import usd_each

QUALITY_SCHEMA: Final = "tco.quality/2"
Answers = tuple[Evaluation, Evaluation]
"""Of a scenario before what was measured, and with it."""


def summary_document(summary: QualitySummary, answers: Answers | None) -> Document:
    """Everything that was measured; with a scenario, both verdicts and each alternative's cost."""
    told: Document = {
        "schema": QUALITY_SCHEMA,
        "measured_as": dict(summary.measured_as),
        "standings": [asdict(standing) for standing in summary.standings],
        "differences": [
            {**asdict(found), "settled": found.is_settled, "words": difference_words(found)}
            for found in summary.differences
        ],
        "unanswered": dict(summary.unanswered),
    }
    if answers is not None:
        before, after = answers
        told |= {
            "scenario": document_of(after.asked.scenario),
            "before": plain(before.verdict),
            "after": plain(after.verdict),
            "usd_per_accepted": {a.key: a.usd_per_accepted for a in after.alternatives},
        }
    return told


def print_summary(summary: QualitySummary, answers: Answers | None) -> None:
    """Print who is accepted how often, who is better, and what that does to a verdict."""
    rows = [_cells(standing) for standing in summary.standings]
    print_table("Accepted answers, with a 95 % interval", tuple(rows[0]), rows)
    terminal = Terminal()
    for found in summary.differences:
        terminal.say(difference_words(found))
    if answers is not None:
        before, after = answers
        terminal.say(f"Before: {before.verdict.headline} {before.verdict.sentence}")
        terminal.say(f"With what was measured: {after.verdict.headline} {after.verdict.sentence}")


def difference_words(found: PairedDifference) -> str:
    """Say who is better, by how much, or that the tasks do not tell."""
    both = f"on {plural(found.tasks, 'task')} that both tried"
    if found.is_settled:
        better = "more" if found.difference > 0 else "fewer"
        near, far = sorted((abs(found.low), abs(found.high)))
        by = f"{share(abs(found.difference))} ({share(near)} to {share(far)})"
        return f"{found.model} has {better} answers accepted than {found.against}, by {by}, {both}."
    by = f"{share(found.difference)} ({share(found.low)} to {share(found.high)})"
    settle = (
        f"about {plural(found.tasks_to_settle, 'task')} would settle it"
        if found.tasks_to_settle is not None
        else "the two came out even, and no number of such tasks would part them"
    )
    return (
        f"Not enough to tell {found.model} from {found.against}: they differ by {by} {both}; "
        f"{settle}."
    )


def remarks(summary: QualitySummary) -> Iterable[str]:
    """What was counted once, and what was left out."""
    for standing in summary.standings:
        if standing.difficulty == "all" and standing.tries > standing.tasks:
            told = f"{standing.model}: {standing.tries} tries of {standing.tasks} tasks"
            yield f"{told}; the tries of a task are averaged and count once."
    for model, tasks in summary.unanswered.items():
        yield f"{model}: {plural(tasks, 'task')} without an answer or a grade, left out."


def _cells(standing: Standing) -> dict[str, object]:
    """One row of the table; empty where nothing was measured."""
    low, high = share(standing.low), share(standing.high)
    times = (standing.median_latency_s, standing.p95_latency_s)
    used = (standing.input_tokens, standing.output_tokens)
    return {
        "model": standing.model,
        "difficulty": standing.difficulty,
        "tasks": standing.tasks,
        "accepted": f"{share(standing.acceptance_rate)} ({low} to {high})",
        "refused": _told(standing.refused_share, share),
        "latency, p95": " / ".join(f"{number(t, 3)} s" for t in times if t is not None),
        "calls right": _told(standing.tool_calls_right, share),
        "recovered": _told(standing.recovered_share, share),
        "tokens in, out": " / ".join(whole(n) for n in used if n is not None),
        "USD/accepted": _told(standing.usd_per_accepted, usd_each),
    }


def _told(value: float | None, words: Callable[[float], str]) -> str:
    return "" if value is None else words(value)
