"""One value of a session looked up where Streamlit would gather all of them.

Text inputs and selectboxes ask ``filtered_state`` whether their own value is None, and Streamlit
gathers every value of the session for that: a fifth of what the page costs in a rerun. Here the
property gives a mapping that looks up the key it is asked for, and gathers all for anything else.
"""

import threading
from collections.abc import Iterator, Mapping
from types import FunctionType
from typing import Any, Final

from streamlit.runtime.state.common import is_element_id, is_keyed_element_id
from streamlit.runtime.state.safe_session_state import SafeSessionState
from streamlit.runtime.state.session_state import SessionState, _is_internal_key

THEIRS: Final = vars(SafeSessionState).get("filtered_state")
"""Streamlit's own property."""
_KNOWN: Final = (
    (SafeSessionState, {"_lock", "_state", "filtered_state"}),
    (
        SessionState,
        {
            "_key_id_mapper",
            "id_key_mapping",
            "_keys",
            "is_element_id",
            "is_keyed_element_id",
            "_is_internal_key",
            "KeyError",
        },
    ),
)
"""Names that Streamlit's two properties use, as long as they mean what is looked up here."""


class HeldValues(Mapping[str, Any]):
    """The values of a session by key, as they are when they are first asked for; to read only."""

    __slots__ = ("_found", "_lock", "_state")

    def __init__(self, state: SessionState, lock: threading.RLock) -> None:
        self._state = state
        self._lock = lock
        self._found: dict[str, Any] = {}

    def __getitem__(self, key: str) -> Any:  # noqa: ANN401 - whatever a session holds
        """Look one value up.

        Raises
        ------
        KeyError
            If the session holds none, or it is not for its script to see.
        """
        if key not in self._found:
            with self._lock:
                self._found[key] = self._looked_up(key)
        return self._found[key]

    def __iter__(self) -> Iterator[str]:
        """Give every key."""
        return iter(self.copy())

    def __len__(self) -> int:
        """Count the keys."""
        return len(self.copy())

    def __repr__(self) -> str:
        """Write every value down, as a dictionary does."""
        return repr(self.copy())

    def copy(self) -> dict[str, Any]:
        """Gather every value, as Streamlit does."""
        with self._lock:
            return self._state.filtered_state

    def _looked_up(self, key: str) -> Any:  # noqa: ANN401 - as above
        held_as = self._held_as(key)
        if held_as is not None:
            try:
                return self._state[held_as]
            except KeyError:
                if not self._has_earlier(key, held_as):
                    raise
        return self._state.filtered_state[key]

    def _held_as(self, key: Any) -> str | None:  # noqa: ANN401 - None for a widget without a key
        """Name under which the session holds the value; None where only all of them can tell."""
        if not isinstance(key, str) or is_element_id(key):
            return None
        ids = self._state._key_id_mapper
        widget = ids.get_id_from_key(key)
        if widget is None:
            return None if _is_internal_key(key) else key
        mine = is_keyed_element_id(widget) and ids.id_key_mapping.get(widget) == key
        return widget if mine else None

    def _has_earlier(self, key: str, held_as: str) -> bool:
        """Whether the key had other widgets before, whose values Streamlit may still hold."""
        known = list(self._state._key_id_mapper.id_key_mapping.values()).count(key)
        return known > (held_as != key)


def look_up_one_key() -> bool:
    """Have Streamlit look up the key it asks for; False, and nothing done, where it is another."""
    if isinstance(vars(SafeSessionState).get("filtered_state"), _OneByOne):
        return True
    if not all(_uses(owner) == names for owner, names in _KNOWN):
        return False
    SafeSessionState.filtered_state = _OneByOne(_held_values)  # type: ignore[method-assign,assignment]
    return True


class _OneByOne(property):
    """The property that stands in for Streamlit's."""


def _held_values(safe: SafeSessionState) -> HeldValues:
    return HeldValues(safe._state, safe._lock)


def _uses(owner: type) -> set[str]:
    """Names that a class's ``filtered_state`` uses; none where it is no property."""
    found = vars(owner).get("filtered_state")
    read = found.fget if isinstance(found, property) else None
    return set(read.__code__.co_names) if isinstance(read, FunctionType) else set()
