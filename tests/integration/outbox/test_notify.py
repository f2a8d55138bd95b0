"""Notifications through Apprise: the states that were asked for, once each, over real HTTP and SMTP."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from models.enums import State
from tests.fakes.bench import Bench, settings_of
from tests.fakes.loopback import Trouble
from tests.fakes.rooms import Mailbox, Room
from tests.integration.scenes import phone


@pytest.fixture
def room() -> Iterator[Room]:
    """Return a chat room."""
    with Room() as running:
        yield running


def bench_of(home: Path, *urls: str, **more: object) -> Bench:
    """Return a bench that tells some channels."""
    return Bench(settings_of(home, notify={"urls": urls, **more}), home)


def test_people_hear_of_held_escalated_and_recovered(room: Room, tmp_path: Path) -> None:
    """By default these three are told, with state, reason and next action; what is in between is not."""
    bench = bench_of(tmp_path, room.address)
    for state in (State.AWAITING_APPROVAL, State.HELD, State.ESCALATED, State.RECOVERED):
        bench.come_to(state, f"So it is {state.value}.")
    assert bench.push() == {"delivered": 3}
    titles = [one["title"] for one in room.told]
    assert ["held" in titles[0], "escalated" in titles[1], "recovered" in titles[2]] == [True] * 3
    assert "So it is held." in room.told[0]["message"]
    assert "Next: Do this." in room.told[0]["message"]


def test_only_the_states_that_were_asked_for(room: Room, tmp_path: Path) -> None:
    """`on` says which."""
    bench = bench_of(tmp_path, room.address, on=["awaiting_approval"])
    bench.come_to(State.AWAITING_APPROVAL)
    bench.come_to(State.RECOVERED)
    assert bench.push() == {"delivered": 1}
    assert "waits for approval" in room.told[0]["title"]


def test_a_mail_says_it_too(tmp_path: Path) -> None:
    """E-mail gets the subject and the same words."""
    with Mailbox() as mailbox:
        bench = bench_of(tmp_path, mailbox.address)
        bench.held_with_package("The sample failed.")
        assert bench.push() == {"delivered": 1}
        (letter,) = mailbox.letters
    assert "job-1 held" in str(letter["subject"])
    part: Any = letter if letter.get_payload(decode=True) else letter.get_payload(0)
    body = part.get_payload(decode=True)
    assert b"The sample failed." in body
    assert b"recovery-diag-job-1" in body


def test_no_number_is_told(room: Room, tmp_path: Path) -> None:
    """A number in a person's words is masked here as well."""
    bench = bench_of(tmp_path, room.address)
    bench.come_to(State.HELD, f"Call {phone(1)} first.")
    bench.push()
    assert "7700900001" not in str(room.told)
    assert "•" in str(room.told)


def test_one_channel_does_not_hold_up_another(room: Room, tmp_path: Path) -> None:
    """Where one room is down the other is told at once, and the first later, once."""
    with Room() as down:
        down.trouble = [Trouble(503, times=4)]
        bench = bench_of(tmp_path, down.address, room.address)
        bench.come_to(State.HELD)
        assert bench.push() == {"waiting": 1, "delivered": 1}
        assert "did not take" in bench.rows()[0].last_words
        for _ in range(8):
            bench.wait(3600)
            bench.push()
        assert bench.rows() == []
        assert len(down.told) == len(room.told) == 1


def test_a_url_that_is_none_is_given_up_without_showing_it(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """A wrong URL is named by its fingerprint; it may hold a secret."""
    bench = bench_of(tmp_path, "nonsense://a-secret-of-ours")
    bench.come_to(State.HELD)
    assert bench.push() == {"given up": 1}
    told = bench.rows()[0].last_words + "".join(capfd.readouterr())
    assert "nonsense-" in told
    assert "a-secret-of-ours" not in told


def test_a_secret_that_is_missing_is_waited_for(
    room: Room, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A URL in a variable that this machine lacks is named, and told as soon as it is there."""
    monkeypatch.delenv("OPS_ROOM", raising=False)
    bench = bench_of(tmp_path, "env:OPS_ROOM")
    bench.come_to(State.HELD)
    assert bench.push() == {"waiting": 1}
    assert "OPS_ROOM" in bench.rows()[0].last_words
    monkeypatch.setenv("OPS_ROOM", room.address)
    bench.wait(60)
    assert bench.push() == {"delivered": 1}


def test_a_channel_that_the_settings_dropped_is_given_up(room: Room, tmp_path: Path) -> None:
    """What waits for a channel that is no more does not wait for ever."""
    bench = bench_of(tmp_path, room.address)
    bench.come_to(State.HELD)
    bench.office._settings = settings_of(tmp_path)
    assert bench.push() == {"given up": 1}
    assert "no channel" in bench.rows()[0].last_words
