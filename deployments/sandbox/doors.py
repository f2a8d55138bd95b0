"""The outermost layer of the server: dates every answer, and spoils those whose turn it is."""

from dataclasses import dataclass
from email.utils import formatdate

from starlette.types import ASGIApp, Receive, Scope, Send

from deployments.sandbox.carrier.account import world_key_of
from deployments.sandbox.engine.faults import DATED, DATED_SECONDS, Fault, Faults
from deployments.sandbox.engine.seeded_random import draw
from deployments.sandbox.registry import Registry
from deployments.sandbox.wire.answers import Answer, caught, refusal, sent

HANG_UP = "sandbox.hang_up"
_KEY = b"xi-api-key"
_ELSEWHERE = "https://api.elsewhere.example.com"
_NO_FAULTS = Faults("none")
_LIMITS = ("rate_limit_exceeded", "too_many_concurrent_requests", "concurrent_limit_exceeded")


class Doors:
    """Wraps an application; faults follow the world that the request's key belongs to."""

    def __init__(self, app: ASGIApp, registry: Registry) -> None:
        self.app = app
        self.registry = registry

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, well or badly."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        where = f"{scope['method']} {scope['path']}"
        visit = _Visit(self._faults(scope), where, scope, receive, send, self.registry.clock())
        answer = visit.limited() or visit.turned_away() or await caught(self.app, scope, receive)
        if answer.ok and visit.hits("accept_then_cut"):
            await visit.hang_up()
            return
        date = formatdate(self.registry.clock() + visit.faults.skew, usegmt=True)
        await visit.send_off(visit.spoiled(answer).dated(date))

    def _faults(self, scope: Scope) -> Faults:
        found = {name: value.decode("latin-1") for name, value in scope["headers"]}
        told = found.get(b"authorization", "")
        key = found.get(_KEY) or told.removeprefix("Bearer ") or None
        if told.startswith("Basic "):
            key, _ = world_key_of(self.registry.keys(), told) or (None, False)
        scene = self.registry.find(key)
        return scene.world.faults if scene else _NO_FAULTS


@dataclass(frozen=True, slots=True)
class _Visit:
    """One request and the faults that may strike its answer."""

    faults: Faults
    where: str
    scope: Scope
    receive: Receive
    send: Send
    now: float

    def hits(self, name: str) -> Fault | None:
        return self.faults.hits(name, self.where)

    def limited(self) -> Answer | None:
        """Refuse before anything is processed, if it is that turn."""
        fault = self.hits("answer_429")
        if fault is None:
            return None
        status = _LIMITS[int(draw(self.faults.seed, "limit", fault.strikes) * len(_LIMITS))]
        return refusal(429, status, "Too many requests. Nothing was processed.", self.pause(fault))

    def pause(self, fault: Fault) -> tuple[tuple[bytes, bytes], ...]:
        """Return the Retry-After header of a refusal, none where it has none."""
        asked = fault.retry_after
        if asked is None:
            return ()
        words = formatdate(self.now + DATED_SECONDS, usegmt=True) if asked == DATED else str(asked)
        return ((b"retry-after", words.encode()),)

    def turned_away(self) -> Answer | None:
        """Refuse what the key may not do, or send the client somewhere else, if it is so here."""
        if self.hits("no_permission"):
            words = "The API key you used is missing the permission convai_read to execute this operation."
            return refusal(401, "missing_permissions", words)
        if self.hits("redirect"):
            return Answer(307, b"", ((b"location", f"{_ELSEWHERE}{self.scope['path']}".encode()),))
        return None

    def spoiled(self, answer: Answer) -> Answer:
        """Replace what was answered, if it is that turn."""
        if not answer.ok:
            return answer
        if self.hits("accept_then_500"):
            return refusal(500, "internal_error", "Something went wrong.")
        if self.hits("malformed_json"):
            return Answer(answer.status, answer.body[: len(answer.body) // 2] + b'<html>"', answer.headers)
        return answer

    async def send_off(self, answer: Answer) -> None:
        """Send the answer: whole, slowly, or only its first half."""
        if answer.ok and answer.body and self.hits("page_cut"):
            await sent(answer, self.send, only=len(answer.body) // 2)
            await self.hang_up()
            return
        slow = self.hits("slow_loris") if answer.ok else None
        await sent(answer, self.send, seconds=slow.seconds if slow else 0.0)

    async def hang_up(self) -> None:
        """Close the connection under the client and wait until the server has noticed."""
        self.scope[HANG_UP]()
        while (await self.receive())["type"] != "http.disconnect":
            pass
