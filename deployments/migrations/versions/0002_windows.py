"""Calling hours: what is known of a contact's zone and attempts, and until when a recovery waits."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("planned", sa.Column("calling", sa.JSON(), nullable=True))
    op.add_column("recovery", sa.Column("waits_until", sa.DateTime(timezone=True), nullable=True))
