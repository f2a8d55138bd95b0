"""Single calls with a token: since when the token runs, and the id of the call that was accepted."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("placed_call", sa.Column("first_sent_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("placed_call", sa.Column("call_id", sa.String(), nullable=True))


def downgrade() -> None:
    """Take back; for a ledger that holds nothing yet."""
    op.drop_column("placed_call", "call_id")
    op.drop_column("placed_call", "first_sent_at")
