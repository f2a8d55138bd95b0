"""Runs that ended before there was a recovery: what became of them, in words for the ticket that asked."""

from collections.abc import Callable

from models.masking.quotes import without_numbers
from tasks.prefect_api.rest import PrefectRest, Row

RunEnd = Callable[[str], str | None]
"""Tells by a run's id why it came to nothing, None where it goes on or has done its work.

Raises httpx.HTTPError where Prefect does not answer.
"""
_REFUSED = "Refused"
_IN_VAIN = {
    "FAILED": "A fault ended its run before it had begun.",
    "CRASHED": "The process of its run was gone before it had begun.",
    "CANCELLED": "Its run was cancelled in Prefect before it had begun.",
}
RESTED = frozenset({"Held", "Escalated"})
"""Ends of a recovery that are failures to Prefect."""
REMOVED = "Its run was removed from Prefect before it had begun."


def run_end(connect: Callable[[], PrefectRest]) -> RunEnd:
    """Return what looks a run up at a Prefect server."""

    def ended(run_id: str) -> str | None:
        with connect() as api:
            return in_vain(api.peek(run_id))

    return ended


def in_vain(state: Row) -> str | None:
    """Return why a run in this state came to nothing, None where it did not; {} is a run that is gone."""
    if not state:
        return REMOVED
    if state.get("name") in RESTED:
        return None
    if state.get("name") == _REFUSED:
        return without_numbers(str(state.get("message") or "")) or _IN_VAIN["FAILED"]
    return _IN_VAIN.get(str(state.get("type")))
