"""What the published format leaves open, over HTTP; the official client still parses all of it."""

from email.utils import parsedate_to_datetime
from time import time
from typing import Any

import httpx
import pytest
from elevenlabs import ElevenLabs
from elevenlabs.conversational_ai.client import ConversationalAiClient

from deployments.sandbox.client import Sandbox, SandboxFailedError, WorldInfo
from models.plan.markers import VARIABLE

pytestmark = pytest.mark.filterwarnings("ignore::pydantic.PydanticDeprecatedSince20")  # inside the client

BATCHES = "/v1/convai/batch-calling"
MARKER = "rb-r_0123456789ab-1"


@pytest.fixture
def world(sandbox: Sandbox) -> WorldInfo:
    """Open a fresh world."""
    return sandbox.world("fell-short", contacts=20)


def open_http(world: WorldInfo, timeout: float = 20) -> httpx.Client:
    """Open a plain HTTP client on a world."""
    return httpx.Client(base_url=world.url, headers={"xi-api-key": world.key}, timeout=timeout)


def convai(world: WorldInfo) -> ConversationalAiClient:
    """Open the official client on a world."""
    client: ConversationalAiClient = ElevenLabs(base_url=world.url, api_key=world.key).conversational_ai
    return client


def submit(http: httpx.Client, world: WorldInfo, name: str = MARKER, **more: Any) -> httpx.Response:
    """Submit a job for one person, with its marker in a variable as well."""
    data = {"dynamic_variables": {VARIABLE: name}}
    row = {"id": "mine", "phone_number": "+61491570006", "conversation_initiation_client_data": data}
    body = {"call_name": name, "agent_id": world.agent_id, "recipients": [row], **more}
    return http.post(f"{BATCHES}/submit", json=body)


def listed(http: httpx.Client, **query: Any) -> dict[str, Any]:
    """Read one page of the workspace's jobs."""
    found: dict[str, Any] = http.get(f"{BATCHES}/workspace", params=query).json()
    return found


@pytest.mark.parametrize("word", ["oldest", "name", "shuffled", "newest"])
def test_jobs_are_listed_in_any_order_and_every_page_belongs_to_it(
    sandbox: Sandbox, world: WorldInfo, word: str
) -> None:
    """Who follows the cursors has every job once, in whatever order the platform likes."""
    sandbox.fault(world.key, "list_order", word=word)
    sandbox.fault(world.key, "page_size", n=2)
    with open_http(world) as http:
        made = {submit(http, world, f"{word} {n}").json()["id"] for n in range(5)}
        found, cursor = [], None
        while True:
            part = listed(http, **({"last_doc": cursor} if cursor else {}))
            found += [job["id"] for job in part["batch_calls"]]
            if not part["has_more"]:
                break
            cursor = part["next_doc"]
    assert sorted(found) == sorted([*made, world.job_id])
    assert (found[0] == world.job_id) == (word == "oldest" or found[0] == world.job_id)


@pytest.mark.parametrize(("word", "last"), [("unsaid", None), ("unsaid_cursor", "a cursor")])
def test_has_more_can_be_left_out(sandbox: Sandbox, world: WorldInfo, word: str, last: str | None) -> None:
    """The format allows it: the cursor alone tells, or an empty page does."""
    sandbox.fault(world.key, "page_ends", word=word)
    with open_http(world) as http:
        part = listed(http)
        assert "has_more" not in part
        assert bool(part["next_doc"]) == bool(last)
        if last:
            end = listed(http, last_doc=part["next_doc"])
            assert (end["batch_calls"], end["next_doc"]) == ([], None)


def test_a_cursor_can_be_refused(sandbox: Sandbox, world: WorldInfo) -> None:
    """The cursor that a page gave is unknown to the very next request."""
    sandbox.fault(world.key, "page_ends", word="unknown")
    with open_http(world) as http:
        cursor = listed(http)["next_doc"]
        assert http.get(f"{BATCHES}/workspace", params={"last_doc": cursor}).status_code == 400


@pytest.mark.parametrize(("n", "shown"), [(12, MARKER[:12]), (20, MARKER), (30, MARKER)])
def test_a_name_can_be_cut(sandbox: Sandbox, world: WorldInfo, n: int, shown: str) -> None:
    """It comes back shorter in the answer and in the listing; in the history it is whole."""
    sandbox.fault(world.key, "names", n=n)
    with open_http(world) as http:
        made = submit(http, world).json()
        assert made["name"] == shown
        assert shown in {job["name"] for job in listed(http)["batch_calls"]}
    assert MARKER in {job["name"] for job in sandbox.history(world.key)["jobs"]}


def test_a_job_can_be_made_after_the_client_has_given_up(sandbox: Sandbox, world: WorldInfo) -> None:
    """The client times out, sees no job, and later there is one."""
    sandbox.fault(world.key, "slow_create", seconds=1.5)
    with open_http(world) as http, open_http(world, timeout=0.3) as hasty:
        began = time()
        with pytest.raises(httpx.ReadTimeout):
            submit(hasty, world)
        assert MARKER not in {job["name"] for job in listed(http)["batch_calls"]}
        while not (mine := [job for job in listed(http)["batch_calls"] if job["name"] == MARKER]):
            pass
        assert time() - began >= 1.5
        assert len(mine) == 1


def test_a_patient_client_gets_the_answer_of_a_slow_create(sandbox: Sandbox, world: WorldInfo) -> None:
    """Who waits long enough is answered with the job, which exists once."""
    sandbox.fault(world.key, "slow_create", seconds=0.5)
    with open_http(world) as http:
        made = submit(http, world).json()
        assert [job["id"] for job in listed(http)["batch_calls"] if job["name"] == MARKER] == [made["id"]]


def test_ids_numbers_and_variables_come_back_in_the_platforms_own_form(
    sandbox: Sandbox, world: WorldInfo
) -> None:
    """Another id, no plus, nulls and system variables; the marker variable is among them."""
    for name in ("new_ids", "numbers", "output_model"):
        sandbox.fault(world.key, name)
    with open_http(world) as http:
        made = submit(http, world).json()["id"]
        (row,) = http.get(f"{BATCHES}/{made}").json()["recipients"]
    data = row["conversation_initiation_client_data"]
    assert (row["id"] != "mine", row["phone_number"]) == (True, "61491570006")
    assert data["dynamic_variables"][VARIABLE] == MARKER
    assert data["custom_llm_extra_body"] is None
    (parsed,) = convai(world).batch_calls.get(made).recipients
    assert parsed.phone_number == "61491570006"


@pytest.mark.parametrize("status", [404, 409, 422])
def test_a_cancel_can_be_refused_when_it_is_over(sandbox: Sandbox, world: WorldInfo, status: int) -> None:
    """The source is over already, and the platform says so with an error."""
    sandbox.fault(world.key, "cancel_over", n=status)
    with open_http(world) as http:
        assert http.post(f"{BATCHES}/{world.job_id}/cancel").status_code == status
        assert http.get(f"{BATCHES}/{world.job_id}").json()["status"] == "completed"


def test_a_cancel_can_work_and_read_as_an_error(sandbox: Sandbox) -> None:
    """The answer is a 500, the job is cancelled."""
    world = sandbox.world("dead-dispatcher", faults=[{"name": "cancel_then_500"}])
    with open_http(world) as http:
        assert http.post(f"{BATCHES}/{world.job_id}/cancel").status_code == 500
        assert http.get(f"{BATCHES}/{world.job_id}").json()["status"] == "cancelled"


def test_a_cancel_can_dial_three_people_whom_nothing_shows(sandbox: Sandbox) -> None:
    """The counter rises by three; no row and no conversation tells whom."""
    world = sandbox.world(
        "dead-dispatcher", speed=100_000.0, faults=[{"name": "hidden_dispatch", "on": "cancel"}]
    )
    with open_http(world) as http:
        before = http.get(f"{BATCHES}/{world.job_id}").json()
        http.post(f"{BATCHES}/{world.job_id}/cancel")
        while sum(not dial["recorded"] for dial in sandbox.history(world.key)["dials"]) < 3:
            pass
        after = http.get(f"{BATCHES}/{world.job_id}").json()
        shown = http.get("/v1/convai/conversations", params={"page_size": 100}).json()["conversations"]
    assert after["total_calls_dispatched"] - before["total_calls_dispatched"] == 3
    calls = {row["conversation_id"] for row in after["recipients"]} - {None}
    assert {call["conversation_id"] for call in shown} == calls


@pytest.mark.parametrize(
    ("on", "path"),
    [
        ("/live-count", "analytics/live-count"),
        ("/phone-numbers", "phone-numbers"),
        ("/agents/", "agents/{agent}"),
        ("/conversations", "conversations"),
        ("/sip-messages", "conversations/any/sip-messages"),
    ],
)
def test_a_key_can_lack_one_permission(sandbox: Sandbox, world: WorldInfo, on: str, path: str) -> None:
    """401 with the platform's own word, there and only there; jobs can still be read."""
    sandbox.fault(world.key, "no_permission", on=on)
    with open_http(world) as http:
        refused = http.get(f"/v1/convai/{path.format(agent=world.agent_id)}")
        assert (refused.status_code, refused.json()["detail"]["status"]) == (401, "missing_permissions")
        assert http.get(f"{BATCHES}/{world.job_id}").status_code == 200


def test_a_workspace_can_be_full_of_others(sandbox: Sandbox, world: WorldInfo) -> None:
    """Thousands of inbound conversations of the agent fill the listing, and four are live."""
    sandbox.fault(world.key, "foreign_calls", n=2_000)
    sandbox.fault(world.key, "foreign_live", n=4)
    with open_http(world) as http:
        part = http.get(
            "/v1/convai/conversations", params={"page_size": 100, "agent_id": world.agent_id}
        ).json()
        inbound = [call for call in part["conversations"] if call["direction"] == "inbound"]
        assert len(inbound) > 50
        foreign = convai(world).conversations.get(inbound[0]["conversation_id"])
        assert foreign.metadata.batch_call is None
        assert http.get("/v1/convai/analytics/live-count").json()["count"] == 4
        mine = http.get("/v1/convai/analytics/live-count", params={"agent_id": world.agent_id}).json()
        assert mine["count"] == 0
    assert all(dial["job_id"] == world.job_id for dial in sandbox.history(world.key)["dials"])


def test_calls_tell_of_the_carrier_and_of_their_campaign(sandbox: Sandbox) -> None:
    """A call that reads failed was answered, by the carrier's word; a campaign owns the batch."""
    world = sandbox.world(
        "fell-short",
        contacts=20,
        faults=[{"name": "call_results"}],
        moves=[{"what": "answered_503", "n": 1}, {"what": "campaign"}],
    )
    reached = next(one for one in sandbox.history(world.key)["dials"] if one["outcome"] == "answered_503")
    told = convai(world).conversations.get(reached["call_id"])
    assert (told.status, told.metadata.error.code) == ("failed", 503)
    assert told.metadata.phone_call.call_result == "answered"
    assert told.metadata.batch_call.campaign.campaign_id
    truth = {one["recipient_id"]: one for one in sandbox.history(world.key)["truth"]}
    assert truth[reached["recipient_id"]]["reached_before"]


def test_a_stalled_whatsapp_batch_has_no_numbers(sandbox: Sandbox) -> None:
    """Its rows name WhatsApp users, and the batch says whose they are; the official client reads it."""
    world = sandbox.world("dead-dispatcher", contacts=4, moves=[{"what": "whatsapp"}])
    job = convai(world).batch_calls.get(world.job_id)
    assert {row.phone_number for row in job.recipients} == {None}
    assert all(row.whatsapp_user_id for row in job.recipients)
    assert str(job.phone_provider) == "whatsapp"


@pytest.mark.parametrize(("asked", "header"), [(0, "0"), ("soon", "soon"), ("date", None)])
def test_retry_after_can_be_anything(
    sandbox: Sandbox, world: WorldInfo, asked: int | str, header: str | None
) -> None:
    """Nought, a word, or a date half a minute ahead."""
    sandbox.fault(world.key, "answer_429", retry_after=asked)
    with open_http(world) as http:
        told = http.get(f"{BATCHES}/{world.job_id}").headers["retry-after"]
    if header is None:
        assert parsedate_to_datetime(told).timestamp() == pytest.approx(time() + 30, abs=5)
    else:
        assert told == header


def test_a_redirect_leads_to_another_host(sandbox: Sandbox, world: WorldInfo) -> None:
    """The answer is a 307 that names it."""
    sandbox.fault(world.key, "redirect")
    with open_http(world) as http:
        sent_on = http.get(f"{BATCHES}/{world.job_id}")
    assert sent_on.status_code == 307
    assert sent_on.headers["location"] == f"https://api.elsewhere.example.com{BATCHES}/{world.job_id}"


def test_people_act_on_the_platform(sandbox: Sandbox, world: WorldInfo) -> None:
    """Another team calls its own, a person retries the newest wave and deletes the source."""
    other = sandbox.do(world.key, "foreign_job", n=3)
    with open_http(world) as http:
        made = submit(http, world).json()["id"]
        assert sandbox.do(world.key, "retry_job", "newest") == made
        sandbox.do(world.key, "delete_job")
        assert http.get(f"{BATCHES}/{world.job_id}").status_code == 404
        assert http.get(f"{BATCHES}/{other}").json()["total_calls_scheduled"] == 3
    with pytest.raises(SandboxFailedError, match="no move 'dance'"):
        sandbox.do(world.key, "dance")


@pytest.mark.parametrize("seed", range(8))
def test_the_official_client_parses_every_adversary(sandbox: Sandbox, seed: int) -> None:
    """What is drawn stays within the published format."""
    world = sandbox.world("fell-short", contacts=10, adversary=seed)
    with open_http(world) as http:
        sandbox.do(world.key, "lift_faults")
        submit(http, world)
    again = sandbox.world("fell-short", contacts=10, adversary=seed)
    client = convai(again)
    job = client.batch_calls.get(again.job_id, request_options={"max_retries": 9})
    assert len(job.recipients) == 10
    client.batch_calls.list()
