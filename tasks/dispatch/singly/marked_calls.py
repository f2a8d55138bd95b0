"""Calls under markers of ours for one source job, beside what the ledger knows of them."""

from dataclasses import dataclass

from models.enums import DispatchState
from models.plan.markers import read_marker
from models.platform import Contact
from tasks.context import RunContext
from tasks.ledger import calls
from tasks.platforms.port import ShowsMarkers


@dataclass(frozen=True, slots=True)
class MarkedCalls:
    """What a listing of calls tells: those that this ledger knows nothing of, and those it takes for refused.

    `shows_ours` is True where it shows a call that the ledger knows: only then can it show the others too.
    """

    strangers: tuple[Contact, ...] = ()
    refused: tuple[Contact, ...] = ()
    shows_ours: bool = False


def look(ctx: RunContext, platform: ShowsMarkers) -> MarkedCalls:
    """Ask for every call under a marker of ours for the job at hand, and hold it against the ledger."""
    known = calls.of_source(ctx.ledger, ctx.job_key)
    strangers, refused, ours = [], [], False
    for row in platform.marked_calls(ctx.case.job_id):
        state = known.get(_key(row))
        if state is None:
            strangers.append(row)
        elif state == DispatchState.REFUSED.value:
            refused.append(row)
        else:
            ours = True
    return MarkedCalls(tuple(strangers), tuple(refused), ours)


def _key(row: Contact) -> tuple[str, str]:
    marker = read_marker(row.marker or "")
    return (marker.recovery_id if marker else "", row.id)
