"""The question that each open page last answered."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "open_page",
        sa.Column("session", sa.String(64), primary_key=True),
        sa.Column("owner", sa.String(320), nullable=False),
        sa.Column("question", sa.Text, nullable=False),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_open_page_kept_at", "open_page", ["kept_at"])


def downgrade() -> None:
    """Drop it; whoever has a page open is told that its question is gone."""
    op.drop_table("open_page")
