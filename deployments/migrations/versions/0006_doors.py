"""The doors: tokens of the API are bound to workspaces; those made before keep all of them."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("api_token", sa.Column("workspaces", sa.JSON(), nullable=False, server_default='["*"]'))


def downgrade() -> None:
    """Take back; for a ledger that holds nothing yet."""
    op.drop_column("api_token", "workspaces")
