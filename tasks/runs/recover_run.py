"""One run of the deployment "recover": from a filled form to an end, or to a form that waits for a person."""

from typing import Any
from uuid import UUID

from prefect.client.orchestration import get_client
from prefect.states import Completed

from models.enums import State
from models.hooks.ids import shown_ticket
from models.hooks.request import RecoveryRequest
from models.messages.milestones import TicketRef
from models.platform import AuthenticationError, NoSuchJobError
from models.policy.tightened import NotAllowedError, tightened
from models.tables.ledger import Recovery
from models.verdict.ending import Ending, StopWish
from tasks.context import RunContext
from tasks.finish.report import show_report
from tasks.ledger import recoveries, tickets
from tasks.ledger.errors import NoSuchPeopleError, NothingToDecideError, OtherPeopleError
from tasks.ledger.leases import only_of, release, require_same_people
from tasks.ledger.waiting import end_overdue, end_waiting, is_overdue
from tasks.prefect import Beside, announce
from tasks.prefect_api.approval_form import answered, ask, question
from tasks.prefect_api.approvals import GIVEN
from tasks.prefect_api.quiet import without_traceback
from tasks.prefect_api.recovery_event import without_numbers
from tasks.prefect_api.rest import TAG
from tasks.prefect_api.run_reporter import Telling
from tasks.prefect_api.run_signals import rest_of
from tasks.prefect_api.run_states import end_state
from tasks.prefect_api.stop_asked import still_asks
from tasks.runs.deployed import at_home
from tasks.runs.prefect_runner import climb_within, prepared, run_id, run_prepared
from tasks.runs.refusal import refuse
from tasks.runs.runner import Climb, follow
from tasks.runs.stop_form_run import take_stop, wait_for_stop
from tasks.runs.stop_signals import listening
from tasks.runtime.handing import handed_people
from tasks.runtime.outbox import chosen_ticket
from tasks.runtime.settings.settings import SettingsError
from tasks.runtime.wiring import Runtime, claim, open_runtime

HOUR = 3600
REFUSALS = (
    SettingsError,
    NotAllowedError,
    NoSuchJobError,
    AuthenticationError,
    NoSuchPeopleError,
    OtherPeopleError,
)
"""What ends a run as Refused before anything is written down."""


def run_request(request: RecoveryRequest, climb: Climb) -> Any:
    """Recover what is asked for and return the state of the run; a wrong request ends it as Refused."""
    if ctx := prepared():
        return run_prepared(ctx, climb)
    at_home()
    without_traceback()  # Held and Escalated are failures on purpose
    mine = run_id()
    try:
        runtime = open_runtime(workspace=request.workspace)
        ctx = _context(runtime, request, mine)
        stored = _taken_up(runtime, ctx, mine)
        if stored is not None and _is_over(stored):
            return _ended_meanwhile(runtime, stored, mine)
        # By itself a recovery keeps to whom it is bound; should it end before it is claimed, so is the next.
        ctx.only = only_of(stored) if stored else handed_people(runtime, request.job_id, request.contacts)
        if busy := _waits_elsewhere(runtime, ctx, mine):
            return busy
        ctx.platform.get_job(request.job_id)
    except REFUSALS as error:
        return refuse(error, request.job_id, request.workspace)
    try:
        return _climb_or_follow(runtime, ctx, mine, request, climb)
    except OtherPeopleError as error:
        return refuse(error, request.job_id, request.workspace)


def _context(runtime: Runtime, request: RecoveryRequest, mine: UUID) -> RunContext:
    telling = Telling(mine)
    ctx = runtime.context(request.job_id, reporter=telling)
    ctx.policy = tightened(runtime.policy, request.approval)
    ctx.ticket = _told(runtime, request, telling)
    ctx.operator_fixed = request.operator_fixed
    telling.ctx = ctx
    return ctx


def _told(runtime: Runtime, request: RecoveryRequest, telling: Telling) -> TicketRef | None:
    # A ticket is a name first: that nothing can be written back to it must not keep a job from recovery.
    try:
        return chosen_ticket(runtime.settings, request.ticket)
    except SettingsError as error:
        telling.say(f"{error} The recovery goes on.")
        return None


def _note(ctx: RunContext, request: RecoveryRequest) -> None:
    asked = {
        "by": without_numbers(request.requested_by),
        "ticket": shown_ticket(request.ticket),
        "through": "Prefect",
        **({"contacts": request.contacts} if request.contacts else {}),
    }
    recoveries.update(ctx.ledger, ctx.held, "requested", asked)


def _climb_or_follow(
    runtime: Runtime, ctx: RunContext, mine: UUID, request: RecoveryRequest, climb: Climb
) -> Any:
    while True:
        claimed = claim(ctx)
        if claimed.claim is None:
            if report := follow(ctx, claimed.recovery_id, claimed.holder):
                return Completed(name="Joined", message=f"{report['state']}: {claimed.recovery_id}")
            continue
        if not claimed.continued:
            _note(ctx, request)
        _mark(mine, claimed.recovery_id, ctx.case.job_id)
        try:
            with listening(ctx):
                state = climb_within(ctx, climb)
        finally:
            release(ctx.ledger, ctx.held)
        if state is not State.AWAITING_APPROVAL:
            wait_for_stop(ctx)
            _show_progress(ctx)
            return end_state(recoveries.get(runtime.ledger, claimed.recovery_id))
        if stored := _asked(runtime, ctx, mine):
            return _ended_meanwhile(runtime, stored, mine)


def _ended_meanwhile(runtime: Runtime, stored: Recovery, mine: UUID) -> Any:
    # Declined, cancelled or overdue while nobody climbed: the report beside the run still says that it waits.
    show_report(Beside(mine), runtime.ledger, stored.id)
    return end_state(stored)


def _show_progress(ctx: RunContext) -> None:
    told = ctx.reporter
    if isinstance(told, Telling) and recoveries.get(ctx.ledger, ctx.held.recovery_id).approved_hash:
        told.show_progress()


def _mark(mine: UUID, recovery_id: str, job_id: str) -> None:
    # By this tag a decision made elsewhere finds the run that waits for it.
    with get_client(sync_client=True) as client:
        kept = {tag for tag in client.read_flow_run(mine).tags if not tag.startswith(TAG)}
        client.update_flow_run(mine, tags=sorted(kept | {f"{TAG}{recovery_id}", f"job:{job_id}"}))


def _asked(runtime: Runtime, ctx: RunContext, mine: UUID) -> Recovery | None:
    """Suspend until somebody decides; returns only where that has happened: an ended recovery, or None."""
    stored = recoveries.get(runtime.ledger, ctx.held.recovery_id)
    plan = ctx.case.plan
    if stored.state == State.AWAITING_APPROVAL.value and plan is not None and stored.plan_hash == plan.hash:
        hours = ctx.policy.approval_seconds / HOUR
        ask(plan.hash, question(plan, stored.id, stored.job_id, hours))
        _take_answer(runtime, stored, mine)
        stored = recoveries.get(runtime.ledger, stored.id)
    return stored if _is_over(stored) else None


def _taken_up(runtime: Runtime, ctx: RunContext, mine: UUID) -> Recovery | None:
    """Return the recovery that this run has worked on before, with the form's answer written down."""
    with get_client(sync_client=True) as client:
        marks = [tag.removeprefix(TAG) for tag in client.read_flow_run(mine).tags if tag.startswith(TAG)]
    if not marks:
        return None
    stored = recoveries.get(runtime.ledger, marks[0])
    _take_answer(runtime, stored, mine)
    ctx.case.stop_refused = take_stop(runtime, stored, mine)
    return recoveries.get(ctx.ledger, stored.id)


def _take_answer(runtime: Runtime, stored: Recovery, mine: UUID) -> None:
    if stored.state != State.AWAITING_APPROVAL.value or not stored.plan_hash:
        return  # decided elsewhere already: at the command line, over the API, or by a sweep
    if is_overdue(runtime.ledger, stored):
        _announce_if(runtime, stored.id, mine, ended=end_overdue(runtime.ledger, stored))
        return
    said = answered(stored.plan_hash, mine)
    if said is None:
        return
    try:
        recoveries.decide(
            runtime.ledger,
            stored.id,
            approved=said.decision == "approve",
            by=said.name,
            reason=said.reason,
            plan=stored.plan_hash,
            via=f"Prefect form in run {mine}, {GIVEN}",
        )
    except NothingToDecideError:
        return  # somebody was faster; what the ledger holds counts
    _announce_if(runtime, stored.id, mine, ended=said.decision != "approve")


def _announce_if(runtime: Runtime, recovery_id: str, run: UUID | None, *, ended: bool) -> None:
    # A recovery that ends while nobody climbs for it: `finish` is not there to say so.
    if ended:
        stored = recoveries.get(runtime.ledger, recovery_id)
        announce(Beside(run), stored.state, stored.id, stored.job_id, {"next_action": stored.next_action})


def _is_over(stored: Recovery) -> bool:
    resumable = stored.state == State.HELD.value and stored.resumable
    return State(stored.state).is_end and not resumable


def _waits_elsewhere(runtime: Runtime, ctx: RunContext, mine: UUID) -> Any:
    """Return the end of a run that comes second: its job waits for a person in the form of another run."""
    for one in recoveries.of_job(runtime.ledger, ctx.job_key)[-1:]:
        if end_overdue(runtime.ledger, one):
            _announce_if(runtime, one.id, mine, ended=True)
            continue
        if name := _suspended_run(runtime, one, mine):
            require_same_people(one, ctx.only)
            _join(runtime, ctx, one.id)
            words = f"Recovery {one.id} of this job waits for a person in run {name}. {one.next_action}"
            asks = one.state == State.AWAITING_APPROVAL.value
            return Completed(name="Awaiting approval" if asks else "Awaiting a stop", message=words)
    return None


def _join(runtime: Runtime, ctx: RunContext, recovery_id: str) -> None:
    # Its ticket asked like the first one, and hears of the end like that one.
    with runtime.ledger.write() as session:
        tickets.join(session, runtime.ledger, recovery_id, ctx.ticket, late=True)


def _suspended_run(runtime: Runtime, stored: Recovery, mine: UUID) -> str | None:
    """Return the run, other than this, whose form is the one that a recovery waits for."""
    if stored.state != State.AWAITING_APPROVAL.value and not (
        stored.state == State.HELD.value and stored.resumable
    ):
        return None
    with rest_of() as api:
        found = [run for run in api.runs_of(stored.id) if run["id"] != str(mine)]
    if stored.state == State.AWAITING_APPROVAL.value:
        found = [run for run in found if run["state_type"] == "PAUSED"]
    else:
        found = [run for run in found if still_asks(runtime.ledger, stored, run)]
    return next((str(run["name"]) for run in found), None)


def take_back(recovery_id: str, workspace: str, run: UUID | None) -> None:
    """Cancel a recovery whose run was cancelled in Prefect: what is not yet ringing is taken back.

    `run` is the flow run that this code is in.
    """
    from tasks.runs.runner import withdraw_here

    runtime = open_runtime(workspace=workspace)
    stored = recoveries.get(runtime.ledger, recovery_id)
    ending = Ending(State.CANCELLED, "A person cancelled the run in Prefect.", "Nothing more is sent.")
    if State(stored.state).is_end:
        return
    if end_waiting(runtime.ledger, recovery_id, ending):
        _announce_if(runtime, recovery_id, run, ended=True)
        return
    recoveries.ask_cancel(runtime.ledger, recovery_id)
    ctx = runtime.context(stored.job_id)
    ctx.continues = recovery_id
    if claim(ctx).claim:
        withdraw_here(ctx)
        _announce_if(runtime, recovery_id, run, ended=True)


def hold_back(recovery_id: str, workspace: str, pressed: str, run: UUID | None) -> None:
    """Hold a recovery that nobody runs any more and whose run a person has stopped; `run` as above."""
    from tasks.runs.runner import withdraw_here

    runtime = open_runtime(workspace=workspace)
    stored = recoveries.get(runtime.ledger, recovery_id)
    ctx = runtime.context(stored.job_id)
    ctx.continues = recovery_id
    if stored.state == State.RUNNING.value and claim(ctx).claim:
        withdraw_here(ctx, StopWish(f"{pressed}, set on its run in Prefect").ending())
        _announce_if(runtime, recovery_id, run, ended=True)
