"""Level 1: freeze the plan, and have it approved before anybody is called."""

from models.calling import schedule
from models.calling.rule import is_on
from models.enums import State, WaveState
from models.invariants import given
from models.moments import utc
from models.plan.binding import changed
from models.tables.ledger import Recovery
from models.verdict.ending import Ending, hold
from tasks import markdown
from tasks.context import RunContext
from tasks.dispatch import witness
from tasks.dispatch.earlier_waves import settle_earlier
from tasks.ledger import plans, recoveries, waves
from tasks.ledger.database import restores
from tasks.marks import struck
from tasks.platforms.binding import bound_of
from tasks.prefect import publish, task
from tasks.triage.suppression import know_the_opt_outs


@task(name="Ask the platform which waves of this job it holds")
def reconcile_earlier_waves(ctx: RunContext) -> str:
    """Ask the platform which waves of this job it holds, and read those of earlier recoveries; send nothing.

    Raises HaltError where the platform holds one that this ledger does not know.
    """
    told = witness.ask(ctx)
    left = [
        wave
        for recovery, wave in waves.of_job(ctx.ledger, ctx.job_key)
        if recovery.id != ctx.held.recovery_id and wave.state != WaveState.SETTLED.value
    ]
    still_open = [wave for wave in left if not settle_earlier(ctx, wave, told)]
    return f"{len(still_open)} of {len(left)} earlier waves stay open; their contacts count as maybe called"


def is_approved(ctx: RunContext) -> bool:
    """Tell whether the plan in the ledger is the one that was approved."""
    recovery = recoveries.get(ctx.ledger, ctx.held.recovery_id)
    return recovery.plan_hash is not None and recovery.approved_hash == recovery.plan_hash


@task(name="Show the plan")
def show_the_plan(ctx: RunContext) -> str:
    """Show the plan that a recovery would freeze; nothing is written down."""
    plan = given(ctx.case.plan, "triage comes first")
    publish(ctx, f"plan-{ctx.case.job_id}", "Plan", markdown.plan_markdown(plan))
    return plan.hash


def is_begun(ctx: RunContext) -> bool:
    """Tell whether waves of the plan were begun: then it cannot be made anew, only approved again."""
    return bool(waves.of(ctx.ledger, ctx.held.recovery_id))


@task(name="Show the plan that was begun")
def show_the_begun_plan(ctx: RunContext) -> str:
    """Show the plan as it was frozen, for a person who decides whether it goes on after a restore."""
    plan = ctx.case.plan = plans.stored(ctx.ledger, recoveries.get(ctx.ledger, ctx.held.recovery_id))
    publish(ctx, f"plan-{ctx.case.job_id}", "Plan", markdown.plan_markdown(plan))
    ctx.reporter.say("The ledger was put back to an earlier copy: its begun plan is asked about again.")
    return plan.hash


@task(name="Freeze the plan")
def freeze_the_plan(ctx: RunContext) -> str:
    """Write every contact with its action down under one hash."""
    plan = given(ctx.case.plan, "triage comes first")
    plans.freeze(ctx.ledger, ctx.held, plan)
    now = ctx.clock.now()
    groups = schedule.groups(plan.contacts, now, ctx.policy) if is_on(ctx.policy) else ()
    publish(ctx, f"plan-{ctx.case.job_id}", "Plan", markdown.plan_markdown(plan, groups))
    ctx.reporter.say(f"Plan {plan.hash[:12]}: redial {len(plan.order)} of {len(plan.contacts)} contacts.")
    for group in groups:
        ctx.reporter.say(f"{group.contacts} of them {group.why.value}: not before {utc(group.first)}.")
    return plan.hash


@task(name="Ask for approval")
def ask_for_approval(ctx: RunContext) -> Ending | None:
    """Approve by policy or by --yes; else wait for a person, with nobody called."""
    if is_approved(ctx):
        return None
    by = ctx.approver or ("policy" if ctx.policy.approval == "auto" else None)
    if by and restores.asks_anew(ctx.ledger, ctx.held.recovery_id):
        # What happened since the copy was made is not in the ledger: neither --yes nor a policy knows it.
        struck("restores.asks_a_person")
        by = None
    if by is None:
        recovery_id = ctx.held.recovery_id
        todo = f"Read the plan, then `ringback approve {recovery_id} --by NAME --reason TEXT` (or decline)."
        return Ending(State.AWAITING_APPROVAL, "The plan waits for a person.", todo)
    ctx.pulse()  # a decision is written under no claim: only who still holds the job may take one
    reason, via = ("started with --yes", f"--yes as {by}") if ctx.approver else ("approval = auto", "policy")
    plan = recoveries.get(ctx.ledger, ctx.held.recovery_id).plan_hash
    recoveries.decide(
        ctx.ledger, ctx.held.recovery_id, approved=True, by=by, reason=reason, plan=plan, via=via
    )
    return None


@task(name="Confirm the approved plan")
def confirm_the_approved_plan(ctx: RunContext) -> str:
    """Check that what is about to be executed is what was approved, and that who opted out is known."""
    know_the_opt_outs(ctx)
    recovery = recoveries.get(ctx.ledger, ctx.held.recovery_id)
    executed = plans.executed_hash(ctx.ledger, recovery)
    if executed != recovery.approved_hash:
        struck("prepare.other_plan")
        raise hold(
            f"The plan of recovery {recovery.id} in the ledger is not the one that was approved: "
            "somebody has changed the ledger.",
            "Nothing more is sent. Find out who changed it (`ringback audit --verify`), then recover again.",
        )
    _check_platform(ctx, recovery)
    witness.leave_out_taken(ctx, witness.ask(ctx))
    return executed


def _check_platform(ctx: RunContext, recovery: Recovery) -> None:
    """Make sure that the platform is read, and can do, as when the plan was approved."""
    before = plans.bound_then(recovery)
    what = changed(before, bound_of(ctx.platform)) if before is not None else None
    if what:
        struck("prepare.other_platform")
        raise hold(
            f"Since the plan of recovery {recovery.id} was approved {what}, so its hash is another one.",
            "Nothing more is sent. Put back what the plan was approved with, then resume; or cancel it and "
            "recover again: a fresh plan goes by what is there now.",
            resumable=True,
        )
