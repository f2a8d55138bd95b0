"""The operational checks as steps: look, ask the rule, write the finding down."""

from collections.abc import Callable, Mapping

from models.calling.rule import Try, first_opening, is_on
from models.contacts.phones.normalise import normalise
from models.disposition.strategy import Evidence, judge_contacts
from models.enums import Check, Level
from models.invariants import ensure, given
from models.plan.plan import make_plan
from models.platform import Contact
from models.triage.checks.config import config
from models.triage.checks.contacts import contacts
from models.triage.checks.duplicates import duplicates
from models.triage.checks.health import health, permit_limit
from models.triage.checks.permits import permits
from models.triage.checks.strategy import strategy
from models.triage.diagnosis import Diagnosis, diagnose
from models.triage.findings import Finding
from models.triage.observation import Look
from models.triage.one_answer import without_refusals
from tasks import markdown
from tasks.conductor import publish, step
from tasks.context import Desk, desk
from tasks.dispatch import calling_hours
from tasks.fault_points import fault_point
from tasks.ledger import recoveries
from tasks.ledger.dialled import dialled
from tasks.triage.observe import complete, rows_before_cancel, take_look
from tasks.triage.suppression import suppressed

CHECKS = tuple(Check)


@step("Look at the job, its contacts and its surroundings", reads=True)
def look_at_the_job() -> str:
    """Gather the look, ask why calls ended, and give every contact its disposition."""
    here = desk()
    before = rows_before_cancel(here)
    look, here.case.calls = complete(here, take_look(here), before)
    here.case.look = look
    here.case.source = look.job
    people = judge_contacts(look, _evidence(here, look, before), here.policy)
    here.case.judged = without_refusals(people)
    return (
        f"{look.job.raw_status}: {len(look.rows)} contacts, {look.job.finished} of {look.job.total} finished"
    )


def _evidence(here: Desk, look: Look, before: Mapping[str, Contact]) -> Evidence:
    return Evidence(
        calls=here.case.calls,
        table=here.table,
        before=before,
        suppressed=suppressed(here),
        dialled=_dialled(here, look),
        fixed=here.operator_fixed,
    )


def _dialled(here: Desk, look: Look) -> Mapping[str, tuple[Try, ...]]:
    if not is_on(here.policy):
        return {}
    numbers = [normalise(row.phone, here.policy.default_region).e164 for row in look.rows]
    since = here.clock.now() - calling_hours.reach(here.policy)
    but = here.held.recovery_id if here.claim else None
    return dialled(here.ledger, here.workspace, filter(None, numbers), since, but=but)


@step("Confirm job health and stage", reads=True)
def confirm_job_health() -> str:
    """Check 1: status, stage, movement, expected against processed."""
    here = desk()
    return _keep(here, lambda look: _health(here, look))


def _health(here: Desk, look: Look) -> Finding:
    waiting = (one.calling for one in here.case.judged if one.calling)
    opens = first_opening(waiting, look.last_moved, here.policy)
    return health(look, here.policy, window_opens=opens, trusted=here.operator_fixed)


@step("Validate permit and dispatch behaviour", reads=True)
def validate_permits_and_dispatch() -> str:
    """Check 2: permits in use and leaked, what is retried, what the provider does."""
    here = desk()
    return _keep(here, lambda look: permits(look, here.case.judged, here.policy))


@step("Check duplicate prevention", reads=True)
def check_duplicate_prevention() -> str:
    """Check 3: a second run, a repeated delivery, a repeated number."""
    here = desk()
    return _keep(here, lambda look: duplicates(look, here.case.judged))


@step("Determine the retry strategy", reads=True)
def determine_retry_strategy() -> str:
    """Check 4: one disposition and one action for every contact."""
    here = desk()
    look = _look(here)
    here.case.plan = make_plan(here.job_key, here.case.judged, here.policy)
    ensure(len(here.case.plan.contacts) == len(look.rows), "every row of the job is in the plan")
    return _keep(here, lambda _: strategy(here.case.judged))


@step("Recheck configuration and contacts", reads=True)
def recheck_configuration() -> str:
    """Level 1: agent, number and upload as they are now."""
    here = desk()
    _keep(here, lambda look: contacts(look, here.case.judged))
    return _keep(here, lambda look: config(look, here.case.judged, here.policy, fixed=here.operator_fixed))


@step("Name the cause")
def name_the_cause() -> Diagnosis:
    """Weigh the findings, write them down, and show them."""
    here = desk()
    diagnosis = diagnose(here.case.findings, here.case.judged)
    here.case.diagnosis = diagnosis
    if here.claim:
        _write(here, diagnosis)
    publish(
        f"findings-{here.case.job_id}", "Findings", markdown.findings_markdown(here.case.findings, diagnosis)
    )
    here.reporter.say(diagnosis.words)
    return diagnosis


def _write(here: Desk, diagnosis: Diagnosis) -> None:
    fault_point("triage.before_write")
    with here.ledger.write(here.held) as session:
        recovery = recoveries.find(session, here.held.recovery_id)
        recovery.diagnosis, recovery.level = diagnosis.as_json(), Level.TRIAGE.value
        recovery.source = markdown.source_json(_look(here).job) | {
            "limit": permit_limit(_look(here), here.policy)
        }
        recovery.around = dict(here.case.around)
        session.add(recovery)
        recoveries.write_findings(session, recovery.id, here.case.findings)
        here.ledger.note(session, recovery.id, "diagnosed", diagnosis.as_json())


def all_checks() -> Diagnosis:
    """Run every check in the runbook's order and name the cause."""
    look_at_the_job()
    confirm_job_health()
    validate_permits_and_dispatch()
    check_duplicate_prevention()
    determine_retry_strategy()
    recheck_configuration()
    return name_the_cause()


def _look(here: Desk) -> Look:
    return given(here.case.look, "look_at_the_job comes first")


def _keep(here: Desk, judge: Callable[[Look], Finding]) -> str:
    finding = judge(_look(here))
    rest = [other for other in here.case.findings if other.check is not finding.check]
    here.case.findings = sorted([*rest, finding], key=lambda f: CHECKS.index(f.check))
    return finding.words
