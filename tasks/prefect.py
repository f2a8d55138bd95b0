"""Prefect's `@flow` and `@task` in Prefect's own words, with Prefect behind them only where a run is on.

A decorated function is an object with `.fn`, the plain function, and behind it the genuine task or flow,
made once. Where Prefect shows the run that it is called in, the genuine one runs; else the plain function
does, and Prefect is not even imported.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cached_property, update_wrapper, wraps
from inspect import Signature
from typing import TYPE_CHECKING, Any, Generic, ParamSpec, Protocol, TypedDict, TypeVar, Unpack
from uuid import UUID

from models.platform import AuthenticationError, NoSuchJobError, PlatformError
from tasks.tracing import span

if TYPE_CHECKING:
    from prefect import Flow as GenuineFlow
    from prefect import Task as GenuineTask

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Beside:
    """What is shown beside a run of Prefect's and is about no single job."""

    flow_run_id: UUID | None = None


class Options(TypedDict, total=False):
    """How a task is tried again, by Prefect's own names."""

    retries: int
    retry_delay_seconds: float
    retry_condition_fn: Callable[..., bool]


class HasRunInfo(Protocol):
    """What knows the run of Prefect's that shows it; the first argument of whatever is shown."""

    @property
    def flow_run_id(self) -> UUID | None:
        """Return the id of the run, None where Prefect shows nothing."""
        ...


def platform_is_down(_task: Any, _run: Any, _state: Any) -> bool:
    """Tell whether a task is tried again: a platform that fails, no wrong key, lost lease or stop."""
    error = _attempt.get().error
    return isinstance(error, PlatformError) and not isinstance(error, (NoSuchJobError, AuthenticationError))


READS: Options = {"retries": 2, "retry_delay_seconds": 5, "retry_condition_fn": platform_is_down}
"""For tasks that only read: what changes nothing may be tried again."""


def task(*, name: str, **options: Unpack[Options]) -> Callable[[Callable[P, R]], "Task[P, R]"]:
    """Make a function a task of Prefect's, by Prefect's own options; its first argument is a context."""
    return lambda fn: Task(fn, name, dict(options))


def flow(*, name: str, **options: Any) -> Callable[[Callable[P, R]], "Flow[P, R]"]:
    """Make a function a flow of Prefect's, by Prefect's own options.

    Called with a context it is a flow within the flow, to which that context is no parameter. One that takes
    a request is deployed: `.prefect` is what Prefect runs, and a plain call runs the function.
    """
    return lambda fn: Flow(fn, name, options)


class _Runnable(ABC, Generic[P, R]):
    """A function with what Prefect makes of it behind it."""

    kind = ""
    __name__: str

    def __init__(self, fn: Callable[P, R], name: str, options: dict[str, Any]) -> None:
        self.fn, self.name, self.options = fn, name, options
        update_wrapper(self, fn)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Run it, shown by Prefect where the context's run is."""
        about = args[0] if args else None
        with span(self.name, self.kind, about):
            if getattr(about, "flow_run_id", None) is None:
                return self.fn(*args, **kwargs)
            return _through(TaskAttempt(self.fn, args, kwargs), self._start)

    @abstractmethod
    def _start(self) -> None:
        """Let Prefect run it."""


class Task(_Runnable[P, R]):
    """One step of a flow."""

    kind = "step"

    @cached_property
    def prefect(self) -> "GenuineTask[[], None]":
        """Return the genuine task, with the function's name, docstring, key and source."""
        from prefect import task as genuine
        from prefect.cache_policies import NO_CACHE

        made = genuine(name=self.name, cache_policy=NO_CACHE, persist_result=False, **self.options)
        return made(_attempting(self.fn))

    def _start(self) -> None:
        self.prefect()


class Flow(_Runnable[P, R]):
    """A flow: deployed, or a level within one."""

    kind = "level"

    @cached_property
    def prefect(self) -> "GenuineFlow[..., Any]":
        """Return the genuine flow that a deployment runs."""
        from prefect import flow as genuine

        return genuine(name=self.name, persist_result=False, **self.options)(self.fn)

    @cached_property
    def _within(self) -> "GenuineFlow[[], None]":
        from prefect import flow as genuine

        made = genuine(name=self.name, flow_run_name=self.name, persist_result=False)
        return made(_attempting(self.fn))

    def _start(self) -> None:
        self._within()


def _attempting(fn: Callable[..., Any]) -> Callable[[], None]:
    # Prefect shows the function's name, docstring and source. What it takes and gives stays out of its hands:
    # no phone number reaches a parameter or a result, no row of ten thousand is searched for futures.
    @wraps(fn)
    def run() -> None:
        _attempt.get().run()

    run.__signature__ = Signature()  # type: ignore[attr-defined]
    return run


class TaskAttempt(Generic[R]):
    """One call that goes through Prefect, and what came of it, whatever Prefect makes of that."""

    def __init__(self, fn: Callable[..., R], args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """Call nothing yet."""
        self.fn, self.args, self.kwargs = fn, args, kwargs
        self.error: Exception | None = None
        self._given: list[R] = []
        self._begun = False

    def run(self) -> None:
        """Do it, and keep its result or its error."""
        self._begun, self.error = True, None
        try:
            with self._armed():
                self._given.append(self.fn(*self.args, **self.kwargs))
        except Exception as error:
            self.error = error
            raise

    def _armed(self) -> AbstractContextManager[None]:
        # Prefect's flows and tasks bring their own handlers of signals: ours hear within again.
        asked: Any = getattr(self.args[0], "stop_asked", None) if self.args else None
        return asked.armed() if hasattr(asked, "armed") else nullcontext()

    def after(self, stop: BaseException) -> R:
        """Return the result where Prefect has ended its part: after ours, or before: then it is done now.

        A run that stops must not leave calls in the air because its next task is refused.
        """
        if self.error is not None:
            raise self.error from None
        if self._begun and not self._given:
            raise stop
        return self.result() if self._given else self.fn(*self.args, **self.kwargs)

    def result(self) -> R:
        """Return what it gave."""
        return self._given[-1]


_attempt: ContextVar[TaskAttempt[Any]] = ContextVar("attempt")


def stops() -> tuple[type[BaseException], ...]:
    """Return how Prefect ends what it runs where somebody has pressed a button, or ends the process."""
    from prefect.exceptions import Abort, Pause, TerminationSignal

    return Pause, Abort, TerminationSignal


def _through(attempt: TaskAttempt[R], start: Callable[[], object]) -> R:
    token = _attempt.set(attempt)
    try:
        start()
        return attempt.result()
    except stops() as stop:
        return attempt.after(stop)
    finally:
        _attempt.reset(token)


def publish(run: HasRunInfo, key: str, title: str, markdown: str) -> None:
    """Show Markdown beside the run, where Prefect shows one, under a key of letters, digits and dashes."""
    if run.flow_run_id is None:
        return
    from tasks.prefect_api.artifacts import show_beside

    show_beside(run.flow_run_id, _safe(key), title, markdown)


def publish_picture(run: HasRunInfo, key: str, title: str, png: bytes) -> None:
    """Show a picture beside the run, where Prefect shows one, under a key as `publish` takes it."""
    if run.flow_run_id is None:
        return
    from tasks.prefect_api.artifacts import show_picture_beside

    show_picture_beside(run.flow_run_id, _safe(key), title, png)


def _safe(key: str) -> str:
    return "".join(c if c.isalnum() else "-" for c in key.lower())


def announce(run: HasRunInfo, event: str, recovery_id: str, job_id: str, payload: Mapping[str, str]) -> None:
    """Emit an event of a recovery, where Prefect shows the run, so that people can hang automations on it.

    It is called `ringback.recovery.` and the event, its resource is the recovery; no word holds a number. To
    be called after the ledger has it: it comes once at the most, and no trouble with it stops a recovery.
    """
    if run.flow_run_id is None:
        return
    from tasks.prefect_api.events import emit

    emit(run.flow_run_id, event, recovery_id, job_id, payload)
