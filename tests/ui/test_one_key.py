"""A value looked up alone is the one that Streamlit finds when it gathers all of them."""

import json
from copy import copy
from pathlib import Path

import pytest
from streamlit.runtime.state.safe_session_state import SafeSessionState
from streamlit.runtime.state.session_state import SessionState
from streamlit.testing.v1 import AppTest

from tco.ui.server.one_key import THEIRS, HeldValues, look_up_one_key

APP = str(Path(__file__).parents[2] / "app.py")


@pytest.fixture(autouse=True)
def one_by_one():
    assert look_up_one_key()


def script():
    """Ask for everything a session may hold, and compare in the middle and at the end."""
    import streamlit as st
    from streamlit.runtime.state import get_session_state

    def compare(place):
        state = get_session_state()
        held, all_of_them = state.filtered_state, state._state.filtered_state
        names = {*state._state._keys(), *all_of_them, *ASKED, None, 7}
        one_by_one = {}
        for name in names:
            assert (name in held) == (name in all_of_them), (place, name)
            assert held.get(name, "none") == all_of_them.get(name, "none"), (place, name)
            if name in held:
                one_by_one[name] = held[name]
        assert one_by_one == all_of_them == dict(held) == held.copy(), place
        assert held == all_of_them
        assert list(held) == list(all_of_them)
        assert (len(held), repr(held)) == (len(all_of_them), repr(all_of_them))
        assert list(st.session_state) == list(all_of_them)
        assert len(st.session_state) == len(all_of_them)
        st.markdown(f"{place}: {sorted(all_of_them)}")

    ASKED = ("plain", "none", "text", "choice", "nothing", "kept", "away", "drop", "no such key")
    run = st.session_state["run"] = st.session_state.get("run", 0) + 1
    compare("at first")
    st.session_state["plain"] = [run]
    st.session_state.setdefault("none", None)
    st.session_state["$$STREAMLIT_INTERNAL_KEY_of_ours"] = 1
    st.text_input("Text", "a", key="text")
    st.text_input("Without a key")
    st.text_input("Nothing", None, key="nothing")
    st.selectbox("Choice", ["a", "b"], index=None, key="choice")
    st.selectbox("Options", ["a", "b"][: 1 + run % 2], key="other options", accept_new_options=True)
    st.text_input("Longest", "a", key="another id", max_chars=run % 2 + 10)
    st.file_uploader("File", key="file")
    st.checkbox("On", key="on")
    compare("in the middle")
    if run % 2:
        st.text_input("Kept", "k", key="kept", persist_state="session")
        st.text_input("Away", "w", key="away")
    if run == 3:
        del st.session_state["plain"]
    if st.button("Press", key="press"):
        st.session_state["drop"] = run
    elif run > 3:
        st.session_state.pop("drop", None)
    if run == 2:
        st.session_state["kept"] = "set while away"
    compare("at last")


def test_each_key_is_found_as_among_all_of_them():
    page = AppTest.from_function(script, default_timeout=30)
    page.session_state["from outside"] = 1
    page.run()
    assert not page.exception
    page.text_input(key="text").set_value("typed")
    page.text_input(key="nothing").set_value("something")
    page.selectbox(key="choice").set_value("b").run()
    assert not page.exception
    page.text_input(key="nothing").set_value(None)
    page.checkbox(key="on").check().run()
    assert page.text_input(key="kept").value == "set while away"
    page.button(key="press").click().run()
    page.run()
    assert not page.exception
    said = page.markdown[-1].value
    assert "'nothing'" in said
    assert "'kept'" in said
    assert "Without a key" not in said
    assert "INTERNAL" not in said


def test_an_id_that_a_key_had_before_does_not_hide_the_present_value():
    state = SessionState()
    ids = state._key_id_mapper
    old, new = "$$ID-1-name", "$$ID-2-name"
    ids["name"] = old
    state._old_state[old] = "before"
    ids["name"] = new
    safe = SafeSessionState(state, lambda: None)
    assert safe.filtered_state["name"] == state.filtered_state["name"] == "before"
    state._old_state[new] = "now"
    assert safe.filtered_state["name"] == "now"
    del ids["name"]
    assert dict(safe.filtered_state) == state.filtered_state


def test_only_reading_is_possible_and_a_copy_is_a_dictionary_of_its_own():
    state = SessionState()
    state["a"] = 1
    held = SafeSessionState(state, lambda: None).filtered_state
    assert isinstance(held, HeldValues)
    assert not hasattr(held, "__setitem__")
    taken = held.copy()
    taken["b"] = 2
    assert json.dumps(held.copy()) == '{"a": 1}'
    assert dict(copy(held)) == {"a": 1}


def test_no_run_of_the_page_gathers_anything(monkeypatch):
    gathered, whole = [], SessionState.filtered_state.fget
    counted = property(lambda state: gathered.append(1) or whole(state))
    monkeypatch.setattr(SessionState, "filtered_state", counted)
    page = AppTest.from_file(APP, default_timeout=60).run()
    page.run()
    assert not page.exception
    assert not gathered


@pytest.mark.parametrize("owner", [SafeSessionState, SessionState])
def test_another_streamlit_is_left_alone(monkeypatch, owner):
    monkeypatch.setattr(SafeSessionState, "filtered_state", THEIRS)
    monkeypatch.setattr(owner, "filtered_state", property(lambda state: {**state._anything_else}))
    left = vars(SafeSessionState)["filtered_state"]
    assert not look_up_one_key()
    assert vars(SafeSessionState)["filtered_state"] is left


def test_the_streamlit_that_is_installed_is_known(monkeypatch):
    monkeypatch.setattr(SafeSessionState, "filtered_state", THEIRS)
    assert look_up_one_key()
    assert look_up_one_key()
    assert isinstance(SafeSessionState(SessionState(), lambda: None).filtered_state, HeldValues)
