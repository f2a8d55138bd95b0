"""What the ledger's tests begin with: a claimed job, a frozen plan, a wave."""

from collections.abc import Sequence

from sqlmodel import SQLModel

from models.audit.chain import AuditKey
from models.contacts.phones.normalise import Number
from models.disposition.strategy import Judged
from models.enums import Action, ContactStatus, Disposition, Phase, State, WaveState
from models.plan.plan import Plan, make_plan
from models.platform import Contact
from models.policy.policy import Policy
from models.tables.ledger import Planned, Wave
from tasks.ledger import plans, recoveries, waves
from tasks.ledger.leases import JobKey, claim_job, release
from tasks.ledger.store import Claim, Ledger
from tests.sure import sure

KEY = AuditKey("k1", b"a secret of at least sixteen bytes")
KEYS = {KEY.id: KEY.secret}
JOB: JobKey = ("shop", "fake", "job-1")
POLICY = Policy.model_validate({"lease_seconds": 60})


def phone(row: int) -> str:
    """Return one of Ofcom's numbers for drama, +44 7700 900000 to 900999."""
    return f"+447700900{row:03d}"


def claimed(ledger: Ledger, recovery_id: str = "r_1", key: JobKey = JOB) -> Claim:
    """Claim a job that nobody holds and return the proof."""
    found = claim_job(ledger, key, recovery_id, POLICY)
    assert found.claim is not None, f"held by {found.holder}"
    return found.claim


def judged(row: int, action: Action = Action.REDIAL, number: str | None = None) -> Judged:
    """Return a judged contact."""
    to = number or phone(row)
    contact = Contact(f"c{row}", to, ContactStatus.NOT_DIALED, "pending", payload={"name": f"Contact {row}"})
    kind = Disposition.UNDELIVERED if action is Action.REDIAL else Disposition.REACHED
    return Judged(row, contact, Number(to), kind, action, "pending", "because")


def plan_of(contacts: Sequence[Judged], key: JobKey = JOB) -> Plan:
    """Return a plan over judged contacts."""
    return make_plan(key, contacts, POLICY)


def frozen(ledger: Ledger, claim: Claim, redial: int = 6, drop: int = 2, *, first: int = 0) -> Plan:
    """Freeze a plan that redials some contacts and drops some; `first` tells their numbers from others."""
    contacts = [judged(row, number=phone(first + row)) for row in range(1, redial + 1)]
    contacts += [judged(row, Action.DROP) for row in range(redial + 1, redial + drop + 1)]
    plan = plan_of(contacts, (claim.workspace, claim.platform, claim.job_id))
    plans.freeze(ledger, claim, plan)
    return plan


def intended(ledger: Ledger, claim: Claim, size: int = 3) -> Wave:
    """Write the intent of a wave of the next contacts down."""
    people = plans.next_up(ledger, claim.recovery_id, size)
    return sure(waves.intend(ledger, claim, Phase.SAMPLE, people, size))


def accepted(ledger: Ledger, claim: Claim, size: int = 3) -> Wave:
    """Bring a wave as far as the platform's yes."""
    wave = waves.sending(ledger, claim, intended(ledger, claim, size))
    job = f"job-of-wave-{wave.n}"
    return waves.answered(ledger, claim, wave, WaveState.ACCEPTED, message="accepted", platform_job=job)


def states(ledger: Ledger, claim: Claim) -> list[str | None]:
    """Return the dispatch states of the plan in upload order."""
    return [row.state for row in plans.contacts(ledger, claim.recovery_id)]


def rows_of(ledger: Ledger, claim: Claim) -> dict[str, Planned]:
    """Return the plan's contacts by id."""
    return {row.contact_id: row for row in plans.contacts(ledger, claim.recovery_id)}


def end(ledger: Ledger, claim: Claim, state: State, *, resumable: bool = False) -> None:
    """End a recovery as its last step does, and let go of the job."""
    with ledger.write(claim) as session:
        recovery = recoveries.find(session, claim.recovery_id)
        recovery.state, recovery.resumable, recovery.ended_at = state.value, resumable, ledger.clock.now()
        plans.close_rest(session, claim.recovery_id)
        session.add(recovery)
    release(ledger, claim)


def everything(ledger: Ledger) -> list[object]:
    """Return every row of every table."""
    with ledger.read() as session:
        return [session.execute(table.select()).all() for table in SQLModel.metadata.sorted_tables]
