"""The claim on a job: at most one live holder, and a token that only grows."""

import os
import socket
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

import psutil
from sqlalchemy import bindparam
from sqlmodel import Session, col, func, select, update

from models.disposition.only import OnlyPeople
from models.enums import Level, State
from models.lifecycles import RECOVERY
from models.messages.milestones import TicketRef
from models.policy.policy import Policy
from models.tables.ledger import Lease, Recovery
from tasks.fault_points import fault_point
from tasks.ledger.database.tide import note_progress
from tasks.ledger.errors import CollisionError, LeaseLostError, LedgerError, OtherPeopleError
from tasks.ledger.people.unplayed import reopen_rest
from tasks.ledger.store import OF_JOB, Claim, Ledger, lost
from tasks.ledger.tickets import join
from tasks.marks import struck

ONLY = "only"
"""Where a recovery keeps, among the facts of its source, to whom it is bound."""
JobKey = tuple[str, str, str]
"""Workspace, platform, job id."""
# A recovery that waits does this at every look: one statement, which proves the token as well.
_RENEWED = (
    update(Lease)
    .where(*OF_JOB, col(Lease.token) == bindparam("of_token"))
    .values(expires_at=bindparam("until"))
)


@dataclass(frozen=True, slots=True)
class Claimed:
    """The answer to a claim: ours to run (with proof), or somebody else's to watch."""

    recovery_id: str
    claim: Claim | None
    continued: bool
    holder: str = ""


def claim_job(
    ledger: Ledger,
    key: JobKey,
    new_id: str,
    policy: Policy,
    ticket: TicketRef | None = None,
    *,
    only: OnlyPeople | None = None,
    continues: str = "",
) -> Claimed:
    """Claim a job: start a recovery, continue an interrupted or resumable one, or name the live one.

    The ticket, where there is one, hears of that recovery from here on, whoever runs it. A recovery that is
    started with `only` is bound to these people from its first row on; where one is open already that is
    not, OtherPeopleError is raised. Where `continues` names a recovery, no other one is started or continued.
    """
    try:
        claimed = _claim(ledger, key, new_id, policy, ticket, only=only, continues=continues)
    except CollisionError:
        # Two first claims on Postgres find no row to lock; now the other's is there.
        claimed = _claim(ledger, key, new_id, policy, ticket, only=only, continues=continues)
    if claimed.claim:
        note_progress(ledger, claimed.recovery_id)
        fault_point("claim.after_commit")
    return claimed


def _claim(
    ledger: Ledger,
    key: JobKey,
    new_id: str,
    policy: Policy,
    ticket: TicketRef | None,
    *,
    only: OnlyPeople | None,
    continues: str,
) -> Claimed:
    now = ledger.clock.now()
    with ledger.write() as session:
        _one_name(session, key)
        lease = session.exec(_lease(key).with_for_update()).first()
        if lease and lease.expires_at > now and not holder_is_gone(lease):
            require_same_people(session.get(Recovery, lease.recovery_id), only)
            join(session, ledger, lease.recovery_id, ticket, late=True)
            return Claimed(
                lease.recovery_id, None, continued=True, holder=f"process {lease.pid} on {lease.host}"
            )
        open_one = _open_recovery(session, key)
        if continues and (open_one is None or open_one.id != continues):
            struck("leases.ended_before")  # another sweep or a person was faster
            return Claimed(continues, None, continued=True, holder="a process that has ended it")
        require_same_people(open_one, only)
        recovery = open_one or _new_recovery(session, key, new_id, policy, now, only=only)
        token = _take(session, lease, key, recovery.id, now + timedelta(seconds=policy.lease_seconds))
        if open_one and State(open_one.state) is State.HELD:
            recovery.state = RECOVERY.moved(recovery.state, State.RUNNING, recovery.id)
            recovery.ended_at = None
            reopen_rest(session, recovery.id)
        bound = {"only": only.told()} if only else {}
        kind = "continued" if open_one else "claimed"
        ledger.note(session, recovery.id, kind, {"token": token, "host": _host()} | bound)
        join(session, ledger, recovery.id, ticket, late=open_one is not None)
    return Claimed(recovery.id, Claim(*key, recovery.id, token), continued=open_one is not None)


def only_of(recovery: Recovery) -> OnlyPeople | None:
    """Return to whom a recovery is bound, None where that is everybody of its job."""
    kept = (recovery.source or {}).get(ONLY)
    return OnlyPeople.from_json(kept) if kept else None


def require_same_people(open_one: Recovery | None, only: OnlyPeople | None) -> None:
    """Refuse to join an open recovery of other people than those of a file; raises OtherPeopleError.

    Nobody may be called whom the file does not name. Who asks for everybody joins a recovery of some as well.
    """
    if open_one is None or only is None:
        return
    bound = only_of(open_one)
    if bound is None or bound.people != only.people:
        struck("leases.other_people")
        whose = f"bound to the people of {bound.name}" if bound else "for everybody of the job"
        raise OtherPeopleError(
            f"Recovery {open_one.id} of this job is open and {whose}, not to those of {only.name} alone. "
            f"Let it end, or cancel it (`ringback cancel {open_one.id}`), then ask again. "
            "Nothing was changed."
        )


def _one_name(session: Session, key: JobKey) -> None:
    # Two keys of one account look like two accounts; a platform gives one id to one job.
    workspace, platform, job_id = key
    query = select(Recovery.workspace).where(
        Recovery.platform == platform, Recovery.job_id == job_id, Recovery.workspace != workspace
    )
    if other := session.exec(query.limit(1)).first():
        struck("leases.other_name")
        raise LedgerError(
            f"Job {job_id} was recovered under the workspace name {other!r} in this ledger: {other!r} "
            f"and {workspace!r} are one platform account. Use {other!r}; nobody was called."
        )


def renew(ledger: Ledger, claim: Claim, seconds: float) -> None:
    """Push the expiry of our lease out; raises LeaseLostError where it is no longer ours."""
    fault_point("lease.renew")
    until = ledger.clock.now() + timedelta(seconds=seconds)
    with ledger.write() as session:
        ours = {**claim.key, "of_token": claim.token, "until": until}
        if session.connection().execute(_RENEWED, ours).rowcount != 1:
            raise lost(claim)


def release(ledger: Ledger, claim: Claim) -> None:
    """Let go of the job, if it is still ours to let go of."""
    try:
        with ledger.write(claim) as session:
            lease = session.exec(_lease((claim.workspace, claim.platform, claim.job_id))).one()
            lease.expires_at, lease.pid = ledger.clock.now(), 0
            session.add(lease)
    except LeaseLostError:
        return


def is_held(ledger: Ledger, key: JobKey) -> bool:
    """Tell whether a living process holds the job."""
    with ledger.read() as session:
        lease = session.exec(_lease(key)).first()
    return bool(lease and lease.expires_at > ledger.clock.now() and not holder_is_gone(lease))


def token_of(ledger: Ledger, recovery: Recovery) -> int:
    """Return how often the recovery's job was claimed so far."""
    with ledger.read() as session:
        lease = session.exec(_lease((recovery.workspace, recovery.platform, recovery.job_id))).first()
    return int(lease.token) if lease else 0


def holder_is_gone(lease: Lease) -> bool:
    """Tell whether the holder ran on this host and its process is certainly no more."""
    if lease.host != _host():
        return False
    if not lease.pid:
        return True
    try:
        process = psutil.Process(lease.pid)
        dead = process.status() in {psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD}
        return dead or abs(_started(process) - lease.process_started) > 1
    except psutil.NoSuchProcess:
        return True
    except psutil.Error:
        return False


def this_process() -> tuple[str, int, float]:
    """Return how a holder is told: host, process id, and when the process started."""
    return _host(), os.getpid(), _started(psutil.Process())


def _started(process: psutil.Process) -> float:
    # Counted from the boot where the kernel does so: setting the clock must not make a holder look dead.
    moment: float = process.create_time()
    return moment - float(psutil.boot_time()) if psutil.LINUX else moment


def _take(session: Session, lease: Lease | None, key: JobKey, recovery_id: str, expires: datetime) -> int:
    workspace, platform, job_id = key
    mine = Lease(
        workspace=workspace,
        platform=platform,
        job_id=job_id,
        recovery_id=recovery_id,
        token=(lease.token if lease else 0) + 1,
        host=_host(),
        pid=os.getpid(),
        process_started=_started(psutil.Process()),
        expires_at=expires,
    )
    # A lease that was not there is inserted, never merged: of two first claims the second must collide.
    if lease:
        session.merge(mine)
    else:
        session.add(mine)
    session.flush()
    return mine.token


def _open_recovery(session: Session, key: JobKey) -> Recovery | None:
    newest = session.exec(_recoveries(key).order_by(col(Recovery.epoch).desc()).limit(1)).first()
    return newest if newest is not None and goes_on(newest) else None


def goes_on(recovery: Recovery) -> bool:
    """Tell whether a recovery is open: it has not ended, or is held until somebody resumes it."""
    return not State(recovery.state).is_end or (recovery.state == State.HELD.value and recovery.resumable)


def _new_recovery(
    session: Session, key: JobKey, new_id: str, policy: Policy, now: datetime, *, only: OnlyPeople | None
) -> Recovery:
    workspace, platform, job_id = key
    used = session.exec(
        select(func.max(Recovery.epoch)).where(
            Recovery.workspace == workspace, Recovery.platform == platform, Recovery.job_id == job_id
        )
    ).one()
    recovery = Recovery(
        id=new_id,
        workspace=workspace,
        platform=platform,
        job_id=job_id,
        epoch=(used or 0) + 1,
        state=RECOVERY.first.value,
        level=Level.TRIAGE.value,
        started_at=now,
        policy=policy.model_dump(mode="json"),
        source={ONLY: only.as_json()} if only else None,
    )
    session.add(recovery)
    session.flush()
    return recovery


def _lease(key: JobKey):  # type: ignore[no-untyped-def]  # noqa: ANN202  the select's own type is private
    return select(Lease).where(Lease.workspace == key[0], Lease.platform == key[1], Lease.job_id == key[2])


def _recoveries(key: JobKey):  # type: ignore[no-untyped-def]  # noqa: ANN202
    return select(Recovery).where(
        Recovery.workspace == key[0], Recovery.platform == key[1], Recovery.job_id == key[2]
    )


@cache
def _host() -> str:
    # The boot id tells apart two machines, and two lives of one machine, that share a name; the namespace
    # tells apart containers that share one too and cannot see each other's processes.
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()[:8]
        life = f"{boot}/{Path('/proc/self/ns/pid').stat().st_ino}"
    except OSError:
        life = str(int(psutil.boot_time()))
    return f"{socket.gethostname()}/{life}"
