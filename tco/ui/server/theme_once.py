"""The theme's settings are written into a message once, not with every run of the page.

Every run begins with a message that holds the theme. Streamlit fills it from its settings each
time, which looks through all of them six times: a twentyfifth of what a rerun costs a server.
"""

from collections.abc import Callable
from typing import Any, Final

from streamlit import config
from streamlit.proto.NewSession_pb2 import CustomThemeConfig
from streamlit.runtime import app_session

Fill = Callable[[CustomThemeConfig, str], None]
_FILLS: Final = "_populate_theme_msg"
"""Streamlit's function that writes the settings of one section into a message."""


class ThemeOnce:
    """Writes each section of the settings as Streamlit did when it was first asked for."""

    def __init__(self, theirs: Fill) -> None:
        self._theirs = theirs
        self._filled: dict[str, CustomThemeConfig] = {}

    def __call__(self, message: CustomThemeConfig, section: str = "theme") -> None:
        """Write the settings of a section; a message without any is left as it is."""
        filled = self._filled.get(section)
        if filled is None:
            filled = CustomThemeConfig()
            self._theirs(filled, section)
            self._filled[section] = filled
        if filled.ByteSize():
            message.MergeFrom(filled)

    def forget(self) -> None:
        """Ask Streamlit again: its settings were read anew."""
        self._filled = {}


def fill_the_theme_once() -> bool:
    """Have Streamlit write its theme once; False, and nothing done, where it does so elsewhere."""
    theirs: Any = vars(app_session).get(_FILLS)
    if isinstance(theirs, ThemeOnce):
        return True
    if not callable(theirs):
        return False
    once = ThemeOnce(theirs)
    setattr(app_session, _FILLS, once)
    config.on_config_parsed(once.forget, force_connect=True)
    return True
