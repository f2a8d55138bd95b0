"""The operational checks as tasks: look, ask the rule, write the finding down."""

from collections.abc import Callable, Mapping

from models.calling.rule import Try, first_opening, is_on
from models.contacts.phones.normalise import normalise
from models.disposition.only import only_these, only_words
from models.disposition.strategy import Evidence, judge_contacts
from models.enums import Action, Check, Level, Path
from models.invariants import ensure, given
from models.plan.plan import make_plan
from models.platform import Contact
from models.triage.checks.config import config
from models.triage.checks.contacts import contacts
from models.triage.checks.duplicates import duplicates
from models.triage.checks.health import health, permit_limit, standing_limit
from models.triage.checks.permits import permits
from models.triage.checks.strategy import strategy
from models.triage.diagnosis import Diagnosis, diagnose
from models.triage.findings import Finding
from models.triage.observation import Observation
from models.triage.one_answer import without_refusals
from tasks import markdown
from tasks.context import RunContext
from tasks.dispatch import calling_hours
from tasks.fault_points import fault_point
from tasks.ledger import plans, recoveries
from tasks.ledger.leases import ONLY
from tasks.ledger.people.dialled import dialled
from tasks.ledger.people.ends import PEOPLE
from tasks.platforms.binding import bound_of
from tasks.prefect import READS, publish, task
from tasks.triage.counted import is_anybody_open, people_if_stopped, people_now
from tasks.triage.decided import with_decisions
from tasks.triage.observe import complete, observe, rows_before_cancel
from tasks.triage.suppression import suppressed

CHECKS = tuple(Check)


@task(name="Look at the job, its contacts and its surroundings", **READS)
def look_at_the_job(ctx: RunContext) -> str:
    """Gather the look, ask why calls ended, and give every contact its disposition."""
    before = rows_before_cancel(ctx)
    look, ctx.case.calls = complete(ctx, observe(ctx), before)
    ctx.case.look = look
    ctx.case.source = look.job
    evidence = _evidence(ctx, look, before)
    people = without_refusals(judge_contacts(look, evidence, ctx.policy))
    ctx.case.judged = with_decisions(ctx, look, evidence, people)
    if ctx.only:
        ctx.case.judged = only_these(ctx.case.judged, ctx.only, ctx.secret)
        ctx.reporter.say(only_words(ctx.case.judged, ctx.only, ctx.secret))
    return (
        f"{look.job.raw_status}: {len(look.rows)} contacts, {look.job.finished} of {look.job.total} finished"
    )


def _evidence(ctx: RunContext, look: Observation, before: Mapping[str, Contact]) -> Evidence:
    return Evidence(
        calls=ctx.case.calls,
        table=ctx.table,
        before=before,
        suppressed=suppressed(ctx),
        dialled=_dialled(ctx, look),
        fixed=ctx.operator_fixed,
    )


def _dialled(ctx: RunContext, look: Observation) -> Mapping[str, tuple[Try, ...]]:
    if not is_on(ctx.policy):
        return {}
    numbers = [normalise(row.phone, ctx.policy.default_region).e164 for row in look.rows]
    since = ctx.clock.now() - calling_hours.reach(ctx.policy)
    but = ctx.held.recovery_id if ctx.claim else None
    return dialled(ctx.ledger, ctx.workspace, filter(None, numbers), since, but=but)


@task(name="Confirm job health and stage", **READS)
def confirm_job_health(ctx: RunContext) -> str:
    """Check 1: status, stage, movement, expected against processed."""
    return _keep(ctx, lambda look: _health(ctx, look))


def _health(ctx: RunContext, look: Observation) -> Finding:
    waiting = (one.calling for one in ctx.case.judged if one.calling)
    opens = first_opening(waiting, look.last_moved, ctx.policy)
    people = people_if_stopped(ctx, look)
    through = not is_anybody_open(ctx)
    return health(
        look, ctx.policy, window_opens=opens, trusted=ctx.operator_fixed, people=people, through=through
    )


@task(name="Validate permit and dispatch behaviour", **READS)
def validate_permits_and_dispatch(ctx: RunContext) -> str:
    """Check 2: permits in use and leaked, what is retried, what the provider does."""
    return _keep(ctx, lambda look: permits(look, ctx.case.judged, ctx.policy))


@task(name="Check duplicate prevention", **READS)
def check_duplicate_prevention(ctx: RunContext) -> str:
    """Check 3: a second run, a repeated delivery, a repeated number."""
    return _keep(ctx, lambda look: duplicates(look, ctx.case.judged))


@task(name="Determine the retry strategy", **READS)
def determine_retry_strategy(ctx: RunContext) -> str:
    """Check 4: one disposition and one action for every contact."""
    look = _look(ctx)
    ctx.case.plan = make_plan(ctx.job_key, ctx.case.judged, ctx.policy, bound_of(ctx.platform, ctx.carrier))
    ensure(len(ctx.case.plan.contacts) == len(look.rows), "every row of the job is in the plan")
    return _keep(ctx, lambda look: strategy(ctx.case.judged, look.unheard))


@task(name="Recheck configuration and contacts", **READS)
def recheck_configuration(ctx: RunContext) -> str:
    """Level 1: agent, number and upload as they are now."""
    _keep(ctx, lambda look: contacts(look, ctx.case.judged))
    return _keep(ctx, lambda look: config(look, ctx.case.judged, ctx.policy, fixed=ctx.operator_fixed))


@task(name="Name the cause")
def name_the_cause(ctx: RunContext) -> Diagnosis:
    """Weigh the findings, write them down, and show them."""
    mine = ctx.claim.recovery_id if ctx.claim else None
    where = f"`ringback decide {mine}`" if mine else f"`ringback plan {ctx.case.job_id}`"
    diagnosis = diagnose(ctx.case.findings, ctx.case.judged, f"{where} lists them, with why.")
    ctx.case.diagnosis = diagnosis
    if ctx.claim:
        _write(ctx, diagnosis)
    publish(
        ctx,
        f"findings-{ctx.case.job_id}",
        "Findings",
        markdown.findings_markdown(ctx.case.findings, diagnosis),
    )
    ctx.reporter.say(diagnosis.message)
    return diagnosis


def _write(ctx: RunContext, diagnosis: Diagnosis) -> None:
    counted = people_now(ctx, _look(ctx), is_open=goes_on(diagnosis)).as_json()
    fault_point("triage.before_write")
    with ctx.ledger.write(ctx.held) as session:
        recovery = recoveries.find(session, ctx.held.recovery_id)
        recovery.diagnosis, recovery.level = diagnosis.as_json(), Level.TRIAGE.value
        recovery.source = markdown.source_json(_look(ctx).job) | {
            "limit": permit_limit(_look(ctx), ctx.policy),
            "standing_limit": standing_limit(_look(ctx), ctx.policy),
            PEOPLE: counted,
            **({ONLY: ctx.only.as_json()} if ctx.only else {}),
        }
        recovery.around = dict(ctx.case.around)
        if diagnosis.path is Path.HOLD and not any(one.action is Action.REDIAL for one in ctx.case.judged):
            plans.keep_list(session, recovery, ctx.case.judged)
        session.add(recovery)
        recoveries.write_findings(session, recovery.id, ctx.case.findings)
        ctx.ledger.note(session, recovery.id, "diagnosed", diagnosis.as_json())


def goes_on(diagnosis: Diagnosis) -> bool:
    """Tell whether somebody may still call those who were not called."""
    return diagnosis.path in {Path.RECOVER, Path.NOTHING}


def _look(ctx: RunContext) -> Observation:
    return given(ctx.case.look, "look_at_the_job comes first")


def _keep(ctx: RunContext, judge: Callable[[Observation], Finding]) -> str:
    finding = judge(_look(ctx))
    rest = [other for other in ctx.case.findings if other.check is not finding.check]
    ctx.case.findings = sorted([*rest, finding], key=lambda f: CHECKS.index(f.check))
    return finding.message
