"""Saved scenarios as text: the store, versions, notes, the change log."""

from collections.abc import Iterable, Mapping

from pandas import DataFrame

from tco.analysis.change_words import before_and_after, words_of
from tco.analysis.scenario_diff import changes_between
from tco.question.files import document_of
from tco.question.scenario import Scenario
from tco.results.answer import Assumption
from tco.store.records import Kept, LoggedChange, Note, Version
from tco.words.dates import moment
from tco.words.figures import NO_VALUE, whole
from tco.words.markdown import cut, literal

SHOWN_CHARACTERS = 60


def title(kept: Kept) -> str:
    """Name of a scenario; two of one name differ by their last change."""
    return f"{cut(kept.name, SHOWN_CHARACTERS)} · changed {moment(kept.changed_at, seconds=True)}"


def version_title(version: Version) -> str:
    """Number, who saved it, when, and whether it is locked."""
    locked = " · signed off" if version.locked else ""
    if version.damaged:
        locked = " · DAMAGED: not what was saved"
    if version.broken:
        locked = " · NOT SIGNED: its seal does not hold"
    said = f" · {cut(version.comment, SHOWN_CHARACTERS)}" if version.comment else ""
    return f"{version.number} · {version.saved_by}, {moment(version.saved_at)}{said}{locked}"


def saved_table(kept: Iterable[Kept]) -> DataFrame:
    """What is in the store, the last changed first. Markdown-safe."""
    return DataFrame(
        [
            {
                "Scenario": literal(one.name),
                "Versions": whole(len(one.versions)),
                "Latest verdict": literal(one.latest.answer.headline),
                "Worth a year": literal(one.latest.answer.worth or NO_VALUE),
                "About": literal(one.latest.comment),
                "Signed off": _signed_off(one),
                "Changed by": literal(one.changed_by),
                "Changed, UTC": moment(one.changed_at),
            }
            for one in kept
        ]
    )


def changes_of(before: Scenario, after: Scenario, assumptions: Iterable[Assumption]) -> DataFrame:
    """What a version asks otherwise than one before it. Markdown-safe."""
    known = {row.field: row for row in assumptions}
    rows = []
    for change in changes_between(document_of(before), document_of(after)):
        row = known.get(change.path)
        was, now = before_and_after(change, row.unit if row else "")
        name = row.label if row else words_of(change.path)
        rows.append({"Assumption": literal(name), "Before": literal(was), "After": literal(now)})
    return DataFrame(rows)


def notes(of: Mapping[str, Note], labels: Mapping[str, str]) -> DataFrame:
    """Notes on assumptions. Markdown-safe."""
    return DataFrame(
        [
            {
                "Assumption": literal(labels.get(field, field)),
                "Note": literal(note.text),
                "By": literal(note.written_by),
                "On, UTC": moment(note.written_at),
            }
            for field, note in of.items()
        ]
    )


def history(changes: Iterable[LoggedChange]) -> DataFrame:
    """Change log, the last first. Markdown-safe."""
    return DataFrame(
        [
            {
                "On, UTC": moment(change.at, seconds=True),
                "Who": literal(change.who),
                "What": change.what,
                "Version": "" if change.version is None else str(change.version),
                "Detail": literal(change.detail),
            }
            for change in reversed(tuple(changes))
        ]
    )


def _signed_off(kept: Kept) -> str:
    broken = [str(version.number) for version in kept.versions if version.broken]
    if broken:
        return f"NOT SIGNED: the seal of version {', '.join(broken)} does not hold"
    damaged = [str(version.number) for version in kept.versions if version.damaged]
    if damaged:
        return f"DAMAGED: version {', '.join(damaged)} is not what was saved"
    if kept.signed is None:
        return ""
    return f"version {kept.signed.number} by {literal(kept.signed.signed_by or '')}"
