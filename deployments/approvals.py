"""Waking: a recovery that was decided about goes on in Prefect, whoever decided and wherever."""

from collections.abc import Mapping
from typing import Any

import httpx

from deployments.forms import RecoveryRequest
from deployments.prefect_rest import PrefectRefused, PrefectRest, Row, server_of
from deployments.root import Shop, open_shop
from deployments.settings import Settings
from models.tables import Recovery
from models.words import State
from tasks.ledger import recoveries
from tasks.ledger.leases import is_held, token_of
from tasks.ledger.waiting import last_decision

LONGEST_NAME, LONGEST_REASON = 80, 500
"""Characters that the form takes; a decision made elsewhere may be longer, and the ledger keeps all of it."""
KEPT = ("ticket", "operator_fixed", "requested_by")
"""What a fresh run of a recovery is told again of how it was asked for first."""
NO_DECISION = {"decision": "decline", "name": "ringback", "reason": "the recovery has ended"}
"""What wakes a run whose recovery has ended meanwhile: it only has to show how."""


def wake(recovery_id: str) -> None:
    """Let a recovery go on: resume the run that waits for it, or start a fresh run of the deployment.

    Does nothing where no Prefect server runs our deployments; the next sweep or `ringback resume` goes on.
    """
    shop = open_shop()
    if url := server_of(shop.settings):
        wake_at(url, shop, recovery_id)


def wake_at(url: str, shop: Shop, recovery_id: str) -> str:
    """Wake a recovery at a server and return what was done, in words; never raises for Prefect's sake."""
    try:
        with PrefectRest(url) as api:
            return wake_by(api, shop, recovery_id)
    except (httpx.HTTPError, PrefectRefused) as error:
        return f"Prefect could not go on with {recovery_id}: {error}"


def wake_by(api: PrefectRest, shop: Shop, recovery_id: str) -> str:
    """Wake a recovery; raises httpx.HTTPError or PrefectRefused where Prefect does not answer or refuses."""
    return _woken(api, shop, recoveries.get(shop.ledger, recovery_id))


def _woken(api: PrefectRest, shop: Shop, recovery: Recovery) -> str:
    runs = api.runs_of(recovery.id)
    if recovery.state == State.AWAITING_APPROVAL.value:
        return f"{recovery.id} waits for a person"
    answers = _answers(shop, recovery.id)
    woken = [api.resume(run["id"], answers) for run in runs if run["state_type"] == "PAUSED"]
    if any(woken):
        return f"{recovery.id} goes on in the run that waited"
    if State(recovery.state).is_end:
        return f"{recovery.id} has ended"
    key = (recovery.workspace, recovery.platform, recovery.job_id)
    if is_held(shop.ledger, key):
        return f"{recovery.id} is running"
    return _fresh(api, shop, recovery, runs)


def _answers(shop: Shop, recovery_id: str) -> Mapping[str, Any]:
    decision = last_decision(shop.ledger, recovery_id)
    if decision is None:
        return NO_DECISION
    return {
        "decision": "approve" if decision.approved else "decline",
        "name": decision.by[:LONGEST_NAME] or "unnamed",
        "reason": decision.reason[:LONGEST_REASON] or "none given",
    }


def _fresh(api: PrefectRest, shop: Shop, recovery: Recovery, runs: list[Row]) -> str:
    deployment = api.deployment_id()
    if deployment is None:
        return f"{recovery.id} waits: this Prefect server has no deployment of ours"
    request = request_of(shop.settings, recovery, runs)
    # The token grows with every claim: one fresh run for every time that a process has let go of the job.
    key = f"continue:{recovery.id}:{token_of(shop.ledger, recovery)}"
    run = api.start_once(deployment, {"request": request.model_dump(mode="json")}, key)
    if run is None:
        return f"{recovery.id} was started in vain too often; `ringback resume {recovery.id}` shows why"
    return f"{recovery.id} goes on as {run['name']}"


def request_of(settings: Settings, recovery: Recovery, runs: list[Row]) -> RecoveryRequest:
    """Return the request that goes on with a recovery: as it was made first, where Prefect still knows."""
    asked = [run["parameters"]["request"] for run in runs if "request" in run["parameters"]]
    first = asked[-1] if asked else {}
    auto = recovery.policy.get("approval") == "auto" and _allows_auto(settings, recovery)
    return RecoveryRequest.model_validate(
        {name: first[name] for name in KEPT if name in first}
        | {
            "job_id": recovery.job_id,
            "workspace": recovery.workspace,
            "approval": "auto" if auto else "ask",
        }
    )


def _allows_auto(settings: Settings, recovery: Recovery) -> bool:
    return open_shop(settings, workspace=recovery.workspace).policy.approval == "auto"
