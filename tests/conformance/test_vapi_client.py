"""The official Vapi client drives the sandbox and parses each answer; what we send fits its own types."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from vapi import Vapi
from vapi.campaigns.client import CampaignsClient
from vapi.core.api_error import ApiError
from vapi.core.serialization import convert_and_respect_annotation_metadata
from vapi.types.call import Call
from vapi.types.campaign import Campaign
from vapi.types.campaign_contact_paginated_response import CampaignContactPaginatedResponse
from vapi.types.campaign_summary_paginated_response import CampaignSummaryPaginatedResponse
from vapi.types.create_customer_dto import CreateCustomerDto

from deployments.sandbox.client import Sandbox, WorldInfo
from tests.integration.vapi.vapi_site import VapiSite

SCENES = ["dead-dispatcher", "fell-short", "config-fault", "permit-leak"]
KEYS = {"name", "assistantId", "phoneNumberId", "maxConcurrency", "customers", "server", "predialPlan"}


def campaigns(world: WorldInfo) -> CampaignsClient:
    """Open the official client on a world."""
    client: CampaignsClient = Vapi(base_url=world.url, token=world.key).campaigns
    return client


def raw(world: WorldInfo, path: str) -> Any:
    """Read one answer as plain JSON."""
    answer = httpx.get(f"{world.url}{path}", headers={"authorization": f"Bearer {world.key}"}, timeout=20)
    assert answer.status_code == httpx.codes.OK, answer.text
    return answer.json()


def strictly(kind: Any, body: Any) -> Any:
    """Parse a body by the client's own type as pydantic would, and not as leniently as the client does."""
    named = convert_and_respect_annotation_metadata(object_=body, annotation=kind, direction="read")
    return kind.model_validate(named)


@pytest.mark.parametrize("scene", SCENES)
def test_the_official_client_reads_every_scene(sandbox: Sandbox, scene: str) -> None:
    """A campaign by listing and by id, its contacts, its calls, assistant and number parse in its types."""
    world = sandbox.world(scene, 2)
    vapi = Vapi(base_url=world.url, token=world.key)
    listed = vapi.campaigns.campaign_controller_find_all_v_2(include_counters=True)
    assert world.job_id in {one.id for one in listed.results}
    one = vapi.campaigns.campaign_controller_find_one_v_2(world.job_id)
    assert one.id == world.job_id
    page = vapi.campaigns.campaign_controller_get_campaign_v_2_contacts(world.job_id, limit=1000)
    assert len(page.results) == page.metadata.total_items > 0
    strictly(CampaignSummaryPaginatedResponse, raw(world, "/v2/campaign?includeCounters=true"))
    strictly(CampaignContactPaginatedResponse, raw(world, f"/v2/campaign/{world.job_id}/contacts"))
    for call in vapi.calls.list(limit=20)[:5]:
        assert vapi.calls.get(call.id).id == call.id
        strictly(Call, raw(world, f"/call/{call.id}"))
    assert vapi.assistants.get(world.agent_id).id == world.agent_id


@pytest.mark.parametrize("scene", SCENES)
def test_the_official_client_reads_a_campaign_of_version_1(sandbox: Sandbox, scene: str) -> None:
    """Its customers and counters parse in the client's own type; version 2 neither lists nor knows it."""
    world = sandbox.world(scene, 2)
    sandbox.vapi_version_1(world.key)
    one = campaigns(world).campaign_controller_find_one(world.job_id)
    assert one.id == world.job_id
    assert len(one.customers or []) > 0
    strictly(Campaign, raw(world, f"/campaign/{world.job_id}"))
    listed = campaigns(world).campaign_controller_find_all_v_2(include_counters=True)
    assert world.job_id not in {other.id for other in listed.results}
    with pytest.raises(ApiError) as missing:
        campaigns(world).campaign_controller_find_one_v_2(world.job_id)
    assert missing.value.status_code == httpx.codes.NOT_FOUND


def test_the_official_client_pages_through_contacts(sandbox: Sandbox) -> None:
    """Every contact comes once, however many a page has."""
    world = sandbox.world("fell-short", 3, contacts=30)
    seen: list[str] = []
    for number in range(1, 6):
        page = campaigns(world).campaign_controller_get_campaign_v_2_contacts(
            world.job_id, limit=7, page=number
        )
        seen += [contact.id for contact in page.results]
    assert len(seen) == len(set(seen)) == page.metadata.total_items


def test_the_official_client_creates_and_cancels(sandbox: Sandbox) -> None:
    """A create starts a campaign that nothing but a cancel changes; a second cancel is refused."""
    world = sandbox.world("healthy", 1)
    number = campaigns(world).campaign_controller_find_one_v_2(world.job_id).phone_number_id
    people = [CreateCustomerDto(number="+61491570006")]
    made = campaigns(world).campaign_controller_create_v_2(
        name="rb-r_1-1",
        assistant_id=world.agent_id,
        phone_number_id=number,
        customers=people,
        max_concurrency=1,
    )
    assert made.name == "rb-r_1-1"
    with pytest.raises(ApiError) as immutable:
        campaigns(world).campaign_controller_update_v_2(made.id, name="another")
    assert immutable.value.status_code == httpx.codes.BAD_REQUEST
    campaigns(world).campaign_controller_update_v_2(made.id, status="cancelled")
    assert campaigns(world).campaign_controller_find_one_v_2(made.id).status == "cancelled"
    with pytest.raises(ApiError):
        campaigns(world).campaign_controller_update_v_2(made.id, status="cancelled")


def test_what_we_send_fits_the_clients_types(tmp_path: Path) -> None:
    """The creates of a whole recovery are what the official client writes for the same wishes."""
    site = VapiSite(tmp_path)
    site.handed_over()
    assert site.run()["state"] == "recovered"
    assert site.here.creates
    for body in site.here.creates:
        assert body.keys() == KEYS
        assert sent_by_the_client(body) == body


def sent_by_the_client(body: dict[str, Any]) -> dict[str, Any]:
    """Return what the official client puts into its request for the same campaign."""
    asked: list[dict[str, Any]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(json.loads(request.content))
        return httpx.Response(400, json={})

    client = Vapi(token="k", httpx_client=httpx.Client(transport=httpx.MockTransport(answer)))
    given = {NAMES[name]: value for name, value in body.items()}
    given["customers"] = [strictly(CreateCustomerDto, one) for one in body["customers"]]
    with pytest.raises(ApiError):
        client.campaigns.campaign_controller_create_v_2(**given)
    return asked[0]


NAMES = {
    "name": "name", "assistantId": "assistant_id", "phoneNumberId": "phone_number_id",
    "maxConcurrency": "max_concurrency", "customers": "customers", "server": "server",
    "predialPlan": "predial_plan",
}  # fmt: skip
"""The client's own names of the fields."""
