"""What a wave says to Vogent: one draft of documented fields, with our marker in its name and its inputs."""

import json
from datetime import datetime
from typing import Any

from models.moments import utc
from models.plan.markers import CONTACT, VARIABLE
from models.platform import Contact, Draft, SubmitRefusedError
from tasks.platforms.vogent.hours import goes_on_at
from tasks.platforms.vogent.wire import NUMBERS, SCHEDULE


def draft_body(draft: Draft) -> dict[str, Any]:
    """Return the body of a create: the source's agent, numbers and hours, and the chosen rows."""
    source = draft.source
    return {
        "name": draft.marker,
        "callAgentId": source.agent_id,
        "maxConcurrentDials": draft.cap,
        "rows": [_row(one, draft.marker) for one in draft.contacts],
        **{key: source.settings[key] for key in (NUMBERS, SCHEDULE) if source.settings.get(key)},
    }


def encoded(draft: Draft, now: datetime) -> bytes:
    """Return the body as it is sent; raises SubmitRefusedError where nothing can be sent, or not yet."""
    if not draft.source.agent_id:
        words = f"Job {draft.source.id} names no agent; nothing was sent."
        raise SubmitRefusedError(words, fatal=True)
    _check_hours(draft, now)
    try:
        return json.dumps(draft_body(draft), allow_nan=False).encode()
    except (ValueError, TypeError, RecursionError):
        words = f"Wave {draft.marker} holds an input that is no JSON; nothing was sent."
        raise SubmitRefusedError(words, fatal=True) from None


def _check_hours(draft: Draft, now: datetime) -> None:
    try:
        opens = goes_on_at(draft.source.settings.get(SCHEDULE), now)
    except (KeyError, ValueError, TypeError, AttributeError):
        words = f"Job {draft.source.id} has a schedule that cannot be read, so no wave repeats it."
        raise SubmitRefusedError(words, fatal=True) from None
    if opens:
        words = f"Job {draft.source.id} dials nobody by its own schedule before {utc(opens)}."
        raise SubmitRefusedError(words, retry_after=(opens - now).total_seconds())


def _row(row: Contact, marker: str) -> dict[str, Any]:
    return {"toNumber": row.phone, "inputs": {**row.payload, VARIABLE: marker, CONTACT: row.id}}
