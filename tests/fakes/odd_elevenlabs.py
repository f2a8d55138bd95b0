"""A platform that keeps ElevenLabs' published format and nothing else; each test breaks what it is about."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import httpx

from models.enums import ContactStatus
from models.platform import Contact, Draft, Job
from tasks.clock import VirtualClock
from tasks.platforms.elevenlabs.adapter import ElevenLabs

API = "/v1/convai"
BATCH = f"{API}/batch-calling"
BEGAN = 1_900_000_000
NOW = datetime.fromtimestamp(BEGAN + 3600, UTC)
MISSING = {"detail": {"status": "missing_permissions", "message": "The key lacks convai_read."}}
Handler = Callable[[httpx.Request], httpx.Response]


def job_body(job_id: str = "btcal_1", **fields: Any) -> dict[str, Any]:
    """Return a BatchCallResponse."""
    plain = {
        "id": job_id, "name": "Spring", "agent_id": "agent_1", "agent_name": "A",
        "phone_number_id": "phnum_1", "phone_provider": "sip_trunk",
        "whatsapp_params": None, "branch_id": None, "branch_name": None,
        "environment": None, "created_at_unix": BEGAN, "scheduled_time_unix": BEGAN,
        "last_updated_at_unix": BEGAN, "timezone": None, "total_calls_scheduled": 6,
        "total_calls_dispatched": 0, "total_calls_finished": 0, "status": "in_progress", "retry_count": 0,
        "target_concurrency_limit": None, "telephony_call_config": {"ringing_timeout_secs": 30},
    }  # fmt: skip
    return plain | fields


def row_body(n: int, status: str = "pending", **fields: Any) -> dict[str, Any]:
    """Return an OutboundCallRecipientResponseModel."""
    plain = {
        "id": f"rec_{n}", "phone_number": f"+447700900{n:03d}", "whatsapp_user_id": None, "status": status,
        "created_at_unix": BEGAN, "updated_at_unix": BEGAN, "conversation_id": None,
        "conversation_initiation_client_data": None,
    }  # fmt: skip
    return plain | fields


def call_body(call_id: str, job_id: str | None = "btcal_1", **meta: Any) -> dict[str, Any]:
    """Return a GetConversationResponseModel; `status` and what is not named are of a call that failed."""
    batch = {"batch_call_id": job_id, "batch_call_recipient_id": "rec_1"} if job_id else None
    phone = {"type": "sip_trunking", "call_sid": "SCL_1"} | meta.pop("phone_call", {})
    status, data = meta.pop("status", "failed"), meta.pop("data", None)
    return {
        "conversation_id": call_id,
        "agent_id": "agent_1",
        "status": status,
        "metadata": {
            "start_time_unix_secs": BEGAN, "call_duration_secs": 0, "batch_call": batch, "phone_call": phone
        } | meta,
        "conversation_initiation_client_data": data,
    }  # fmt: skip


def summary(call_id: str, **fields: Any) -> dict[str, Any]:
    """Return a ConversationSummaryResponseModel."""
    plain = {"agent_id": "agent_1", "conversation_id": call_id, "start_time_unix_secs": BEGAN + 1}
    return plain | {"status": "done", "direction": "outbound"} | fields


class Odd:
    """Answers by path; `asked` counts the requests by method and path."""

    def __init__(self) -> None:
        self.clock = VirtualClock(NOW)
        self.asked: Counter[str] = Counter()
        self.sent: list[httpx.Request] = []
        self._routes: dict[str, Handler] = {}

    def on(self, path: str, handler: Handler | httpx.Response | dict[str, Any] | list[Any]) -> None:
        """Answer at a path, `POST` before it for a post; a path may end in `*`."""
        if isinstance(handler, httpx.Response):
            code, body, head = handler.status_code, handler.content, handler.headers
            self._routes[path] = lambda _request: httpx.Response(code, content=body, headers=head)
        elif callable(handler):
            self._routes[path] = handler
        else:
            self._routes[path] = lambda _request: httpx.Response(200, json=handler)

    def pages(self, path: str, key: str, pages: Sequence[Sequence[Any]], cursor: str) -> None:
        """Answer a listing page by page, with cursors c1, c2, ..."""
        name = "last_doc" if cursor == "next_doc" else "cursor"

        def page(request: httpx.Request) -> httpx.Response:
            at = int(str(request.url.params.get(name, "c0"))[1:])
            more = at + 1 < len(pages)
            told = {key: pages[at], cursor: f"c{at + 1}" if more else None, "has_more": more}
            return httpx.Response(200, json=told)

        self.on(path, page)

    def open(self) -> ElevenLabs:
        """Return an adapter on this platform; its clock stands still until it waits."""
        transport = httpx.MockTransport(self._answer)
        return ElevenLabs("https://voice.example", "xi_key", clock=self.clock, transport=transport)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.sent.append(request)
        path = request.url.path if request.method == "GET" else f"{request.method} {request.url.path}"
        self.asked[path] += 1
        fits = [at for at in self._routes if at == path or (at[-1] == "*" and path.startswith(at[:-1]))]
        if not fits:
            return httpx.Response(404, json={"detail": {"status": "not_found", "message": "Nothing here."}})
        return self._routes[max(fits, key=len)](request)


def source(odd: Odd, **fields: Any) -> Job:
    """Return the source job as the adapter reads it."""
    odd.on(f"{BATCH}/btcal_1", job_body(**fields))
    return odd.open().get_job("btcal_1")


def draft_of(odd: Odd, *payloads: dict[str, Any], **fields: Any) -> Draft:
    """Return a wave with a contact for each payload."""
    rows = [
        Contact(f"rec_{n}", f"+447700900{n:03d}", ContactStatus.NOT_DIALED, "planned", payload=payload)
        for n, payload in enumerate(payloads or ({},))
    ]
    return Draft("rb-r-1", source(odd, **fields), tuple(rows), 2)
