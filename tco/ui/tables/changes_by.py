"""Who set which value of a saved scenario, and when, and what was noted about it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pandas import DataFrame

from tco.question.files import document_of, flatten
from tco.store.records import Loaded, Note
from tco.words.dates import moment


@dataclass(frozen=True, slots=True)
class Setting:
    """The version in which a value became what it is."""

    by: str
    on: str
    version: int


def settings(versions: Sequence[Loaded]) -> dict[str, Setting]:
    """By path: the last version that changed the value; versions in their order.

    What stands since the first version was set by whoever saved that.
    """
    found: dict[str, Setting] = {}
    before: dict[str, object] = {}
    for loaded in versions:
        now = flatten(document_of(loaded.scenario))
        version = loaded.version
        for path in {*before, *now}:
            if path not in before or path not in now or before[path] != now[path]:
                on = moment(version.saved_at)
                found[path] = Setting(version.saved_by, on, version.number)
        before = now
    return found


def with_changes(
    table: DataFrame, versions: Sequence[Loaded], notes: Mapping[str, Note]
) -> DataFrame:
    """Add to the ledger who set each of your values and when, and what was noted about it."""
    set_by = settings(versions)
    mine = [_last(set_by, str(field)) for field in table["Field"]]
    noted = [notes.get(str(field)) for field in table["Field"]]
    table = table.copy()
    table.insert(2, "Set by", [one.by if one else "" for one in mine])
    table.insert(3, "Set on, UTC", [one.on if one else "" for one in mine])
    table.insert(4, "Our note", [f"{n.text} ({n.written_by})" if n else "" for n in noted])
    return table


def _last(set_by: Mapping[str, Setting], field: str) -> Setting | None:
    """Latest setting of a value or of anything inside it."""
    inside = [
        setting for path, setting in set_by.items() if path == field or path.startswith(f"{field}.")
    ]
    return max(inside, key=lambda setting: setting.version, default=None)
