"""Scenarios, their versions, notes and change log."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
PERSON = sa.String(320)


def upgrade() -> None:
    """Create the four tables."""
    op.create_table(
        "scenario",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("owner", PERSON, nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.Column("changed_by", PERSON, nullable=False),
    )
    op.create_index("ix_scenario_owner", "scenario", ["owner"])
    op.create_table(
        "version",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("scenario_id", sa.String(32), sa.ForeignKey("scenario.id"), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("document", sa.Text, nullable=False),
        sa.Column("answer", sa.Text, nullable=False),
        sa.Column("comment", sa.Text, nullable=False),
        sa.Column("saved_at", MOMENT, nullable=False),
        sa.Column("saved_by", PERSON, nullable=False),
        sa.Column("signed_at", MOMENT),
        sa.Column("signed_by", PERSON),
        sa.Column("sign_off", sa.Text, nullable=False),
        sa.Column("seal", sa.String(64)),
        sa.UniqueConstraint("scenario_id", "number"),
    )
    op.create_table(
        "note",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("version_id", sa.Integer, sa.ForeignKey("version.id"), nullable=False),
        sa.Column("field", sa.String(200), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("written_at", MOMENT, nullable=False),
        sa.Column("written_by", PERSON, nullable=False),
        sa.UniqueConstraint("version_id", "field"),
    )
    op.create_table(
        "change",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("owner", PERSON, nullable=False),
        sa.Column("scenario_id", sa.String(32), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("who", PERSON, nullable=False),
        sa.Column("what", sa.String(20), nullable=False),
        sa.Column("version", sa.Integer),
        sa.Column("detail", sa.Text, nullable=False),
    )
    op.create_index("ix_change_scenario_id", "change", ["scenario_id"])


def downgrade() -> None:
    """Drop them, and all they hold."""
    for table in ("change", "note", "version", "scenario"):
        op.drop_table(table)
