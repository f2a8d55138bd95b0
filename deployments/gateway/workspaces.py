"""Which workspace a call is about, and whether its token speaks for that one."""

from deployments.gateway.parts import Parts
from deployments.gateway.problems import ProblemError
from models.hooks.tokens import EVERY, Caller
from models.tables.gateway import InboxRow
from models.tables.ledger import Recovery
from tasks.ledger import recoveries
from tasks.ledger.errors import NoSuchRecoveryError
from tasks.ledger.inbox import inbox


def effective(parts: Parts, named: str, caller: Caller) -> str:
    """Return the workspace as the ledger names it.

    Raises ProblemError for one that the token is not bound to, or that the settings do not know.
    """
    workspace = named or parts.workspace
    if not caller.speaks_for(workspace):
        raise ProblemError(
            403, f"Token {caller.name!r} does not speak for this workspace; another token may."
        )
    if workspace != parts.workspace and workspace not in parts.workspaces:
        raise ProblemError(422, "There is no workspace of this name in the settings.")
    return workspace


def requested(parts: Parts, workspace: str) -> str:
    """Return the workspace as a run's parameter names it: empty for the default one."""
    return "" if workspace == parts.workspace else workspace


def seen_by(caller: Caller) -> frozenset[str] | None:
    """Return the workspaces whose recoveries a caller may see, None for all."""
    return None if EVERY in caller.workspaces else caller.workspaces


def recovery_for(parts: Parts, recovery_id: str, caller: Caller) -> Recovery:
    """Return a recovery of the caller's workspaces; raises NoSuchRecoveryError for others as for none."""
    stored = recoveries.get(parts.ledger, recovery_id)
    if not caller.speaks_for(stored.workspace):
        raise NoSuchRecoveryError(
            f"The ledger knows no recovery {recovery_id} that token {caller.name!r} speaks for."
        )
    return stored


def request_for(parts: Parts, request_id: str, caller: Caller) -> InboxRow:
    """Return a request of the caller's workspaces; raises NoSuchRequestError for others as for none."""
    row = inbox.get(parts.ledger, request_id)
    if not caller.speaks_for(row.workspace):
        raise inbox.NoSuchRequestError(f"The inbox knows no request {request_id}.")
    return row
