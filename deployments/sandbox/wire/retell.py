"""Retell's wire format over the same dispatcher: single calls with a key, calls by listing, the concurrency.

A batch can neither be read, listed nor stopped here: what an operator sees of it is handed out whole.
"""

import asyncio
import csv
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any
from weakref import WeakKeyDictionary

from fastapi import APIRouter, Header, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from deployments.sandbox.engine.entities import Agent, Job, JobSubmission
from deployments.sandbox.engine.people import same_phone
from deployments.sandbox.engine.world import World
from deployments.sandbox.wire.desk import ARegistry, registry_of, scene_of
from deployments.sandbox.wire.listing import page, said
from deployments.sandbox.wire.retell_objects import (
    MARK,
    Shown,
    agent_body,
    call_body,
    shown_calls,
    single_id,
)
from deployments.sandbox.wire.views import live_calls

router = APIRouter()
HOUR = 3600.0
"""Seconds for which a key makes no second call."""
_TICK = 0.05
_STATES = {
    "pending": "scheduled",
    "in_progress": "running",
    "completed": "completed",
    "cancelled": "cancelled",
}
Bearer = Annotated[str, Header()]


class CallIn(BaseModel):
    """The body of create-phone-call, as far as this platform minds it."""

    from_number: str | None = None
    to_number: str | None = None
    override_agent_id: str | None = None
    retell_llm_dynamic_variables: dict[str, str] | None = None
    metadata: dict[str, Any] | None = None
    idempotency_key: str | None = None
    honor_internal_dnc: bool = False


class ListIn(BaseModel):
    """The body of list-calls."""

    filter_criteria: dict[str, Any] = {}
    include_total: bool = False
    limit: int = 50
    pagination_key: str | None = None
    skip: int = 0
    sort_order: str = "descending"


class AsideIn(BaseModel):
    """What a test says of a workspace: who is on its own do-not-call list, what is kept for inbound calls."""

    do_not_call: list[str] = []
    reserved_inbound: int | None = None


@dataclass
class Aside:
    """What Retell keeps of a workspace beside its calls."""

    keys: dict[str, tuple[float, Job]] = field(default_factory=dict)
    do_not_call: set[str] = field(default_factory=set)
    reserved_inbound: int = 0
    creates: int = 0


_ASIDES: WeakKeyDictionary[World, Aside] = WeakKeyDictionary()


def aside_of(world: World) -> Aside:
    """Return what is kept of a world."""
    return _ASIDES.setdefault(world, Aside())


def _problem(status: int, words: str) -> JSONResponse:
    return JSONResponse({"status": "error", "message": words}, status)


async def _world(request: Request, authorization: str) -> World | None:
    scene = (await registry_of(request)).find(authorization.removeprefix("Bearer ").strip())
    return scene.world if scene else None


_STRANGER = "API key is missing or invalid."


@router.post("/v2/create-phone-call")
async def create_phone_call(wanted: CallIn, request: Request, authorization: Bearer = "") -> JSONResponse:
    """Call one person; the same key within the hour is the same call, without one it is another call."""
    world = await _world(request, authorization)
    if world is None:
        return _problem(401, _STRANGER)
    aside = aside_of(world)
    aside.creates += 1
    if known := _known(world, aside, wanted.idempotency_key):
        return JSONResponse(_body(world, known), 201)
    if refused := _refused(world, aside, wanted):
        return refused
    late = world.faults.hits("slow_create", request.url.path)
    job = await _made(request, world, wanted, late.seconds if late else None)
    return JSONResponse(_body(world, job), 201)


def _known(world: World, aside: Aside, key: str | None) -> Job | None:
    found = aside.keys.get(key or "")
    return found[1] if found and world.now - found[0] <= HOUR else None


def _refused(world: World, aside: Aside, wanted: CallIn) -> JSONResponse | None:
    to_number = wanted.to_number or ""
    if not to_number.startswith("+") or not wanted.from_number:
        return _problem(400, "Invalid request format, please check API reference.")
    if wanted.from_number not in {one.phone for one in world.numbers.values()}:
        return _problem(422, "Cannot find requested asset under given api key.")
    if wanted.override_agent_id and wanted.override_agent_id not in world.agents:
        return _problem(422, "Cannot find requested asset under given api key.")
    if wanted.honor_internal_dnc and same_phone(to_number) in aside.do_not_call:
        return _problem(400, "The contact for to_number is marked do_not_call.")
    return None


def _order(world: World, wanted: CallIn) -> JobSubmission:
    number = next(one for one in world.numbers.values() if one.phone == wanted.from_number)
    data = {
        "dynamic_variables": wanted.retell_llm_dynamic_variables or {},
        "metadata": wanted.metadata or {},
    }
    agent: Agent = world.agents.get(wanted.override_agent_id or "") or number.agent
    rows = ((None, str(wanted.to_number), data),)
    return JobSubmission(f"{MARK} {len(world.jobs)}", agent, number.id, rows, cap=1)


async def _made(request: Request, world: World, wanted: CallIn, seconds: float | None) -> Job:
    """Take a call in, now or only after a while, whether the client still waits or not."""
    taken: list[Job] = []
    wish = (world, _order(world, wanted), wanted.idempotency_key, world.now, taken)
    if seconds is None:
        _take(wish, world.now)
    else:
        world.agenda.add(world.now + seconds, _take, wish)
    while not taken:
        await asyncio.sleep(_TICK)
        world.advance(request.app.state.registry.clock())
    return taken[0]


def _take(wish: tuple[World, JobSubmission, str | None, float, list[Job]], now: float) -> None:
    world, order, key, asked_at, taken = wish
    taken.append(world.submit(order))
    taken[0].asked_at = asked_at
    if key:
        aside_of(world).keys[key] = (now, taken[0])


def _body(world: World, job: Job) -> dict[str, Any]:
    return call_body(next(one for one in shown_calls(world) if one.id == single_id(job)), world)


@router.get("/v2/get-call/{call_id}")
async def get_call(call_id: str, request: Request, authorization: Bearer = "") -> JSONResponse:
    """Show one call, also one that is only registered."""
    world = await _world(request, authorization)
    if world is None:
        return _problem(401, _STRANGER)
    found = next((one for one in shown_calls(world) if one.id == call_id), None)
    return (
        JSONResponse(call_body(found, world))
        if found
        else _problem(404, "The requested resource was not found.")
    )


@router.post("/v3/list-calls")
async def list_calls(wanted: ListIn, request: Request, authorization: Bearer = "") -> JSONResponse:
    """List calls that have begun, by filters that all have to fit; one that is not known is refused."""
    world = await _world(request, authorization)
    if world is None:
        return _problem(401, _STRANGER)
    unknown = wanted.filter_criteria.keys() - _FILTERS.keys()
    if unknown or wanted.limit > 1000:  # noqa: PLR2004  the most that the older document allows
        return _problem(400, "Invalid request format, please check API reference.")
    fits = [(_FILTERS[name], asked) for name, asked in wanted.filter_criteria.items()]
    found = [one for one in shown_calls(world) if one.status != "registered"]
    found = [one for one in found if all(fit(one, asked, world) for fit, asked in fits)]
    if wanted.sort_order == "ascending":
        found.reverse()
    try:
        part = page(found, wanted.pagination_key, max(1, wanted.limit), world.faults)
    except LookupError:
        return _problem(400, "Invalid request format, please check API reference.")
    body = {"items": [call_body(one, world) for one in part.items], **said(part)}
    cursor = {"pagination_key": part.cursor} if part.cursor else {}
    total = {"total": len(found)} if wanted.include_total else {}
    return JSONResponse({**body, **cursor, **total})


def _text(value: str | None, asked: Mapping[str, Any]) -> bool:
    if asked.get("type") == "enum":
        return value in asked["value"]
    return value is not None and asked["op"] == "eq" and value == asked["value"]


def _number(value: float, asked: Mapping[str, Any]) -> bool:
    return bool(value >= asked["value"]) if asked["op"] == "ge" else bool(value == asked["value"])


def _metadata(one: Shown, asked: Sequence[Mapping[str, Any]], _world: World) -> bool:
    return all(_text(one.metadata.get(part["key"]), part) for part in asked)


def _start(one: Shown, asked: Mapping[str, Any], world: World) -> bool:
    return one.call is not None and _number((one.at + world.faults.skew) * 1000, asked)


_FILTERS: Mapping[str, Callable[[Shown, Any, World], bool]] = {
    "batch_call_id": lambda one, asked, _: _text(one.batch, asked),
    "call_id": lambda one, asked, _: _text(one.id, asked),
    "call_status": lambda one, asked, _: _text(one.status, asked),
    "to_number": lambda one, asked, _: _text(one.row.phone, asked),
    "metadata": _metadata,
    "start_timestamp": _start,
}


@router.get("/get-concurrency")
async def get_concurrency(request: Request, authorization: Bearer = "") -> JSONResponse:
    """Count the calls in the air, beside the limit and what of it is kept for inbound calls."""
    world = await _world(request, authorization)
    if world is None:
        return _problem(401, _STRANGER)
    limit = world.permits.limit
    told = {
        "current_concurrency": live_calls(world, None),
        "concurrency_limit": limit,
        "base_concurrency": limit,
        "purchased_concurrency": 0,
        "concurrency_purchase_limit": 100,
        "remaining_purchase_limit": 100,
        "concurrency_burst_enabled": False,
        "concurrency_burst_limit": 0,
        "reserved_inbound_concurrency": aside_of(world).reserved_inbound,
    }
    return JSONResponse(told)


@router.get("/get-agent/{agent_id}")
async def get_agent(agent_id: str, request: Request, authorization: Bearer = "") -> JSONResponse:
    """Show an agent."""
    world = await _world(request, authorization)
    if world is None:
        return _problem(401, _STRANGER)
    agent = world.agents.get(agent_id)
    if agent is None:
        return _problem(404, "The requested resource was not found.")
    return JSONResponse(agent_body(agent, world.began))


@router.get("/sandbox/worlds/{key}/retell/batch")
async def batch(key: str, registry: ARegistry) -> dict[str, Any]:
    """Return what an operator sees of the source batch: its state, how many it has called, and its upload."""
    job = scene_of(registry, key).job
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(("phone number", "first_name"))
    writer.writerows((row.phone, f"Contact {n}") for n, row in enumerate(job.rows, start=1))
    called = [row for row in job.rows if row.call is not None]
    return {
        "status": _STATES.get(job.status, job.status),
        "expected": len(job.rows),
        "processed": len(called),
        "upload": text.getvalue(),
    }


@router.post("/sandbox/worlds/{key}/retell/aside")
async def set_aside(key: str, wanted: AsideIn, registry: ARegistry) -> dict[str, Any]:
    """Put numbers on the workspace's own do-not-call list, and keep lines for inbound calls."""
    aside = aside_of(scene_of(registry, key).world)
    aside.do_not_call |= {same_phone(phone) for phone in wanted.do_not_call}
    if wanted.reserved_inbound is not None:
        aside.reserved_inbound = wanted.reserved_inbound
    return {"do_not_call": len(aside.do_not_call), "reserved_inbound": aside.reserved_inbound}
