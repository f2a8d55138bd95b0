"""Which workspace a call is about."""

from deployments.gateway.parts import Parts
from deployments.gateway.problems import Problem


def effective(parts: Parts, named: str) -> str:
    """Return the workspace as the ledger names it; one that the settings do not know is refused."""
    if named in {"", parts.workspace}:
        return parts.workspace
    if named not in parts.workspaces:
        raise Problem(422, "There is no workspace of this name in the settings.")
    return named


def requested(parts: Parts, named: str) -> str:
    """Return the workspace as a run's parameter names it: empty for the default one."""
    found = effective(parts, named)
    return "" if found == parts.workspace else found
