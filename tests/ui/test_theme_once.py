"""The theme that a page is sent is the one of the settings, written once and anew when they are."""

import pytest
from streamlit import config
from streamlit.proto.NewSession_pb2 import CustomThemeConfig
from streamlit.runtime import app_session

from tco.ui.server.settings import THEME
from tco.ui.server.theme_once import ThemeOnce, fill_the_theme_once

SECTIONS = (
    "theme", "theme.light", "theme.dark", "theme.sidebar", "theme.light.sidebar",
    "theme.dark.sidebar",
)  # fmt: skip


@pytest.fixture
def settings():
    """Set options of the theme for a test."""
    was = {key: config.get_option(key) for key in THEME}

    def put(changed):
        for key, value in changed.items():
            config.set_option(key, list(value) if isinstance(value, tuple) else value)

    yield put
    put(was)


@pytest.fixture
def theirs():
    found = app_session._populate_theme_msg
    return found._theirs if isinstance(found, ThemeOnce) else found


def whole(fill):
    """The theme of a new session, section by section as Streamlit asks for them."""
    theme = CustomThemeConfig()
    places = (
        theme, theme.light, theme.dark, theme.sidebar, theme.light.sidebar, theme.dark.sidebar,
    )  # fmt: skip
    for place, section in zip(places, SECTIONS, strict=True):
        fill(place, section)
    return theme


@pytest.mark.parametrize("chosen", [THEME, {}], ids=["ours", "none"])
def test_it_is_what_streamlit_writes_each_time_that_it_is_asked(settings, theirs, chosen):
    settings({**dict.fromkeys(THEME), **chosen})
    expected = whole(theirs)
    once = ThemeOnce(theirs)
    for _ in range(3):
        assert whole(once).SerializeToString() == expected.SerializeToString()
    assert bool(expected.light.primary_color) == bool(chosen)


def test_streamlit_is_asked_once_for_each_section_and_again_once_they_were_read_anew(theirs):
    asked = []
    once = ThemeOnce(lambda message, section: asked.append(section) or theirs(message, section))
    whole(once)
    whole(once)
    assert asked == list(SECTIONS)
    once.forget()
    whole(once)
    assert asked == 2 * list(SECTIONS)


def test_what_a_page_does_to_its_own_message_is_not_in_the_next_one(settings, theirs):
    settings(THEME)
    once = ThemeOnce(theirs)
    whole(once).light.primary_color = "#000000"
    assert whole(once).SerializeToString() == whole(theirs).SerializeToString()


def test_it_takes_the_place_of_streamlit_s_and_follows_its_settings(monkeypatch, theirs):
    monkeypatch.setattr(app_session, "_populate_theme_msg", theirs)
    assert fill_the_theme_once()
    once = app_session._populate_theme_msg
    assert isinstance(once, ThemeOnce)
    assert fill_the_theme_once()
    assert app_session._populate_theme_msg is once
    whole(once)
    assert once._filled
    config._on_config_parsed.send()
    assert not once._filled


def test_another_streamlit_is_left_alone(monkeypatch):
    monkeypatch.delattr(app_session, "_populate_theme_msg")
    assert not fill_the_theme_once()
    assert not hasattr(app_session, "_populate_theme_msg")
