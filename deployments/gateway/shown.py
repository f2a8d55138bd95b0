"""What answers show of the ledger: no whole number, no secret, no path of this machine."""

from typing import Any

from deployments.gateway.parts import Parts
from models.hooks.ids import shown_ticket
from models.hooks.order import HookState
from models.masking.redaction import redact
from models.tables.gateway import InboxRow
from models.tables.ledger import Recovery
from tasks.finish.report import kept_back, report_of
from tasks.ledger import plans
from tasks.ledger.inbox import inbox

_PLAIN = ("recovery_id", "job_id", "workspace", "plan_hash", "approved_hash", "started_at", "ended_at")
"""Ids, hashes and times that look like numbers to a redactor and are none."""


def request_out(row: InboxRow) -> dict[str, Any]:
    """Return a request as its answer shows it."""
    return {"request_id": row.id, "state": row.state, "words": row.message, "joined": row.joined}


def rehearsal_out(row: InboxRow, status: int) -> dict[str, Any]:
    """Return what would have become of a hook that was only a test, and which status its sender would see."""
    return {
        "test": True,
        "starts": row.state == HookState.RECEIVED.value,
        "would": f"answer {status}: {WOULD[HookState(row.state)]}",
        "state": row.state,
        "words": row.message,
        "joined": row.joined,
        "job_id": row.job_id,
        "asks_in": row.workspace if row.job_id else "",
        "ticket": shown_ticket(row.ticket),
        "approval": (row.request or {}).get("approval", ""),
    }


WOULD = {
    HookState.RECEIVED: "start a recovery, or go on with one that was interrupted",
    HookState.JOINED: "join what is under way",
    HookState.IGNORED: "acknowledge it and start nothing",
    HookState.REFUSED: "refuse it, and tell the ticket why",
    HookState.FAILED: "refuse it",
}
"""What is done with a hook that comes to each state when it is written down."""


def request_detail(parts: Parts, row: InboxRow) -> dict[str, Any]:
    """Return a request with how it goes on."""
    return request_out(row) | {
        "source": row.source,
        "job_id": row.job_id,
        "workspace": row.workspace,
        "ticket": shown_ticket(row.ticket),
        "received_at": row.received_at,
        "attempts": row.attempts,
        "run_id": row.run_id or None,
        "recovery_id": inbox.recovery_of(parts.ledger, row),
    }


def line(parts: Parts, recovery: Recovery) -> dict[str, Any]:
    """Return one recovery for a list."""
    return {
        "recovery_id": recovery.id,
        "job_id": recovery.job_id,
        "workspace": recovery.workspace,
        "state": recovery.state,
        "level": recovery.level,
        "started_at": recovery.started_at,
        "ended_at": recovery.ended_at,
        "next_action": clean(parts, recovery.next_action),
    }


def clean(parts: Parts, text: str) -> str:
    """Return a person's words without numbers and secrets."""
    return str(redact(text, key=parts.phones)[0])


def report(parts: Parts, recovery_id: str) -> dict[str, Any]:
    """Return the report of a recovery; numbers of its plan are found in whatever form they stand."""
    whole = report_of(parts.ledger, recovery_id)
    contacts = plans.contacts(parts.ledger, recovery_id)
    numbers = frozenset(row.phone for row in contacts if row.phone)
    kept = kept_back(parts.ledger, recovery_id)
    found, _ = redact(whole | {"contacts_kept_back": kept}, key=parts.phones, known_numbers=numbers)
    document: dict[str, Any] = dict(found) | {name: whole[name] for name in _PLAIN}
    document["contacts_kept_back"] = [
        one | {"phone": original["phone"]}  # masked already
        for one, original in zip(document["contacts_kept_back"], kept, strict=True)
    ]
    document["counts"], document["people"] = whole["counts"], whole["people"]
    document["package"] = f"/v1/recoveries/{recovery_id}/package" if whole["package"] else None
    return document
