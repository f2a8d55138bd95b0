"""A recovery within a flow run of Prefect's: shown, stopped, and brought to its end there."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import Any
from uuid import UUID

import httpx
from prefect import get_run_logger, tags
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterState,
    FlowRunFilterStateType,
    FlowRunFilterTags,
)
from prefect.client.schemas.objects import StateType
from prefect.context import FlowRunContext
from prefect.exceptions import CancelledRun, FailedRun
from prefect.states import Crashed

from models.enums import State
from models.hooks.ids import shown_ticket
from models.hooks.request import RecoveryRequest
from models.invariants import given
from tasks.context import RunContext
from tasks.ledger import recoveries
from tasks.prefect import Flow, announce, stops
from tasks.prefect_api.rest import ENDS, PrefectRefusedError
from tasks.prefect_api.run_signals import asking, rest_of
from tasks.prefect_api.run_states import end_kind, end_state, end_words
from tasks.runs.runner import Climb
from tasks.runs.stop_signals import armed, ears

STOPPED: tuple[type[BaseException], ...] = (*stops(), CancelledRun, FailedRun)
"""How a run ends that somebody has stopped, or whose recovery needs a person.

Prefect makes an error of an end that is none of its successes; an error of ours comes through as itself.
"""
_prepared: ContextVar[RunContext | None] = ContextVar("prepared", default=None)
"""What the command line has claimed already and hands to the flow, whose one parameter is the request."""


def run_id() -> UUID:
    """Return the id of the flow run that this code is in."""
    context = given(FlowRunContext.get(), "this code runs within a flow run")
    return given(context.flow_run, "a flow run has an id once it has begun").id


def with_prefect(ctx: RunContext, recover: Flow[..., Any], climb: Climb) -> State:
    """Run the flow for a recovery that is claimed here, as a flow run of its own."""
    request = _request_of(ctx)
    token = _prepared.set(ctx)
    try:
        state = _climbed(ctx, lambda: recover.prefect(request), lambda: climb(ctx))
    finally:
        _prepared.reset(token)
    _close_own_runs(ctx)
    return state


def _request_of(ctx: RunContext) -> RecoveryRequest:
    # What is claimed already is only shown: a name that no form would take must not end it here.
    return RecoveryRequest.model_construct(
        job_id=shown_ticket(ctx.case.job_id),
        workspace=shown_ticket(ctx.workspace),
        ticket=shown_ticket(str(ctx.ticket)) if ctx.ticket else "",
        approval="auto" if ctx.approver else ctx.policy.approval,
        operator_fixed=ctx.operator_fixed,
        requested_by="",
    )


def prepared() -> RunContext | None:
    """Return what was handed to the flow by a process that has claimed the job already."""
    return _prepared.get()


def run_prepared(ctx: RunContext, climb: Climb) -> Any:
    """Climb within the flow run that this code is in; return the run's state."""
    recovery_id = ctx.held.recovery_id
    get_run_logger().info("recovery %s of job %s in %s", recovery_id, ctx.case.job_id, ctx.workspace)
    _climb_here(ctx, climb)
    return end_state(recoveries.get(ctx.ledger, recovery_id))


def climb_within(ctx: RunContext, climb: Climb) -> State:
    """Climb inside the flow run of a deployment that has been started already."""
    return _climbed(ctx, lambda: _climb_here(ctx, climb), lambda: climb(ctx))


def _climb_here(ctx: RunContext, climb: Climb) -> State:
    """Climb, shown beside the run that this code is in; what is pressed on that run is heard."""
    mine = run_id()
    ctx.flow_run_id = mine
    announce(ctx, State.RUNNING.value, ctx.held.recovery_id, ctx.case.job_id, {"why": "A run works on it."})
    with armed(ctx), _asked(ctx, mine):
        state = climb(ctx)
    _show_end(ctx, mine)
    return state


@contextmanager
def _asked(ctx: RunContext, mine: UUID) -> Iterator[None]:
    hears = ears(ctx)
    if hears is None:
        yield
        return
    with asking(str(mine)) as ask:
        hears.ask_run = ask
        yield


def _show_end(ctx: RunContext, mine: UUID) -> None:
    # Prefect would leave a suspended run as it is, and take no end but Cancelled of one being cancelled.
    hears = ears(ctx)
    if hears is None or hears.wish is None:
        return
    stored = recoveries.get(ctx.ledger, ctx.held.recovery_id)
    with suppress(httpx.HTTPError, PrefectRefusedError), rest_of() as api:
        shown = api.peek(str(mine)).get("type")
        if shown and shown != "RUNNING":
            cancelled = hears.wish.cancels or shown in {"CANCELLING", "CANCELLED"}
            api.set_state(str(mine), "CANCELLED" if cancelled else end_kind(stored), *end_words(stored))


def _climbed(ctx: RunContext, run: Callable[[], Any], anew: Callable[[], Any]) -> State:
    """Run; where Prefect ends the run around it as somebody has pressed, climb `anew` to come to rest."""
    recovery_id = ctx.held.recovery_id
    with tags(f"recovery:{recovery_id}", f"job:{ctx.case.job_id}"):
        _close_stale_runs(recovery_id)
        try:
            run()
        except STOPPED:
            if not _has_rested(ctx, anew):
                raise
    return State(recoveries.get(ctx.ledger, recovery_id).state)


def _has_rested(ctx: RunContext, anew: Callable[[], Any]) -> bool:
    """Bring a recovery to rest whose run Prefect has ended around it; False where nobody asked for that."""
    stored = recoveries.get(ctx.ledger, ctx.held.recovery_id)
    if State(stored.state) is not State.RUNNING:
        return True
    if ctx.stop_asked is None or ctx.stop_asked() is None:
        return False
    ctx.flow_run_id = None
    anew()
    return True


def _close_own_runs(ctx: RunContext) -> None:
    # A button that was pressed after our last look: nobody but us would bring such a run to its end.
    stored = recoveries.get(ctx.ledger, ctx.held.recovery_id)
    with suppress(httpx.HTTPError, PrefectRefusedError), rest_of() as api:
        for run in api.runs_of(ctx.held.recovery_id):
            if run["state_type"] not in ENDS and not run["deployment_id"]:
                cancelled = run["state_type"] == "CANCELLING"
                api.set_state(run["id"], "CANCELLED" if cancelled else end_kind(stored), *end_words(stored))


def _close_stale_runs(recovery_id: str) -> None:
    # Holding the lease proves that no other process runs this recovery, whatever Prefect still shows.
    with get_client(sync_client=True) as client:
        stale = client.read_flow_runs(
            flow_run_filter=FlowRunFilter(
                tags=FlowRunFilterTags(all_=[f"recovery:{recovery_id}"]),
                state=FlowRunFilterState(type=FlowRunFilterStateType(any_=[StateType.RUNNING])),
            )
        )
        own = FlowRunContext.get()
        for run in stale:
            if own and own.flow_run and own.flow_run.id == run.id:
                continue
            message = "The process ended; the recovery goes on in a new run."
            client.set_flow_run_state(run.id, Crashed(message=message), force=True)
