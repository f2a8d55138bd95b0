"""What every fake ticket system has: one kind of ticket, seen the same way whatever its wire."""

import base64
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from tests.fakes.loopback import Asked, Loopback, RefusedError

TOKEN = "a-token-that-no-test-may-leak"
USER = "bot@example.test"
T = TypeVar("T")


@dataclass
class Comment:
    """One comment: who may read it, and the names of the files that came with it."""

    text: str
    internal: bool
    files: tuple[str, ...] = ()


@dataclass
class Ticket:
    """One ticket as its own people see it."""

    id: str
    comments: list[Comment] = field(default_factory=list)
    tags: list[str] = field(default_factory=lambda: ["vip"])
    status: str = "new"
    fields: dict[str, Any] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)

    @property
    def public(self) -> list[Comment]:
        """Return what customers read."""
        return [one for one in self.comments if not one.internal]


Route = tuple[str, str, Callable[..., Any]]
"""Method, pattern of the path, and who answers, given the request and the pattern's groups."""


class FakeTickets(Loopback):
    """A ticket system with one ticket; subclasses name their routes and how one signs in."""

    ticket_id = "4711"
    kind = ""

    def __init__(self) -> None:
        super().__init__()
        self.ticket = Ticket(self.ticket_id)
        self.token = TOKEN

    @property
    def settings(self) -> dict[str, Any]:
        """Return the table of the settings that speaks with this system."""
        return {"kind": self.kind, "url": self.url, "user": USER, "token": TOKEN}

    def routes(self) -> list[Route]:
        """Return what is answered."""
        raise NotImplementedError

    def sign_in(self, asked: Asked) -> None:
        """Refuse who does not sign in as documented."""
        basic(asked, USER, self.token)

    def answer(self, asked: Asked) -> Any:
        """Sign in, then find the route."""
        self.sign_in(asked)
        for method, pattern, act in self.routes():
            found = re.fullmatch(pattern, asked.path)
            if found and method == asked.method:
                return act(asked, *found.groups())
        raise RefusedError(404, f"no route {asked.method} {asked.path}")

    def open(self, ticket_id: str) -> Ticket:
        """Return the ticket; any other id is not found."""
        if ticket_id != self.ticket.id:
            raise RefusedError(404, "no such ticket")
        return self.ticket


def basic(asked: Asked, user: str, password: str) -> None:
    """Refuse anybody but this user."""
    wanted = base64.b64encode(f"{user}:{password}".encode()).decode()
    if asked.headers.get("authorization") != f"Basic {wanted}":
        raise RefusedError(401, "sign in")


def need(found: T | None, words: str, status: int = 400) -> T:
    """Return what a request has to have; one that lacks it is refused."""
    if not found:
        raise RefusedError(status, words)
    return found
