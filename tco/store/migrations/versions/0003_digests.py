"""A digest on every row; what stands in the store now counts as what was written."""

import hashlib
import json
from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

DIGEST = sa.String(64)
MOMENT = sa.DateTime(timezone=True)
COVERED = {
    "scenario": ("id", "owner", "name", "created_at", "changed_at", "changed_by"),
    "version": (
        "scenario_id", "number", "document_sha256", "answer", "comment", "saved_at", "saved_by",
        "signed_at", "signed_by", "sign_off", "seal",
    ),
    "note": ("version_id", "field", "text", "written_at", "written_by"),
    "change": ("owner", "scenario_id", "at", "who", "what", "version", "detail"),
    "open_page": ("session", "owner", "question", "kept_at"),
}  # fmt: skip


def upgrade() -> None:
    """Add the columns, and fill them."""
    op.add_column("version", sa.Column("document_sha256", DIGEST))
    for name in COVERED:
        op.add_column(name, sa.Column("digest", DIGEST))
    for name, covered in COVERED.items():
        _fill(name, covered)


def downgrade() -> None:
    """Take them away."""
    for name in COVERED:
        op.drop_column(name, "digest")
    op.drop_column("version", "document_sha256")


def _fill(name: str, covered: tuple[str, ...]) -> None:
    moments = {key: MOMENT for key in covered if key == "at" or key.endswith("_at")}
    columns = [sa.column(key, moments.get(key)) for key in covered]
    key = "session" if name == "open_page" else "id"
    more = {key, "digest", *(["document"] if name == "version" else [])} - set(covered)
    table = sa.table(name, *columns, *map(sa.column, sorted(more)))
    connection = op.get_bind()
    for row in connection.execute(sa.select(table)).mappings().all():
        said = {key: _plain(row[key]) for key in covered}
        marks = {}
        if name == "version":
            marks["document_sha256"] = said["document_sha256"] = _sha256(row["document"])
        marks["digest"] = _sha256(
            json.dumps(
                said, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
            )
        )
        connection.execute(table.update().where(table.c[key] == row[key]).values(marks))


def _plain(value: object) -> object:
    if not isinstance(value, datetime):
        return value
    moment = value.replace(tzinfo=UTC) if value.tzinfo is None else value
    return moment.astimezone(UTC).isoformat()


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
