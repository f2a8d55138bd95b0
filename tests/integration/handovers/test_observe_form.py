"""The form by which a job is handed over in Prefect: what it keeps, refuses, and sends elsewhere."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from prefect.utilities.schema_tools.validation import validate
from pydantic import BaseModel, ValidationError

from deployments.prefect.register import _all
from flows.observe import observe
from flows.requests import ObserveRequest
from tasks.handovers.observe import NotTakenError
from tasks.handovers.shown import handover_document, handover_markdown
from tasks.prefect_api.stop_form import SayStopped
from tasks.runs.observe_run import handed_over, said_of
from tasks.runtime.handing import NotAskedForError, sending
from tasks.runtime.settings.hooks import GatewaySettings
from tests.integration.handovers.voqo_site import JOB, VoqoSite
from tests.integration.scenes import phone


@pytest.fixture
def site(tmp_path: Path) -> VoqoSite:
    """Return a workspace of Voqo."""
    return VoqoSite(tmp_path)


def form(**given: Any) -> dict[str, Any]:
    """Return a filled form as a run gets it."""
    made = ObserveRequest(**{"job_id": JOB, "status": "Running", "by": "Kim", **given})
    return made.model_dump(exclude={"job_id", "workspace"})


def test_a_form_keeps_what_the_command_keeps(site: VoqoSite) -> None:
    """State, counters and ids of one moment, by name; movement is judged from it like from any other."""
    given = form(expected=5, processed=2, agent="agent_1", campaign="c_1", upload_id="u_1")
    taken = handed_over(site.runtime, JOB, given)
    (kept,) = site.handovers.of_job(JOB)
    assert (kept.by, kept.status, kept.expected, kept.processed) == ("Kim (Prefect form)", "Running", 5, 2)
    assert (kept.agent_id, kept.campaign_id, kept.upload_id) == ("agent_1", "c_1", "u_1")
    assert said_of(site.runtime, taken).startswith("Kept: Running, 2 processed. ")


def test_what_no_form_takes_is_sent_by_another_door(site: VoqoSite) -> None:
    """Where files lack, message and artifact say so, with the command and the gateway's own address."""
    taken = handed_over(site.runtime, JOB, form())
    said = said_of(site.runtime, taken)
    assert "the artifact says how to send the upload and the report" in said
    own = GatewaySettings.model_validate({"url": "https://calls.example/"})
    settings = site.runtime.settings.model_copy(update={"gateway": own})
    shown = handover_markdown(handover_document(taken), sending(settings, JOB))
    assert f"https://calls.example/v1/jobs/{JOB}/handovers" in shown
    assert f"ringback observe {JOB} --status WORD --upload FILE --report FILE" in shown
    assert "| status | Running |" in shown
    assert "https://HOST/v1/jobs" in sending(site.runtime.settings, JOB)
    site.observe(upload=site.upload(2), report=site.report((1, "failed"), (2, "failed")))
    assert "artifact" not in said_of(site.runtime, handed_over(site.runtime, JOB, form()))


def test_a_form_is_refused_as_the_command_is(site: VoqoSite) -> None:
    """A counter that runs back keeps nothing, unless it corrects the one before."""
    handed_over(site.runtime, JOB, form(processed=30))
    with pytest.raises(NotTakenError, match="fewer than the 30"):
        handed_over(site.runtime, JOB, form(processed=3))
    handed_over(site.runtime, JOB, form(processed=3, correct=True))
    assert [row.processed for row in site.handovers.of_job(JOB)] == [3]


@pytest.mark.parametrize(("platform", "sends"), [("elevenlabs", False), ("vapi", True)])
def test_a_platform_that_tells_by_itself_takes_no_form(site: VoqoSite, platform: str, sends: bool) -> None:
    """Where an upload is all that is joined, the refusal says where that goes."""
    settings = site.runtime.settings.model_copy(update={"platform": platform})
    with pytest.raises(NotAskedForError, match="read from the platform") as refused:
        handed_over(replace(site.runtime, settings=settings), JOB, form())
    assert ("/handovers" in str(refused.value)) is sends
    assert site.handovers.of_job(JOB) == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("job_id", phone(1)),
        ("status", f"Running {phone(1)}"),
        ("status", ""),
        ("by", ""),
        ("by", f"Kim {phone(1)}"),
        ("agent", phone(1)),
        ("campaign", phone(1)[1:]),
        ("upload_id", f"tel:{phone(1)[1:]}"),
        ("expected", -1),
        ("upload", "up.csv"),
        ("number", phone(1)),
    ],
)
def test_no_phone_number_and_no_file_becomes_a_parameter(field: str, value: object) -> None:
    """A form that holds one is refused before a run exists, and the refusal does not repeat it."""
    with pytest.raises(ValidationError) as refused:
        form(**{field: value})
    assert phone(1)[1:] not in str(refused.value)


def test_the_form_says_where_the_number_and_the_file_go() -> None:
    """Whoever looks for the field finds in words that it is not here, and where it is."""
    fields = ObserveRequest.model_json_schema()["properties"]
    assert "--from" in fields["agent"]["description"]
    assert "--upload FILE" in fields["upload_id"]["description"]
    assert not fields.keys() & {"from", "number", "upload", "report"}


@pytest.mark.parametrize("form", [ObserveRequest, SayStopped])
@pytest.mark.parametrize(("given", "taken"), [({}, True), (None, True), (0, True), (-1, False), ("3", False)])
def test_a_counter_is_a_box_that_may_stay_empty(form: type[BaseModel], given: object, taken: bool) -> None:
    """Prefect shows a box for a number and no switch; a request that says null passes as before."""
    fields = form.model_json_schema()["properties"]
    counters = {name: fields[name] for name in fields.keys() & {"expected", "processed"}}
    assert [(field["type"], "anyOf" in field) for field in counters.values()] == [
        ("integer", False) for _ in counters
    ]
    asked = {} if given == {} else dict.fromkeys(counters, given)
    schema = {"type": "object", "properties": counters}
    assert (validate(asked, schema) == []) is taken


def test_the_form_is_registered_under_its_name() -> None:
    """`ringback up` puts the deployment where people look for it."""
    assert {name: flow for name, flow, _ in _all(300, "policy")}["observe"] is observe
