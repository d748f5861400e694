"""Before somebody has signed in, the page shows a door and nothing else."""

from pathlib import Path

import pytest
from streamlit import config
from streamlit.runtime.secrets import Secrets
from streamlit.testing.v1 import AppTest

from pricing.errors import InputError
from tco.answer.evaluation import evaluate
from tco.question.presets import presets
from tco.store.scenario_store import ScenarioStore
from tco.ui.session import sign_in
from tco.ui.session.saved import my_scenarios, saved_scenarios

APP = str(Path(__file__).parents[2] / "app.py")
DEFAULT = next(iter(presets().values()))
ONE = {
    "redirect_uri": "http://127.0.0.1:8501/oauth2callback",
    "cookie_secret": "a long secret that only this test knows",
    "client_id": "planner",
    "client_secret": "secret",
    "server_metadata_url": "http://127.0.0.1:9/none",
}
SHARED = {key: ONE[key] for key in ("redirect_uri", "cookie_secret")}
ANN = {"is_logged_in": True, "email": "ann@example.org", "email_verified": True, "sub": "17"}


class User(dict):
    def to_dict(self):
        return dict(self)


@pytest.fixture
def people(monkeypatch):
    """Say who the provider says has signed in."""

    def _are(claims):
        monkeypatch.setattr("streamlit.user", User(claims))

    return _are


def page(section):
    app = AppTest.from_file(APP, default_timeout=60)
    app.secrets["auth"] = section
    return app.run()


def drawn(app):
    return len(app.metric) + len(app.text_input) + len(app.get("plotly_chart"))


def test_nothing_is_drawn_before_the_sign_in(store, people):
    people({"is_logged_in": False})
    app = page(ONE)
    assert [title.value for title in app.title] == ["Sign in"]
    assert [button.label for button in app.button] == ["Sign in"]
    assert drawn(app) == 0
    assert not app.exception


def test_each_provider_has_a_door_of_its_own(store, people):
    people({"is_logged_in": False})
    app = page({**SHARED, "okta": ONE, "entra": ONE})
    assert [button.label for button in app.button] == ["Sign in with okta", "Sign in with entra"]


def test_who_signed_in_sees_the_page_and_their_own_scenarios(store, people):
    ScenarioStore(store, "ann@example.org").create(DEFAULT, evaluate(DEFAULT), "of Ann")
    ScenarioStore(store, "local").create(DEFAULT, evaluate(DEFAULT), "of nobody")
    people(ANN)
    app = page(ONE)
    assert drawn(app) > 5
    assert "Sign out" in [button.label for button in app.button]
    (target,) = [
        key for key, info in app._registered_pages.items() if info["url_pathname"] == "scenarios"
    ]
    app._page_hash = target
    app.run()
    assert "of Ann" in app.table[0].value.to_string()
    assert "of nobody" not in app.table[0].value.to_string()


def test_a_sign_in_beside_a_proxy_s_header_is_refused(store, people, monkeypatch):
    monkeypatch.setenv(sign_in.USER_HEADER, "X-Forwarded-Email")
    people(ANN)
    app = page(ONE)
    assert drawn(app) == 0
    assert "would both say who signed in" in app.error[0].value


@pytest.mark.parametrize(
    ("section", "package", "word"),
    [
        (ONE, None, "Authlib"),
        (SHARED, "authlib", "client\\_id"),
        ({}, "authlib", "client\\_id"),
        ("yes", "authlib", "client\\_id"),
    ],
)
def test_a_sign_in_that_cannot_work_says_what_is_missing(
    store, people, monkeypatch, section, package, word
):
    monkeypatch.setattr(sign_in, "find_spec", lambda _name: package)
    people({"is_logged_in": False})
    app = page(section)
    assert drawn(app) == 0
    assert word in app.error[0].value


def test_a_person_the_provider_does_not_name_does_not_get_in(store, people):
    people({"is_logged_in": True, "email": "ann@example.org"})
    app = page(ONE)
    assert drawn(app) == 0
    assert "names nobody" in app.error[0].value


def test_the_store_of_nobody_is_shut_while_people_sign_in(store, people, monkeypatch):
    ScenarioStore(store, "local").create(DEFAULT, evaluate(DEFAULT), "of nobody")
    assert saved_scenarios()[0]
    people({"is_logged_in": False})
    monkeypatch.setattr(sign_in, "configured", lambda: True)
    assert saved_scenarios()[0] == {}
    with pytest.raises(InputError, match="nobody is signed in"):
        my_scenarios()


def test_a_secrets_file_that_cannot_be_read_shuts_the_page(store, people, tmp_path, monkeypatch):
    people({})
    file = tmp_path / "secrets.toml"
    file.write_text("[auth\nclient_id =")
    monkeypatch.setattr("streamlit.secrets", Secrets())
    files = config.get_option("secrets.files")
    config.set_option("secrets.files", [str(file)])
    try:
        app = AppTest.from_file(APP, default_timeout=60).run()
        assert drawn(app) == 0
        assert "cannot be read" in app.error[0].value
        with pytest.raises(InputError, match="cannot be read"):
            my_scenarios()
    finally:
        config.set_option("secrets.files", files)


def test_a_run_looks_into_the_secrets_once_and_the_next_run_again(monkeypatch):
    looked, look = [], Secrets.__contains__
    monkeypatch.setattr(
        Secrets, "__contains__", lambda held, key: looked.append(key) or look(held, key)
    )
    app = AppTest.from_file(APP, default_timeout=60).run()
    assert looked == [sign_in.SECTION]
    app.run()
    assert looked == [sign_in.SECTION] * 2
