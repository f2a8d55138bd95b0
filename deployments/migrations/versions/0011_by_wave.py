"""Contacts by wave and end, by their turn, and by when they ended: what a recovery asks at every look."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None
SAID_NO = sa.text("outcome IN ('declined', 'do_not_contact')")


def upgrade() -> None:
    """Apply."""
    op.drop_index("ix_planned_state", "planned")
    op.create_index("ix_planned_state", "planned", ["recovery_id", "state", "position"])
    op.create_index("ix_planned_wave", "planned", ["recovery_id", "wave", "outcome", "outcome_code", "fault"])
    op.create_index("ix_planned_settled", "planned", ["recovery_id", "settled_at"])
    op.create_index(
        "ix_planned_said_no", "planned", ["recovery_id"], sqlite_where=SAID_NO, postgresql_where=SAID_NO
    )


def downgrade() -> None:
    """Take back."""
    op.drop_index("ix_planned_said_no", "planned")
    op.drop_index("ix_planned_settled", "planned")
    op.drop_index("ix_planned_wave", "planned")
    op.drop_index("ix_planned_state", "planned")
    op.create_index("ix_planned_state", "planned", ["recovery_id", "state"])
