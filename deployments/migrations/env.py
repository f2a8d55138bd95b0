"""Alembic's door into the ledger: the caller's connection and transaction, nothing of its own."""

from alembic import context
from sqlmodel import SQLModel

import models.tables.decisions
import models.tables.gateway
import models.tables.handovers
import models.tables.ledger
import models.tables.tickets  # noqa: F401  all fill the metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    transaction_per_migration=False,
    render_as_batch=True,
)
context.run_migrations()
