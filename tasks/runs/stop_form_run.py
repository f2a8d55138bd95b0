"""A run that waits for a person as the fence: suspended with a form, and woken by whichever door answers."""

from uuid import UUID

from models.enums import State
from models.hooks.ids import by_trouble
from models.masking.quotes import plain_word
from models.tables.ledger import Recovery
from tasks.context import RunContext
from tasks.handovers.observe import NotTakenError
from tasks.ledger import recoveries
from tasks.ledger.leases import token_of
from tasks.prefect_api.approvals import GIVEN
from tasks.prefect_api.stop_asked import HERE
from tasks.prefect_api.stop_form import ask_for_stop, said_in
from tasks.runtime.handing import NotAskedForError, hand_over, stop_report
from tasks.runtime.wiring import Runtime


def wait_for_stop(ctx: RunContext) -> None:
    """Suspend this run where its recovery waits for a person to stop the source; else return."""
    stored = recoveries.get(ctx.ledger, ctx.held.recovery_id)
    if ctx.case.asks_for_stop and stored.state == State.HELD.value and stored.resumable:
        ask_for_stop(token_of(ctx.ledger, stored), _message(ctx, stored))


def take_stop(runtime: Runtime, stored: Recovery, mine: UUID) -> str:
    """Keep what a person has said in this run's form; returns why it was not taken, empty where it was.

    An answer to an older question is none: somebody has gone on with the recovery since.
    """
    if stored.state != State.HELD.value or not stored.resumable:
        return ""
    said = said_in(token_of(runtime.ledger, stored), mine)
    if said is None or said.said != HERE:
        return ""
    if not said.name.strip() or (trouble := by_trouble(said.name)):
        return trouble if said.name.strip() else "Say who has stopped the job: it goes into the audit."
    by = f"{plain_word(said.name.strip())} (Prefect form in run {mine}, {GIVEN})"
    try:
        hand_over(runtime, stop_report(stored, by, processed=said.processed))
    except (NotTakenError, NotAskedForError) as error:
        return str(error)
    return ""


def _message(ctx: RunContext, stored: Recovery) -> str:
    refused = (
        f"**What was said last was not taken.** {ctx.case.stop_refused}\n\n" if ctx.case.stop_refused else ""
    )
    return f"{refused}{stored.next_action}\n\nOr say it here. Nobody is redialled meanwhile."
