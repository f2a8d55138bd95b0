"""A ticket's story: hook, inbox, run, question, approval, recovery, and every word of it back on the ticket.

Everything is real but the two ends: a Zendesk of our own that signs its hooks and tells of every update of
a ticket, ours included, and the sandbox. It runs on the `ringback up` that `test_up.py` uses too.
"""

import zipfile
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from typing import Any

import pytest

from models.messages.milestones import carries
from tests.acceptance.site import whole
from tests.acceptance.tickets.helpdesk import AGENT, FIELD, Fired, Helpdesk
from tests.acceptance.up.up_site import ENDS, ROOTS, Lost, UpSite
from tests.fakes.tickets import TOKEN, USER, Comment, Ticket

RECOVERED, ESCALATED = "8001", "8002"
TICKETS = {"ticket": RECOVERED, "doubled": ESCALATED}
"""The ticket that asks for the recovery of a workspace's job."""
PATHS = {"ticket": "zendesk", "doubled": "second"}
"""The source of hooks that is bound to a workspace."""

pytestmark = pytest.mark.timeout(1200)


@dataclass(frozen=True)
class Told:
    """The requests that the tickets made, and their recoveries."""

    requests: dict[str, dict[str, Any]]
    first: dict[str, Fired]
    asked_status: str
    """The ticket's status while its plan waited."""
    replayed: dict[str, Any]
    edited: Fired

    def recovery(self, name: str) -> str:
        """Return the recovery of a workspace's job."""
        return str(self.requests[name]["recovery_id"])


@pytest.fixture(scope="module")
def told(up: UpSite, helpdesk: Helpdesk, lost: dict[str, Lost]) -> Told:
    """File two tickets, approve the plan that one of them waits for, and let both come to their ends."""
    hooks = {name: f"{up.gateway_url}/hooks/{path}" for name, path in PATHS.items()}
    first = {name: helpdesk.file(TICKETS[name], up.sites[name].job, hooks[name]) for name in TICKETS}
    with up.gateway("ticket story") as api:

        def request(name: str) -> dict[str, Any]:
            return dict(api.get(f"/v1/requests/{first[name].answer['request_id']}").raise_for_status().json())

        def said(name: str, milestone: str) -> bool:
            found = request(name)["recovery_id"]
            return bool(found and marked(helpdesk.open(TICKETS[name]), found, milestone))

        def stands(ticket_id: str, status: str) -> bool:
            return helpdesk.open(ticket_id).status == status

        up.wait(lambda: said("ticket", "waiting"), "the ticket says that its plan waits")
        waiting = helpdesk.open(RECOVERED)
        up.wait(lambda: waiting.status != "new", "the ticket waits")
        asked_status = waiting.status
        recovery_id = request("ticket")["recovery_id"]
        plan = api.get(f"/v1/recoveries/{recovery_id}").json()["plan_hash"]
        body = {"by": "Ana", "reason": "read the plan", "plan_hash": plan}
        api.post(f"/v1/recoveries/{recovery_id}/approve", json=body).raise_for_status()
        for name in TICKETS:
            up.wait(partial(said, name, "ended"), f"the {name} says how it ended")
        for ticket_id, status in ((RECOVERED, "solved"), (ESCALATED, "open")):
            up.wait(partial(stands, ticket_id, status), f"{ticket_id} is {status}")
        helpdesk.settle()
        requests = {name: request(name) for name in TICKETS}
        replayed = helpdesk.again(first["ticket"], hooks["ticket"])
        edited = helpdesk.tell(RECOVERED, AGENT)
    return Told(requests, first, asked_status, replayed, edited)


def marked(ticket: Ticket, recovery_id: str, *milestones: str) -> list[Comment]:
    """Return the comments that carry one of some markers, in their order."""
    marks = [f"ringback:{recovery_id}:{milestone}" for milestone in milestones]
    return [one for one in ticket.comments if any(carries(one.text, mark) for mark in marks)]


def test_a_signed_hook_becomes_one_run(up: UpSite, told: Told) -> None:
    """The hook is answered with its place in the inbox, and the run that comes of it names the ticket."""
    for name, ticket_id in TICKETS.items():
        assert told.first[name].status == 200
        assert told.first[name].answer["state"] == "received"
        request = told.requests[name]
        assert (request["state"], request["ticket"]) == ("started", f"zendesk:{ticket_id}")
        run = up.until(str(request["run_id"]), *ENDS)
        assert run["name"] == f"recover {up.sites[name].job} · {up.workspace(name)} · ZD-{ticket_id}"


def test_an_approval_at_once_costs_nobody_a_process(up: UpSite, told: Told) -> None:
    """A plan approved while the process that asked is still on its way out takes no child down."""
    assert "ended (" not in up.log.read_text()


def test_a_ticket_hears_each_milestone_once(up: UpSite, helpdesk: Helpdesk, told: Told) -> None:
    """Opened, waiting, ended: one internal comment each, with the next action last.

    Between them nothing but that the calls go on, where the end did not come before it could be told.
    """
    expected = {"ticket": ["opened", "waiting", "ended"], "doubled": ["opened", "ended"]}
    for name, milestones in expected.items():
        ticket, recovery = helpdesk.open(TICKETS[name]), told.recovery(name)
        if marked(ticket, recovery, "calling"):
            assert name == "ticket"
            milestones.insert(-1, "calling")
        assert [marked(ticket, recovery, one) for one in milestones] == [[one] for one in ticket.comments]
        assert ticket.public == []
        ((_state, next_action),) = up.sites[name].ask(
            "select state, next_action from recovery where id = ?", recovery
        )
        assert next_action in ticket.comments[-1].text
    waiting = helpdesk.open(RECOVERED).comments[1].text
    assert f"ringback approve {told.recovery('ticket')}" in waiting


def test_status_tags_and_fields_are_as_the_settings_say(helpdesk: Helpdesk, told: Told) -> None:
    """A ticket follows its recovery, by the settings and nothing else; tags that were there stay."""
    recovered, escalated = helpdesk.open(RECOVERED), helpdesk.open(ESCALATED)
    assert told.asked_status == "pending"
    assert (recovered.status, recovered.tags) == ("solved", ["vip", "ringback"])
    assert recovered.fields == {FIELD: "recovered"}
    assert (escalated.status, escalated.tags) == ("open", ["vip", "ringback", "engineering"])
    assert escalated.fields == {}


def test_the_package_is_on_the_ticket_that_escalates(up: UpSite, helpdesk: Helpdesk, told: Told) -> None:
    """Engineering finds the very package of the recovery on the ticket; the other ticket has no file."""
    ticket = helpdesk.open(ESCALATED)
    with up.gateway("package") as api:
        package = api.get(f"/v1/recoveries/{told.recovery('doubled')}/package").raise_for_status().content
    assert list(ticket.files.values()) == [package]
    assert ticket.comments[-1].files == tuple(ticket.files)
    assert zipfile.ZipFile(BytesIO(package)).testzip() is None
    assert helpdesk.open(RECOVERED).files == {}


def test_no_number_and_no_secret_reaches_a_ticket(up: UpSite, helpdesk: Helpdesk, told: Told) -> None:
    """Neither comments nor the package nor the gateway's answers hold anybody's number or a key."""
    for name, ticket_id in TICKETS.items():
        ticket = helpdesk.open(ticket_id)
        texts = [one.text for one in ticket.comments]
        texts += [str(one.answer) for one in helpdesk.about(ticket_id)]
        for data in ticket.files.values():
            with zipfile.ZipFile(BytesIO(data)) as package:
                texts += [package.read(member).decode(errors="replace") for member in package.namelist()]
        shown = "\n".join(texts)
        assert whole(up.sites[name].numbers(), shown) == set()
        assert all(secret not in shown for secret in (TOKEN, up.sites[name].world.key))


def test_our_own_words_start_nothing(up: UpSite, helpdesk: Helpdesk, told: Told) -> None:
    """Our updates are told back to us; neither they nor a replay nor an agent's edit starts a run."""
    for name, ticket_id in TICKETS.items():
        ours = [one for one in helpdesk.about(ticket_id) if one.actor == USER]
        assert len(ours) >= len(helpdesk.open(ticket_id).comments)
        assert {one.status for one in ours} == {200}
        # Known by our user where the settings name it; else by the tag, and before the tag by the job.
        taken = {"ticket": {"ignored"}, "doubled": {"ignored", "joined"}}[name]
        assert {one.answer["state"] for one in ours} <= taken
        assert all(one.answer["state"] == "ignored" for one in ours if "ringback" in one.tags)
    assert told.replayed["request_id"] == told.first["ticket"].answer["request_id"]
    assert "ringback" in told.edited.tags
    assert told.edited.answer["state"] == "ignored"
    sql = "select workspace from inbox where source in (?, ?) and state not in ('ignored', 'joined')"
    started = up.sites["ticket"].ask(sql, *PATHS.values())
    assert sorted(started) == sorted((up.workspace(name),) for name in TICKETS)
    with up.api() as api:
        runs = [run["parameters"]["request"].get("job_id") for run in api.runs(ROOTS)]
    assert [runs.count(up.sites[name].job) for name in TICKETS] == [1, 1]


def test_nobody_is_called_twice_and_the_books_agree(up: UpSite, told: Told) -> None:
    """Ledger and true history keep every promise; who escalates without a plan has nobody called."""
    ends = {name: up.sites[name].ask("select id, state from recovery where job_id = ?", up.sites[name].job)
            for name in TICKETS}  # fmt: skip
    assert ends["ticket"] == [(told.recovery("ticket"), "recovered")]
    assert ends["doubled"] == [(told.recovery("doubled"), "escalated")]
    assert [up.sites[name].breaches() for name in TICKETS] == [(), ()]
    assert set(up.sites["ticket"].dialled().values()) == {1}
    assert up.sites["doubled"].dialled() == {}
    sql = "select decision.by, reason from decision where recovery_id = ?"
    assert up.sites["ticket"].ask(sql, told.recovery("ticket")) == [
        ("Ana (token ticket story)", "read the plan")
    ]
