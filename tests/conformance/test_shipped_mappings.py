"""The mapping files that come along: each loads, reads what its platform's pages show, and claims no more."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from models.enums import Absence, ContactStatus, Find, JobStatus
from models.mapping.claims import claims
from models.mapping.mapping import PlatformMapping, parse_mapping
from models.platform import SubmitRefusedError
from tasks.platforms.mapped.adapter import Mapped
from tests.conformance.test_mapped_create import draft
from tests.fakes.desk import now
from tests.fakes.voqo import TickingClock
from tests.unit.mapping.example import EXAMPLE

FOLDER = EXAMPLE.parent
FILES = sorted(FOLDER.glob("*.toml"))

SYNTHFLOW_JOB = {
    "batch_call_id": "3f6f2f5e-4f4b-4f0e-9a4e-2b6d1a5c7e90",
    "name": "August re-engagement",
    "from_phone_number": "+16286666348",
    "model_id": "1631a495-e29b-4933-a0b7-3ea0f4a45e64",
    "status": "in_progress",
    "total_task_count": 3,
    "dispatched_count": 1,
    "failed_count": 1,
    "pending_count": 1,
    "created_at": "2026-08-01T09:00:00Z",
}
PAGE = {"total_records": 3, "limit": 100, "offset": 0}


def task(n: int, status: str, error: str | None = None) -> dict[str, Any]:
    """Return a recipient of Synthflow's."""
    told = {"id": f"lead-{n}", "to_phone_number": f"+1202555123{n}", "lead_name": "John", "status": status}
    return told | {"custom_variables": {"plan": "pro"}, "error_message": error}


SYNTHFLOW: dict[str, Any] = {
    f"/v2/calls/batch/{SYNTHFLOW_JOB['batch_call_id']}": {"status": "ok", "response": SYNTHFLOW_JOB},
    f"/v2/calls/batch/{SYNTHFLOW_JOB['batch_call_id']}/tasks": {
        "status": "ok",
        "response": {
            "pagination": PAGE,
            "tasks": [task(1, "dispatched"), task(2, "failed", "no such number"), task(3, "pending")],
        },
    },
    "/v2/calls/batch": {
        "status": "ok",
        "response": {"pagination": PAGE | {"total_records": 1}, "batch_calls": [SYNTHFLOW_JOB]},
    },
}
CARTESIA_JOB = {
    "id": "acb_PDWFN995PzAudChwFDqVZ2",
    "name": "March outreach",
    "agent_id": "agent_Fo7pKNBUwLZxrTd6jvhpaE",
    "from_number_id": "ap_Q8PRh7lXyZsawXJmN2KcT5",
    "target_concurrency_limit": 10,
    "status": "in_progress",
    "total_calls_scheduled": 2,
    "total_calls_dispatched": 1,
    "total_calls_finished": 1,
    "created_at": "2026-03-07T05:31:56Z",
    "last_updated_at": "2026-03-07T05:35:00Z",
    "scheduled_at": None,
    "recipients": [
        {"id": "r1", "to_number": "+14155559876", "status": "failed", "created_at": "2026-03-07T05:31:56Z",
         "agent_call_id": "call_1", "error_message": "busy", "metadata": {"customer_id": "cust_123"}},
        {"id": "r2", "to_number": "+14155550101", "status": "pending", "created_at": "2026-03-07T05:31:56Z",
         "agent_call_id": None, "error_message": None, "metadata": {"customer_id": "cust_456"}},
    ],
}  # fmt: skip
CARTESIA: dict[str, Any] = {
    f"/agents/calls/batches/{CARTESIA_JOB['id']}": CARTESIA_JOB,
    "/agents/calls/batches": {"data": [CARTESIA_JOB], "has_more": False, "next_page": None},
}


def mapping_of(name: str) -> PlatformMapping:
    """Return a mapping that comes along."""
    return parse_mapping((FOLDER / f"{name}.toml").read_bytes(), name)


def platform_of(name: str, answers: dict[str, Any], seen: list[httpx.Request]) -> Mapped:
    """Return a platform that answers what its pages show."""

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        found = answers.get(request.url.path)
        return httpx.Response(404, json={}) if found is None else httpx.Response(200, json=found)

    transport = httpx.MockTransport(answer)
    return Mapped(mapping_of(name), "https://x.example", "key", clock=TickingClock(), transport=transport)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_file_loads_and_names_its_evidence(path: Path) -> None:
    """Each claim has a sentence, and of a vendor's platform an address on the vendor's own pages."""
    found = parse_mapping(path.read_bytes(), path.name)
    assert claims(found.document).keys() == found.evidence.keys()
    if path != EXAMPLE:
        host = f"https://docs.{path.stem}.ai/"
        assert [one.source for one in found.evidence.values() if not one.source.startswith(host)] == []
        assert found.document.assumptions


def test_synthflow_is_read_as_its_pages_show_it() -> None:
    """Counters, recipients, variables and the reason of a failure stand where the pages put them."""
    seen: list[httpx.Request] = []
    platform = platform_of("synthflow", SYNTHFLOW, seen)
    job = platform.get_job(str(SYNTHFLOW_JOB["batch_call_id"]))
    assert (job.status, job.total, job.dispatched) == (JobStatus.RUNNING, 3, 1)
    rows = list(platform.list_contacts(job.id))
    wanted = [ContactStatus.IN_DOUBT, ContactStatus.NOT_REACHED, ContactStatus.NOT_DIALED]
    assert [one.status for one in rows] == wanted
    assert rows[1].reasons[0].system == "synthflow.task"
    assert rows[2].payload["custom_variables"] == {"plan": "pro"}
    assert [one.id for one in platform.list_jobs(now())] == [job.id]
    assert seen[0].headers["authorization"] == "Bearer key"


def test_cartesia_is_read_as_its_pages_show_it() -> None:
    """One body has batch and recipients, a header the version; `pending` of a recipient is not believed."""
    seen: list[httpx.Request] = []
    platform = platform_of("cartesia", CARTESIA, seen)
    job = platform.get_job(str(CARTESIA_JOB["id"]))
    assert (job.status, job.total, job.dispatched, job.finished) == (JobStatus.RUNNING, 2, 1, 1)
    rows = list(platform.list_contacts(job.id))
    assert [one.status for one in rows] == [ContactStatus.NOT_REACHED, ContactStatus.UNKNOWN]
    assert rows[1].payload == {"customer_id": "cust_456"}
    assert [one.id for one in platform.list_jobs(now())] == [job.id]
    assert (seen[0].headers["x-api-key"], seen[0].headers["cartesia-version"]) == ("key", "2026-03-01")


@pytest.mark.parametrize("name", ["synthflow", "cartesia"])
def test_what_the_pages_do_not_say_is_not_done(name: str) -> None:
    """Nobody has written whether they call again by themselves: both are looked at and stopped, no more."""
    seen: list[httpx.Request] = []
    platform = platform_of(name, {}, seen)
    can = platform.capabilities
    assert (can.find, can.absence, can.can_list_calls) == (Find.NEVER, Absence.NEVER, False)
    assert (can.can_list_jobs, can.can_stop) == (True, True)
    with pytest.raises(SubmitRefusedError, match="by itself"):
        platform.create_job(draft())
    assert seen == []
