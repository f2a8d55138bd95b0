"""A job on a platform, as small as a test wants it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from models.contacts.phones.normalise import Number, normalise
from models.disposition.strategy import Evidence, Judged, judge_contacts
from models.enums import Action, ContactStatus, Disposition, JobStatus
from models.platform import Call, Capacity, Config, Contact, Job, Reason
from models.policy.policy import Policy
from models.reasons.table import ReasonTable
from models.triage.observation import Attempt, Observation

NOW = datetime(2030, 1, 1, 12, tzinfo=UTC)
LONG_AGO = NOW - timedelta(hours=1)
JUST_NOW = NOW - timedelta(seconds=1)
POLICY = Policy.model_validate({})
TABLE = ReasonTable.packaged()

OUTAGE = Reason("sip", "503")
BUSY = Reason("sip", "486")
NO_SUCH_NUMBER = Reason("sip", "404")
DECLINED = Reason("sip", "603")
NO_BALANCE = Reason("sip", "402")
STRANGE = Reason("x", "never seen")
FLAGGED = Reason("sip", "608")


def phone(n: int) -> str:
    """Return one of Ofcom's numbers for drama, +44 7700 900000 to 900999."""
    return f"+447700900{n:03d}"


def policy(**knobs: Any) -> Policy:
    """Return a policy with some knobs turned."""
    return Policy.model_validate(knobs)


def job(**fields: Any) -> Job:
    """Return a running job that was last heard of now."""
    plain = Job("job-1", "Spring", JobStatus.RUNNING, "in_progress", 0, 0, 0, LONG_AGO, NOW)
    return replace(plain, **fields)


def row(n: int, status: ContactStatus, *reasons: Reason, number: str | None = "", **fields: Any) -> Contact:
    """Return the nth row; it has the nth number unless another is given, and moved long ago."""
    to = phone(n) if number == "" else number
    plain = Contact(f"c{n}", to, status, str(status), reasons=reasons, updated_at=LONG_AGO)
    return replace(plain, **fields)


def rows(*statuses: ContactStatus) -> tuple[Contact, ...]:
    """Return a row for each status."""
    return tuple(row(n, status) for n, status in enumerate(statuses, start=1))


def look(
    contacts: Iterable[Contact] = (),
    of: Job | None = None,
    *,
    live: int | None = 0,
    config: Config | None = None,
    **fields: Any,
) -> Observation:
    """Return a look at the contacts of a job; the job counts as many as are shown unless it is given."""
    shown = tuple(contacts)
    seen = of or job(total=len(shown))
    return Observation(
        seen, shown, Capacity(live), config or Config(agent_exists=True, number_exists=True), **fields
    )


def call(contact: Contact, status: ContactStatus, *reasons: Reason, answered: bool | None = False) -> Call:
    """Return the call that a row names."""
    return Call(contact.call_id or "", status, str(status), answered, reasons)


def evidence(
    calls: Iterable[Call] = (), before: Mapping[str, Contact] | None = None, **fields: Any
) -> Evidence:
    """Return what is known beside the look."""
    return Evidence({one.id: one for one in calls}, TABLE, before or {}, **fields)


def judge(
    contacts: Sequence[Contact],
    known: Evidence | None = None,
    chosen: Policy = POLICY,
    attempts: Mapping[str, tuple[Attempt, ...]] | None = None,
    of: Job | None = None,
) -> tuple[Judged, ...]:
    """Judge some rows."""
    return judge_contacts(look(contacts, of, attempts=attempts or {}), known or evidence(), chosen)


def judged(
    n: int,
    disposition: Disposition = Disposition.UNDELIVERED,
    action: Action = Action.REDIAL,
    *,
    number: Number | None = None,
    **fields: Any,
) -> Judged:
    """Return a row that was judged already."""
    contact = row(n, ContactStatus.NOT_DIALED)
    plain = Judged(n, contact, number or normalise(contact.phone), disposition, action, "sip:503", "because")
    return replace(plain, dialled=True, ended_at=LONG_AGO, **fields)
