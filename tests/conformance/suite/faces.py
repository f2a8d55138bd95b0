"""What is particular to a platform in the suite: its settings, its hand-overs, its person, its webhooks."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from models.platform import Capabilities, Reason
from tests.conformance.suite.here import Sent


def _nothing(_site: Any) -> None:
    """Do nothing: there is nothing to hand over, or nothing to bring."""


def _unasked(_site: Any, recovery_id: str) -> None:
    raise AssertionError(f"{recovery_id} asks a person to stop a job that its platform can stop.")


def fields(body: Any, outer: str = "") -> set[str]:
    """Return the names of a body's fields, each within the outer ones, over all members of lists."""
    found: set[str] = set()
    if isinstance(body, list):
        return found.union(*(fields(one, outer) for one in body))
    if isinstance(body, Mapping) and body:
        return found.union(*(fields(value, f"{outer}.{name}".strip(".")) for name, value in body.items()))
    return {outer} if outer else found


def _known(names: Iterable[str], documented: frozenset[str]) -> bool:
    """Tell whether all names are documented, or stand within one that lets everything be."""
    free = tuple(one.removesuffix("*") for one in documented if one.endswith("*"))
    return all(name in documented or f"{name}.".startswith(free) for name in names)


@dataclass(frozen=True, slots=True)
class Asks:
    """A request that the platform documents: method, path as a pattern, parameters, fields of its body.

    A field within another is written `outer.inner`; `outer.*` lets everything within it be.
    """

    method: str
    path: str
    query: frozenset[str] = frozenset()
    body: frozenset[str] = frozenset()

    def fits(self, sent: Sent) -> bool:
        """Tell whether a request is one of these."""
        named = self.method, self.path
        if not all(re.fullmatch(*pair) for pair in zip(named, (sent.method, sent.path), strict=True)):
            return False
        return _known(sent.query, self.query) and _known(fields(sent.body), self.body)


@dataclass(frozen=True)
class Face:
    """One wire format of the sandbox, and how a workspace of it is worked in.

    `create` matches `METHOD /path` of whatever calls people or makes what does, `stop` of a stop (empty where
    there is none); `ours` is how jobs begin that waves have made there.
    """

    name: str
    platform: str
    capabilities: Capabilities
    create: str
    stop: str = ""
    starts: str = ""
    """What starts a draft, where a create makes one; the body of such a request says `paused: false`."""
    ours: str = "rb-"
    wishes: Mapping[str, Any] = field(default_factory=dict)
    """What its worlds are opened with."""
    settings: Callable[[Any], Mapping[str, Any]] = lambda _site: {}
    arrive: Callable[[Any], None] = _nothing
    """Brings what operators hand over of a job."""
    connect: Callable[[Any], None] = _nothing
    """Lets the platform's webhooks and questions reach the gateway."""
    stopped: Callable[[Any, str], None] = _unasked
    """What a person does whom a recovery asks to stop the job."""
    documented: tuple[Asks, ...] = ()
    own_ids: bool = False
    """True where the platform's ids do not stay with a contact, so that the adapter gives it one."""
    names_the_network: bool = True
    """False where a network's refusal of the caller id reads like any other refusal."""

    failed_dial: Reason | None = None
    """The one reason that the platform has for every dial that failed, where it tells no more than that."""

    def is_ours(self, call: Any) -> bool:
        """Tell whether a wave of ours has made a call, by the façade's own record."""
        return bool(call.row.job.order.name.startswith(self.ours))
