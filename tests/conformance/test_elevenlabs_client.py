"""The official ElevenLabs client drives the sandbox and parses each answer; no required field is missing."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from elevenlabs import ElevenLabs
from elevenlabs.conversational_ai.client import ConversationalAiClient
from elevenlabs.core.api_error import ApiError
from elevenlabs.types import (
    BatchCallDetailedResponse,
    BatchCallResponse,
    ConversationSummaryResponseModel,
    OutboundCallRecipient,
)

from deployments.sandbox.client import Sandbox, WorldInfo
from tests.sure import sure

pytestmark = pytest.mark.filterwarnings("ignore::pydantic.PydanticDeprecatedSince20")  # inside the client

PUBLISHED = json.loads((Path(__file__).parent / "elevenlabs_required.json").read_text())
REQUIRED, ENUMS = PUBLISHED["required"], PUBLISHED["enums"]
SCENES = ["permit-leak", "fell-short", "config-fault", "flagged-caller", "healthy"]
FAST = 100_000.0
PEOPLE = ["+61491570006", "+61491570156", "+61491570157"]
OLD = 2_000_000_000


def convai(world: WorldInfo) -> ConversationalAiClient:
    """Open the official client on a world."""
    client: ConversationalAiClient = ElevenLabs(base_url=world.url, api_key=world.key).conversational_ai
    return client


PLAIN = httpx.Client(timeout=20)


def raw(world: WorldInfo, path: str, **query: Any) -> Any:
    """Read one answer as plain JSON."""
    answer = PLAIN.get(f"{world.url}/v1/convai/{path}", headers={"xi-api-key": world.key}, params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def has_all(schema: str, body: dict[str, Any]) -> None:
    """Hold one object against the required fields of its published schema."""
    assert set(REQUIRED[schema]) <= set(body), (schema, set(REQUIRED[schema]) - set(body))


def finished(client: ConversationalAiClient, job_id: str) -> BatchCallDetailedResponse:
    """Read a job until it is over; the test's own timeout ends a wait for nothing."""
    job: BatchCallDetailedResponse = client.batch_calls.get(job_id)
    while job.status in {"pending", "in_progress"}:
        job = client.batch_calls.get(job_id)
    return job


def submitted(client: ConversationalAiClient, world: WorldInfo, **wishes: Any) -> BatchCallResponse:
    """Submit a small job with the official client."""
    recipients = [
        OutboundCallRecipient.model_validate(
            {
                "phone_number": phone,
                "conversation_initiation_client_data": {"dynamic_variables": {"n": place}},
            }
        )
        for place, phone in enumerate(PEOPLE)
    ]
    made: BatchCallResponse = client.batch_calls.create(
        call_name="rb-1 w1",
        agent_id=world.agent_id,
        recipients=recipients,
        agent_phone_number_id=world.phone_number_id,
        **wishes,
    )
    return made


@pytest.mark.parametrize("scene", SCENES)
def test_the_official_client_reads_every_scene(sandbox: Sandbox, scene: str) -> None:
    """Job, list, calls, SIP messages, agent, numbers and live count parse strictly in the official models."""
    world = sandbox.world(scene, 2)
    client = convai(world)
    job = client.batch_calls.get(world.job_id)
    assert type(job).model_validate(raw(world, f"batch-calling/{world.job_id}")).id == world.job_id
    assert world.job_id in [one.id for one in client.batch_calls.list(agent_id=world.agent_id).batch_calls]
    for row in [row for row in job.recipients if row.conversation_id][:8]:
        call = client.conversations.get(row.conversation_id)
        type(call).model_validate(raw(world, f"conversations/{row.conversation_id}"))
        assert call.metadata.batch_call.batch_call_recipient_id == row.id
        assert call.metadata.phone_call.external_number == row.phone_number
        assert client.conversations.get_sip_messages(row.conversation_id).sip_messages[0].direction == "out"
    assert client.agents.get(world.agent_id).platform_settings.call_limits.agent_concurrency_limit == -1
    assert [number.phone_number_id for number in client.phone_numbers.list()] == [world.phone_number_id]
    assert client.analytics.live_count.get(agent_id=world.agent_id).count >= 0


def test_the_official_client_submits_and_follows_a_job(sandbox: Sandbox) -> None:
    """A submitted job keeps its name, cap, people and what the agent is to say, and comes to its end."""
    world = sandbox.world("dead-dispatcher", speed=FAST)
    client = convai(world)
    created = submitted(client, world, target_concurrency_limit=2, timezone="Australia/Sydney")
    job = finished(client, created.id)
    assert (job.name, job.target_concurrency_limit, job.timezone) == ("rb-1 w1", 2, "Australia/Sydney")
    assert (job.total_calls_scheduled, job.total_calls_dispatched, job.total_calls_finished) == (3, 3, 3)
    assert [row.phone_number for row in job.recipients] == PEOPLE
    said = [sure(row.conversation_initiation_client_data).dynamic_variables for row in job.recipients]
    assert said == [{"n": 0}, {"n": 1}, {"n": 2}]


def test_the_official_client_cancels_and_retries(sandbox: Sandbox) -> None:
    """Cancel overwrites all rows; retry counts itself and dials failed rows again."""
    world = sandbox.world("permit-leak", speed=FAST)
    client = convai(world)
    assert client.batch_calls.cancel(world.job_id).status == "cancelled"
    assert {row.status for row in client.batch_calls.get(world.job_id).recipients} == {"cancelled"}
    other = sandbox.world("invalid-segment", speed=FAST)
    client = convai(other)
    assert client.batch_calls.retry(other.job_id).retry_count == 1
    finished(client, other.job_id)
    later = [dial for dial in sandbox.history(other.key)["dials"] if dial["delivery"] == 2]
    assert len(later) == 32


def test_the_official_client_deletes(sandbox: Sandbox) -> None:
    """A deleted job is gone from reading, though its dials stay in the history."""
    world = sandbox.world("finished")
    client = convai(world)
    client.batch_calls.delete(world.job_id)
    with pytest.raises(ApiError) as refused:
        client.batch_calls.get(world.job_id)
    assert (refused.value.status_code, refused.value.body["detail"]["status"]) == (404, "not_found")
    assert len(sandbox.history(world.key)["dials"]) == 60


def test_pages_lead_through_all_jobs_and_calls_once(sandbox: Sandbox) -> None:
    """Following the cursors shows every job and every recorded call exactly once, newest first."""
    world = sandbox.world("fell-short")
    client = convai(world)
    made = [submitted(client, world, scheduled_time_unix=OLD).id for _ in range(4)]
    seen: list[BatchCallResponse] = []
    last = None
    while (answer := client.batch_calls.list(limit=2, last_doc=last)).has_more:
        seen, last = [*seen, *answer.batch_calls], answer.next_doc
    assert [job.id for job in [*seen, *answer.batch_calls]] == [*reversed(made), world.job_id]
    calls: list[ConversationSummaryResponseModel] = []
    cursor = None
    while (found := client.conversations.list(page_size=7, cursor=cursor)).has_more:
        calls, cursor = [*calls, *found.conversations], found.next_cursor
    calls += found.conversations
    assert len({call.conversation_id for call in calls}) == len(calls) == 46
    starts = [call.start_time_unix_secs for call in calls]
    assert starts == sorted(starts, reverse=True)
    middle = starts[20]
    after = client.conversations.list(call_start_after_unix=middle, page_size=100).conversations
    assert [call.conversation_id for call in after] == [
        c.conversation_id for c in calls if c.start_time_unix_secs >= middle
    ]


@pytest.mark.parametrize("scene", SCENES)
def test_every_answer_has_every_required_field(sandbox: Sandbox, scene: str) -> None:
    """Nothing that the published document requires is missing, and statuses are the published ones."""
    world = sandbox.world(scene, 2)
    job = raw(world, f"batch-calling/{world.job_id}")
    has_all("BatchCallDetailedResponse", job)
    assert job["status"] in ENUMS["BatchCallStatus"]
    for row in job["recipients"]:
        has_all("OutboundCallRecipientResponseModel", row)
        assert row["status"] in ENUMS["BatchCallRecipientStatus"]
    jobs = raw(world, "batch-calling/workspace")
    has_all("WorkspaceBatchCallsResponse", jobs)
    has_all("BatchCallResponse", jobs["batch_calls"][0])
    listed = raw(world, "conversations", page_size=100)
    has_all("GetConversationsPageResponseModel", listed)
    for summary in listed["conversations"]:
        has_all("ConversationSummaryResponseModel", summary)
        assert summary["status"] in ENUMS["conversation.status"]
        has_all_of_call(raw(world, f"conversations/{summary['conversation_id']}"))
    messages = raw(world, f"conversations/{listed['conversations'][-1]['conversation_id']}/sip-messages")
    has_all("GetSIPLogMessagesResponse", messages)
    has_all("SIPLogMessage", messages["sip_messages"][-1])
    has_all("GetLiveCountResponse", raw(world, "analytics/live-count"))
    has_all("GetAgentResponseModel", raw(world, f"agents/{world.agent_id}"))
    (number,) = raw(world, "phone-numbers")
    has_all("GetPhoneNumberSIPTrunkResponseModel", number)
    has_all("PhoneNumberAgentInfo", number["assigned_agent"])


def has_all_of_call(call: dict[str, Any]) -> None:
    """Hold one conversation with all its parts against the published document."""
    meta = call["metadata"]
    has_all("GetConversationResponseModel", call)
    has_all("ConversationHistoryMetadataCommonModel", meta)
    has_all("ConversationHistoryBatchCallModel", meta["batch_call"])
    has_all("ConversationHistorySIPTrunkingPhoneCallModel", meta["phone_call"])
    if meta["error"]:
        has_all("ConversationHistoryErrorCommonModel", meta["error"])


def test_refusals_have_the_platforms_shape(sandbox: Sandbox) -> None:
    """A wrong key is 401, an unknown job 404, a bad number 422 with its place, and nothing is created."""
    world = sandbox.world("finished")
    submit = f"{world.url}/v1/convai/batch-calling/submit"
    people = [{"phone_number": PEOPLE[0]}]
    body = {"call_name": "x", "agent_id": world.agent_id, "recipients": people}
    wrong = PLAIN.post(submit, headers={"xi-api-key": "nobody"}, json=body)
    assert (wrong.status_code, wrong.json()["detail"]["status"]) == (401, "invalid_api_key")
    mine = {"xi-api-key": world.key}
    unknown = PLAIN.get(f"{world.url}/v1/convai/batch-calling/btcal_none", headers=mine)
    assert (unknown.status_code, unknown.json()["detail"]["status"]) == (404, "not_found")
    bad = PLAIN.post(submit, headers=mine, json={**body, "recipients": [{"phone_number": "ring me"}]})
    (error,) = bad.json()["detail"]
    has_all("ValidationError", error)
    assert (bad.status_code, error["loc"]) == (422, ["body", "recipients", 0, "phone_number"])
    many = PLAIN.post(submit, headers=mine, json={**body, "recipients": people * 10_001})
    assert many.status_code == 422
    assert len(sandbox.history(world.key)["jobs"]) == 1
