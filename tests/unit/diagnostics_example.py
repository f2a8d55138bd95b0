"""One job that stalled, as the input of a package: small, whole, and full of things that must not leave."""

from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

from models.audit.chain import AuditEntry, AuditKey, append
from models.enums import Cause, Check, Severity, Symptom
from models.messages.diagnostics import (
    Approval,
    CallRow,
    ContactProblem,
    Diagnostics,
    ReasonRow,
    TimelineRow,
    not_on_platform,
)
from models.package.people import PeopleTold, PersonRow
from models.report.people import PersonEnd
from models.triage.findings import Finding

START = datetime(2026, 3, 1, 22, 0, tzinfo=UTC)
KEY = b"the workspace's key of 32 bytes."
NUMBERS = tuple(f"+6149157{n:04d}" for n in range(6000, 6040))


def timeline(snapshots: int = 60) -> tuple[TimelineRow, ...]:
    """Return a job that moves for half an hour and then does not."""
    return tuple(
        TimelineRow(
            ts=START + timedelta(minutes=n),
            status="running",
            total=100,
            dispatched=min(n, 30) * 2,
            finished=max(0, min(n, 30) * 2 - 5),
            failed=min(n, 30) // 3,
            in_flight=5,
            live=5,
            permits=20,
        )
        for n in range(snapshots)
    )


def calls() -> tuple[CallRow, ...]:
    """Return one call for each number; every fourth reached nobody."""
    return tuple(
        CallRow(
            call_id=f"conv_{n:012d}",
            phone=phone,
            attempt=1,
            status="not_reached" if n % 4 == 0 else "reached",
            system="sip",
            code="503",
            disposition="transient",
            started=START + timedelta(seconds=n),
            ended=START + timedelta(seconds=n + 20),
            seconds=20,
        )
        for n, phone in enumerate(NUMBERS)
    )


def people() -> PeopleTold:
    """Return everybody: forty whom the platform lists, of a hundred; every fourth was redialled in vain."""
    rows = [
        PersonRow(
            row=n + 1,
            contact_id=f"rcpt_{n}",
            phone=phone,
            end=PersonEnd.REACHED_BEFORE if n % 4 else PersonEnd.FAILED,
            before_status="completed" if n % 4 else "failed",
            before_code="" if n % 4 else "sip:503",
            before_means="reached" if n % 4 else "transient",
            before_calls=1,
            did="drop" if n % 4 else "redial",
            recovery="rec_01",
            kept_back="was reached" if n % 4 else "",
        )
        for n, phone in enumerate(NUMBERS)
    ]
    return PeopleTold(100, rows)


def actions() -> tuple[dict[str, Any], ...]:
    """Return the audit of the example as the ledger would have signed it."""
    chain, key = list[AuditEntry](), AuditKey("k1", KEY)
    told: tuple[tuple[str, dict[str, Any]], ...] = (
        ("claimed", {"token": 1, "host": "worker-1", "by": "ringback"}),
        ("wave.sent", {"to": list(NUMBERS[:3])}),
    )
    for n, (kind, body) in enumerate(told):
        at = START + timedelta(minutes=n)
        newest = chain[-1] if chain else None
        chain.append(append(newest, at=at, kind=kind, body=body, key=key, recovery_id="rec_01"))
    return tuple(asdict(link) for link in chain)


def example(**changes: Any) -> Diagnostics:
    """Return the example with some of its facts changed."""
    first = NUMBERS[0]
    facts: dict[str, Any] = {
        "workspace_id": "ws_7",
        "campaign_id": not_on_platform("ElevenLabs has no campaigns"),
        "job_id": "btcal_01jxyz",
        "upload_id": not_on_platform("ElevenLabs keeps no upload"),
        "window_start": START,
        "window_end": START + timedelta(hours=1),
        "timezone": "Australia/Sydney",
        "symptom": Symptom.STUCK,
        "summary": f"The job has not moved since 22:30 UTC; a customer on {first} complains",
        "failed": 10,
        "successful": 50,
        "total": 100,
        "recovery_id": "rec_01",
        "platform": "elevenlabs",
        "generated_at": START + timedelta(hours=2),
        "verdict": "hold: 2 of 9 dispatches failed, neither clearly healthy nor clearly sick.",
        "next_action": "Release the 5 permits that are held by calls which ended.",
        "eta_words": "no estimate: the job is stalled",
        "plan_hash": "ab" * 32,
        "escalated_because": ("still stalled after a validated retry",),
        "tried": ("redialled a sample of 9", f"looked at 0491 57{first[-4:]} by hand"),
        "asked": ("Why do 5 dispatched rows never ring?",),
        "findings": (
            Finding(
                Check.HEALTH,
                Severity.FAIL,
                Cause.DEAD_DISPATCHER,
                "Nothing moved for 30 min.",
                {"quiet": 1800},
            ),
            Finding(
                Check.PERMITS,
                Severity.WARN,
                Cause.PERMITS,
                "5 permits are held | by nobody.",
                {"rows": [first]},
            ),
        ),
        "reasons": (ReasonRow("503", "sip", "transient", 10, 0.1, START, START, ("conv_000000000004",)),),
        "timeline": timeline(),
        "calls": calls(),
        "contact_file": {"rows": 101, "encoding": "utf-8", "delimiter": ","},
        "contact_problems": (
            ContactProblem(7, 8, "lost_digits", f"'{first[1:]}.0' has lost its plus", repaired=True),
        ),
        "people": people(),
        "approved": (Approval(START, True, "Kim Lee", "read the plan", "ab" * 32),),
        "actions": actions(),
        "api_samples": {
            "failed-1": {
                "conversation_id": "conv_000000000004",
                "metadata": {"phone_call": {"external_number": NUMBERS[4], "call_sid": "CA" + "0f" * 16}},
                "created_at_unix": 1772402400,
                "transcript": [{"message": "hello, this is a private talk"}],
                "request": {"xi-api-key": "sk_live_0123456789abcdef", "body": f'{{"to": "{NUMBERS[4]}"}}'},
            }
        },
        "versions": {"ringback": "0.1.0", "python": "3.11.9"},
    }
    return Diagnostics(**{**facts, **changes})
