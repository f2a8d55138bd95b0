"""The create of a wave by a mapping: sent once, and believed only where the platform documents its answer."""

import json
from datetime import datetime
from typing import Any

import httpx

from models.enums import JobStatus
from models.mapping.claims import alphabet
from models.mapping.document import CreateTable
from models.mapping.mapping import NO_CREATE, PlatformMapping
from models.mapping.reading import Reading
from models.mapping.templates import NothingThereError, build
from models.plan.markers import VARIABLE
from models.platform import Contact, Draft, Job, SubmitOutcomeUnknownError, SubmitRefusedError
from tasks.clock import Clock
from tasks.platforms.http import Reader, retry_after
from tasks.platforms.sending import NOT_SENT


def submit(mapping: PlatformMapping, read: Reader, clock: Clock, draft: Draft) -> Job:
    """Create one wave, once; a status that the mapping does not list may have created it."""
    table = mapping.document.create
    if table is None or not mapping.can_create:
        raise SubmitRefusedError(f"{draft.marker} was not sent: {mapping.problem or NO_CREATE}.", fatal=True)
    content, headers = encoded(mapping, table, draft), {"content-type": "application/json"}
    if table.token is not None:
        headers[table.token.header] = draft.marker
    try:
        response = read.client.post(table.path, content=content, headers=headers)
    except NOT_SENT:
        raise SubmitRefusedError(f"{mapping.name} could not be reached; nothing was sent.") from None
    except httpx.HTTPError as error:
        words = f"the answer to the create was lost ({type(error).__name__})"
        raise SubmitOutcomeUnknownError(words) from None
    if response.status_code in table.accepted:
        return _created(mapping, table, draft, response, clock.now())
    raise _not_created(mapping, table, response, _words(read, response), clock.now())


def _words(read: Reader, response: httpx.Response) -> str:
    return "" if response.is_success or read.message_of is None else read.message_of(response)


def encoded(mapping: PlatformMapping, table: CreateTable, draft: Draft) -> bytes:
    """Return the body as it is sent; raises SubmitRefusedError where nothing can be sent."""
    if trouble := _unfit(table, draft):
        raise SubmitRefusedError(f"{trouble}; nothing was sent.", fatal=True)
    try:
        body = build(table.body, _scope(mapping, draft))
        return json.dumps(body, allow_nan=False).encode()
    except NothingThereError as error:
        words = f"Wave {draft.marker} has nothing for {error}, which the mapping asks for; nothing was sent."
    except (ValueError, TypeError, RecursionError):
        words = f"Wave {draft.marker} holds a variable that is no JSON; nothing was sent."
    raise SubmitRefusedError(words, fatal=True)


def _unfit(table: CreateTable, draft: Draft) -> str | None:
    if len(draft.contacts) > table.max_rows:
        return (
            f"Wave {draft.marker} has {len(draft.contacts)} contacts and a job takes {table.max_rows} "
            "(lower wave_max in the policy)"
        )
    limits = table.marker
    if limits and (len(draft.marker) > limits.longest or set(draft.marker) - alphabet(limits.alphabet)):
        return f"The marker {draft.marker} does not fit create.marker of the mapping"
    return None


def _scope(mapping: PlatformMapping, draft: Draft) -> dict[str, Any]:
    source = draft.source
    job = {
        "id": source.id,
        "name": source.name,
        "agent_id": source.agent_id,
        "number_id": source.number_id,
        "campaign_id": source.campaign_id,
        "upload_id": source.upload_id,
        "timezone": source.timezone,
        "settings": dict(source.settings),
    }
    return {
        "marker": draft.marker,
        "cap": draft.cap,
        "job": job,
        "constants": dict(mapping.document.constants),
        "contacts": [_contact(one, draft.marker) for one in draft.contacts],
    }


def _contact(row: Contact, marker: str) -> dict[str, Any]:
    payload = dict(row.payload)
    return {"id": row.id, "phone": row.phone, "payload": payload, "marked": payload | {VARIABLE: marker}}


def _not_created(
    mapping: PlatformMapping, table: CreateTable, response: httpx.Response, words: str, now: datetime
) -> SubmitRefusedError | SubmitOutcomeUnknownError:
    code, name = response.status_code, mapping.name
    if code in table.again:
        asked = retry_after(response, now)
        return SubmitRefusedError(f"{name} took nothing for now ({code}: {words}).", retry_after=asked)
    if code in table.refused:
        return SubmitRefusedError(f"{name} refused the wave ({code}: {words})", fatal=True)
    return SubmitOutcomeUnknownError(f"the create was answered with {code}, which the mapping does not list")


def _created(
    mapping: PlatformMapping, table: CreateTable, draft: Draft, response: httpx.Response, now: datetime
) -> Job:
    try:
        read = Reading(mapping.document, response.json())
        job_id, name = read.need(table.job.id), read.text(table.job.name)
    except (ValueError, RecursionError):
        raise SubmitOutcomeUnknownError("the create was answered, but not readably") from None
    size = len(draft.contacts)
    return Job(job_id, name or "", JobStatus.UNKNOWN, "created", size, 0, 0, created_at=now, seen_at=now)
