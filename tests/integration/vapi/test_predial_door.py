"""The gateway's answer before each call: no unless everything is known, once, and fast with many at once."""

import asyncio
import json
from collections import Counter
from pathlib import Path
from time import perf_counter
from typing import Any

import httpx
import pytest
from sqlmodel import select

from models.calling.rule import Facts
from models.tables.handovers import GrantedCall
from models.tables.ledger import Planned, Recovery, Wave
from tasks.ledger.database import restores
from tasks.ledger.people import opt_outs
from tests.integration.copies import Copy
from tests.integration.vapi.vapi_site import SECRET, VapiSite


class PowerCutError(BaseException):
    """The process is gone: nothing catches it."""


class Out:
    """A wave that has just been sent, whose campaign has not dialled anybody yet."""

    def __init__(self, home: Path, contacts: int = 24, **more: Any) -> None:
        self.site = VapiSite(home, contacts=contacts, **more)
        self.site.handed_over()

        def die(_body: dict[str, Any]) -> None:
            raise PowerCutError

        self.site.here.after = die
        with pytest.raises(PowerCutError):
            self.site.run()
        self.site.here.after = lambda _body: None
        (self.body,) = self.site.here.creates
        self.marker = str(self.body["name"])
        self.people = [str(one["number"]) for one in self.body["customers"]]

    @property
    def path(self) -> str:
        """Return where the campaign asks."""
        return f"/platforms/{self.site.runtime.workspace}/vapi/{self.marker}"

    def message(self, phone: str, campaign: str = "c1") -> dict[str, Any]:
        """Return the platform's question about a number."""
        contact = {"id": f"x{phone}", "campaignId": campaign, "orgId": "o", "number": phone}
        return {"message": {"type": "campaign.predial", "campaignId": campaign, "contact": contact}}

    def ask(self, phone: str, campaign: str = "c1", path: str = "") -> bool:
        """Ask about a number, and return the answer."""
        answer = self.site.ask(path or self.path, self.message(phone, campaign))
        assert answer.status_code == 200, answer.text
        return bool(answer.json()["eligible"])

    def change(self, table: Any, **values: Any) -> None:
        """Change every row of a table."""
        with self.site.ledger.write() as session:
            for row in session.exec(select(table)):
                for name, value in values.items():
                    setattr(row, name, value)
                session.add(row)


@pytest.fixture(scope="module")
def sent(tmp_path_factory: pytest.TempPathFactory) -> tuple[Out, Copy]:
    """Return a wave whose first question is about to come, and its ledger as it is then."""
    out = Out(tmp_path_factory.mktemp("out"))
    return out, Copy(out.site.ledger)


@pytest.fixture
def out(sent: tuple[Out, Copy]) -> Out:
    """Return that wave, with everything as it was: the answer to its create was never heard."""
    sent[1].put_back(sent[0].site.ledger)
    return sent[0]


@pytest.mark.strikes("predial.refused")
def test_a_person_of_the_wave_gets_one_yes(out: Out) -> None:
    """Asked before its create was answered the ledger says yes; asked once more, by it or a twin, no."""
    phone = out.people[0]
    assert [out.ask(phone), out.ask(phone), out.ask(phone, "c2")] == [True, False, False]
    assert out.ask(out.people[1]) is True
    with out.site.ledger.read() as session:
        kept = session.exec(select(GrantedCall)).all()
    assert {one.campaign_id for one in kept} == {"c1"}
    assert len(kept) == 2


@pytest.mark.strikes("predial.stranger")
def test_a_stranger_gets_none(out: Out) -> None:
    """Somebody who is not in the wave, another wave, and what is no wave of ours: nobody is called."""
    dialled = next(row.phone for row in out.site.here.scene.job.rows if row.phone not in out.people)
    assert not out.ask(dialled)
    assert not out.ask("not a number")
    workspace = out.site.runtime.workspace
    assert not out.ask(out.people[0], path=f"/platforms/{workspace}/vapi/rb-r_other-1")
    assert not out.ask(out.people[0], path=f"/platforms/{workspace}/vapi/anything")
    assert out.ask(out.people[0])


@pytest.mark.parametrize(
    ("table", "values"),
    [
        (Recovery, {"state": "held"}),
        (Recovery, {"state": "cancelled"}),
        (Recovery, {"state": "escalated"}),
        (Recovery, {"state": "awaiting_approval"}),
        (Recovery, {"cancel_asked": True}),
        (Recovery, {"platform": "elevenlabs"}),
        (Wave, {"state": "refused"}),
        (Wave, {"state": "intent"}),
        (Wave, {"state": "settled"}),
        (Wave, {"platform_job": "another"}),
        (Planned, {"outcome": "reached"}),
        (Planned, {"outcome": "ambiguous"}),
        (Planned, {"wave": 7}),
    ],
)
def test_what_has_stopped_or_changed_gets_none(out: Out, table: Any, values: dict[str, Any]) -> None:
    """A stopped recovery, a wave that is not out, a known outcome: each is a no by itself."""
    out.change(table, **values)
    assert not out.ask(out.people[0])


def test_a_wave_that_was_taken_back_gets_none(out: Out) -> None:
    """What was told to stop is not dialled any more, also where the platform has not stopped yet."""
    out.change(Wave, withdrawn_at=out.site.clock.now())
    assert not out.ask(out.people[0])


def test_whoever_opted_out_since_gets_none(out: Out) -> None:
    """The ledger's list is asked at the last moment, under any spelling."""
    opt_outs.add(out.site.ledger, out.site.runtime.workspace, [out.people[0]], "said so")
    assert [out.ask(out.people[0]), out.ask(out.people[1])] == [False, True]


def test_the_workspaces_own_list_counts_as_it_is_now(tmp_path: Path) -> None:
    """Who is put into the file is not called; a list that cannot be read is an error, which makes no call."""
    listed = tmp_path / "optouts.txt"
    listed.write_text("+61491579999\n", encoding="utf-8")
    out = Out(tmp_path / "home", suppression=listed)
    assert out.ask(out.people[0])
    listed.write_text(f"+61491579999\n{out.people[1]}\n", encoding="utf-8")
    assert [out.ask(out.people[1]), out.ask(out.people[2])] == [False, True]
    listed.unlink()
    assert out.site.ask(out.path, out.message(out.people[3])).status_code == 503


def test_a_restored_ledger_says_no_until_its_opt_outs_are_confirmed(out: Out) -> None:
    """Who opted out since the copy is not known: nobody is called."""
    with out.site.ledger.write() as session:
        restores.note_restore(session, out.site.ledger, made_at="earlier", how="a test")
    out.change(Recovery, state="running")
    assert not out.ask(out.people[0])
    restores.confirm_opt_outs(out.site.ledger, out.site.runtime.workspace, "Ana")
    assert out.ask(out.people[0])


def test_whoever_another_recovery_has_called_meanwhile_gets_none(out: Out) -> None:
    """A call by another job's recovery since this one began, or one that may have been made, is enough."""
    phone = out.people[0]
    with out.site.ledger.write() as session:
        recovery = session.exec(select(Recovery)).one()
        wave = session.exec(select(Wave)).one()
        row = session.exec(select(Planned).where(Planned.phone == phone)).one()
        other = {"id": "r_other", "job_id": "another", "epoch": 1}
        session.add(Recovery(**recovery.model_dump() | other))
        session.add(Wave(**wave.model_dump() | {"recovery_id": "r_other", "marker": "rb-r_other-1"}))
        session.add(Planned(**row.model_dump() | {"recovery_id": "r_other"}))
    assert [out.ask(phone), out.ask(out.people[1])] == [False, True]


def test_outside_calling_hours_nobody_is_called(tmp_path: Path) -> None:
    """A campaign that dials on into the night is told no: hours are asked for at the moment of the call."""
    out = Out(tmp_path)
    with out.site.ledger.read() as session:
        policy = session.exec(select(Recovery)).one().policy
    out.change(Recovery, policy=policy | {"calling_window": "AU"})
    assert not out.ask(out.people[0]), "nobody knows the person's zone"
    out.change(Planned, calling=Facts(("Australia/Sydney",), "AU").as_json())
    out.site.clock.sleep(24 * 3600)  # Tuesday, eleven in the morning there
    assert out.ask(out.people[0])
    out.site.clock.sleep(12 * 3600)
    assert not out.ask(out.people[1])


@pytest.mark.parametrize(
    ("path", "body", "token", "status"),
    [
        ("", None, "another secret", 401),
        ("", None, "", 401),
        ("/platforms/nobody/vapi/rb-r_1-1", None, None, 404),
        ("", b"not json", None, 400),
        ("", b'{"message": {"type": "campaign.event"}}', None, 400),
        ("", b"[" * 100_000, None, 400),
    ],
)
def test_a_forged_or_odd_question_is_an_error(
    out: Out, path: str, body: bytes | None, token: str | None, status: int
) -> None:
    """Without the secret, for a workspace that is not asked, or as no question: an error, and no call."""
    given = {} if token is None else {"token": token}
    answer = out.site.ask(path or out.path, body or out.message(out.people[0]), **given)
    assert answer.status_code == status
    assert "eligible" not in answer.json()
    assert out.ask(out.people[0]), "and it has used up nobody's yes"


def test_the_older_header_is_taken(out: Out) -> None:
    """A credential in X-Vapi-Secret is as good as a bearer token."""
    answer = out.site.ask(out.path, out.message(out.people[0]), token="", **{"x-vapi-secret": SECRET})
    assert answer.json() == {"eligible": True}


def test_many_at_a_time_get_one_yes_each_and_soon(tmp_path: Path) -> None:
    """Two hundred questions side by side about few people: one yes each, and none late."""
    out = Out(tmp_path, contacts=40)
    asked = [out.message(phone, f"c{n}") for n in range(20) for phone in out.people]
    began = perf_counter()
    answers = asyncio.run(_side_by_side(out, asked[:200]))
    spent = perf_counter() - began
    assert {answer.status_code for answer in answers} == {200}
    said = [
        (one["message"]["contact"]["number"], answer.json()["eligible"])
        for one, answer in zip(asked, answers, strict=False)
    ]
    assert Counter(phone for phone, yes in said if yes) == dict.fromkeys(out.people, 1)
    assert spent < 20, "the platform waits 20 seconds for the last of them"


async def _side_by_side(out: Out, asked: list[dict[str, Any]]) -> list[httpx.Response]:
    transport = httpx.ASGITransport(out.site.door, raise_app_exceptions=False)
    headers = {"authorization": f"Bearer {SECRET}"}
    async with httpx.AsyncClient(transport=transport, base_url="http://gate", headers=headers) as client:
        return await asyncio.gather(*(client.post(out.path, content=json.dumps(one)) for one in asked))
