"""Who is in which shared folder, and as what."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "member",
        sa.Column("folder", sa.String(120), primary_key=True),
        sa.Column("person", sa.String(320), primary_key=True),
        sa.Column("role", sa.String(10), nullable=False),
        sa.Column("digest", sa.String(64)),
    )


def downgrade() -> None:
    """Drop it; what the folders own stays, and nobody is in them."""
    op.drop_table("member")
