"""How a store stands, without a change to it."""

from dataclasses import dataclass

from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, distinct, func, select
from sqlalchemy.exc import SQLAlchemyError

from pricing.errors import Problem, StorageError
from tco.store.connect import connected, migrations, sqlite_file, store_address, unavailable
from tco.store.tables import ScenarioRow
from tco.words.figures import plural


@dataclass(frozen=True, slots=True)
class StoreState:
    """How a store stands."""

    address: str
    """Without its password."""
    revision: str | None
    """Of its tables; None where there are none yet."""
    newest: str
    """Revision of the tables that this planner works with."""
    scenarios: int = 0
    owners: int = 0

    @property
    def words(self) -> str:
        """The state in a few words."""
        if self.revision is None:
            return f"{self.address} is empty; the page makes its tables when it starts"
        held = f"{plural(self.scenarios, 'scenario')} of {plural(self.owners, 'owner')}"
        step = "" if self.revision == self.newest else f", which the page brings to {self.newest}"
        return f"{self.address} holds {held}, tables of revision {self.revision}{step}"


def look_at_store(url: str | None = None) -> StoreState:
    """Ask a store how it stands; a SQLite file that is not there yet is not made.

    Raises
    ------
    InputError
        If the address is none, or its driver is not installed.
    StorageError
        If the store does not answer, or a newer planner wrote it.
    """
    engine = connected(url)
    known = [
        script.revision for script in ScriptDirectory.from_config(migrations()).walk_revisions()
    ]
    empty = StoreState(store_address(engine), None, known[0])
    file = sqlite_file(engine)
    if file is not None and not file.exists():
        return empty
    try:
        with engine.connect() as connection:
            revision = MigrationContext.configure(connection).get_current_revision()
            if revision is None:
                return empty
            if revision not in known:
                limit = "was written by a newer planner"
                remedy = "Update the planner, or use another store."
                raise StorageError(Problem(empty.address, "", limit, remedy))
            return _counted(connection, empty, revision)
    except SQLAlchemyError as error:
        raise unavailable(engine, error) from error
    finally:
        engine.dispose()


def _counted(connection: Connection, empty: StoreState, revision: str) -> StoreState:
    counts = select(func.count(), func.count(distinct(ScenarioRow.owner))).select_from(ScenarioRow)
    scenarios, owners = connection.execute(counts).one()
    return StoreState(empty.address, revision, empty.newest, scenarios, owners)
