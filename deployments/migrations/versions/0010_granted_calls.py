"""Platforms that ask before each call: which calls they were told to make."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "granted_call",
        sa.Column("recovery_id", sa.String(), nullable=False),
        sa.Column("contact_id", sa.String(), nullable=False),
        sa.Column("wave", sa.Integer(), nullable=False),
        sa.Column("campaign_id", sa.String(), nullable=False),
        sa.Column("asked_as", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("recovery_id", "contact_id"),
    )


def downgrade() -> None:
    """Take back; for a ledger that holds nothing yet."""
    op.drop_table("granted_call")
