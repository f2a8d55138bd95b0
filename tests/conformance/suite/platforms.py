"""Every platform that the sandbox plays, by the name that `--platform` takes.

A new adapter is added here: a face in the sandbox, the hand-overs that it needs, and what it may send.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx

from deployments.sandbox.engine.outcomes import OUTCOMES
from deployments.sandbox.vapi.aside import aside_of
from deployments.sandbox.wire import rest
from deployments.sandbox.wire import voqo as voqo_face
from deployments.sandbox.wire.retell_objects import MARK
from models.platform import Reason
from tasks.platforms.cartesia.adapter import Cartesia
from tasks.platforms.elevenlabs.account import CAMPAIGNS
from tasks.platforms.elevenlabs.adapter import ElevenLabs
from tasks.platforms.retell.adapter import Retell
from tasks.platforms.vapi.adapter import Vapi
from tasks.platforms.vogent.adapter import Vogent
from tasks.platforms.voqo.adapter import Voqo
from tasks.runtime.mappings import load_mapping
from tests.conformance.suite import documented
from tests.conformance.suite.faces import Face
from tests.conformance.suite.site import Site

DESK = Path(__file__).resolve().parents[3] / "examples" / "mappings" / "desk.toml"
SECRET = "a secret of thirty-two letters!!"
GATEWAY, CREDENTIAL = "https://gate.example.com/ringback", "cred_1"
SOON = 10.0
"""Seconds between the first two looks of an operator at a job that runs."""
WORDS = {"in_progress": "running", "pending": "scheduled", "completed": "completed", "cancelled": "cancelled"}
"""How operators name the state of a source job, where they are free to."""


def status_of(site: Site) -> str:
    """Return the state of the source job in an operator's words."""
    return WORDS.get(site.here.scene.job.status, site.here.scene.job.status)


def _called(site: Site) -> int:
    return sum(1 for row in site.here.world and site.here.scene.job.rows if row.call is not None)


def _retell_arrives(site: Site) -> None:
    told = site.here.ask(f"/sandbox/worlds/{site.here.key}/retell/batch").json()
    upload = site.file("upload.csv", told["upload"])
    site.observe(status_of(site), upload=upload, processed=told["processed"], expected=told["expected"])


def _retell_stopped(site: Site, recovery_id: str) -> None:
    site.here.world.cancel(site.here.scene.job)
    site.observe(None, stopped_for=recovery_id, processed=_called(site))


def _vapi_settings(_site: Site) -> Mapping[str, Any]:
    return {
        "platform_webhook_url": GATEWAY,
        "platform_credential": CREDENTIAL,
        "platform_webhook_secret": SECRET,
    }


def _vapi_arrives(site: Site) -> None:
    rows = (row.data or {} for row in site.here.scene.job.rows)
    said = [one.get("dynamic_variables") or {} for one in rows]
    numbers = [row.phone for row in site.here.scene.job.rows]
    lines = (f"{phone},{one.get('name', '')}" for phone, one in zip(numbers, said, strict=True))
    site.observe(status_of(site), upload=site.file("upload.csv", "\n".join(["number,name", *lines]) + "\n"))


def _vapi_connects(site: Site) -> None:
    """Let the platform ask the gateway before its calls."""
    aside = aside_of(site.here.scene.world)
    aside.credentials[CREDENTIAL] = SECRET

    def ask(server: Mapping[str, Any], message: Mapping[str, Any], token: str) -> httpx.Response:
        path = urlsplit(server["url"]).path.removeprefix("/ringback")
        body = json.dumps({"message": message}).encode()
        return site.knock(path, body, {"authorization": f"Bearer {token}"})

    aside.ask = ask


def _voqo_settings(site: Site) -> Mapping[str, Any]:
    seen: dict[str, set[str]] = {}
    for one in OUTCOMES.values():
        if not one.answered and one.phrase:
            seen.setdefault(one.phrase.casefold(), set()).add(one.disposition.value)
    lines = [
        f"voqo.error,{phrase},{next(iter(kinds))},no" for phrase, kinds in seen.items() if len(kinds) == 1
    ]
    reasons = site.file("reasons.csv", "\n".join(["system,code,disposition,reached", *lines]) + "\n")
    return {
        "workspace": site.here.scene.world.workspace_id,
        "platform_webhook_secret": SECRET,
        "reasons": reasons,
    }


def _voqo_files(site: Site, name: str) -> dict[str, Any]:
    told: dict[str, Any] = site.here.ask(f"/sandbox/worlds/{site.here.key}/voqo/files").json()
    return {
        "status": told["status"],
        "processed": told["processed"],
        "expected": told["expected"],
        "upload": site.file("upload.csv", told["upload"]),
        "report": site.file(f"{name}.csv", told["report"]) if told["processed"] else None,
    }


def _voqo_arrives(site: Site) -> None:
    number = next(iter(site.here.world.numbers.values())).phone
    told = _voqo_files(site, "report")
    site.observe(**told, agent_id=site.here.scene.job.order.agent.id, number=number)
    if told["status"] == voqo_face.STATES["in_progress"]:
        _look_again(site, told["processed"])
    site.carried.update(call.id for call in site.here.world.calls.values() if call.ended_at is not None)


def _look_again(site: Site, processed: int) -> None:
    """Look at a job that runs a second time: soon, and where nothing moved again once that is a stall."""
    for seconds in (SOON, site.runtime.policy.stall_seconds - SOON):
        site.clock.sleep(seconds)
        again = _voqo_files(site, f"after-{seconds:g}")
        site.observe(again["status"], processed=again["processed"], report=again["report"])
        if again["processed"] != processed:
            return


def _voqo_connects(site: Site) -> None:
    """Carry webhooks to the gateway while time passes, each once."""

    def carry() -> None:
        ended = [call for call in site.here.world.calls.values() if call.ended_at is not None]
        for call in ended:
            if call.id not in site.carried:
                site.carried.add(call.id)
                hook = voqo_face.signed_webhook(site.here.scene, call, SECRET.encode())
                path = f"/platforms/{site.runtime.workspace}/voqo"
                site.knock(path, hook["body"].encode(), hook["headers"])

    site.clock.passing.append(carry)


def _voqo_stopped(site: Site, recovery_id: str) -> None:
    site.here.world.cancel(site.here.scene.job)
    told = _voqo_files(site, "after")
    site.observe(None, stopped_for=recovery_id, processed=told["processed"], report=told["report"])


def _vogent_arrives(site: Site) -> None:
    lines = (f"{row.phone},{n}" for n, row in enumerate(site.here.scene.job.rows, start=1))
    site.observe(status_of(site), upload=site.file("upload.csv", "\n".join(["toNumber,n", *lines]) + "\n"))


def _desk_arrives(site: Site) -> None:
    upload = site.here.ask(f"/rest/v1/jobs/{site.job}/upload").text
    site.observe("Running", upload=site.file("upload.csv", upload))


def desk(mapping: Path = DESK) -> Face:
    """Return the sandbox's own REST platform, as a mapping file reads it."""
    read = load_mapping(mapping)
    joined = read.document.rows.payload == "upload"
    return Face(
        name="http",
        platform="http",
        capabilities=read.capabilities,
        create="POST /rest/v1/jobs",
        stop="POST /rest/v1/jobs/[^/]+/stop",
        documented=documented.of_mapping(read),
        settings=lambda _site: {"platform_mapping": mapping},
        arrive=_desk_arrives if joined else lambda _site: None,
    )


def is_of_the_sandbox(mapping: Path) -> bool:
    """Tell whether a mapping file speaks of the REST platform that the sandbox plays."""
    return load_mapping(mapping).document.job.path.startswith(f"{rest.PREFIX}/")


ELEVENLABS = Face(
    name="elevenlabs",
    platform=ElevenLabs.name,
    capabilities=ElevenLabs.capabilities,
    create="POST /v1/convai/batch-calling/submit",
    stop="POST /v1/convai/batch-calling/[^/]+/cancel",
    documented=documented.ELEVENLABS,
)
ELEVENLABS_CAMPAIGNS = Face(
    name="elevenlabs-campaigns",
    platform=ElevenLabs.name,
    capabilities=CAMPAIGNS,
    create="POST /v1/convai/outbound-campaigns/campaigns/submit",
    stop="POST /v1/convai/(batch-calling/[^/]+/cancel|outbound-campaigns/campaigns/[^/]+/stop)",
    wishes={"campaigns": True},
    documented=(*documented.ELEVENLABS, *documented.ELEVENLABS_CAMPAIGNS),
)
VOQO = Face(
    name="voqo",
    platform=Voqo.name,
    capabilities=Voqo.capabilities,
    create="POST /api/v1/workspaces/[^/]+/agents/[^/]+/start-call",
    ours=voqo_face.MARK,
    settings=_voqo_settings,
    arrive=_voqo_arrives,
    connect=_voqo_connects,
    stopped=_voqo_stopped,
    documented=documented.VOQO,
    names_the_network=False,
)
RETELL = Face(
    name="retell",
    platform=Retell.name,
    capabilities=Retell.capabilities,
    create="POST /v2/create-phone-call",
    ours=MARK,
    arrive=_retell_arrives,
    stopped=_retell_stopped,
    documented=documented.RETELL,
)
VAPI = Face(
    name="vapi",
    platform=Vapi.name,
    capabilities=Vapi.capabilities,
    create="POST /v2/campaign",
    stop="PATCH /v2/campaign/[^/]+",
    documented=documented.VAPI,
    settings=_vapi_settings,
    arrive=_vapi_arrives,
    connect=_vapi_connects,
    names_the_network=False,
)
VOGENT = Face(
    name="vogent",
    platform=Vogent.name,
    capabilities=Vogent.capabilities,
    create="POST /batch_dial_jobs",
    starts="POST /batch_dial_jobs/[^/]+/paused",
    stop="POST /batch_dial_jobs/[^/]+/paused",
    documented=documented.VOGENT,
    arrive=_vogent_arrives,
    own_ids=True,
    names_the_network=False,
    failed_dial=Reason("vogent.result", "FAILED"),
)
CARTESIA = Face(
    name="cartesia",
    platform=Cartesia.name,
    capabilities=Cartesia.capabilities,
    create="POST /agents/calls/batches",
    stop="POST /agents/calls/batches/[^/]+/cancel",
    documented=documented.CARTESIA,
    names_the_network=False,
    failed_dial=Reason("cartesia.end", "dial_failed"),
)
ALL = (ELEVENLABS, ELEVENLABS_CAMPAIGNS, VOQO, desk(), RETELL, VAPI, VOGENT, CARTESIA)
PLATFORMS: Mapping[str, Face] = {one.name: one for one in ALL}
"""By the name that `--platform` takes."""
