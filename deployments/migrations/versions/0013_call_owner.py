"""Whose a call is: a sweep does not open the same conversations of busy accounts again and again."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "call_owner",
        sa.Column("workspace", sa.String(), nullable=False),
        sa.Column("platform", sa.String(), nullable=False),
        sa.Column("call_id", sa.String(), nullable=False),
        sa.Column("job_id", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("workspace", "platform", "call_id"),
    )
    op.create_index("ix_call_owner_at", "call_owner", ["at"])


def downgrade() -> None:
    """Take back."""
    op.drop_table("call_owner")
