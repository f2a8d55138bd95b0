"""Prefect as the conductor: levels become flows, steps become tasks, artifacts become artifacts."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from contextvars import ContextVar
from functools import cache
from typing import Any, Generic, TypeVar
from uuid import UUID

import httpx
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
from prefect.exceptions import Abort, CancelledRun, Pause, TerminationSignal
from prefect.states import Crashed

from deployments.prefect.artifacts import show
from deployments.prefect.rest import ENDS, PrefectRefusedError
from deployments.prefect.run_signals import asking, rest_of
from deployments.prefect.run_states import end_state, end_words
from deployments.prefect.tracing import traced
from deployments.stop_signals import armed, ears
from flows.recover import recover
from models.enums import State
from models.invariants import given
from models.verdict.ending import CancelAskedError, HaltError
from tasks.conductor import Artifact, conducted_by, plainly
from tasks.context import RunContext, at, current_context
from tasks.ledger import recoveries

R = TypeVar("R")
READ_RETRIES = 2

# Steps take nothing and give nothing through Prefect: what they work on lies on the context, so that no
# phone number can reach a parameter, and no row of ten thousand is searched for futures.
_acting: ContextVar["_Act[Any]"] = ContextVar("acting")
STOPS = (Pause, Abort, TerminationSignal)
"""How Prefect ends what it runs where somebody has pressed a button, or told the process to end."""


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


class _Act(Generic[R]):
    """What a step or level does, and what came of it, whatever Prefect makes of that."""

    def __init__(self, act: Callable[[], R]) -> None:
        self._act = act
        self._given: list[R] = []
        self._begun = False
        self._error: Exception | None = None

    def run(self) -> None:
        """Do it, and keep its result or its error."""
        self._begun, self._error = True, None
        try:
            with armed():
                self._given.append(self._act())
        except Exception as error:
            self._error = error
            raise

    def after(self, stop: BaseException) -> R:
        """Return the result where Prefect has ended its part: after ours, or before: then it is done now.

        A run that stops must not leave calls in the air because its next task is refused.
        """
        if self._error is not None:
            raise self._error from None
        if self._begun and not self._given:
            raise stop
        return self.result() if self._given else self._act()

    @property
    def has_stopped(self) -> bool:
        """Tell whether it ended with a decision to stop."""
        return isinstance(self._error, (CancelAskedError, HaltError))

    def result(self) -> R:
        """Return what it gave."""
        return self._given[-1]


def _through(run: Callable[[], Any], act: Callable[[], R]) -> R:
    mine = _Act(act)
    acting = _acting.set(mine)
    try:
        run()
        return mine.result()
    except STOPS as stop:
        return mine.after(stop)
    finally:
        _acting.reset(acting)


def _run() -> None:
    _acting.get().run()


@cache
def _task(name: str, *, reads: bool) -> Any:
    again = {"retries": READ_RETRIES, "retry_delay_seconds": 5, "retry_condition_fn": _is_trouble}
    retries: dict[str, Any] = again if reads else {}
    return task(name=name, cache_policy=NO_CACHE, persist_result=False, **retries)(_run)


def _is_trouble(_task: Any, _task_run: Any, _state: Any) -> bool:
    # A stop is no trouble: it must not be asked for twice, five seconds apart.
    return not _acting.get().has_stopped


@cache
def _flow(name: str) -> Any:
    return flow(name=name, flow_run_name=name, persist_result=False)(_run)


def with_prefect(place: RunContext) -> State:
    """Run the ladder as a Prefect flow run of its own."""
    state = _climb(place, lambda: _recover_job(place.case.job_id, place.workspace, place.held.recovery_id))
    _close_own_runs(place)
    return state


def climb(place: RunContext) -> State:
    """Run the ladder inside the flow run that has been started already."""
    return _climb(place, recover_here)


def recover_here() -> State:
    """Run the ladder, conducted by the run that this code is in; what is pressed on that run is heard."""
    mine = run_id()
    with conducted(), armed(), _asked(mine):
        state = recover()
    _show_end(mine)
    return state


@contextmanager
def _asked(mine: UUID) -> Iterator[None]:
    hears = ears()
    if hears is None:
        yield
        return
    with asking(str(mine)) as ask:
        hears.ask_run = ask
        yield


def _show_end(mine: UUID) -> None:
    # Prefect would leave a suspended run as it is, and take no end but Cancelled of one being cancelled.
    hears, ctx = ears(), current_context()
    if hears is None or hears.wish is None:
        return
    name, message = end_words(recoveries.get(ctx.ledger, ctx.held.recovery_id))
    with suppress(httpx.HTTPError, PrefectRefusedError), rest_of() as api:
        shown = api.peek(str(mine)).get("type")
        if shown and shown != "RUNNING":
            kind = "CANCELLED" if hears.wish.cancels or shown in {"CANCELLING", "CANCELLED"} else "COMPLETED"
            api.set_state(str(mine), kind, name, message)


def conducted() -> AbstractContextManager[None]:
    """Let Prefect conduct the steps within."""
    return conducted_by(traced(Prefect()))


def _climb(place: RunContext, run: Callable[[], Any]) -> State:
    recovery_id = place.held.recovery_id
    with at(place), tags(f"recovery:{recovery_id}", f"job:{place.case.job_id}"):
        _close_stale_runs(recovery_id)
        try:
            run()
        except (*STOPS, CancelledRun):  # Prefect makes an error of a run that ends as cancelled
            if not _has_rested(place):
                raise
    return State(recoveries.get(place.ledger, recovery_id).state)


def _has_rested(place: RunContext) -> bool:
    """Bring a recovery to rest whose run Prefect has ended around it; False where nobody asked for that."""
    stored = recoveries.get(place.ledger, place.held.recovery_id)
    if State(stored.state) is not State.RUNNING:
        return True
    if place.stop_asked is None or place.stop_asked() is None:
        return False
    with plainly():
        recover()
    return True


@flow(name="Recover a batch job", flow_run_name="recover {job_id} · {workspace}", persist_result=False)
def _recover_job(job_id: str, workspace: str, recovery_id: str) -> Any:
    """Run the runbook's ladder for one job; the ledger holds what happened."""
    get_run_logger().info("recovery %s of job %s in %s", recovery_id, job_id, workspace)
    recover_here()
    return end_state(recoveries.get(current_context().ledger, recovery_id))


def _close_own_runs(place: RunContext) -> None:
    # A button that was pressed after our last look: nobody but us would bring such a run to its end.
    name, message = end_words(recoveries.get(place.ledger, place.held.recovery_id))
    with suppress(httpx.HTTPError, PrefectRefusedError), rest_of() as api:
        for run in api.runs_of(place.held.recovery_id):
            if run["state_type"] not in ENDS and not run["deployment_id"]:
                kind = "CANCELLED" if run["state_type"] == "CANCELLING" else "COMPLETED"
                api.set_state(run["id"], kind, name, message)


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
