"""Run migrations on the connection the planner hands over, within its transaction."""

from alembic import context

from tco.store.tables import Base


def run_migrations() -> None:
    """Take every step that is still missing."""
    context.configure(
        connection=context.config.attributes["connection"],
        target_metadata=Base.metadata,
        render_as_batch=True,
    )
    with context.begin_transaction():
        context.run_migrations()


if __name__ == "env_py":  # the name under which Alembic runs this file
    run_migrations()
