"""What every run of a deployment begins with, and what becomes of one that is cancelled."""

import os
from typing import Any

from tasks.prefect_api.rest import TAG
from tasks.runs.logs import prefect_as_wished

FOLDER = "RINGBACK_FOLDER"
"""Names the folder that relative paths, .env and ringback.toml belong to; a run starts in Prefect's own."""


def at_home() -> None:
    """Go to the folder that the settings are relative to, and log as they say."""
    if folder := os.environ.get(FOLDER):
        os.chdir(folder)
    prefect_as_wished()


def default_workspace() -> str:
    """Return the workspace of a request that names none."""
    from tasks.runtime.settings.settings import load_settings

    at_home()
    return load_settings().workspace


def take_back_cancelled(flow: Any, flow_run: Any, state: Any) -> None:  # noqa: ARG001  Prefect's names
    """Take back what a cancelled run of the deployment has not yet sent."""
    from tasks.runs.prefect_runner import prepared
    from tasks.runs.recover_run import take_back

    if prepared():
        return  # a process at somebody's terminal, which hears that by itself
    at_home()
    marks = [tag.removeprefix(TAG) for tag in flow_run.tags if tag.startswith(TAG)]
    for recovery_id in marks:
        take_back(recovery_id, flow_run.parameters["request"].get("workspace", ""), flow_run.id)
