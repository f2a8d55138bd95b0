"""Runs that a killed worker has left behind half handed over: nobody else in Prefect picks those up."""

from collections.abc import Sequence
from datetime import UTC, datetime

import psutil

from tasks.marks import struck
from tasks.prefect_api.rest import PrefectRest, Row

MISSED_SECONDS = 120
"""Four heartbeats of 30 s: a window of three has marked healthy runs as crashed on slow machines.

It may still be wrong, which is why a lease in the ledger and not Prefect decides who may dial.
"""
STUCK_SECONDS = MISSED_SECONDS
"""A run is Pending while a worker starts its process: 30 s on two cores that start six at once.

One whose worker died, or could not report for want of a database, is handed over anew after this. Should it
have been a slow one, the lease keeps the second process from the job.
"""
TAG = "ringback"
UNHEARD = "Its process ended while the server did not answer; the recovery goes on in a new run."
WORKER = "prefect.worker.name"
"""The label by which Prefect's workers mark what they start."""
_WITH_DEPLOYMENT = {"tags": {"all_": [TAG]}, "parent_task_run_id": {"is_null_": True}}


def unstick(api: PrefectRest, older_than: float) -> list[str]:
    """Hand runs over anew that have been Pending for too long; return their names."""
    pending = {**_WITH_DEPLOYMENT, "state": {"type": {"any_": ["PENDING"]}}}
    stuck = [run for run in api.runs(pending) if run["deployment_id"] and _age(run) >= older_than]
    why = "Its worker was gone; handed over anew."
    return [str(run["name"]) for run in stuck if _set(api, run, "SCHEDULED", "Scheduled", why)]


def bury(api: PrefectRest, worker: str, *, none_left: bool = False) -> list[str]:
    """Show a worker's runs as crashed whose process is gone from this machine; return their names.

    With `none_left` that is known of all of them: after a new start of the machine another process may have
    the number of one that is gone. Until then such a run keeps the place of whatever may only run alone.
    """
    running = {**_WITH_DEPLOYMENT, "state": {"type": {"any_": ["RUNNING", "CANCELLING"]}}}
    mine = [run for run in api.runs(running) if (run.get("labels") or {}).get(WORKER) == worker]
    dead = [run for run in mine if run["deployment_id"] and (none_left or _is_dead(run))]
    why = "Its process is gone; the recovery goes on in a new run."
    return [str(run["name"]) for run in dead if _show_as_over(api, run, why)]


def tell_ends(api: PrefectRest, worker: str, ended: Sequence[str]) -> list[str]:
    """Show those of a worker's runs as crashed whose processes have ended unheard; return their names.

    Until the server knows, a recovery does not go on and a sweep keeps a place. A run that has not begun is
    left to be handed over anew, and one that another worker has taken since is none of them.
    """
    alive = {"id": {"any_": [*ended]}, "state": {"type": {"any_": ["RUNNING", "CANCELLING"]}}}
    mine = [run for run in api.runs(alive) if (run.get("labels") or {}).get(WORKER) == worker]
    return [str(run["name"]) for run in mine if _show_as_over(api, run, UNHEARD)]


def miss(api: PrefectRest, older_than: float = MISSED_SECONDS) -> list[str]:
    """Show runs as crashed whose heartbeats have stopped, or never came; return their names.

    A run sends its first one as it begins. One that has run for so long unheard died at once, and the server
    may have lost that beat with its database: it would keep its recovery from going on for ever. A run that
    waits for a person sends none and is none of them.
    """
    running = {**_WITH_DEPLOYMENT, "state": {"type": {"any_": ["RUNNING", "CANCELLING"]}}}
    old = [run for run in api.runs(running) if run["deployment_id"] and _age(run) >= older_than]
    missed = [run for run in old if _is_silent(api.heartbeat_age(run["id"]), older_than)]
    why = "no heartbeat: its process is gone, or stands still"
    return [str(run["name"]) for run in missed if _show_as_over(api, run, why)]


def _is_silent(age: float | None, older_than: float) -> bool:
    return age is None or age >= older_than


def _show_as_over(api: PrefectRest, run: Row, why: str) -> bool:
    if run["state_type"] == "CANCELLING":
        return _set(api, run, "CANCELLED", "Cancelled", "Cancelled by a person.")
    return _set(api, run, "CRASHED", "Crashed", why)


def _set(api: PrefectRest, run: Row, kind: str, name: str, why: str) -> bool:
    """Put a run into a state unless it has gone on since it was listed, as by another sweep."""
    now = api.runs({"id": {"any_": [run["id"]]}})
    if not now or now[0]["state"]["timestamp"] != run["state"]["timestamp"]:
        struck("prefect.moved_on")
        return False
    api.set_state(run["id"], kind, name, why)
    return True


def _age(run: Row) -> float:
    since = datetime.fromisoformat(run["state"]["timestamp"])
    return (datetime.now(UTC) - since).total_seconds()


def _is_dead(run: Row) -> bool:
    pid = str(run.get("infrastructure_pid") or "")
    return pid.isdecimal() and not psutil.pid_exists(int(pid))
