"""The forms of the deployments: what may be asked for, and how a run is called."""

from typing import Any

import pytest
from pydantic import ValidationError

from flows.requests import RecoveryRequest, SweepRequest, run_name, ticket_name
from models.policy.policy import Policy
from models.policy.tightened import NotAllowedError, tightened

JOB = {"job_id": "btcal_4x7"}


def test_a_job_is_all_that_has_to_be_said() -> None:
    """Everything else has a careful default: the default workspace, no ticket, and a person is asked."""
    request = RecoveryRequest.model_validate(JOB)
    assert request.model_dump() == {
        "job_id": "btcal_4x7",
        "workspace": "",
        "ticket": "",
        "approval": "ask",
        "operator_fixed": False,
        "requested_by": "",
        "contacts": "",
    }
    assert SweepRequest().act == "policy"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"job_id": ""}, "job_id"),
        ({"job_id": "no spaces here"}, "job_id"),
        ({"job_id": "x" * 129}, "job_id"),
        ({"job_id": "../../etc"}, "job_id"),
        ({"workspace": "a b"}, "workspace"),
        ({"ticket": "4711"}, "ticket"),
        ({"ticket": "Zendesk:4711"}, "ticket"),
        ({"approval": "never"}, "approval"),
        ({"operator_fixed": "perhaps"}, "operator_fixed"),
        ({"requested_by": "x" * 81}, "requested_by"),
        ({"dial_all": True}, "dial_all"),
    ],
)
def test_what_cannot_be_meant_is_refused_by_its_name(change: dict[str, Any], field: str) -> None:
    """A wrong value and an unknown field are errors that name the field; nothing becomes a default."""
    with pytest.raises(ValidationError) as caught:
        RecoveryRequest.model_validate(JOB | change)
    assert field in str(caught.value.errors()[0]["loc"])


def test_every_field_of_a_form_has_words() -> None:
    """Whoever opens a form in the UI finds a title and a sentence at every field."""
    for form in (RecoveryRequest, SweepRequest):
        for shown in form.model_json_schema()["properties"].values():
            assert shown["title"]
            assert len(shown["description"]) > 20


@pytest.mark.parametrize(
    ("policy", "asked", "comes"), [("ask", "ask", "ask"), ("auto", "ask", "ask"), ("auto", "auto", "auto")]
)
def test_a_request_may_tighten_the_policy(policy: Any, asked: Any, comes: str) -> None:
    """A request may have a person asked where the policy would not; nothing else changes."""
    base = Policy.model_validate({"approval": policy})
    assert tightened(base, asked) == base.model_copy(update={"approval": comes})


def test_a_request_never_loosens_the_policy() -> None:
    """Where the policy asks a person, no run may skip that; the refusal says what to change."""
    with pytest.raises(NotAllowedError, match=r"^approval: .*policy says ask"):
        tightened(Policy.model_validate({}), "auto")


@pytest.mark.parametrize(
    ("ticket", "name"),
    [
        ("", ""),
        ("zendesk:4711", "ZD-4711"),
        ("freshdesk:8", "FD-8"),
        ("jira:OPS-12", "OPS-12"),
        ("linear:ENG-3", "ENG-3"),
        ("zendesk:ZD-4711", "ZD-4711"),
        ("own:5", "5"),
    ],
)
def test_tickets_are_called_as_people_call_them(ticket: str, name: str) -> None:
    """A ticket that is only a number gets its system's letters; one with letters keeps its own."""
    assert ticket_name(ticket) == name


def test_a_run_is_called_by_job_workspace_and_ticket() -> None:
    """The name of a run says what it is about, and leaves out what there is not."""
    assert run_name("recover", "job_123", "acme", "zendesk:4711") == "recover job_123 · acme · ZD-4711"
    assert run_name("triage", "job_123", "acme") == "triage job_123 · acme"
    assert run_name("triage", "job_123", "") == "triage job_123"


def test_no_whole_number_gets_into_a_name() -> None:
    """A job whose id is somebody's phone number is called by its last digits."""
    assert run_name("recover", "61412345678", "acme") == "recover …678 · acme"
