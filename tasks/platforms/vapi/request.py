"""What a wave says to Vapi: one campaign of documented fields, with our marker in its name and its variables.

Nothing is copied from the source by `duplicateFromCampaignId`: a copy brings its schedule, and all contacts
where none are named.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from models.plan.markers import VARIABLE
from models.platform import Contact, Draft, SubmitRefusedError
from tasks.platforms.vapi.wire import ASSISTANT, OVERRIDES, OVERRIDES_OF, TARGET, VALUES

MOST_AT_ONCE = 500
"""The highest `maxConcurrency`, as the client documents it."""
LONGEST_NAME = LONGEST_EXTERNAL = 40
MOST_VARIABLES = 100_000
"""Characters of one contact's variables, serialised (docs.vapi.ai/outbound-campaigns/contact-data)."""
NAME = "name"
"""The column that becomes the contact's own name, spelt just so."""
ANSWER_SECONDS = 20
"""How long the platform waits for our answer before a call; it makes none without one."""
LONG_NAME = f"the contact's name is longer than the {LONGEST_NAME} characters that the platform takes"
MUCH = f"the contact's variables are longer than the {MOST_VARIABLES:,} characters that the platform takes"


@dataclass(frozen=True, slots=True)
class PredialGate:
    """Where the platform asks before each call of a wave: the gateway's address, and who signs the question.

    `credential_id` is the platform's own id of what it authenticates itself with.
    """

    url: str
    workspace: str
    credential_id: str

    def server(self, marker: str) -> dict[str, Any]:
        """Return the server that is asked about the contacts of one wave."""
        path = f"/platforms/{quote(self.workspace, safe='')}/vapi/{quote(marker, safe='')}"
        url = f"{self.url.rstrip('/')}{path}"
        return {"url": url, "credentialId": self.credential_id, "timeoutSeconds": ANSWER_SECONDS}


def unfit(payload: Mapping[str, Any]) -> str | None:
    """Return why a contact with these variables is not taken by the platform, None where it is."""
    if len(str(payload.get(NAME) or "").strip()) > LONGEST_NAME:
        return LONG_NAME
    return MUCH if len(json.dumps(_variables(payload))) > MOST_VARIABLES - LONGEST_NAME * 2 else None


def campaign_body(draft: Draft, gate: PredialGate | None) -> dict[str, Any]:
    """Return the body of a create: the source's target, number and variables, the chosen rows, the gate."""
    source, target = draft.source, str(draft.source.settings.get(TARGET) or ASSISTANT)
    overrides = OVERRIDES_OF[target]
    body: dict[str, Any] = {
        "name": draft.marker,
        target: source.agent_id,
        "phoneNumberId": source.number_id,
        "maxConcurrency": min(draft.cap, MOST_AT_ONCE),
        "customers": [_customer(row, draft.marker, overrides) for row in draft.contacts],
    }
    if given := source.settings.get(OVERRIDES):
        body[overrides] = {VALUES: dict(given)}
    if gate is not None:
        body |= {"server": gate.server(draft.marker), "predialPlan": {"enabled": True}}
    return body


def encoded(draft: Draft, gate: PredialGate | None) -> bytes:
    """Return the body as it is sent; raises SubmitRefusedError where nothing can be sent."""
    if not draft.source.agent_id or not draft.source.number_id:
        words = f"Job {draft.source.id} names no assistant or no number to call from; nothing was sent."
        raise SubmitRefusedError(words, fatal=True)
    try:
        return json.dumps(campaign_body(draft, gate), allow_nan=False).encode()
    except (ValueError, TypeError, RecursionError):
        words = f"Wave {draft.marker} holds a variable that is no JSON; nothing was sent."
        raise SubmitRefusedError(words, fatal=True) from None


def _customer(row: Contact, marker: str, overrides: str) -> dict[str, Any]:
    found: dict[str, Any] = {
        "number": row.phone,
        overrides: {VALUES: _variables(row.payload) | {VARIABLE: marker}},
    }
    if name := str(row.payload.get(NAME) or "").strip():
        found[NAME] = name
    if len(row.id) <= LONGEST_EXTERNAL:
        found["externalId"] = row.id
    return found


def _variables(payload: Mapping[str, Any]) -> dict[str, Any]:
    # Empty cells are no variables there, and the name has a field of its own.
    return {key: value for key, value in payload.items() if key != NAME and value not in ("", None)}
