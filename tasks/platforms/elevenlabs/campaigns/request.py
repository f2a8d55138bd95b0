"""What a wave says as an outbound campaign: one attempt a contact, our marker as name, variable and key."""

import json
from typing import Any

from models.platform import Draft, SubmitRefusedError
from tasks.platforms.elevenlabs.submit import recipient, settings_of

SIMPLE = "simple"
"""One attempt for each recipient, calling windows always on, nothing collected."""
PHONE, MODE = "phone", "mode_config"
CALLS = "telephony_call_config"
"""Where a job's settings keep what a campaign calls its `mode_config`."""


def campaign_body(draft: Draft) -> dict[str, Any]:
    """Return the body of a create: the source's set-up and the chosen rows, each with the one number."""
    kept = settings_of(draft.source)
    body: dict[str, Any] = {
        **{name: kept[name] for name in ("branch_id", "environment") if name in kept},
        "call_name": draft.marker,
        "idempotency_key": draft.marker,
        "variant": SIMPLE,
        "agent_id": draft.source.agent_id,
        "channel_config": {"channel": PHONE, "agent_phone_number_id": draft.source.number_id},
        "target_concurrency_limit": draft.cap,
        "recipients": [recipient(row, draft.marker) for row in draft.contacts],
    }
    if mode := kept.get(CALLS):
        body["channel_config"][MODE] = mode
    return body


def encoded(draft: Draft) -> bytes:
    """Return the body as it is sent; raises SubmitRefusedError where nothing can be sent."""
    if not draft.source.agent_id or not draft.source.number_id:
        words = f"Job {draft.source.id} names no agent or no number to call from; nothing was sent."
        raise SubmitRefusedError(words, fatal=True)
    try:
        return json.dumps(campaign_body(draft), allow_nan=False).encode()
    except (ValueError, TypeError, RecursionError):
        words = f"Wave {draft.marker} holds a variable that is no JSON; nothing was sent."
        raise SubmitRefusedError(words, fatal=True) from None
