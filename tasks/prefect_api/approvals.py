"""Waking: a recovery that was decided about goes on in Prefect, whoever decided and wherever."""

import time
from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta
from typing import Any

import httpx

from models.enums import State
from models.errors import EXIT_PERSON, RingbackError
from models.hooks.request import RecoveryRequest
from models.tables.ledger import Recovery
from tasks.ledger import recoveries
from tasks.ledger.account.people_files import key_of_recovery
from tasks.ledger.handovers import is_stop_unheard
from tasks.ledger.leases import is_held, token_of
from tasks.ledger.waiting import last_decision
from tasks.prefect_api.recovery_event import recovery_event
from tasks.prefect_api.rest import ENDS, PrefectRefusedError, PrefectRest, Row, server_of
from tasks.prefect_api.stop_asked import HEARD, asks_for_stop
from tasks.runtime.settings.settings import Settings
from tasks.runtime.wiring import Runtime, open_runtime

LONGEST_NAME, LONGEST_REASON = 80, 500
"""Characters that the form takes; a decision made elsewhere may be longer, and the ledger keeps all of it."""
KEPT = ("ticket", "operator_fixed", "requested_by")
"""What a fresh run of a recovery is told again of how it was asked for first."""
GIVEN = "the name as it was given"
"""What the audit says of a name that anybody could have typed."""
NO_DECISION = {"decision": "decline", "name": "ringback", "reason": "the recovery has ended"}
"""What wakes a run whose recovery has ended meanwhile: it only has to show how."""


SETTLING = timedelta(seconds=60)
"""How long after a decision the run that has asked may be on its way to its form, or back from it."""
LOOKS, LOOK_SECONDS = 40, 0.5
"""How often the command line looks at such a run before it leaves it to the next sweep."""


class StillAskingError(RingbackError):
    """The run that has asked is not suspended yet, or has just been woken: a fresh one would be too many."""

    exit_code = EXIT_PERSON
    next_action = "Wait for the next sweep: it wakes the run."


def wake(recovery_id: str, *, ended: bool = False) -> str:
    """Let a recovery go on and return in words what was done; "" where no server has our deployments.

    It resumes the run that waits for it or starts a fresh one; what is too early is left to the next sweep.
    `ended` says that it was ended here, by no run of Prefect's: then that is announced too.
    """
    runtime = open_runtime()
    url = server_of(runtime.settings)
    if not url:
        return ""
    if ended:
        with suppress(httpx.HTTPError, PrefectRefusedError), PrefectRest(url) as api:
            announce_end(api, recoveries.get(runtime.ledger, recovery_id))
    for _ in range(LOOKS):
        words, done = _try(url, runtime, recovery_id)
        if done:
            break
        time.sleep(LOOK_SECONDS)
    return words


def announce_end(api: PrefectRest, stored: Recovery) -> None:
    """Emit the event of an end that no run of Prefect's has brought about; raises as PrefectRest does."""
    said = {"why": "It was decided outside of its run.", "next_action": stored.next_action}
    api.emit(recovery_event(stored.state, stored.id, stored.job_id, said))


def wake_at(url: str, runtime: Runtime, recovery_id: str) -> str:
    """Wake a recovery at a server and return what was done, in words; never raises for Prefect's sake."""
    return _try(url, runtime, recovery_id)[0]


def _try(url: str, runtime: Runtime, recovery_id: str) -> tuple[str, bool]:
    try:
        with PrefectRest(url) as api:
            return wake_by(api, runtime, recovery_id), True
    except StillAskingError:
        return f"{recovery_id} goes on at the next sweep: its run is still on its way to the form", False
    except (httpx.HTTPError, PrefectRefusedError) as error:
        return f"Prefect could not go on with {recovery_id}: {error}", True


def wake_by(api: PrefectRest, runtime: Runtime, recovery_id: str) -> str:
    """Wake a recovery and return what was done, in words.

    Raises httpx.HTTPError or PrefectRefusedError where Prefect does not answer or refuses, StillAskingError
    where it is too early.
    """
    return _woken(api, runtime, recoveries.get(runtime.ledger, recovery_id))


def _woken(api: PrefectRest, runtime: Runtime, recovery: Recovery) -> str:
    runs = api.runs_of(recovery.id)
    if recovery.state == State.AWAITING_APPROVAL.value:
        return f"{recovery.id} waits for a person"
    plain = _answers(runtime, recovery.id)
    woken = [
        api.resume(run["id"], HEARD if asks_for_stop(run) else plain)
        for run in runs
        if run["state_type"] == "PAUSED"
    ]
    if any(woken):
        return f"{recovery.id} goes on in the run that waited"
    if State(recovery.state).is_end and not is_stop_unheard(runtime.ledger, recovery):
        return f"{recovery.id} has ended"
    key = (recovery.workspace, recovery.platform, recovery.job_id)
    if is_held(runtime.ledger, key):
        return f"{recovery.id} is running"
    if _is_on_its_way(runtime, recovery, runs):
        raise StillAskingError(recovery.id)
    return _fresh(api, runtime, recovery, runs)


def _is_on_its_way(runtime: Runtime, recovery: Recovery, runs: list[Row]) -> bool:
    # Later than that, a run that is not over belongs to a process that is gone.
    decision = last_decision(runtime.ledger, recovery.id)
    settled = decision is None or runtime.ledger.clock.now() - decision.at > SETTLING
    return not settled and any(run["state_type"] not in ENDS for run in runs)


def _answers(runtime: Runtime, recovery_id: str) -> Mapping[str, Any]:
    decision = last_decision(runtime.ledger, recovery_id)
    if decision is None:
        return NO_DECISION
    return {
        "decision": "approve" if decision.approved else "decline",
        "name": decision.by[:LONGEST_NAME] or "unnamed",
        "reason": decision.reason[:LONGEST_REASON] or "none given",
    }


def _fresh(api: PrefectRest, runtime: Runtime, recovery: Recovery, runs: list[Row]) -> str:
    deployment = api.deployment_id()
    if deployment is None:
        return f"{recovery.id} waits: this Prefect server has no deployment of ours"
    request = request_of(runtime.settings, recovery, runs, key_of_recovery(runtime.ledger, recovery))
    # The token grows with every claim: one fresh run for every time that a process has let go of the job.
    key = f"continue:{recovery.id}:{token_of(runtime.ledger, recovery)}"
    run = api.start_once(deployment, {"request": request.parameters()}, key)
    if run is None:
        return f"{recovery.id} was started in vain too often; `ringback resume {recovery.id}` shows why"
    return f"{recovery.id} goes on as {run['name']}"


def request_of(settings: Settings, recovery: Recovery, runs: list[Row], contacts: str) -> RecoveryRequest:
    """Return the request that goes on with a recovery: as it was made first, where Prefect still knows.

    `contacts` is the key of the people to whom it is bound: should it end before the run begins, what that
    run opens is for nobody else.
    """
    asked = [run["parameters"]["request"] for run in runs if "request" in run["parameters"]]
    first = asked[-1] if asked else {}
    auto = recovery.policy.get("approval") == "auto" and _allows_auto(settings, recovery)
    return RecoveryRequest.model_validate(
        {name: first[name] for name in KEPT if name in first}
        | {
            "job_id": recovery.job_id,
            "workspace": recovery.workspace,
            "approval": "auto" if auto else "ask",
            "contacts": contacts,
        }
    )


def _allows_auto(settings: Settings, recovery: Recovery) -> bool:
    return open_runtime(settings, workspace=recovery.workspace).policy.approval == "auto"
