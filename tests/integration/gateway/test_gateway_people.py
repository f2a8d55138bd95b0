"""Files of people over the gateway: handed over as a form, named by a key, and never repeated."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from models.disposition.only import OnlyPeople
from models.enums import State
from models.hooks.tokens import Scope
from models.tables.handovers import PeopleFile
from tasks.ledger import recoveries
from tasks.ledger.audit import entries
from tasks.ledger.leases import claim_job
from tests.integration.gates import problem, rows, run
from tests.integration.gateway.handing_door import NO_FILE, SMALL, Door
from tests.integration.handovers.voqo_site import JOB
from tests.integration.scenes import POLICY, end

PLACE = f"/v1/jobs/{JOB}/contacts"
KEY = ("ws_1", "voqo", JOB)


def phone(n: int) -> str:
    """Return the number of a person who may be dialled."""
    return f"+614915701{n:02d}"


PEOPLE = f"phone\n{phone(1)}\n{phone(2)}\n"


@pytest.fixture
def door(tmp_path: Path) -> Door:
    """Return a gateway whose plans need no approval."""
    return Door(tmp_path)


def hand(door: Door, content: str | bytes = PEOPLE, name: str = "people.csv", place: str = PLACE) -> Any:
    """Hand a file over."""
    return door.post(place, data={"by": "Kim"}, files={"contacts": (name, content)})


def ask(door: Door, **wish: Any) -> httpx.Response:
    """Ask for a recovery of the job."""
    headers = door.token(name=f"asks{len(rows(door.ledger))}-{len(json.dumps(wish))}-{id(wish)}")

    async def post() -> httpx.Response:
        async with door.client() as client:
            return await client.post("/v1/recoveries", json={"job_id": JOB, **wish}, headers=headers)

    return run(post())


def only_of(door: Door, key: str) -> OnlyPeople:
    """Return the people that a key stands for."""
    found = door.parts.handed_people("ws_1", JOB, key)
    assert found is not None
    return found


@pytest.mark.parametrize("odd", [0, 2])
def test_rows_that_name_nobody_are_counted(door: Door, odd: int) -> None:
    """Whoever of the file cannot be found by it is not left out in silence."""
    told = hand(door, PEOPLE + "not a number\n" * odd).json()
    assert (told["people"], told["left_out"]) == (2, odd)


def test_a_file_is_kept_as_marks_under_a_key(door: Door) -> None:
    """201 with the key, the name and how many; the same file has the same key; no number is kept or shown."""
    answer = hand(door, name=f"list of {phone(7)}.csv")
    assert answer.status_code == 201, answer.text
    told = answer.json()
    assert (told["job_id"], told["file"], told["people"]) == (JOB, "list of [number].csv", 2)
    assert hand(door, name=f"list of {phone(7)}.csv").json() == told
    (kept,) = door.everything()
    assert isinstance(kept, PeopleFile)
    assert kept.by.startswith("Kim (token ")
    assert not [n for n in range(1, 9) if phone(n)[3:] in f"{kept!r} {kept.people} {answer.text}"]
    assert door.left() == []


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "people.csv is empty"),
        (b"name\nAna\n", "people.csv"),
        (b"phone\nhello\n", "names nobody who may be dialled"),
        (b"%PDF-1.7\n1 0 obj", "not a list of contacts"),
    ],
)
def test_a_file_of_nobody_is_the_sentence_of_the_command(door: Door, content: bytes, said: str) -> None:
    """422 with what `recover --contacts` says of the same file, and nothing is kept."""
    assert said in problem(hand(door, content), 422)["detail"]
    assert (door.everything(), door.left()) == ([], [])


def test_a_form_without_the_file_is_refused(door: Door) -> None:
    """422 names the field; one that is too large is 413, and a token that may only read 403."""
    answer = door.post(PLACE, data={"by": "Kim"}, files=NO_FILE)
    assert [one["field"] for one in problem(answer, 422)["errors"]] == ["body.contacts"]
    problem(hand(door, "phone\n" + f"{phone(1)}\n" * SMALL), 413)
    reader = door.token(Scope.READ, name="reader")
    sent = {"data": {"by": "Kim"}, "files": {"contacts": ("people.csv", PEOPLE)}}
    problem(door.post(PLACE, reader, **sent), 403)
    assert door.everything() == []


def test_a_request_carries_the_key_and_no_number(door: Door) -> None:
    """What waits in the inbox, and so the run's parameter, is the key alone."""
    key = hand(door).json()["contacts"]
    assert ask(door, contacts=key).status_code == 202
    (row,) = rows(door.ledger)
    assert row.request is not None
    assert row.request["contacts"] == key
    assert phone(1)[3:] not in json.dumps(row.request)


def test_a_request_for_everybody_is_as_it_was(door: Door) -> None:
    """A deployment that knows no files takes it too, and so does a row of before."""
    ask(door)
    (row,) = rows(door.ledger)
    assert "contacts" not in (row.request or {})


@pytest.mark.strikes("people_files.unknown", "people_files.other_job")
def test_a_key_of_nothing_and_of_another_job_start_nothing(door: Door) -> None:
    """409 says what to hand over; a number in its place is 422 and not repeated."""
    key = hand(door, place="/v1/jobs/job_other/contacts").json()["contacts"]
    assert (
        "was handed over for job job_other, not for job_1" in problem(ask(door, contacts=key), 409)["detail"]
    )
    said = problem(ask(door, contacts="f_aaaaaaaaaaaaaaaa"), 409)["detail"]
    assert f"ringback contacts FILE --for {JOB}" in said
    answer = ask(door, contacts=phone(1))
    assert [one["field"] for one in problem(answer, 422)["errors"]] == ["body.contacts"]
    assert phone(1)[3:] not in answer.text
    assert rows(door.ledger) == []


def test_a_recovery_of_others_is_not_joined(door: Door) -> None:
    """409 where one is open for everybody or for a changed file; the same file joins its own."""
    key = hand(door).json()["contacts"]
    changed = hand(door, PEOPLE + f"{phone(3)}\n").json()["contacts"]
    claim_job(door.ledger, KEY, "r_1", POLICY, only=only_of(door, key))
    before = recoveries.get(door.ledger, "r_1")
    said = problem(ask(door, contacts=changed), 409)["detail"]
    assert "bound to the people of people.csv" in said
    joined = ask(door, contacts=key).json()
    assert (joined["state"], joined["joined"]) == ("joined", "r_1")
    assert recoveries.get(door.ledger, "r_1") == before
    assert [one.kind for one in entries(door.ledger, "r_1")] == ["claimed"]
    assert before.state == State.RUNNING.value


@pytest.mark.strikes("inbox.other_people")
@pytest.mark.parametrize("first", ["", "another file"])
def test_a_request_of_others_that_is_on_its_way_is_not_joined(door: Door, first: str) -> None:
    """Before there is a recovery too: to be told `joined` would be a promise that nobody keeps."""
    key = hand(door).json()["contacts"]
    others = hand(door, PEOPLE + f"{phone(3)}\n").json()["contacts"] if first else ""
    ask(door, contacts=others)
    assert "not for the people of people.csv alone" in problem(ask(door, contacts=key), 409)["detail"]
    assert len(rows(door.ledger)) == 1


def test_a_recovery_that_has_ended_vouches_for_no_request(door: Door) -> None:
    """One of the same people that came and went meanwhile: what is on its way is for everybody still."""
    key = hand(door).json()["contacts"]
    ask(door)
    found = claim_job(door.ledger, KEY, "r_1", POLICY, only=only_of(door, key)).claim
    assert found is not None
    end(door.ledger, found, State.RECOVERED)
    assert "not for the people of people.csv alone" in problem(ask(door, contacts=key), 409)["detail"]
    assert len(rows(door.ledger)) == 1


def test_who_asks_for_everybody_joins_what_is_on_its_way(door: Door) -> None:
    """As a hook does: somebody is looking after the job already, and its people are called once."""
    key = hand(door).json()["contacts"]
    ask(door, contacts=key)
    assert ask(door, contacts=key).json()["state"] == "joined"
    assert ask(door).json()["state"] == "joined"
