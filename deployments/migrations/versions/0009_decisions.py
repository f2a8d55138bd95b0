"""Decisions about contacts that were kept back, and which of them a planned contact follows."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "kept_decision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("workspace", sa.String(), nullable=False),
        sa.Column("platform", sa.String(), nullable=False),
        sa.Column("job_id", sa.String(), nullable=False),
        sa.Column("recovery_id", sa.String(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.String(), nullable=False),
        sa.Column("phone", sa.String(), nullable=False),
        sa.Column("choice", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("because", sa.Text(), nullable=False),
        sa.Column("via", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("about", sa.String(), nullable=False),
        sa.Column("seen", sa.JSON(), nullable=False),
        sa.Column("known", sa.JSON(), nullable=False),
        sa.Column("void_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("void_why", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "ix_kept_decision_job", "kept_decision", ["workspace", "platform", "job_id"], unique=False
    )
    op.create_index("ix_kept_decision_recovery_id", "kept_decision", ["recovery_id"], unique=False)
    op.add_column("planned", sa.Column("decision", sa.Integer(), nullable=True))


def downgrade() -> None:
    """Take back; for a ledger that holds nothing yet."""
    op.drop_column("planned", "decision")
    op.drop_index("ix_kept_decision_recovery_id", "kept_decision")
    op.drop_index("ix_kept_decision_job", "kept_decision")
    op.drop_table("kept_decision")
