"""Prefect as the conductor: levels become flows, steps become tasks, artifacts become artifacts."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from contextvars import ContextVar
from functools import cache
from typing import Any, TypeVar
from uuid import UUID

from prefect import flow, get_run_logger, tags, task
from prefect.cache_policies import NO_CACHE
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterState,
    FlowRunFilterStateType,
    FlowRunFilterTags,
)
from prefect.client.schemas.objects import StateType
from prefect.context import FlowRunContext, TaskRunContext
from prefect.states import Crashed

from deployments.ends import end_state
from deployments.shown import show
from deployments.tracing import traced
from flows.recover import recover
from models.invariants import given
from models.words import State
from tasks.conductor import Artifact, conducted_by
from tasks.desk import Desk, at, desk
from tasks.ledger import recoveries

R = TypeVar("R")
READ_RETRIES = 2

# Steps take nothing and give nothing through Prefect: what they work on lies on the desk, so that no
# phone number can reach a parameter, and no row of ten thousand is searched for futures.
_acting: ContextVar[Callable[[], Any]] = ContextVar("acting")
_given: ContextVar[list[Any]] = ContextVar("given")


class Prefect:
    """Conducts with Prefect; it decides nothing, and remembers nothing that the ledger does not."""

    def __init__(self) -> None:
        """Show everything beside the run that is the outermost now."""
        self._run_id = run_id()

    def step(self, name: str, act: Callable[[], R], *, reads: bool) -> R:
        """Run one step as a task; only steps that read are tried again."""
        return _through(_task(name, reads=reads), act)

    def level(self, name: str, act: Callable[[], R]) -> R:
        """Run one level as a flow within the flow."""
        return _through(_flow(name), act)

    def publish(self, artifact: Artifact) -> None:
        """Show Markdown beside the outermost run, once however often the run begins anew."""
        task_run = TaskRunContext.get()
        show(artifact, self._run_id, task_run.task_run.id if task_run else None)


def run_id() -> UUID:
    """Return the id of the flow run that this code is in."""
    context = given(FlowRunContext.get(), "this code runs within a flow run")
    return given(context.flow_run, "a flow run has an id once it has begun").id


def _through(run: Callable[[], Any], act: Callable[[], R]) -> R:
    acting, given = _acting.set(act), _given.set([])
    try:
        run()
        result: R = _given.get()[-1]
        return result
    finally:
        _acting.reset(acting)
        _given.reset(given)


def _run() -> None:
    _given.get().append(_acting.get()())


@cache
def _task(name: str, *, reads: bool) -> Any:
    retries: dict[str, Any] = {"retries": READ_RETRIES, "retry_delay_seconds": 5} if reads else {}
    return task(name=name, cache_policy=NO_CACHE, persist_result=False, **retries)(_run)


@cache
def _flow(name: str) -> Any:
    return flow(name=name, flow_run_name=name, persist_result=False)(_run)


def with_prefect(place: Desk) -> State:
    """Run the ladder as a Prefect flow run of its own."""
    return _climb(place, lambda: _recover_job(place.case.job_id, place.workspace, place.held.recovery_id))


def climb(place: Desk) -> State:
    """Run the ladder inside the flow run that has been started already."""
    return _climb(place, recover_here)


def recover_here() -> State:
    """Run the ladder, conducted by the run that this code is in."""
    with conducted():
        return recover()


def conducted() -> AbstractContextManager[None]:
    """Let Prefect conduct the steps within."""
    return conducted_by(traced(Prefect()))


def _climb(place: Desk, run: Callable[[], Any]) -> State:
    recovery_id = place.held.recovery_id
    with at(place), tags(f"recovery:{recovery_id}", f"job:{place.case.job_id}"):
        _close_stale_runs(recovery_id)
        run()
    return State(recoveries.get(place.ledger, recovery_id).state)


@flow(name="Recover a batch job", flow_run_name="recover {job_id} · {workspace}", persist_result=False)
def _recover_job(job_id: str, workspace: str, recovery_id: str) -> Any:
    """Run the runbook's ladder for one job; the ledger holds what happened."""
    get_run_logger().info("recovery %s of job %s in %s", recovery_id, job_id, workspace)
    recover_here()
    return end_state(recoveries.get(desk().ledger, recovery_id))


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
