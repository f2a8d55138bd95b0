"""Runs that a killed worker has left behind half handed over: nobody else in Prefect picks those up."""

import socket
from datetime import UTC, datetime

import psutil

from deployments.prefect_rest import PrefectRest, Row

STUCK_SECONDS = 300
"""A run is Pending for a few seconds while a worker starts its process; never for minutes."""
TAG = "ringback"
_WITH_DEPLOYMENT = {"tags": {"all_": [TAG]}, "parent_task_run_id": {"is_null_": True}}


def unstick(api: PrefectRest, older_than: float) -> list[str]:
    """Hand runs over anew that have been Pending for too long; return their names."""
    pending = {**_WITH_DEPLOYMENT, "state": {"type": {"any_": ["PENDING"]}}}
    stuck = [run for run in api.runs(pending) if run["deployment_id"] and _age(run) >= older_than]
    for run in stuck:
        api.set_state(run["id"], "SCHEDULED", "Scheduled", "Its worker was gone; handed over anew.")
    return [str(run["name"]) for run in stuck]


def bury(api: PrefectRest) -> list[str]:
    """Show runs as crashed whose process ran on this machine and is gone; return their names."""
    running = {**_WITH_DEPLOYMENT, "state": {"type": {"any_": ["RUNNING", "CANCELLING"]}}}
    dead = [run for run in api.runs(running) if run["deployment_id"] and _is_dead(run)]
    for run in dead:
        if run["state_type"] == "CANCELLING":
            api.set_state(run["id"], "CANCELLED", "Cancelled", "Cancelled by a person.")
        else:
            words = "Its process is gone; the recovery goes on in a new run."
            api.set_state(run["id"], "CRASHED", "Crashed", words)
    return [str(run["name"]) for run in dead]


def _age(run: Row) -> float:
    since = datetime.fromisoformat(run["state"]["timestamp"])
    return (datetime.now(UTC) - since).total_seconds()


def _is_dead(run: Row) -> bool:
    host, _, pid = str(run.get("infrastructure_pid") or "").rpartition(":")
    return host == socket.gethostname() and pid.isdecimal() and not psutil.pid_exists(int(pid))
