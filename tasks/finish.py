"""The end: every contact has one, the counts are said, the next action and the ETA are named."""

from models.ending import Ending
from models.words import Disposition, Level, Path, State
from tasks.conductor import publish, step
from tasks.desk import Desk, desk
from tasks.dispatch import never_sent, no_twin
from tasks.eta import eta_of
from tasks.faults import fault_point
from tasks.fence import hold_fence
from tasks.hours import LATER
from tasks.ledger import outbox, plans, recoveries, waves
from tasks.ledger.leases import release
from tasks.report import report_markdown, report_of


@step("Write down the end")
def finish(ending: Ending) -> State:
    """Close the recovery in one transaction, show the report, let go of the job."""
    here = desk()
    waits = ending.state is State.AWAITING_APPROVAL
    eta = eta_of(here, ending)
    never_sent(here)
    with here.ledger.write(here.held) as session:
        recovery = recoveries.find(session, here.held.recovery_id)
        recovery.state, recovery.next_action = ending.state.value, ending.next_action
        recovery.resumable, recovery.eta = ending.resumable, eta
        recovery.ended_at = None if waits else here.clock.now()
        recovery.waits_until = None
        recovery.level = Level.ENGINEERING.value if ending.state is State.ESCALATED else recovery.level
        if not waits:
            plans.close_rest(session, recovery.id)
        session.add(recovery)
        note = {"state": ending.state.value, "why": ending.why, "next_action": ending.next_action}
        here.ledger.note(session, recovery.id, "waiting" if waits else "ended", note)
        outbox.tell(session, here.ledger, recovery, ending.why)
        fault_point("end.before_commit")
    fault_point("end.after_commit")
    _show(here, ending)
    release(here.ledger, here.held)
    here.deliver()
    return ending.state


def _show(here: Desk, ending: Ending) -> None:
    report = report_of(here.ledger, here.held.recovery_id)
    publish(f"report-{here.held.recovery_id}", "Report", report_markdown(report, ending.why))
    here.reporter.say(f"{ending.state.value.upper()}: {ending.why}")
    here.reporter.say(ending.next_action)


def ending_of_triage() -> Ending | None:
    """Return how a diagnosis without anything to redial ends the ladder, None where it goes on."""
    diagnosis = desk().case.diagnosis
    assert diagnosis is not None, "triage comes first"
    states = {Path.NOTHING: State.HEALTHY, Path.HOLD: State.HELD, Path.ESCALATE: State.ESCALATED}
    if diagnosis.path not in states:
        return None
    return Ending(states[diagnosis.path], diagnosis.words, diagnosis.next_action)


@step("Make sure that the source still stands still and no wave runs twice")
def recovered() -> Ending:
    """Return the good end with what is kept back for a person."""
    here = desk()
    hold_fence(here, recoveries.get(here.ledger, here.held.recovery_id))
    no_twin(here, waves.of(here.ledger, here.held.recovery_id))
    counts = recoveries.counts(here.ledger, here.held.recovery_id)
    why = f"Everybody who may be redialled was: {counts['redialled']} calls, {counts['reached']} reached."
    todo = "Nothing to do."
    kept = counts["kept_back"] + counts["failed_again"]
    if kept:
        where = f"`ringback status {here.held.recovery_id}`"
        todo = f"{kept} contacts are kept back for a person: {where} lists why."
    todo = _without_the_rest(here, counts["withdrawn"], todo)
    if bad := plans.count_of(here.ledger, here.held.recovery_id, Disposition.MALFORMED):
        todo = f"{todo} {bad} rows hold no number that may be dialled: correct them in the upload."
    return Ending(State.RECOVERED, why, todo)


def _without_the_rest(here: Desk, withdrawn: int, todo: str) -> str:
    # A contact is in one wave of a recovery only: whoever was not dialled in time is the next one's.
    late = plans.count_skipped(here.ledger, here.held.recovery_id, LATER)
    said = [todo] if (late or withdrawn) and todo != "Nothing to do." else []
    if withdrawn:
        said.append(f"{withdrawn} contacts were taken back at closing time, not dialled: run recover again.")
    if late:
        said.append(
            f"{late} contacts may not be called in time for this recovery: "
            f"`ringback status {here.held.recovery_id}` says when; run recover again then."
        )
    return " ".join(said) or todo
