"""What a wave says to Cartesia: one batch of documented fields, our marker in its name and metadata."""

import json
from typing import Any

from models.plan.markers import CONTACT, VARIABLE
from models.platform import Contact, Draft, SubmitRefusedError


def batch_body(draft: Draft) -> dict[str, Any]:
    """Return the body of a create: the source's agent and number, and the chosen rows with their metadata."""
    return {
        "name": draft.marker,
        "agent_id": draft.source.agent_id,
        "from_number_id": draft.source.number_id,
        "target_concurrency_limit": draft.cap,
        "recipients": [_recipient(row, draft.marker) for row in draft.contacts],
    }


def encoded(draft: Draft) -> bytes:
    """Return the body as it is sent; raises SubmitRefusedError where nothing can be sent."""
    if not draft.source.agent_id or not draft.source.number_id:
        words = f"Job {draft.source.id} names no agent or no number to call from; nothing was sent."
        raise SubmitRefusedError(words, fatal=True)
    try:
        return json.dumps(batch_body(draft), allow_nan=False).encode()
    except (ValueError, TypeError, RecursionError):
        words = f"Wave {draft.marker} holds a variable that is no JSON; nothing was sent."
        raise SubmitRefusedError(words, fatal=True) from None


def _recipient(row: Contact, marker: str) -> dict[str, Any]:
    return {"to_number": row.phone, "metadata": {**row.payload, VARIABLE: marker, CONTACT: row.id}}
