"""A world that moves: who an account is, what its listing has shown, and the jobs a plan was made beside."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "account",
        sa.Column("fingerprint", sa.String(), primary_key=True),
        sa.Column("workspace", sa.String(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "sighting",
        sa.Column("workspace", sa.String(), primary_key=True),
        sa.Column("platform", sa.String(), primary_key=True),
        sa.Column("found", sa.Integer(), nullable=False),
        sa.Column("slowest", sa.Float(), nullable=False),
        sa.Column("renames", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    )
    op.add_column("recovery", sa.Column("around", sa.JSON(), nullable=True))
    op.add_column("wave", sa.Column("in_air", sa.Integer(), nullable=False, server_default="0"))
