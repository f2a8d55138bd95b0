"""GET /v1/recoveries, one of them, its package, and the decisions about it."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path as FilePath
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from fastapi.responses import FileResponse

from deployments.gateway.forms import ApprovalIn, DecisionIn, DecisionOut, RecoveryList, RecoveryOut
from deployments.gateway.guard import Approver, Operator, Reader
from deployments.gateway.openapi import errors
from deployments.gateway.parts import Parts
from deployments.gateway.problems import ProblemError
from deployments.gateway.shown import clean, line, report
from deployments.gateway.workspaces import recovery_for, seen_by
from models.enums import State
from models.hooks.tokens import Caller
from models.masking.quotes import plain_word
from models.tables.ledger import Recovery
from models.verdict.ending import Ending
from tasks.ledger import pages
from tasks.ledger import recoveries as books
from tasks.ledger.inbox.wakes import waking
from tasks.ledger.waiting import end_overdue, end_waiting, is_overdue

RecoveryId = Annotated[str, Path(max_length=60, pattern="^[A-Za-z0-9_-]+$", description="Id of the recovery")]
_READING = errors(401, 403, 404, 422, 429, 503)
_DECIDING = errors(400, 401, 403, 404, 408, 409, 413, 422, 429, 503)


def make_router(parts: Parts, kick: Callable[[], None]) -> APIRouter:
    """Return the doors."""
    router = APIRouter(prefix="/v1/recoveries", tags=["recoveries"])
    _listing(router, parts)
    _showing(router, parts)
    _packages(router, parts)
    _deciding(router, _Desk(parts, kick))
    return router


def _listing(router: APIRouter, parts: Parts) -> None:
    @router.get(
        "", summary="List recoveries", response_model=RecoveryList, responses=errors(401, 403, 422, 429, 503)
    )
    def listing(
        *,
        caller: Reader,
        state: Annotated[State | None, Query(description="Only those in this state")] = None,
        job_id: Annotated[str | None, Query(max_length=120, description="Only those of this job")] = None,
        workspace: Annotated[
            str | None, Query(max_length=120, description="Only those of this workspace")
        ] = None,
        before: Annotated[
            datetime | None, Query(description="Only those that began before; `next` of the last answer")
        ] = None,
        limit: Annotated[int, Query(ge=1, le=200, description="How many at the most")] = 50,
    ) -> Any:
        """List recoveries, the newest first. Scope: read."""
        wanted = pages.Wanted(state, job_id, workspace, seen_by(caller), before)
        found = pages.recoveries(parts.ledger, wanted, limit + 1)
        more = found[limit - 1].started_at.isoformat() if len(found) > limit else None
        return {"recoveries": [line(parts, one) for one in found[:limit]], "next": more}


def _showing(router: APIRouter, parts: Parts) -> None:
    @router.get("/{recovery_id}", summary="Show a recovery", response_model=RecoveryOut, responses=_READING)
    def show(recovery_id: RecoveryId, caller: Reader) -> Any:
        """Show one recovery and everybody it keeps back; every number is masked. Scope: read."""
        return report(parts, recovery_for(parts, recovery_id, caller).id)


def _packages(router: APIRouter, parts: Parts) -> None:
    @router.get(
        "/{recovery_id}/package",
        summary="Get the diagnostics package",
        response_class=FileResponse,
        responses={
            200: {"content": {"application/zip": {}}, "description": "The package, a zip"},
            **errors(401, 403, 404, 410, 422, 429, 503),
        },
    )
    def package(recovery_id: RecoveryId, caller: Reader) -> FileResponse:
        """Get the newest package of a recovery; every number in it is masked. Scope: read."""
        recovery_for(parts, recovery_id, caller)
        row = pages.newest_package(parts.ledger, recovery_id)
        if row is None:
            raise ProblemError(
                404, f"Recovery {recovery_id} has no package yet; `ringback escalate` makes one."
            )
        if not FilePath(row.path).is_file():
            raise ProblemError(
                410, f"The package of {recovery_id} was removed; `ringback escalate` makes one."
            )
        headers = {"X-Content-SHA256": row.sha256}
        return FileResponse(
            row.path, media_type="application/zip", filename=f"{recovery_id}.zip", headers=headers
        )


class _Desk:
    """Decides for a caller, and lets the waiting recovery go on."""

    def __init__(self, parts: Parts, kick: Callable[[], None]) -> None:
        self._parts, self._kick = parts, kick

    def decide(self, recovery_id: str, decision: DecisionIn, caller: Caller, *, approved: bool) -> Any:
        """Write a decision down, and have the recovery woken."""
        ledger = self._parts.ledger
        stored = recovery_for(self._parts, recovery_id, caller)
        if stored.state != State.AWAITING_APPROVAL.value:
            raise ProblemError(
                409, f"Recovery {recovery_id} is {stored.state}: it does not wait for approval."
            )
        if is_overdue(ledger, stored):
            with waking(ledger, stored, f"api:{caller.name}"):
                end_overdue(ledger, stored)
            self._kick()
            raise ProblemError(409, f"The plan has waited for too long. Recover job {stored.job_id} anew.")
        # An approval is of the plan that was read, a decline of whatever plan there is.
        plan = decision.plan_hash if isinstance(decision, ApprovalIn) else stored.plan_hash
        if plan != stored.plan_hash:
            raise ProblemError(409, f"The plan of {recovery_id} is another one by now: {stored.plan_hash}.")
        by, reason = _signed(decision, caller)
        with waking(ledger, stored, f"api:{caller.name}"):
            decided = books.decide(
                ledger,
                recovery_id,
                approved=approved,
                by=by,
                reason=reason,
                plan=plan,
                via=_way(caller),
                claimed=plain_word(decision.by),
            )
        return self._told(decided)

    def cancel(self, recovery_id: str, decision: DecisionIn, caller: Caller) -> Any:
        """Ask whoever runs the recovery to withdraw, or have it woken to do so."""
        ledger = self._parts.ledger
        stored = recovery_for(self._parts, recovery_id, caller)
        if State(stored.state).is_end:
            raise ProblemError(409, f"Recovery {recovery_id} has ended already ({stored.state}).")
        by, reason = _signed(decision, caller)
        way = {"by_claimed": plain_word(decision.by), "via": _way(caller)}
        # Asked before it is looked whether somebody runs it: whoever does may let go in between.
        with waking(ledger, stored, f"api:{caller.name}"):
            with ledger.write() as session:
                ledger.note(session, recovery_id, "cancel_reason", {"by": by, "reason": reason} | way)
            ending = Ending(State.CANCELLED, f"{by} cancelled the recovery.", "Nothing more is sent.")
            if not end_waiting(ledger, recovery_id, ending):
                books.ask_cancel(ledger, recovery_id)
        return self._told(books.get(ledger, recovery_id))

    def _told(self, recovery: Recovery) -> dict[str, Any]:
        self._kick()
        next_action = clean(self._parts, recovery.next_action)
        return {"recovery_id": recovery.id, "state": recovery.state, "next_action": next_action}


def _way(caller: Caller) -> str:
    """Return how a decision came: the name beside it is what the caller claims."""
    return f"api token {caller.name}"


def _signed(decision: DecisionIn, caller: Caller) -> tuple[str, str]:
    return f"{plain_word(decision.by)} (token {caller.name})", plain_word(decision.reason)


def _deciding(router: APIRouter, ctx: _Desk) -> None:
    @router.post(
        "/{recovery_id}/approve", summary="Approve a plan", response_model=DecisionOut, responses=_DECIDING
    )
    def approve(recovery_id: RecoveryId, decision: ApprovalIn, caller: Approver) -> Any:
        """Approve the plan of a recovery that waits; it then goes on. Scope: approve."""
        return ctx.decide(recovery_id, decision, caller, approved=True)

    @router.post(
        "/{recovery_id}/decline", summary="Decline a plan", response_model=DecisionOut, responses=_DECIDING
    )
    def decline(recovery_id: RecoveryId, decision: DecisionIn, caller: Approver) -> Any:
        """Decline the plan of a recovery that waits; it is held and nobody is called. Scope: approve."""
        return ctx.decide(recovery_id, decision, caller, approved=False)

    @router.post(
        "/{recovery_id}/cancel", summary="Cancel a recovery", response_model=DecisionOut, responses=_DECIDING
    )
    def cancel(recovery_id: RecoveryId, decision: DecisionIn, caller: Operator) -> Any:
        """Withdraw a recovery: what does not ring yet is taken back by who runs it. Scope: operate."""
        return ctx.cancel(recovery_id, decision, caller)
