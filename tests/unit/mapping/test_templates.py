"""Requests are built of values, never pasted together."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.mapping.paths import checked_path, filled
from models.mapping.templates import NothingThereError, build, check

TEMPLATE: dict[str, Any] = {
    "name": {"from": "marker"},
    "fixed": ["a", 1, True],
    "number": {"from": "job.number_id", "optional": True},
    "people": {
        "each": "contacts",
        "item": {"to": {"from": "contact.phone"}, "say": {"from": "contact.payload"}},
    },
}


@given(st.text(), st.dictionaries(st.text(), st.text()))
def test_whatever_a_value_holds_stays_a_value(phone: str, payload: dict[str, str]) -> None:
    """Quotes, braces and expressions within a value change nothing of the request around it."""
    check(TEMPLATE)
    contact = {"phone": phone, "payload": payload}
    built = build(TEMPLATE, {"marker": 'rb"},{', "job": {}, "contacts": [contact]})
    assert json.loads(json.dumps(built)) == {
        "name": 'rb"},{',
        "fixed": ["a", 1, True],
        "people": [{"to": phone, "say": payload}],
    }


@pytest.mark.parametrize(
    "template",
    [
        {"from": "+61255501234", "to": {"from": "contact.phone"}},
        {"from": {"from": "job.number_id"}, "to": "x"},
        {"each": 3, "item": "x"},
    ],
)
def test_a_request_may_have_such_keys_itself(template: dict[str, Any]) -> None:
    """Calls have a `from` of their own: a table that is no place is said as it stands."""
    check(template, within=frozenset({"contact", "job"}))
    built = build(template, {"contact": {"phone": "+1"}, "job": {"number_id": "+2"}})
    assert built.keys() == template.keys()
    assert built != {"from": "contact.phone"}


@pytest.mark.parametrize(
    "template",
    [
        {"from": "contact.phone", "optonal": True},
        {"from": "job.number_id", "optional": "yes"},
        {"each": "rows", "item": {}},
        {"each": "contacts"},
        {"from": "marker || 'x'"},
        {"a": None},
    ],
)
def test_a_slip_in_a_place_is_no_literal(template: dict[str, Any]) -> None:
    """What looks like a place and is none is refused, not sent as it stands."""
    with pytest.raises(ValueError, match=r"a place|a list|does more|holds texts"):
        check(template, within=frozenset({"marker", "cap", "job", "constants", "contact"}))


def test_a_place_that_stays_empty_is_no_request() -> None:
    """What has to be said and is not known is an error with the place's name, and no null that is sent."""
    with pytest.raises(NothingThereError, match=r"job\.agent_id"):
        build({"agent": {"from": "job.agent_id"}}, {"job": {"agent_id": None}})


@given(st.text(min_size=1))
def test_an_id_cannot_leave_its_place_in_a_path(job_id: str) -> None:
    """Whatever an id holds, the path has as many parts as before, and begins the same."""
    try:
        path = filled("/v1/jobs/{job_id}/rows", {"job_id": job_id})
    except ValueError:
        return
    assert path.startswith("/v1/jobs/")
    assert path.count("/") == 4
    assert not {"?", "#", "\\"} & set(path)
    assert path.split("/")[3] not in {"", ".", ".."}


@pytest.mark.parametrize(
    "path", ["", "jobs", "/a b", "/a?b", "/a#b", "//h/x", "/a/../b", "/%2e%2e/x", "http://h/x"]
)
def test_a_path_is_plain(path: str) -> None:
    """No other host, no query, nothing encoded, nothing upwards."""
    with pytest.raises(ValueError, match="is no path"):
        checked_path(path, frozenset())
