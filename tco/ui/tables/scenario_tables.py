"""Saved scenarios as text: the shelf, versions, notes, the change log."""

from collections.abc import Iterable, Mapping

from pandas import DataFrame

from tco.store.records import Change, Kept, Note, Version
from tco.words.figures import moment, whole
from tco.words.markdown import cut, plain

NAME_CHARACTERS = 60


def title(kept: Kept) -> str:
    """Name of a scenario; two of one name differ by their last change."""
    return f"{cut(kept.name, NAME_CHARACTERS)} · changed {moment(kept.changed_at, seconds=True)}"


def version_title(version: Version) -> str:
    """Number, who saved it, when, and whether it is locked."""
    locked = " · signed off" if version.locked else ""
    said = f" · {cut(version.comment, NAME_CHARACTERS)}" if version.comment else ""
    return f"{version.number} · {version.saved_by}, {moment(version.saved_at)}{said}{locked}"


def shelf_table(kept: Iterable[Kept]) -> DataFrame:
    """What is on the shelf, the last changed first. Markdown-safe."""
    return DataFrame(
        [
            {
                "Scenario": plain(one.name),
                "Versions": whole(len(one.versions)),
                "Latest verdict": plain(one.latest.answer.headline),
                "About": plain(one.latest.comment),
                "Signed off": f"version {one.signed.number} by {plain(one.signed.signed_by or '')}"
                if one.signed
                else "",
                "Changed by": plain(one.changed_by),
                "Changed, UTC": moment(one.changed_at),
            }
            for one in kept
        ]
    )


def notes(of: Mapping[str, Note], labels: Mapping[str, str]) -> DataFrame:
    """Notes on assumptions. Markdown-safe."""
    return DataFrame(
        [
            {
                "Assumption": plain(labels.get(field, field)),
                "Note": plain(note.text),
                "By": plain(note.written_by),
                "On, UTC": moment(note.written_at),
            }
            for field, note in of.items()
        ]
    )


def history(changes: Iterable[Change]) -> DataFrame:
    """Change log, the last first. Markdown-safe."""
    return DataFrame(
        [
            {
                "On, UTC": moment(change.at, seconds=True),
                "Who": plain(change.who),
                "What": change.what,
                "Version": "" if change.version is None else str(change.version),
                "Detail": plain(change.detail),
            }
            for change in reversed(tuple(changes))
        ]
    )
