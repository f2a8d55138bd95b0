"""The report of a recovery in any state: the counts of status, no number, no markup of others."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from models.enums import Cause, Check, Severity, State
from models.messages.milestones import FOR_CUSTOMER, FOR_US, Milestone, TicketRef, note_of
from models.report.page.voices import Format, Voice
from models.triage.findings import Finding
from tasks.finish.page.report import document_of, written
from tasks.finish.report import report_of
from tasks.ledger import outbox, recoveries, tickets
from tasks.ledger.errors import NoSuchRecoveryError
from tasks.ledger.leases import claim_job
from tasks.ledger.store import Claim, Ledger
from tasks.runtime.database import open_home
from tasks.runtime.settings.settings import load_settings
from tests.integration.scenes import JOB, KEY, POLICY, accepted, claimed, end, frozen, phone
from tests.warm import warm_commands

NAME = f'<script>alert(1)</script> | "July" {phone(1)}'
SAID = f"Row 3 ({phone(3)}) <b>waits</b>"
DIGITS = {phone(row).removeprefix("+44") for row in range(1, 9)}


def read_and_called(ledger: Ledger, claim: Claim) -> None:
    """Bring a recovery as far as a wave of three, of a job whose every word is somebody else's."""
    frozen(ledger, claim)
    with ledger.write(claim) as session:
        recovery = recoveries.find(session, claim.recovery_id)
        recovery.source = {"name": NAME, "timezone": "Europe/London", "total": 8, "limit": 4}
        recovery.diagnosis = {
            "symptom": "stuck_running",
            "cause": "permits",
            "path": "recover",
            "words": SAID,
            "next_action": SAID,
        }
        recovery.next_action, recovery.fenced_at = SAID, ledger.clock.now()
        session.add(recovery)
        seen = {"expected": 8, "finished": 2, "quiet_seconds": 1800}
        recoveries.write_findings(
            session, recovery.id, [Finding(Check.HEALTH, Severity.FAIL, Cause.PERMITS, SAID, seen)]
        )
        ledger.note(session, recovery.id, "diagnosed", {})
    accepted(ledger, claim)


def told(ledger: Ledger, *, drawn: bool = False) -> dict[str, Any]:
    """Return the engineer's JSON, once every form in both voices was found without a number or markup."""
    for voice in Voice:
        document = document_of(ledger, "r_1", voice, KEY.secret, drawn=drawn)
        assert document.as_json()["people"] == report_of(ledger, "r_1")["people"]
        assert sum(group.count for group in document.flow) == document.people.expected
        for how in Format:
            text = written(document, how)
            assert [number for number in DIGITS if number in text] == []
            assert how is Format.JSON or "<script" not in text.replace("\\<", "")
            assert "<b>" not in text.replace("\\<", "") or how is Format.JSON
    found: dict[str, Any] = json.loads(text)
    return found


def said(document: dict[str, Any], section: str) -> str:
    """Return what a section says."""
    return " ".join(document["sections"][section]["paragraphs"])


def test_a_report_tells_of_every_state(ledger: Ledger) -> None:
    """Running, interrupted and ended alike: the counts are those of status, and the sentences fit them."""
    claim = claimed(ledger)
    assert "No diagnosis was made" in said(told(ledger), "what_happened")
    read_and_called(ledger, claim)
    running = told(ledger, drawn=True)
    assert running["people"]["in_air"] == 3
    assert running["sections"]["what_you_must_do"]["commands"][0] == "ringback status r_1"
    assert running["sections"]["what_was_done"]["tables"][0]["rows"][0][:4] == ["sample", "1", "3", "3"]
    ledger.clock.sleep(10 * POLICY.lease_seconds)
    assert "ringback resume r_1" in told(ledger)["sections"]["what_you_must_do"]["commands"]
    claim = claimed(ledger)
    end(ledger, claim, State.HELD)
    held = told(ledger)
    assert (held["people"]["kept_back"], held["people"]["not_called"]) == (3, 3)
    assert held["sections"]["what_you_must_do"]["commands"] == [
        "ringback recover job-1",
        "ringback decide r_1",
        "ringback audit r_1 --verify",
    ]
    customer = document_of(ledger, "r_1", Voice.CUSTOMER, KEY.secret, drawn=False)
    assert "2 of 8 people" in " ".join(customer.sections["what_happened"].paragraphs)


def test_nobody_is_counted_of_a_job_that_was_not_read(ledger: Ledger) -> None:
    """A recovery that was held before the job could be read has a report, and says that it counts nobody."""
    end(ledger, claimed(ledger), State.HELD)
    document = told(ledger, drawn=True)
    assert "Nobody is counted" in said(document, "people")
    assert document["flow"] == []
    assert "nothing to draw" in document["chart"]


def test_a_report_of_nothing_is_refused(ledger: Ledger) -> None:
    """An id that the ledger does not know is a sentence and no empty page."""
    with pytest.raises(NoSuchRecoveryError, match="knows no recovery r_9"):
        document_of(ledger, "r_9", Voice.CUSTOMER, KEY.secret)


def lines(ledger: Ledger) -> list[tuple[str, ...]]:
    """Return the lines of every comment that is not yet delivered."""
    return [note_of(row.facts, "mark").lines for row in outbox.undelivered(ledger)]


def test_the_customer_comes_first_in_every_comment(ledger: Ledger) -> None:
    """Opened, waiting, ended: what may be sent on stands before ours, and tells where it stands by then."""
    claim = claim_job(ledger, JOB, "r_1", POLICY, TicketRef("desk", "1")).claim
    assert claim
    read_and_called(ledger, claim)
    for state in (State.AWAITING_APPROVAL, State.HELD):
        with ledger.write(claim) as session:
            recovery = recoveries.find(session, "r_1")
            recovery.state = state.value
            session.add(recovery)
            outbox.tell(session, ledger, recovery, "because")
    found = lines(ledger)
    assert [one[0] for one in found] == [FOR_CUSTOMER] * 3
    assert [one[2] for one in found] == [FOR_US] * 3
    opened, waiting, ended = (one[1] for one in found)
    assert "We have begun to look at" in opened
    assert "The colleague decides by" in waiting
    assert "A colleague looks at it" in ended
    assert "Of 8 people: 2 reached" in ended
    assert "because" in found[-1][3:]


def test_a_ticket_that_joins_late_is_told_once(ledger: Ledger) -> None:
    """Of two comments that are written at once only the one of now speaks to the customer."""
    claim = claimed(ledger)
    read_and_called(ledger, claim)
    end(ledger, claim, State.HELD)
    claim = claimed(ledger, "r_2")
    with ledger.write(claim) as session:
        tickets.join(session, ledger, "r_1", TicketRef("desk", "2"))
    rows = outbox.undelivered(ledger, "r_1")
    assert [row.facts["milestone"] for row in rows] == [Milestone.OPENED.value, Milestone.ENDED.value]
    assert [FOR_CUSTOMER in one for one in lines(ledger)] == [False, True]


def test_the_command_writes_a_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page goes into the file that is named, `--json` is one document, and a wrong id is a sentence."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RINGBACK_HOME", str(tmp_path / "home"))
    _, ledger = open_home(load_settings())
    claim = claimed(ledger)
    read_and_called(ledger, claim)
    end(ledger, claim, State.HELD)

    def run(*words: str) -> tuple[int, str, str]:
        return warm_commands().run(list(words), os.environ, Path.cwd(), 120)

    file = ("--format", "html", "--out", "page.html")
    code, out, err = run("report", "r_1", *file)
    assert (code, out, err.strip()) == (0, "", "The report is in page.html.")
    assert '<html lang="en">' in (tmp_path / "page.html").read_text(encoding="utf-8")
    _, out, _ = run("report", "r_1", "--voice", "engineer", "--json")
    assert json.loads(out)["people"] == report_of(ledger, "r_1")["people"]
    code, out, _ = run("report", "r_9", "--json")
    assert (code, json.loads(out)["exit"]) == (2, 2)
    code, out, err = run("report", "r_1", "--out", "nowhere/page.md")
    assert (code, out) == (2, "")
    assert "There is no folder nowhere" in err
