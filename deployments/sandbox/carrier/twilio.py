"""Twilio's wire format over the same dispatcher: a call by its SID, the account, a page of calls. Read only.

Shapes follow twilio-oai, spec/json/twilio_api_v2010.json @d50069b. The carrier tells what became of a dial,
whatever the platform's own records say of it.
"""

from dataclasses import dataclass
from email.utils import formatdate
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response

from deployments.sandbox.carrier.account import CarrierAccount, account_of, world_key_of
from deployments.sandbox.engine.entities import Call
from deployments.sandbox.engine.people import same_phone
from deployments.sandbox.engine.seeded_random import carrier_sid
from deployments.sandbox.engine.world import World
from deployments.sandbox.wire.desk import ARegistry, registry_of, scene_of
from models.errors import RingbackError

Json = dict[str, Any]
router = APIRouter()
PREFIX = "/2010-04-01/Accounts"
HUGE = 200_000
"""Characters of an answer that is far too long."""
_STATUS = {"busy": "busy", "declined": "busy", "no_answer": "no-answer", "ring_timeout": "no-answer"}
"""A call's status by how it truly ended; any that is not here, and was not answered, is failed."""


_CODES = {"invalid_404": "13224", "incomplete_484": "13223", "geo_403": "13227", "caller_id_403": "21210"}
"""The error code of a call by how it truly ended; any that is not here has none."""


class CarrierError(RingbackError):
    """A refusal; it is answered as Twilio words them."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(message)
        more = f"https://www.twilio.com/docs/errors/{code}"
        told = {"code": code, "message": message, "more_info": more, "status": status}
        self.answer = JSONResponse(told, status)


@dataclass(frozen=True, slots=True)
class _Asker:
    world: World
    account: CarrierAccount
    is_own: bool


async def _asker(account_sid: str, request: Request, authorization: Annotated[str, Header()] = "") -> _Asker:
    registry = await registry_of(request)
    found = world_key_of(registry.keys(), authorization)
    if found is None:
        raise CarrierError(401, 20003, "Authenticate")
    key, is_own = found
    if account_sid != account_of(key).sid:
        raise _missing(f"{PREFIX}/{account_sid}.json")
    return _Asker(scene_of(registry, key).world, account_of(key), is_own)


def _missing(path: str) -> CarrierError:
    return CarrierError(404, 20404, f"The requested resource {path} was not found")


AnAsker = Annotated[_Asker, Depends(_asker)]


@router.get(f"{PREFIX}/{{account_sid}}.json")
async def account(asker: AnAsker) -> JSONResponse:
    """Show the account to its own token; an API key that is no main key does not reach it."""
    if not asker.is_own:
        raise CarrierError(401, 20003, "Authenticate")
    sid, began = asker.account.sid, formatdate(asker.world.began)
    return JSONResponse(
        {
            "auth_token": asker.account.token,
            "date_created": began,
            "date_updated": began,
            "friendly_name": "The sandbox",
            "owner_account_sid": sid,
            "sid": sid,
            "status": "active",
            "subresource_uris": {"calls": f"{PREFIX}/{sid}/Calls.json"},
            "type": "Full",
            "uri": f"{PREFIX}/{sid}.json",
        }
    )


@router.get(f"{PREFIX}/{{account_sid}}/Calls.json")
async def calls(asker: AnAsker) -> JSONResponse:
    """Show a page of calls, none on it: nobody here reads more than whether it may be asked for."""
    uri = f"{PREFIX}/{asker.account.sid}/Calls.json"
    page: Json = {"calls": [], "page": 0, "page_size": 1, "start": 0, "end": 0, "uri": uri}
    links = dict.fromkeys(("first_page_uri", "next_page_uri", "previous_page_uri"))
    return JSONResponse({**page, **links})


@router.get(f"{PREFIX}/{{account_sid}}/Calls/{{call_sid}}.json")
async def call(call_sid: str, asker: AnAsker) -> Response:
    """Show one call, also one of which the platform has left no record."""
    found = next((one for one in asker.world.calls.values() if one.sid == call_sid), None)
    fault = asker.world.faults.hits("carrier_answers")
    word = fault.word if fault else ""
    if found is None or word == "gone":
        raise _missing(f"{PREFIX}/{asker.account.sid}/Calls/{call_sid}.json")
    if word == "html":
        return HTMLResponse("<html><body>We are down for maintenance.</body></html>")
    body = call_body(found, asker.world, asker.account.sid)
    return JSONResponse(body | _otherwise(word))


@router.get(f"{PREFIX}/{{account_sid}}/Calls/{{call_sid}}/Notifications.json")
async def notifications(call_sid: str, asker: AnAsker) -> JSONResponse:
    """Show the errors of one call, one where its end has a code."""
    path = f"{PREFIX}/{asker.account.sid}/Calls/{call_sid}/Notifications"
    found = next((one for one in asker.world.calls.values() if one.sid == call_sid), None)
    if found is None:
        raise _missing(f"{path}.json")
    code = None if found.is_live else _CODES.get(found.outcome.key)
    told = [notification_body(found, asker.account.sid, code)] if code else []
    page: Json = {"notifications": told, "page": 0, "page_size": 50, "start": 0, "end": max(0, len(told) - 1)}
    links = dict.fromkeys(("next_page_uri", "previous_page_uri"))
    return JSONResponse({**page, **links, "first_page_uri": f"{path}.json", "uri": f"{path}.json"})


def notification_body(found: Call, account_sid: str, code: str) -> Json:
    """Return an api.v2010.account.call.call_notification; its text has the number in it."""
    sid, at = carrier_sid("NO", found.id), formatdate(found.ended_at or found.started_at)
    path = f"{PREFIX}/{account_sid}/Calls/{found.sid}/Notifications/{sid}.json"
    return {
        "account_sid": account_sid,
        "api_version": "2010-04-01",
        "call_sid": found.sid,
        "date_created": at,
        "date_updated": at,
        "error_code": code,
        "log": "0",
        "message_date": at,
        "message_text": f"Msg=The+call+to+{_e164(found.row.phone)}+failed&ErrorCode={code}",
        "more_info": f"https://www.twilio.com/docs/errors/{code}",
        "request_method": "POST",
        "request_url": "https://voice.example.com/twiml",
        "sid": sid,
        "uri": path,
    }


def _otherwise(word: str) -> Json:
    """Return what an odd answer has otherwise, nothing for a true one."""
    unended = {"duration": None, "answered_by": None, "end_time": None}
    odd: dict[str, Json] = {
        "other_call": {"sid": carrier_sid("CA", "another call")},
        "other_number": {"to": "+15005550006", "to_formatted": "(500) 555-0006"},
        "inbound": {"direction": "inbound"},
        "huge": {"caller_name": "x" * HUGE},
        "types": {"status": ["completed"], "duration": {"seconds": 40}},
        "unknown_status": {"status": "dissolved", **unended},
        "open": {"status": "ringing", **unended},
    }
    return odd.get(word, {})


def call_body(found: Call, world: World, account_sid: str) -> Json:
    """Return an api.v2010.account.call."""
    number = world.numbers.get(found.row.job.order.number_id)
    to, caller = _e164(found.row.phone), _e164(number.phone) if number else ""
    uri, status = f"{PREFIX}/{account_sid}/Calls/{found.sid}", _status(found)
    answered = status == "completed"
    return {
        "sid": found.sid,
        "account_sid": account_sid,
        "parent_call_sid": None,
        "phone_number_sid": carrier_sid("PN", caller),
        "group_sid": None,
        "trunk_sid": None,
        "to": to,
        "to_formatted": to,
        "from": caller,
        "from_formatted": caller,
        "status": status,
        "date_created": formatdate(found.started_at),
        "date_updated": formatdate(found.ended_at or world.now),
        "start_time": formatdate(found.started_at),
        "end_time": formatdate(found.ended_at) if found.ended_at is not None else None,
        "duration": str(found.seconds) if answered else None,
        "price": None,
        "price_unit": "USD",
        "direction": "inbound" if found.row.inbound else "outbound-api",
        "answered_by": _answered_by(found) if answered else None,
        "api_version": "2010-04-01",
        "forwarded_from": None,
        "caller_name": None,
        "queue_time": "0",
        "uri": f"{uri}.json",
        "subresource_uris": {"notifications": f"{uri}/Notifications.json"},
    }


def _status(found: Call) -> str:
    if found.is_live:
        return "ringing" if found.accepted_at is None else "in-progress"
    return "completed" if found.outcome.answered else _STATUS.get(found.outcome.key, "failed")


def _answered_by(found: Call) -> str:
    return "machine_start" if found.outcome.result == "voicemail" else "human"


def _e164(phone: str) -> str:
    return phone if phone.startswith("+") else f"+{same_phone(phone)}"


@router.get("/sandbox/worlds/{key}/twilio")
async def keys(key: str, registry: ARegistry) -> Json:
    """Return what reads the calls of a world at its carrier."""
    scene_of(registry, key)
    found = account_of(key)
    return {
        "account_sid": found.sid,
        "auth_token": found.token,
        "api_key": found.key,
        "api_secret": found.secret,
    }
