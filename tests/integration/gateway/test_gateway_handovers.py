"""Hand-overs over the gateway: what the command line takes and refuses, as a form with files."""

import json
import logging
from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from deployments.gateway.app import make_app
from deployments.gateway.limits import Bounded
from models.hooks.tokens import Scope
from models.tables.handovers import HandedFile
from tasks.runtime.settings.hooks import GatewaySettings
from tests.integration.gates import many, problem, run
from tests.integration.gateway.handing_door import PLACE, SEEN, SMALL, UPLOAD, Door, report
from tests.integration.handovers.voqo_site import JOB, STALL
from tests.integration.scenes import phone


@pytest.fixture
def door(tmp_path: Path) -> Door:
    """Return a gateway whose plans need no approval."""
    return Door(tmp_path, approval="auto", lease_seconds=3600)


def test_a_hand_over_is_kept_and_shown_as_the_command_prints_it(door: Door) -> None:
    """201 with the document of `observe --json`, no number in it, and the files gone again."""
    figures = {
        "expected": "5",
        "processed": "2",
        "agent": "agent_1",
        "from": "+61 2 5550 1234",
        "upload_id": "u_1",
    }
    answer = door.hand(
        figures,
        upload=(f"/tmp/list of {phone(7)}.csv", UPLOAD),
        report=("rep.csv", report((1, "completed"), (2, "Trunk down"))),
    )
    assert answer.status_code == 201, answer.text
    told = answer.json()
    assert (told["job_id"], told["status"], told["handovers"]) == (JOB, "Running", 1)
    assert (told["expected"], told["processed"], told["contacts"], told["reported"]) == (5, 2, 5, 2)
    assert told["notes"] == ["The last report does not list everybody of the upload."]
    (kept,) = door.site.handovers.of_job(JOB)
    assert kept.by.startswith("Kim (token t0-")
    assert (kept.agent_id, kept.number, kept.upload_id) == ("agent_1", "+61 2 5550 1234", "u_1")
    assert {one.name for one in door.everything() if isinstance(one, HandedFile)} == {
        "list of [number].csv",
        "rep.csv",
    }
    assert door.left() == []


def test_what_was_handed_over_leads_to_the_plan_that_the_command_would_have_led_to(door: Door) -> None:
    """Two moments over the gateway tell a stall, as two of the command line do."""
    door.hand(
        {"agent": "agent_1", "processed": "2"},
        upload=("up.csv", UPLOAD),
        report=("rep.csv", report((1, "completed"), (2, "Trunk down"))),
    )
    door.site.clock.sleep(STALL)
    assert door.hand({"processed": "2"}).json()["handovers"] == 2
    assert door.site.plan() == {1: "drop", 2: "redial", 3: "redial", 4: "redial", 5: "redial"}


@pytest.mark.parametrize(
    ("fields", "files", "status", "said"),
    [
        ({}, {"report": ("other.csv", report((9, "failed")))}, 409, "another job's"),
        ({}, {"report": ("old.csv", report((1, "failed")))}, 409, "older"),
        ({}, {"upload": ("more.csv", UPLOAD + f"{phone(6)},Six\n")}, 409, "Another upload"),
        ({}, {"report": ("up.csv", UPLOAD)}, 409, "one of them only"),
        ({"processed": "1"}, {}, 409, "fewer than the 2"),
        ({"workspace": "read"}, {}, 409, "Jobs of elevenlabs are read from the platform"),
        ({"workspace": "nobodys"}, {}, 422, "no workspace of this name"),
        ({}, {"upload": ("empty.csv", b"")}, 422, "empty.csv is empty"),
        ({}, {"upload": ("a.pdf", b"%PDF-1.7\n1 0 obj")}, 422, "not a list of contacts"),
        ({}, {"upload": ("words.csv", "name,word\na,b\n")}, 422, "column"),
        ({}, {"upload": ("broken.xlsx", b"PK\x03\x04 not a workbook")}, 422, "no workbook"),
        ({}, {"upload": ("odd.csv", b"phone_number\n\x81\x8d\n")}, 422, "encodings"),
    ],
)
def test_what_is_not_taken_is_a_sentence_and_nothing_of_it_is_kept(
    door: Door, fields: dict[str, str], files: dict[str, Any], status: int, said: str
) -> None:
    """As at the command line: 409 where it does not fit what is known, 422 where nobody could read it."""
    door.hand(
        {"processed": "2"},
        upload=("up.csv", UPLOAD),
        report=("rep.csv", report((1, "failed"), (2, "completed"))),
    )
    before = door.everything()
    refused = problem(door.hand(fields, **files), status)
    assert said in refused["detail"]
    assert not [n for n in range(1, 10) if phone(n)[1:] in json.dumps(refused)]
    assert (door.everything(), door.left()) == (before, [])


@pytest.mark.strikes("handovers.unreadable")
def test_a_file_that_nobody_can_read_is_the_first_thing_said(door: Door) -> None:
    """Of a job that nobody knows yet nothing is kept of a bad file either."""
    problem(door.hand(upload=("words.csv", "name,word\na,b\n")), 422)
    assert door.everything() == []


def test_a_correction_takes_the_place_of_the_last(door: Door) -> None:
    """`correct` is the option of the command: the hand-over before counts no more."""
    door.hand({"processed": "30"})
    assert door.hand({"processed": "3", "correct": "true"}).json()["processed"] == 3
    assert len(door.site.handovers.of_job(JOB)) == 1


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ([("by", "Kim")], "body.status"),
        ([("status", "Running")], "body.by"),
        ([("status", "Running 61491570156"), ("by", "Kim")], "body.status"),
        ([*SEEN.items(), ("expected", "many")], "body.expected"),
        ([*SEEN.items(), ("processed", "-1")], "body.processed"),
        ([*SEEN.items(), ("agent", "+61491570156")], "body.agent"),
        ([*SEEN.items(), ("upload", "up.csv")], "body.upload"),
        ([*SEEN.items(), ("+61491570156", "1")], "body.(a field we do not know)"),
        ([*SEEN.items(), ("by", "Ana")], "body.by"),
    ],
)
def test_a_field_that_cannot_be_used_is_named_and_not_repeated(
    door: Door, form: list[tuple[str, str]], field: str
) -> None:
    """422 names each field; the value, which may be a number, is in no answer."""
    answer = door.post(PLACE, files=[(name, (None, value)) for name, value in form])
    assert field in [one["field"] for one in problem(answer, 422)["errors"]]
    assert "491" not in answer.text
    assert door.everything() == []


def test_two_files_of_one_kind_are_none(door: Door) -> None:
    """Which of two uploads is the job's is not guessed, and a file in the place of a word is not read."""
    twice = [("upload", ("a.csv", UPLOAD)), ("upload", ("b.csv", UPLOAD))]
    answer = door.post(PLACE, data=SEEN, files=twice)
    assert problem(answer, 422)["errors"] == [
        {"field": "body.upload", "message": "It was given more than once: send one."}
    ]
    answer = door.post(PLACE, data={"by": "Kim"}, files={"status": ("s.csv", "Running")})
    assert problem(answer, 422)["errors"] == [{"field": "body.status", "message": "It takes no file."}]
    assert (door.everything(), door.left()) == ([], [])


FORM = b'--x\r\nContent-Disposition: form-data; name="status"\r\n\r\nRunning\r\n'
BY = b'--x\r\nContent-Disposition: form-data; name="by"\r\n\r\nKim\r\n'
PART = b'--x\r\nContent-Disposition: form-data; name="upload"; filename="up.csv"\r\n\r\n' + UPLOAD.encode()
BOUND = "multipart/form-data; boundary=x"


@pytest.mark.parametrize(
    ("kind", "body", "status"),
    [
        (BOUND, FORM + BY + PART, 400),  # cut off in the file
        (BOUND, FORM + BY, 400),  # cut off before it
        (BOUND, FORM + BY + b"--x\r\nno header at all\r\n\r\n--x--\r\n", 400),
        (BOUND, FORM + BY + b"--x\r\nContent-Disposition: form-data\r\n\r\n1\r\n--x--\r\n", 400),
        (BOUND, b"", 400),
        (BOUND, UPLOAD.encode(), 400),
        (BOUND, (FORM + BY) * 20 + b"--x--\r\n", 400),
        (BOUND, FORM.replace(b"Running", b"R" * 9_000) + BY + b"--x--\r\n", 400),
        ("multipart/form-data", FORM + BY + b"--x--\r\n", 400),  # no boundary
        ("multipart/form-data; boundary=y", FORM + BY + b"--x--\r\n", 400),
        (f"{BOUND}; charset=undefined", FORM + BY + b"--x--\r\n", 400),
        ("application/json", b'{"status": "Running", "by": "Kim"}', 415),
        ("application/x-www-form-urlencoded", b"status=Running&by=Kim", 415),
        ("text/csv", UPLOAD.encode(), 415),
        ("multipart/form-data-of-mine; boundary=x", FORM + BY + b"--x--\r\n", 415),
        ("", FORM + BY + b"--x--\r\n", 415),
    ],
)
def test_a_broken_or_forged_form_is_a_problem(door: Door, kind: str, body: bytes, status: int) -> None:
    """A form without its end may lack a file, so it is none; another kind of body is not guessed at."""
    answer = door.post(PLACE, content=body, headers={"Content-Type": kind})
    assert "491" not in json.dumps(problem(answer, status))
    assert (door.everything(), door.left()) == ([], [])


@pytest.mark.parametrize("announced", [True, False])
def test_a_form_that_is_too_large_is_refused(door: Door, announced: bool) -> None:
    """Above `upload_bytes` it is 413: before it is read where the size is announced, else as it comes."""
    read = 0

    async def pieces() -> AsyncIterator[bytes]:
        nonlocal read
        yield FORM + BY + PART
        for _ in range(100):
            read += 1
            yield b"0" * 8_192

    headers = {"Content-Type": BOUND} | ({"Content-Length": "900000"} if announced else {})
    answer = door.post(PLACE, content=pieces(), headers=headers)
    assert str(SMALL) in problem(answer, 413)["detail"]
    assert read == 0 if announced else 0 < read < 10
    assert (door.everything(), door.left()) == ([], [])


def test_a_form_larger_than_other_bodies_is_taken(tmp_path: Path) -> None:
    """The bound of hand-overs is their own: a file above `body_bytes` is read whole."""
    door = Door(tmp_path)
    own = GatewaySettings.model_validate({"body_bytes": SMALL, "upload_bytes": 1_000_000})
    door.app = make_app(replace(door.parts, settings=own))
    long = UPLOAD.replace("name", "name,note", 1) + f"{phone(6)},Six,{'x' * 2 * SMALL}\n"
    assert door.hand(upload=("up.csv", long)).json()["contacts"] == 6


def test_a_form_that_never_comes_is_told_so() -> None:
    """The pieces of a form have a time of their own; after it 408, whatever the door has read so far."""
    import asyncio

    from deployments.gateway.problems import ProblemError

    async def never() -> Any:
        await asyncio.Event().wait()

    async def nobody(_message: Any) -> None:
        raise AssertionError

    async def app(_scope: Any, receive: Any, _send: Any) -> None:
        await receive()

    bounded = Bounded(app, 10, uploads=10, upload_seconds=0.01)
    scope = {"type": "http", "path": PLACE, "headers": []}
    with pytest.raises(ProblemError, match="too slowly") as late:
        run(bounded(scope, never, nobody))
    assert late.value.status == 408


def test_who_may_not_act_is_refused_before_anything_is_read(door: Door) -> None:
    """Without a token 401, without the scope 403, and for another workspace 403; no file is looked at."""
    files = {"upload": ("up.csv", UPLOAD)}
    problem(door.post(PLACE, {"X": "1"}, data=SEEN, files=files), 401)
    reader = door.token(Scope.READ, Scope.APPROVE, name="reader")
    problem(door.post(PLACE, reader, content=b"junk", headers={"Content-Type": BOUND}), 403)
    stranger = door.token(name="stranger", workspaces=("read",))
    problem(door.post(PLACE, stranger, data=SEEN, files=files), 403)
    assert (door.everything(), door.left()) == ([], [])


def test_what_a_killed_process_left_is_removed_by_the_next(door: Door) -> None:
    """Files of people do not lie about: an old folder goes with the next hand-over, a fresh one stays."""
    import os

    old, fresh = door.files / "handed-old", door.files / "handed-now"
    for folder in (old, fresh):
        folder.mkdir(parents=True)
        (folder / "up.csv").write_text(UPLOAD)
    os.utime(old, (0, 0))
    assert door.hand().status_code == 201
    assert [one.name for one in door.files.iterdir()] == ["handed-now"]


def test_nothing_of_a_hand_over_reaches_a_log(door: Door, caplog: pytest.LogCaptureFixture) -> None:
    """Taken, refused or broken: no number and no name of a file stands in any log."""
    caplog.set_level(logging.DEBUG)
    door.hand(upload=(f"{phone(3)}.csv", UPLOAD))
    door.hand(report=(f"{phone(3)}.csv", report((9, f"odd {phone(4)}"))))
    door.post(PLACE, content=FORM + BY + PART, headers={"Content-Type": BOUND})
    assert not [n for n in range(1, 10) if phone(n)[1:] in caplog.text]


def test_many_at_once_are_read_and_none_is_lost(door: Door) -> None:
    """Ten operators hand ten jobs over together: each is kept once, and no file stays."""
    token = door.token(name="crowd")

    async def one(client: httpx.AsyncClient, number: int) -> int:
        place = f"/v1/jobs/job_{number + 10}/handovers"
        answer = await client.post(place, headers=token, data=SEEN, files={"upload": ("up.csv", UPLOAD)})
        return answer.status_code

    async def together() -> list[int]:
        async with door.client() as client:
            return await many([partial(one, client, number) for number in range(10)])

    assert run(together()) == [201] * 10
    assert len(door.site.handovers.jobs()) == 10
    assert door.left() == []
