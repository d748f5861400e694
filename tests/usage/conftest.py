"""The server that the query of the warehouse is run on."""

from tests.postgres_server import postgres_server  # noqa: F401 - a fixture
