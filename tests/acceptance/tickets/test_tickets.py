"""A recovery that a ticket asked for: comments and package on the ticket, whatever state its system is in."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from models.messages.milestones import carries
from tests.acceptance.site import OpenSite, Site, until, whole
from tests.acceptance.tickets.fake_zendesk import FakeZendesk
from tests.fakes.loopback import Trouble
from tests.fakes.rooms import Room
from tests.fakes.tickets import TOKEN

YES = ("--yes", "--no-prefect", "--json")


@pytest.fixture(scope="module")
def zendesk() -> Iterator[FakeZendesk]:
    """Return a Zendesk that all of these recoveries write to, each about a ticket's one job."""
    with FakeZendesk() as running:
        yield running


@pytest.fixture(scope="module")
def room() -> Iterator[Room]:
    """Return a chat room."""
    with Room() as running:
        yield running


def wired(site: Site, zendesk: FakeZendesk, room: Room) -> Site:
    """Write the settings of ticket system and chat room down, the secrets of both in the environment only."""
    told = {**zendesk.settings, "token": "env:DESK_TOKEN", "tags": ["ringback"]}
    table = "".join(f"{name} = {json.dumps(value)}\n" for name, value in told.items())
    on = '[tickets.desk.on.escalated]\nstatus = "open"\n'
    notify = '[notify]\nurls = ["env:OPS_ROOM"]\n'
    (site.home / "ringback.toml").write_text(f"[tickets.desk]\n{table}{on}{notify}")
    return site


def secrets(room: Room) -> dict[str, Any]:
    """Return the environment that holds what the settings name."""
    return {"DESK_TOKEN": TOKEN, "OPS_ROOM": room.address}


def comments(zendesk: FakeZendesk, recovery_id: str) -> list[str]:
    """Return the texts on the ticket that carry a recovery's markers, in their order."""
    names = ("opened", "waiting", "ended")
    marks = [f"ringback:{recovery_id}:{name}" for name in names]
    return [c.text for c in zendesk.ticket.comments if any(carries(c.text, mark) for mark in marks)]


def test_an_escalated_recovery_brings_its_package_to_the_ticket(
    open_site: OpenSite, zendesk: FakeZendesk, room: Room
) -> None:
    """Two internal comments, the package attached, status and tag set, the room told; no number anywhere."""
    site = wired(open_site("duplicate-job"), zendesk, room)
    done = site.run("recover", site.job, "--ticket", "desk:4711", *YES, **secrets(room))
    assert done.code == 4, done.stderr
    report = done.json
    assert (report["tickets"], report["untold"]) == (["desk:4711"], [])
    opened, ended = comments(zendesk, report["recovery_id"])
    assert "opened" in opened
    assert report["next_action"] in ended
    assert zendesk.ticket.public == []
    assert zendesk.ticket.files[Path(report["package"]).name] == Path(report["package"]).read_bytes()
    assert (zendesk.ticket.status, zendesk.ticket.tags) == ("open", ["vip", "ringback"])
    assert "escalated" in room.told[-1]["title"]
    shown = opened + ended + str(room.told) + done.stdout + done.stderr
    assert whole(site.numbers(), shown) == set()
    assert TOKEN not in shown


def test_a_ticket_system_that_is_down_is_told_later(
    open_site: OpenSite, zendesk: FakeZendesk, room: Room
) -> None:
    """The recovery ends as ever; status and metrics say what waits; the outbox brings it in the end."""
    site = wired(open_site("permit-leak"), zendesk, room)
    zendesk.trouble = [Trouble(503, times=1000)]
    done = site.run("recover", site.job, "--ticket", "desk:4711", *YES, **secrets(room))
    assert (done.code, done.json["state"]) == (0, "recovered")
    assert [one["milestone"] for one in done.json["untold"]] == ["opened", "ended"]
    recovery_id = done.json["recovery_id"]
    said = site.run("status")
    assert "2 messages wait to be delivered" in said.stderr
    shown = site.run("outbox", "--json").json["outbox"]
    assert [(row["to"], row["state"]) for row in shown] == [("desk:4711", "waiting")] * 2
    assert "answered 503" in shown[0]["last_words"]
    assert 'ringback_outbox{state="waiting"} 2.0' in site.run("metrics").stdout
    zendesk.trouble = []
    pushed = site.run("outbox", "--again", "--json", **secrets(room)).json
    assert pushed == {"tried": {"delivered": 2}, "outbox": []}
    assert len(comments(zendesk, recovery_id)) == 2


def test_the_loop_delivers_and_stops_when_told(open_site: OpenSite, zendesk: FakeZendesk, room: Room) -> None:
    """`python -m tasks.runtime.outbox` brings what waits and ends on SIGTERM, as `ringback up` runs it."""
    site = wired(open_site("permit-leak"), zendesk, room)
    waiting = site.run(
        "recover", site.job, "--ticket", "desk:4711", "--no-prefect", "--json", DESK_TOKEN=None
    )
    assert waiting.json["state"] == "awaiting_approval"
    assert "DESK_TOKEN" in waiting.json["untold"][0]["last_words"]
    command = [sys.executable, "-m", "deployments.outbox"]
    with subprocess.Popen(command, env=site.env(**secrets(room)), cwd=site.home) as loop:
        until(lambda: len(comments(zendesk, waiting.json["recovery_id"])) == 2, "both comments are there", 90)
        loop.send_signal(signal.SIGTERM)
        assert loop.wait(30) == 0
    assert "waits for a person" in comments(zendesk, waiting.json["recovery_id"])[1]


def test_a_ticket_that_cannot_be_told_is_refused_before_anything_starts(
    open_site: OpenSite, zendesk: FakeZendesk, room: Room
) -> None:
    """An unknown system is a usage error that names the known ones, and no recovery is begun."""
    site = wired(open_site("permit-leak"), zendesk, room)
    done = site.run("recover", site.job, "--ticket", "jira:SUP-1", *YES)
    assert (done.code, site.recoveries()) == (2, 0)
    assert "Known: desk" in done.stderr
