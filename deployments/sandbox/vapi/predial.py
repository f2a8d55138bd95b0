"""The question before each call: a yes and nothing else makes one."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from deployments.sandbox.engine.entities import Row
from deployments.sandbox.engine.world import World
from deployments.sandbox.vapi.aside import aside_of
from deployments.sandbox.vapi.objects import iso

SKIPPED, FAILED = "skipped", "predial-failed"


@dataclass(frozen=True)
class Gate:
    """What asks a server about a row, and says as what it is left undialled, empty to dial it."""

    world: World
    server: Mapping[str, Any]

    def __call__(self, row: Row) -> str:
        """Ask about one row, and keep what was asked and answered."""
        aside = aside_of(self.world)
        token = aside.credentials.get(str(self.server.get("credentialId") or ""), "")
        answer = _answer(aside.ask, self.server, message(row, self.world), token)
        aside.asked.append((row.phone, answer or "eligible"))
        return answer


def message(row: Row, world: World) -> dict[str, Any]:
    """Return a ServerMessageCampaignPredial about a row."""
    data = row.data or {}
    return {
        "type": "campaign.predial",
        "timestamp": int((world.now + world.faults.skew) * 1000),
        "campaignId": row.job.id,
        "contact": {
            "id": row.id,
            "campaignId": row.job.id,
            "orgId": world.workspace_id,
            "number": row.phone,
            "createdAt": iso(row.created_at, world),
            **{name: data[name] for name in ("name", "assistantOverrides") if data.get(name)},
        },
    }


def _answer(ask: Any, server: Mapping[str, Any], about: Mapping[str, Any], token: str) -> str:
    try:
        response = ask(server, about, token)
        eligible = response.json()["eligible"] if response.is_success else None
    except (httpx.HTTPError, ValueError, KeyError, TypeError):
        return FAILED
    if not isinstance(eligible, bool):
        return FAILED
    return "" if eligible else SKIPPED
