"""The end: every contact has one, the counts are said, the next action and the ETA are named."""

from collections.abc import Iterator
from dataclasses import replace

from models.enums import Disposition, Level, Path, State
from models.invariants import given
from models.lifecycles import RECOVERY
from models.tables.ledger import Recovery
from models.triage.findings import plural
from models.verdict.ending import Ending
from tasks.context import RunContext
from tasks.dispatch import witness
from tasks.dispatch.calling_hours import LATER
from tasks.dispatch.fence import hold_fence, left_to_source
from tasks.dispatch.send import close_unsent_waves
from tasks.dispatch.witness import TAKEN
from tasks.fault_points import fault_point
from tasks.finish.eta import eta_of
from tasks.finish.report import show_report
from tasks.ledger import outbox, plans, recoveries
from tasks.ledger.leases import release
from tasks.ledger.people.uncalled import left_by_cancel
from tasks.marks import struck
from tasks.prefect import announce, task


@task(name="Write down the end")
def finish(ctx: RunContext, ending: Ending) -> State:
    """Close the recovery in one transaction, show the report, let go of the job."""
    eta = eta_of(ctx, ending)
    close_unsent_waves(ctx)
    with ctx.ledger.write(ctx.held) as session:
        recovery = recoveries.find(session, ctx.held.recovery_id, lock=True)
        mine, ending = ending, _first_of(recovery, ending)
        is_news = ending is mine  # whoever ended it meanwhile has announced it
        waits = ending.state is State.AWAITING_APPROVAL
        recovery.state = RECOVERY.moved(recovery.state, ending.state, recovery.id)
        if ending.state is State.CANCELLED:
            ending = replace(ending, next_action=left_by_cancel(session, recovery))
        recovery.next_action = ending.next_action
        recovery.resumable, recovery.eta = ending.resumable, eta
        recovery.ended_at = None if waits else ctx.clock.now()
        recovery.waits_until = None
        recovery.level = Level.ENGINEERING.value if ending.state is State.ESCALATED else recovery.level
        if not waits:
            plans.close_rest(session, recovery.id)
        session.add(recovery)
        note = {"state": ending.state.value, "why": ending.why, "next_action": ending.next_action}
        ctx.ledger.note(session, recovery.id, "waiting" if waits else "ended", note)
        outbox.tell(session, ctx.ledger, recovery, ending.why)
        fault_point("end.before_commit")
    fault_point("end.after_commit")
    _show(ctx, ending, is_news=is_news)
    release(ctx.ledger, ctx.held)
    ctx.deliver()
    return ending.state


def _first_of(recovery: Recovery, ending: Ending) -> Ending:
    # A person who declines while the run is on has the last word: nothing was sent, for nothing was approved.
    if not State(recovery.state).is_end:
        return ending
    struck("finish.ended_meanwhile")
    return Ending(State(recovery.state), "It was ended while its run was on.", recovery.next_action)


def _show(ctx: RunContext, ending: Ending, *, is_news: bool) -> None:
    show_report(ctx, ctx.ledger, ctx.held.recovery_id)
    if is_news:
        told = {"why": ending.why, "next_action": ending.next_action}
        announce(ctx, ending.state.value, ctx.held.recovery_id, ctx.case.job_id, told)
    ctx.reporter.say(f"{ending.state.value.upper()}: {ending.why}")
    ctx.reporter.say(ending.next_action)


def ending_of_triage(ctx: RunContext) -> Ending | None:
    """Return how a diagnosis without anything to redial ends the ladder, None where it goes on."""
    diagnosis = given(ctx.case.diagnosis, "triage comes first")
    states = {Path.NOTHING: State.HEALTHY, Path.HOLD: State.HELD, Path.ESCALATE: State.ESCALATED}
    if diagnosis.path not in states:
        return None
    return Ending(states[diagnosis.path], diagnosis.message, diagnosis.next_action)


@task(name="Make sure that the source still stands still and no wave runs twice")
def recovered(ctx: RunContext) -> Ending:
    """Return the good end with what is kept back for a person."""
    hold_fence(ctx, recoveries.get(ctx.ledger, ctx.held.recovery_id), whole=True)
    witness.ask(ctx)
    recovery = recoveries.get(ctx.ledger, ctx.held.recovery_id)
    counts = recoveries.counts(ctx.ledger, recovery.id)
    if ending := witness.all_taken(ctx):
        return ending
    others = plans.count_skipped(ctx.ledger, recovery.id, TAKEN)
    called = plural(counts["redialled"], "call")
    why = f"Everybody who may be redialled was: {called}, {counts['reached']:,} reached."
    return Ending(State.RECOVERED, why, _what_is_left(ctx, recovery, counts, others))


def _what_is_left(ctx: RunContext, recovery: Recovery, counts: dict[str, int], others: int) -> str:
    where, said = f"`ringback status {recovery.id}`", []
    if kept := counts["kept_back"] + counts["failed_again"]:
        said.append(
            f"{plural(kept, 'contact is', 'contacts are')} kept back for a person: {where} lists why."
        )
    if others:
        said.append(
            f"{plural(others, 'contact stands', 'contacts stand')} in newer jobs "
            f"and were left to them: {where} names the jobs."
        )
    left, reached = left_to_source(ctx, recovery)
    if left:
        shown = f"and {reached:,} of them as reached" if reached else "and not as reached"
        said.append(
            f"{plural(left, 'contact was', 'contacts were')} left to the source job, which has shown them "
            f"otherwise since the plan {shown}: run recover again, which looks at them anew."
        )
    if other := (recovery.source or {}).get("other_ledger"):
        said.append(f"Another ledger works on this job too ({other}): end its recovery.")
    said += _late(ctx, recovery, counts["withdrawn"])
    if bad := plans.count_of(ctx.ledger, recovery.id, Disposition.MALFORMED):
        said.append(
            f"{plural(bad, 'row holds', 'rows hold')} no number that may be dialled: "
            "correct them in the upload."
        )
    return " ".join(said) or "Nothing to do."


def _late(ctx: RunContext, recovery: Recovery, withdrawn: int) -> Iterator[str]:
    # A contact is in one wave of a recovery only: whoever was not dialled in time is the next one's.
    if withdrawn:
        back = plural(withdrawn, "contact was", "contacts were")
        yield f"{back} taken back at closing time, not dialled: run recover again."
    if late := plans.count_skipped(ctx.ledger, recovery.id, LATER):
        yield (
            f"{plural(late, 'contact')} may not be called in time for this recovery: "
            f"`ringback status {recovery.id}` says when; run recover again then."
        )
