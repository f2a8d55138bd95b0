"""The official Retell client drives the sandbox and parses each answer; what we send fits its own types."""

import json
from typing import Any, get_args, get_type_hints

import httpx
import pytest
from pydantic import TypeAdapter
from retell import BadRequestError, NotFoundError, Retell, UnprocessableEntityError
from retell.types import CallListParams, CallListResponse, ConcurrencyRetrieveResponse, PhoneCallResponse
from retell.types.call_create_phone_call_params import CallCreatePhoneCallParams

from deployments.sandbox.client import Sandbox, WorldInfo
from models.reasons.rows import packaged_rows
from tests.acceptance.site import until
from tests.integration.retell.retell_site import RetellSite

KEYS = {"from_number", "to_number", "override_agent_id", "retell_llm_dynamic_variables", "metadata"}
SCENES = ["dead-dispatcher", "fell-short", "config-fault", "flagged-caller", "permit-leak"]
PERSON = "+61491570006"
CALLER = "+61255501234"


def client(world: WorldInfo) -> Retell:
    """Open the official client on a world."""
    return Retell(base_url=world.url, api_key=world.key)


def strictly(kind: Any, body: Any) -> Any:
    """Parse a body by the client's own type as pydantic would, and not as leniently as the client does."""
    return kind.model_validate_json(json.dumps(body))


def asked(world: WorldInfo, path: str, body: dict[str, Any] | None = None) -> Any:
    """Read one answer as plain JSON."""
    headers = {"authorization": f"Bearer {world.key}"}
    way = httpx.post if body is not None else httpx.get
    more: dict[str, Any] = {"json": body} if body is not None else {}
    answer = way(f"{world.url}{path}", headers=headers, timeout=20, **more)
    assert answer.status_code in {200, 201}, answer.text
    return answer.json()


@pytest.mark.parametrize("scene", SCENES)
def test_the_official_client_reads_every_scene(sandbox: Sandbox, scene: str) -> None:
    """Calls of a batch by listing and by id, the concurrency and the agent parse in the official types."""
    world = sandbox.world(scene, 2)
    batch = {"batch_call_id": {"type": "string", "op": "eq", "value": world.job_id}}
    question = {"filter_criteria": batch, "limit": 1000, "include_total": True}
    strictly(CallListResponse, asked(world, "/v3/list-calls", question))
    found = client(world).call.list(filter_criteria=batch, limit=5, include_total=True)  # type: ignore[arg-type]
    assert found.has_more == ((found.total or 0) > 5)
    for one in found.items[:5]:
        strictly(PhoneCallResponse, asked(world, f"/v2/get-call/{one.call_id}"))
        assert client(world).call.retrieve(one.call_id).call_id == one.call_id
    strictly(ConcurrencyRetrieveResponse, asked(world, "/get-concurrency"))
    assert client(world).concurrency.retrieve().concurrency_limit == world.permits
    assert client(world).agent.retrieve(world.agent_id).agent_id == world.agent_id


def test_the_official_client_pages_through_a_batch(sandbox: Sandbox) -> None:
    """Every call comes once, however many a page has, oldest first where it is asked so."""
    world = sandbox.world("fell-short", 3, contacts=30)
    batch: Any = {"batch_call_id": {"type": "string", "op": "eq", "value": world.job_id}}
    seen: list[Any] = []
    key: Any = None
    while True:
        more = {"pagination_key": key} if key else {}
        page = client(world).call.list(filter_criteria=batch, limit=7, sort_order="ascending", **more)
        seen += page.items
        key = page.pagination_key
        if not page.has_more:
            break
    assert len({one.call_id for one in seen}) == len(seen) > 7
    times = [one.start_timestamp or 0 for one in seen]
    assert times == sorted(times)


def test_one_key_is_one_call(sandbox: Sandbox) -> None:
    """The client's own words hold here: within the hour the same key makes no second call, another does."""
    world = sandbox.world("healthy", 1, speed=1)
    made: Any = {"from_number": CALLER, "to_number": PERSON, "metadata": {"ringback_wave": "rb-r_1-1"}}
    first = client(world).call.create_phone_call(idempotency_key="rb-r_1-1-a", **made)
    again = client(world).call.create_phone_call(idempotency_key="rb-r_1-1-a", **made)
    other = client(world).call.create_phone_call(idempotency_key="rb-r_1-1-b", **made)
    assert first.call_id == again.call_id != other.call_id
    strictly(PhoneCallResponse, asked(world, f"/v2/get-call/{first.call_id}"))


def test_refusals_are_the_ones_that_the_client_knows(sandbox: Sandbox) -> None:
    """400 for somebody on the platform's own list, 422 for a number that is nobody's, 404 for no call."""
    world = sandbox.world("healthy", 1)
    sandbox.retell_aside(world.key, do_not_call=[PERSON])
    create = client(world).call.create_phone_call
    with pytest.raises(BadRequestError):
        create(from_number=CALLER, to_number=PERSON, honor_internal_dnc=True)
    assert create(from_number=CALLER, to_number=PERSON).call_id
    with pytest.raises(UnprocessableEntityError):
        create(from_number="+61255509999", to_number=PERSON)
    with pytest.raises(NotFoundError):
        client(world).call.retrieve("call_nobody")


def test_what_we_send_fits_the_clients_types(tmp_path: Any) -> None:
    """Creates and questions of a whole recovery validate against the params of the official client."""
    site = RetellSite(tmp_path, contacts=8)
    site.begun()
    assert site.run()["state"] == "recovered"
    hints = get_type_hints(CallCreatePhoneCallParams)
    assert site.here.creates
    for body in site.here.creates:
        assert body.keys() == KEYS | {"honor_internal_dnc", "idempotency_key"}
        assert body.keys() <= hints.keys()
        for name, value in body.items():
            if name != "metadata":  # an object of ours, which the type leaves open
                TypeAdapter(hints[name]).validate_python(value, strict=True)
    questions = [one for one in site.here.questions if "filter_criteria" in one]
    assert {name for one in questions for name in one["filter_criteria"]} >= {
        "batch_call_id", "metadata", "to_number", "start_timestamp",
    }  # fmt: skip
    for one in questions:
        TypeAdapter(CallListParams).validate_python(one)


def test_the_reason_table_knows_every_reason_of_the_installed_client() -> None:
    """The client's enum of ends is compared with our table, so that an upgrade that adds one is noticed."""
    told = PhoneCallResponse.model_fields["disconnection_reason"].annotation
    words = {word for part in get_args(told) for word in get_args(part)}
    assert len(words) > 30
    assert words <= {row.code for row in packaged_rows() if row.system == "retell"}


def test_the_sandbox_protects_nobody(sandbox: Sandbox) -> None:
    """A second request beside a slow first one is a second call here: what it is, no document says."""
    world = sandbox.world("healthy", 1, speed=1000)
    sandbox.fault(world.key, "slow_create", on="/v2/create-phone-call", seconds=1.0)
    body = {"from_number": CALLER, "to_number": PERSON, "idempotency_key": "rb-r_1-1-a"}
    way = f"{world.url}/v2/create-phone-call"
    headers = {"authorization": f"Bearer {world.key}"}
    with pytest.raises(httpx.ReadTimeout):
        httpx.post(way, json=body, headers=headers, timeout=0.3)
    assert httpx.post(way, json=body, headers=headers, timeout=10).status_code == 201
    until(lambda: _dials(sandbox, world) == 2, "both were dialled", 20)


def _dials(sandbox: Sandbox, world: WorldInfo) -> int:
    return sum(one["phone"] == PERSON for one in sandbox.history(world.key)["dials"])
