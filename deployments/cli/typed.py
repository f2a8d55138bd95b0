"""Commands as they are typed next: with what was asked for this time."""

from shlex import quote

from models.enums import Path

_NEXT = {Path.RECOVER: "recover", Path.HOLD: "plan", Path.ESCALATE: "escalate"}


def next_command(job: str, path: Path, workspace: str = "", *, operator_fixed: bool = False) -> str:
    """Return the exact command that comes after a look, empty where there is nothing to do."""
    verb = _NEXT.get(path)
    if verb is None:
        return ""
    return typed(verb, job, workspace, operator_fixed=operator_fixed and verb != "escalate")


def typed(
    verb: str, job: str, workspace: str = "", *, operator_fixed: bool = False, purpose: str | None = None
) -> str:
    """Return a command about a job; what was not given this time is left out."""
    words = ["ringback", verb, quote(job)]
    words += ["--workspace", quote(workspace)] if workspace else []
    words += ["--operator-fixed"] if operator_fixed else []
    words += ["--purpose", quote(purpose)] if purpose else []
    return " ".join(words)
