"""The blocks as Prefect sees them: found by its entry point, secrets marked as such, clients that work."""

from importlib.metadata import entry_points

import httpx
import pytest
from pydantic import SecretStr

from models.platform import NoSuchJobError
from tasks.platforms.elevenlabs.adapter import ElevenLabs
from tasks.prefect_api.blocks import TicketSystemCredentials, WorkspaceCredentials
from tasks.runtime.blocks import TICKETS, WORKSPACE, TicketValues, WorkspaceValues
from tasks.tickets.zendesk import Zendesk

SECRET = "a-secret-that-nobody-may-see"
WORK = WorkspaceCredentials.model_validate({"url": "http://platform.test", "key": SecretStr(SECRET)})
DESK = TicketSystemCredentials(
    kind="zendesk", url="https://a.zendesk.com", user="b@a.test", token=SecretStr(SECRET)
)


def test_prefect_finds_the_blocks_by_its_entry_point() -> None:
    """Whoever installs ringback beside Prefect has its blocks, as with any collection."""
    (found,) = [one for one in entry_points(group="prefect.collections") if one.name == "ringback"]
    module = found.load()
    assert module.WorkspaceCredentials.get_block_type_slug() == WORKSPACE
    assert module.TicketSystemCredentials.get_block_type_slug() == TICKETS


@pytest.mark.parametrize(
    ("block", "values", "secret"), [(WORK, WorkspaceValues, "key"), (DESK, TicketValues, "token")]
)
def test_a_block_holds_what_the_settings_read(
    block: WorkspaceCredentials | TicketSystemCredentials,
    values: type[WorkspaceValues | TicketValues],
    secret: str,
) -> None:
    """Its form asks for the fields that the settings read, and Prefect keeps the secret one encrypted."""
    schema = type(block).model_json_schema()
    assert list(schema["properties"]) == list(values.model_fields)
    assert schema["secret_fields"] == [secret]
    assert schema["properties"][secret]["format"] == "password"
    assert SECRET not in repr(block) + str(block) + block.model_dump_json()


def test_a_workspace_gives_its_platform() -> None:
    """`get_client` of a workspace asks its address with its key."""
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(404, json={"detail": {"status": "batch_call_not_found"}})

    client = WORK.get_client(httpx.MockTransport(answer))
    assert isinstance(client, ElevenLabs)
    with pytest.raises(NoSuchJobError, match="job_1"):
        client.get_job("job_1")
    assert (asked[0].url.host, asked[0].headers["xi-api-key"]) == ("platform.test", SECRET)
    assert SECRET not in repr(client)


def test_a_ticket_system_gives_its_client() -> None:
    """`get_client` of a ticket system writes as its user, with its token."""
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200, json={"comments": []})

    client = DESK.get_client(httpx.MockTransport(answer))
    assert isinstance(client, Zendesk)
    assert client.find("4711", "a mark") is False
    assert asked[0].url.host == "a.zendesk.com"
    assert asked[0].headers["authorization"].startswith("Basic ")
