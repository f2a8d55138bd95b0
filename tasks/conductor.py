"""Steps and levels: Prefect's tasks and flows when Prefect conducts, plain calls when nobody does."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import wraps
from typing import ParamSpec, Protocol, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Artifact:
    """Something a support agent reads beside the run: Markdown under a key."""

    key: str
    title: str
    markdown: str


class Conductor(Protocol):
    """Whoever runs the steps in order and shows them."""

    def step(self, name: str, act: Callable[[], R], *, reads: bool) -> R:
        """Run one step; `reads` steps may be tried again."""
        ...

    def level(self, name: str, act: Callable[[], R]) -> R:
        """Run one level of the ladder."""
        ...

    def publish(self, artifact: Artifact) -> None:
        """Show an artifact."""
        ...


class Plain:
    """Runs everything as it is called: for light commands, tests and simulations."""

    def step(self, name: str, act: Callable[[], R], *, reads: bool) -> R:  # noqa: ARG002
        """Run the step."""
        return act()

    def level(self, name: str, act: Callable[[], R]) -> R:  # noqa: ARG002
        """Run the level."""
        return act()

    def publish(self, artifact: Artifact) -> None:
        """Show nothing."""


conducting: ContextVar[Conductor] = ContextVar("conducting", default=Plain())  # noqa: B039  Plain has no state


@contextmanager
def conducted_by(conductor: Conductor) -> Iterator[None]:
    """Let somebody run the steps within, and whoever ran them before those that come after."""
    token = conducting.set(conductor)
    try:
        yield
    finally:
        conducting.reset(token)


def plainly() -> AbstractContextManager[None]:
    """Run the steps within as plain calls, with nothing shown beside them."""
    return conducted_by(Plain())


def step(name: str, *, reads: bool = False) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Make a function a step of the runbook under a name that a support agent understands."""

    def wrap(act: Callable[P, R]) -> Callable[P, R]:
        @wraps(act)
        def run(*args: P.args, **kwargs: P.kwargs) -> R:
            return conducting.get().step(name, lambda: act(*args, **kwargs), reads=reads)

        return run

    return wrap


def level(name: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Make a function a level of the ladder."""

    def wrap(act: Callable[P, R]) -> Callable[P, R]:
        @wraps(act)
        def run(*args: P.args, **kwargs: P.kwargs) -> R:
            return conducting.get().level(name, lambda: act(*args, **kwargs))

        return run

    return wrap


def publish(key: str, title: str, markdown: str) -> None:
    """Show Markdown beside the run; artifact keys hold lower-case letters, digits and dashes."""
    safe = "".join(c if c.isalnum() else "-" for c in key.lower())
    conducting.get().publish(Artifact(safe, title, markdown))
