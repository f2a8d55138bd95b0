"""One run of the deployment "observe": what a person reads off a dashboard, kept as one moment of a job."""

from collections.abc import Mapping
from typing import Any

from prefect.states import Completed

from tasks.handovers.observe import NotTakenError, OperatorReport, TakenHandover
from tasks.handovers.shown import handover_document, handover_markdown
from tasks.ledger.errors import LedgerError
from tasks.prefect import Beside, publish
from tasks.prefect_api.recovery_event import without_numbers
from tasks.runs.deployed import at_home
from tasks.runs.prefect_runner import run_id
from tasks.runs.refusal import refuse
from tasks.runtime.handing import NotAskedForError, hand_over, handing_of, lacking, sending
from tasks.runtime.settings.settings import SettingsError
from tasks.runtime.wiring import Runtime, open_runtime


def run_hand_over(job_id: str, workspace: str, form: Mapping[str, Any]) -> Any:
    """Keep what a form says of a job, show what is known of it then, and return the run's state."""
    at_home()
    mine = run_id()
    try:
        runtime = open_runtime(workspace=workspace)
        taken = handed_over(runtime, job_id, form)
    except (SettingsError, NotTakenError, LedgerError) as error:
        return refuse(error, job_id, workspace)
    shown = handover_markdown(handover_document(taken), sending(runtime.settings, job_id))
    publish(Beside(mine), f"handed-over-{job_id}", "Handed over", shown)
    return Completed(name="Handed over", message=without_numbers(said_of(runtime, taken)))


def handed_over(runtime: Runtime, job_id: str, form: Mapping[str, Any]) -> TakenHandover:
    """Keep what a form says of a job; raises as `hand_over` does, with how to send what no form takes."""
    seen = OperatorReport(
        job_id=job_id,
        by=f"{form['by'].strip()} (Prefect form)",
        status=form["status"],
        expected=form["expected"],
        processed=form["processed"],
        agent_id=form["agent"] or None,
        campaign_id=form["campaign"] or None,
        upload_id=form["upload_id"] or None,
        correct=form["correct"],
    )
    try:
        return hand_over(runtime, seen)
    except NotAskedForError as error:
        if handing_of(runtime.settings, runtime.policy) is None:
            raise
        raise NotAskedForError(f"{error}\n\n{sending(runtime.settings, job_id)}") from None


def said_of(runtime: Runtime, taken: TakenHandover) -> str:
    """Return in sentences what a hand-over has led to, and which files are to be sent by another door."""
    counted = "" if taken.known.processed is None else f", {taken.known.processed} processed"
    files = lacking(runtime, taken)
    send = (
        f" No form takes files: the artifact says how to send the {' and the '.join(files)}." if files else ""
    )
    return f"Kept: {taken.row.status}{counted}. {' '.join(taken.notes)}{send}".strip()
