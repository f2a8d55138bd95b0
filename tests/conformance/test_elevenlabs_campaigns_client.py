"""The official client drives the sandbox's campaigns and parses each answer; what we send fits its types."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from elevenlabs import ElevenLabs
from elevenlabs.conversational_ai.outbound_campaigns import SubmitCampaignRequestChannelConfig_Phone as Phone
from elevenlabs.conversational_ai.outbound_campaigns.client import OutboundCampaignsClient
from elevenlabs.core.api_error import ApiError
from elevenlabs.types import (
    AttentionPageResponse,
    CampaignCallsResponse,
    CampaignLeadsResponse,
    CampaignPageResponse,
    CampaignProgressResponse,
    SubmitCampaignRecipient,
    SubmitCampaignResponse,
)

from deployments.sandbox.client import Sandbox, WorldInfo
from tests.conformance.suite.platforms import PLATFORMS
from tests.conformance.suite.site import Site

pytestmark = pytest.mark.filterwarnings("ignore::pydantic.PydanticDeprecatedSince20")  # inside the client
ROOT = "/v1/convai/outbound-campaigns"
PEOPLE = ["+61491570006", "+61491570156", "+61491570157"]


def campaigns(world: WorldInfo) -> OutboundCampaignsClient:
    """Open the official client on a world."""
    client = ElevenLabs(base_url=world.url, api_key=world.key)
    found: OutboundCampaignsClient = client.conversational_ai.outbound_campaigns
    return found


def raw(world: WorldInfo, path: str) -> Any:
    """Read one answer as plain JSON."""
    answer = httpx.get(f"{world.url}{ROOT}{path}", headers={"xi-api-key": world.key}, timeout=20)
    assert answer.status_code == httpx.codes.OK, answer.text
    return answer.json()


def made(world: WorldInfo, key: str = "rb-r_1-1", **wishes: Any) -> SubmitCampaignResponse:
    """Create a small campaign with the official client."""
    people = [SubmitCampaignRecipient(phone_number=one, id=f"c{n}") for n, one in enumerate(PEOPLE)]
    wanted: dict[str, Any] = {
        "call_name": key,
        "agent_id": world.agent_id,
        "recipients": people,
        "channel_config": Phone(agent_phone_number_id=world.phone_number_id),
        "idempotency_key": key,
        "variant": "simple",
    }
    return campaigns(world).create(**wanted | wishes)


def test_the_official_client_reads_a_campaign(sandbox: Sandbox) -> None:
    """A campaign by listing and id, progress, leads, calls and attention parse strictly in its types."""
    world = sandbox.world("healthy", 1, campaigns=True)
    its_id = made(world).campaign.campaign_id
    client = campaigns(world)
    assert [one.campaign_id for one in client.list(search="rb-").campaigns] == [its_id]
    assert client.get(its_id).variant == "simple"
    assert client.get_progress(its_id).leads.total == len(PEOPLE)
    assert [one.recipient_id for one in client.leads.list(its_id).leads] == ["c0", "c1", "c2"]
    assert len(client.calls.list(its_id).calls) == len(PEOPLE)
    assert client.attention.list(campaign_id=its_id).attention == []
    strict: dict[Any, str] = {
        CampaignPageResponse: "/campaigns",
        CampaignProgressResponse: f"/campaigns/{its_id}/progress",
        CampaignLeadsResponse: f"/campaigns/{its_id}/leads",
        CampaignCallsResponse: f"/campaigns/{its_id}/calls",
        AttentionPageResponse: "/attention",
    }
    for kind, path in strict.items():
        kind.model_validate(raw(world, path))


def test_a_key_makes_one_campaign(sandbox: Sandbox) -> None:
    """The same key, and without one the same body, returns the campaign that there is."""
    world = sandbox.world("healthy", 1, campaigns=True)
    first, again = made(world), made(world)
    assert (first.created, again.created) == (True, False)
    assert first.campaign.campaign_id == again.campaign.campaign_id
    bodies = [made(world, call_name="by body", idempotency_key=None) for _ in range(2)]
    assert [one.created for one in bodies] == [True, False]
    assert made(world, "rb-r_1-2").created


def test_a_simple_campaign_takes_no_policy(sandbox: Sandbox) -> None:
    """What the client's documents exclude is refused, and so is an advanced one without any policy."""
    world = sandbox.world("healthy", 1, campaigns=True)
    for wishes in ({"policy": {"timezone": "UTC"}}, {"variant": "advanced"}):
        with pytest.raises(ApiError) as refused:
            made(world, **wishes)
        assert refused.value.status_code == httpx.codes.UNPROCESSABLE_ENTITY


def test_a_stop_is_for_good_and_a_pause_is_not(sandbox: Sandbox) -> None:
    """Stopped, no lead is called again, and each says why; paused, a campaign is resumed."""
    world = sandbox.world("healthy", 1, campaigns=True, speed=0.001)
    its_id = made(world).campaign.campaign_id
    client = campaigns(world)
    assert client.pause(its_id).status == "paused"
    assert client.resume(its_id).status == "active"
    assert client.stop(its_id).status in {"stopping", "stopped"}
    leads = client.leads.list(its_id).leads
    assert all(one.do_not_call for one in leads)
    assert {one.terminal_disposition for one in leads if not one.attempt_count} <= {"campaign_ended"}


def test_an_account_without_campaigns_knows_none(sandbox: Sandbox) -> None:
    """Every endpoint answers 404, as for a path that is not there."""
    world = sandbox.world("healthy", 1)
    with pytest.raises(ApiError) as refused:
        campaigns(world).list()
    assert refused.value.status_code == httpx.codes.NOT_FOUND


def test_what_we_send_fits_the_clients_types(tmp_path: Path) -> None:
    """The creates of a whole recovery are what the official client writes for the same wishes."""
    site = Site(PLATFORMS["elevenlabs-campaigns"], tmp_path)
    assert site.run()["state"] == "recovered"
    assert site.here.creates
    for body in site.here.creates:
        assert body["idempotency_key"] == body["call_name"]
        assert (body["variant"], "policy" in body) == ("simple", False)
        assert all("phone_numbers" not in one for one in body["recipients"])
        assert sent_by_the_client(body) == body


def sent_by_the_client(body: dict[str, Any]) -> dict[str, Any]:
    """Return what the official client puts into its request for the same campaign."""
    asked: list[dict[str, Any]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(json.loads(request.content))
        return httpx.Response(400, json={})

    client = ElevenLabs(api_key="k", httpx_client=httpx.Client(transport=httpx.MockTransport(answer)))
    channel = {name: value for name, value in body["channel_config"].items() if name != "channel"}
    given = body | {
        "recipients": [SubmitCampaignRecipient.model_validate(one) for one in body["recipients"]],
        "channel_config": Phone.model_validate(channel),
    }
    with pytest.raises(ApiError):
        client.conversational_ai.outbound_campaigns.create(**given)
    return asked[0]
