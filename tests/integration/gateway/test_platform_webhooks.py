"""Webhooks of Voqo at the gateway's door: genuine, fresh, once; and nothing private is kept."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from models.tables.handovers import HeardCall
from tests.fakes.voqo import signed
from tests.integration.handovers.voqo_site import VoqoSite
from tests.integration.scenes import phone

DATA: dict[str, Any] = {
    "id": "call_1",
    "agent_id": "agent_1",
    "status": "completed",
    "from_phone": "+447700900999",
    "to_phone": phone(1),
    "direction": "outbound",
    "call_summary": "a private matter",
    "transcript": "a private matter",
    "duration": 20,
    "error": None,
    "created_at": "2024-01-01T00:00:00Z",
    "start_time": "2024-01-01T00:00:01Z",
    "end_time": "2024-01-01T00:00:30Z",
}


@pytest.fixture
def site(tmp_path: Path) -> VoqoSite:
    """Return a workspace that takes webhooks."""
    return VoqoSite(tmp_path)


def event(delivery: str = "evt_1", **changes: Any) -> bytes:
    """Return an event of an ended call; a change to `...` leaves the field out."""
    data = {name: value for name, value in (DATA | changes).items() if value is not ...}
    return json.dumps({"_id": delivery, "event_type": "call_ended", "data": data}).encode()


def send(site: VoqoSite, body: bytes, *, late: float = 0, **headers: str) -> int:
    """Send a webhook that was signed so many seconds ago, and return the status of the answer."""
    at = site.clock.now() - timedelta(seconds=late)
    return site.hear(body, signed(body, at) | headers)


def kept(site: VoqoSite) -> list[HeardCall]:
    """Return what the ledger holds."""
    with site.handovers.ledger.read() as session:
        return list(session.exec(select(HeardCall)))


def test_an_ended_call_is_kept_with_what_matching_needs(site: VoqoSite) -> None:
    """Agent, person, direction, times and outcome are kept; the body itself is not."""
    assert send(site, event()) == 202
    (call,) = kept(site)
    assert (call.call_id, call.agent_id, call.person, call.outbound) == ("call_1", "agent_1", phone(1), True)
    assert (call.status, call.seconds) == ("completed", 20)
    assert "private" not in str(call.model_dump())


@pytest.mark.parametrize(
    ("late", "headers", "status"),
    [
        (0, {}, 202),
        (299, {}, 202),
        (301, {}, 401),
        (-301, {}, 401),
        (0, {"X-Webhook-Signature": "0" * 64}, 401),
        (0, {"X-Webhook-Signature": ""}, 401),
        (0, {"X-Webhook-Signature": "zürich"}, 401),
        (0, {"X-Webhook-Timestamp": "yesterday"}, 401),
        (0, {"X-Webhook-Timestamp": "9" * 40}, 401),
    ],
)
def test_only_a_genuine_and_fresh_webhook_is_taken(
    site: VoqoSite, late: float, headers: dict[str, str], status: int
) -> None:
    """A forged, old or early webhook is refused with 401, which is not sent again, and nothing is kept."""
    assert send(site, event(), late=late, **headers) == status
    assert len(kept(site)) == (status == 202)


def test_a_changed_body_fits_no_signature(site: VoqoSite) -> None:
    """Whoever changes one byte on the way is refused."""
    body = event()
    headers = signed(body, site.clock.now())
    assert site.hear(body.replace(b"completed", b"completee"), headers) == 401
    assert kept(site) == []


def test_a_replay_within_the_five_minutes_counts_once(site: VoqoSite) -> None:
    """The signature fits a replay: its id tells that it was kept before, under whatever time it comes."""
    assert [send(site, event()), send(site, event(), late=60)] == [202, 202]
    assert len(kept(site)) == 1


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"not json", 400),
        (b"[1]", 400),
        (b'{"event_type": "call_ended"}', 400),
        (b'{"event_type": "call_ended", "_id": "e", "data": []}', 400),
        (b"[" * 100_000, 400),
        (b'{"event_type": "call_started", "_id": "e"}', 202),
        (event(agent_id=...), 400),
        (event(id="x" * 500), 400),
        (event(to_phone=None), 400),
        (event(status=7), 400),
    ],
)
def test_what_is_no_event_is_refused_and_calls_nobody(site: VoqoSite, body: bytes, status: int) -> None:
    """A genuine body that is no event, or lacks what matching needs, is a 400; others are passed over."""
    assert send(site, body) == status
    assert kept(site) == []


@pytest.mark.parametrize(
    ("changes", "started"),
    [
        ({}, "00:00:01"),
        ({"start_time": None}, "00:00:00"),
        ({"start_time": "2024-01-01T00:00:05"}, "00:00:00"),  # no zone: no moment
        ({"start_time": None, "created_at": "yesterday"}, "23:59:40"),  # sent at midnight, after 20 seconds
        ({"start_time": None, "created_at": None, "duration": "long"}, "00:00:00"),
    ],
)
def test_a_start_is_told_by_a_time_with_a_zone(site: VoqoSite, changes: dict[str, Any], started: str) -> None:
    """Without one, the call began its duration before the webhook was sent: never too early."""
    assert send(site, event(**changes)) == 202
    assert f"{kept(site)[0].started_at:%H:%M:%S}" == started


def test_the_text_of_an_error_is_kept_without_numbers(site: VoqoSite) -> None:
    """Free text may hold a number: the reason is kept, the number is not."""
    assert send(site, event(status="failed", error=f"no route to {phone(3)}")) == 202
    assert kept(site)[0].error == "no route to [number]"


def test_a_strangers_workspace_takes_nothing(site: VoqoSite) -> None:
    """A workspace that the settings do not name is a 404, whoever has signed."""
    site.path = "/platforms/ws_2/voqo"
    assert send(site, event()) == 404
