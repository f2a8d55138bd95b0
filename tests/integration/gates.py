"""Running the gateway's asynchronous tests, and looking at what the ledger holds after them."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

import httpx
from sqlmodel import col, select

from models.tables.gateway import InboxRow
from tasks.ledger.store import Ledger

T = TypeVar("T")


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run to the end."""
    return asyncio.run(work)


def rows(ledger: Ledger) -> list[InboxRow]:
    """Return every request in the order of its coming."""
    with ledger.read() as session:
        return list(session.exec(select(InboxRow).order_by(col(InboxRow.received_at), col(InboxRow.id))))


def problem(answer: httpx.Response, status: int) -> dict[str, Any]:
    """Return the problem that an answer is."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    found: dict[str, Any] = answer.json()
    assert found["status"] == status
    assert found["detail"]
    return found


async def many(calls: list[Callable[[], Coroutine[Any, Any, T]]], at_once: int = 50) -> list[T]:
    """Make many calls, some of them at once."""
    gate = asyncio.Semaphore(at_once)

    async def one(call: Callable[[], Coroutine[Any, Any, T]]) -> T:
        async with gate:
            return await call()

    return list(await asyncio.gather(*map(one, calls)))
