"""Contacts by wave, by their end and by when it came: what a recovery asks at every look."""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_index("ix_planned_wave", "planned", ["recovery_id", "wave", "state"])
    op.create_index("ix_planned_outcome", "planned", ["recovery_id", "outcome", "outcome_code"])
    op.create_index("ix_planned_settled", "planned", ["recovery_id", "settled_at"])


def downgrade() -> None:
    """Take back."""
    op.drop_index("ix_planned_settled", "planned")
    op.drop_index("ix_planned_outcome", "planned")
    op.drop_index("ix_planned_wave", "planned")
