"""A store on each kind of server."""

import secrets

import pytest

from tco.answer.evaluation import evaluate
from tco.question.presets import presets
from tco.store.connect import open_store
from tests.postgres_server import postgres_server  # noqa: F401 - a fixture


def postgres_url(server, name):
    import psycopg

    with psycopg.connect(f"{server}postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return f"{server}{name}"


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def url(request, tmp_path):
    """Address of an empty store."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'kept' / 'store.sqlite'}"
    server = request.getfixturevalue("postgres_server")
    return postgres_url(server, f"store_{secrets.token_hex(6)}")


@pytest.fixture
def engine(url):
    engine = open_store(url)
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def scenario():
    return next(iter(presets().values()))


@pytest.fixture(scope="session")
def evaluation(scenario):
    return evaluate(scenario)
