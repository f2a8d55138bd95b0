"""The question before each call: a yes and nothing else makes one."""

from collections.abc import Callable, Mapping
from typing import Any

import httpx

from deployments.sandbox.engine.entities import Row
from deployments.sandbox.engine.world import World
from deployments.sandbox.vapi.aside import aside_of
from deployments.sandbox.vapi.objects import iso

SKIPPED, FAILED = "skipped", "predial-failed"


def gate(world: World, server: Mapping[str, Any]) -> Callable[[Row], str]:
    """Return what asks a server about a row, and says as what it is left undialled, empty to dial it."""

    def ask(row: Row) -> str:
        aside = aside_of(world)
        token = aside.credentials.get(str(server.get("credentialId") or ""), "")
        answer = _answer(aside.ask, server, message(row, world), token)
        aside.asked.append((row.phone, answer or "eligible"))
        return answer

    return ask


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
