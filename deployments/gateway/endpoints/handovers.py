"""POST /v1/jobs/{id}/handovers, .../contacts and /v1/recoveries/{id}/stopped: what operators hand over."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Annotated, Any

import anyio
import anyio.to_thread
from fastapi import APIRouter, Path, Request

from deployments.gateway.endpoints.handed_files import (
    HandedForm,
    checked,
    described,
    handed_form,
    missing,
    private_folder,
)
from deployments.gateway.endpoints.recoveries import RecoveryId
from deployments.gateway.forms import HandoverIn, HandoverOut, PeopleIn, PeopleOut, StoppedIn, StoppedOut
from deployments.gateway.guard import Approver, Operator
from deployments.gateway.openapi import errors
from deployments.gateway.parts import Parts
from deployments.gateway.problems import UNUSABLE, ProblemError
from deployments.gateway.shown import clean
from deployments.gateway.workspaces import effective, recovery_for
from models.enums import State
from models.hooks.request import JobId
from models.hooks.tokens import Caller
from models.masking.quotes import plain_word
from models.tables.ledger import Recovery
from tasks.contact_files.only import OnlyFileError
from tasks.handovers.observe import NotTakenError, OperatorReport, TakenHandover, UnreadableHandoverError
from tasks.handovers.shown import handover_document
from tasks.ledger import recoveries
from tasks.ledger.inbox.wakes import waking
from tasks.runtime.handing import NotAskedForError, stop_report
from tasks.runtime.settings.settings import SettingsError

FILES = {
    "upload": "The job's contact file (CSV or XLSX)",
    "report": "The job's report, as downloaded (CSV or XLSX)",
}
ONLY = {"contacts": "The contact file (CSV, TSV or XLSX) of those who are to be redialled"}
AFTER = {"report": "The job's report of after the stop (CSV or XLSX)"}
READERS = 2
"""How many hand-overs are read at a time: a table is held whole while it is looked at."""
_ERRORS = errors(400, 401, 403, 404, 408, 409, 413, 415, 422, 429, 503)


def make_router(parts: Parts, kick: Callable[[], None]) -> APIRouter:
    """Return the doors."""
    router = APIRouter(prefix="/v1", tags=["handovers"])
    readers = anyio.CapacityLimiter(READERS)

    @router.post(
        "/jobs/{job_id}/handovers",
        summary="Hand over what the dashboard shows of a job",
        status_code=201,
        response_model=HandoverOut,
        responses=_ERRORS,
        openapi_extra=described(HandoverIn, FILES),
    )
    async def observe(
        job_id: Annotated[JobId, Path(description="Id of the job on its platform")],
        request: Request,
        caller: Operator,
    ) -> Any:
        """Keep what an operator sees of a job as one moment; nobody is called. Scope: operate.

        422 says that a field or a file cannot be read, 409 that it is another job's or older than what is
        known, or that the platform tells of its jobs itself; nothing of it is kept then.
        """
        async with handed_form(request, tuple(FILES)) as form:
            keep = partial(_observed, parts, job_id, form, caller)
            return await anyio.to_thread.run_sync(keep, limiter=readers)

    @router.post(
        "/jobs/{job_id}/contacts",
        summary="Hand over a file of the people whom a recovery is to redial",
        status_code=201,
        response_model=PeopleOut,
        responses=_ERRORS,
        openapi_extra=described(PeopleIn, ONLY),
    )
    async def people(
        job_id: Annotated[JobId, Path(description="Id of the job on its platform")],
        request: Request,
        caller: Operator,
    ) -> Any:
        """Keep who is in a contact file, as keyed marks, and answer with its key. Scope: operate.

        `contacts` of POST /v1/recoveries takes the key: nobody else of the job is redialled then. 422 says
        that the file cannot be read or names nobody who may be dialled; nothing of it is kept then.
        """
        async with handed_form(request, tuple(ONLY)) as form:
            keep = partial(_people, parts, job_id, form, caller)
            return await anyio.to_thread.run_sync(keep, limiter=readers)

    @router.post(
        "/recoveries/{recovery_id}/stopped",
        summary="Say that the source job is stopped",
        response_model=StoppedOut,
        responses=_ERRORS,
        openapi_extra=described(StoppedIn, AFTER),
    )
    async def stopped(recovery_id: RecoveryId, request: Request, caller: Approver) -> Any:
        """Keep who has stopped the source job, and have the recovery go on that waits for it. Scope: approve.

        409 says that the recovery has ended, or that the report does not fit what is known of the job.
        """
        async with handed_form(request, tuple(AFTER)) as form:
            keep = partial(_stopped, parts, recovery_id, form, caller)
            told = await anyio.to_thread.run_sync(keep, limiter=readers)
        kick()
        return told

    return router


def _observed(parts: Parts, job_id: str, form: HandedForm, caller: Caller) -> dict[str, Any]:
    told = checked(HandoverIn, form.fields)
    workspace = effective(parts, told.workspace, caller)
    with private_folder(parts.files) as folder, _refusals():
        files = form.saved(folder)
        seen = OperatorReport(
            job_id=job_id,
            by=_signed(told.by, caller),
            status=told.status,
            expected=told.expected,
            processed=told.processed,
            upload=files.get("upload"),
            report=files.get("report"),
            agent_id=told.agent or None,
            number=told.number or None,
            campaign_id=told.campaign or None,
            upload_id=told.upload_id or None,
            correct=told.correct,
        )
        taken = parts.hand_over(workspace, seen)
    return handover_document(taken) | {"notes": _notes(taken)}


def _people(parts: Parts, job_id: str, form: HandedForm, caller: Caller) -> dict[str, Any]:
    told = checked(PeopleIn, form.fields)
    workspace = effective(parts, told.workspace, caller)
    with private_folder(parts.files) as folder, _refusals():
        file = form.saved(folder).get("contacts")
        if file is None:
            raise missing("contacts")
        return parts.hand_over_people(workspace, job_id, file, _signed(told.by, caller)).as_json()


def _stopped(parts: Parts, recovery_id: str, form: HandedForm, caller: Caller) -> dict[str, Any]:
    told = checked(StoppedIn, form.fields)
    stored = recovery_for(parts, recovery_id, caller)
    with private_folder(parts.files) as folder, _refusals():
        files = form.saved(folder)
        seen = stop_report(stored, _signed(told.by, caller), files.get("report"), told.processed)
        taken = _kept(parts, stored, seen, caller)
    now = recoveries.get(parts.ledger, recovery_id)
    waits = now.state == State.AWAITING_APPROVAL.value
    goes_on = f"It goes on in Prefect; GET /v1/recoveries/{recovery_id} shows how."
    return {
        "recovery_id": recovery_id,
        "state": now.state,
        "notes": _notes(taken),
        "next_action": clean(parts, now.next_action) if waits else goes_on,
    }


def _kept(parts: Parts, stored: Recovery, seen: OperatorReport, caller: Caller) -> TakenHandover:
    if stored.state == State.AWAITING_APPROVAL.value:
        return parts.hand_over(stored.workspace, seen)
    with waking(parts.ledger, stored, f"api:{caller.name}"):
        return parts.hand_over(stored.workspace, seen)


def _signed(by: str, caller: Caller) -> str:
    return f"{plain_word(by)} (token {caller.name})"


def _notes(taken: TakenHandover) -> list[str]:
    return [plain_word(note) for note in taken.notes]


@contextmanager
def _refusals() -> Iterator[None]:
    """Answer what is not taken with the sentence that the command line says, without a number."""
    try:
        yield
    except (UnreadableHandoverError, OnlyFileError) as error:
        raise ProblemError(422, plain_word(str(error))) from None
    except (NotTakenError, NotAskedForError) as error:
        raise ProblemError(409, plain_word(str(error))) from None
    except SettingsError:
        raise ProblemError(503, UNUSABLE) from None
