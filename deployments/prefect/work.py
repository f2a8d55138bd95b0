"""`python -m deployments.prefect.work`: a worker for a machine of its own, which ends as recoveries want it.

Prefect's own worker leaves within two seconds of SIGTERM; in a container that ends its runs too, amid their
calls. This one takes no more runs, lets those that are on take back what does not ring yet, and
leaves after them.
"""

import argparse
import os
import socket
import sys
from typing import Any

from deployments.up.checked import checked_runtime
from models.errors import RingbackError
from tasks.prefect_api.server.process import named_server
from tasks.runs.deployed import FOLDER
from tasks.runs.logs import prefect_environment
from tasks.runtime.settings.settings import Settings, SettingsError

POOL = "ringback"
AT_ONCE = 10
"""Runs at once on one machine; each is a process of about 150 MB."""
TOLD = {
    # The automations count on it: a run that is silent for four of them is taken for lost.
    "PREFECT_RUNNER_HEARTBEAT_FREQUENCY": "30",
    "PREFECT_FLOWS_HEARTBEAT_FREQUENCY": "30",
    "PREFECT_WORKER_QUERY_SECONDS": "2",
    "PREFECT_SERVER_ALLOW_EPHEMERAL_MODE": "false",
}
"""What Prefect is told where nobody has told it otherwise."""


def main(arguments: list[str] | None = None) -> int:
    """Work until told to end, and return the exit code of the contract."""
    chosen = _parser().parse_args(arguments)
    if folder := os.environ.get(FOLDER):
        os.chdir(folder)
    try:
        form = _checked().log_format  # before a run is taken that could only fail here
    except RingbackError as error:
        print(f"ringback: {error}", file=sys.stderr)  # noqa: T201  the last place for a sentence
        return error.exit_code
    os.environ.update({**TOLD, **prefect_environment(form), **_given(TOLD)})
    return _work(chosen)


def _checked() -> Settings:
    settings = checked_runtime().settings
    if named_server(settings.folder) is None:
        raise SettingsError(
            "PREFECT_API_URL is not set. Give the address of the Prefect server; it ends in /api."
        )
    return settings


def _given(names: dict[str, str]) -> dict[str, str]:
    return {name: os.environ[name] for name in names if os.environ.get(name)}


def _work(chosen: Any) -> int:
    from deployments.prefect.patient_worker import work  # Prefect reads its variables as it is imported

    return work(chosen.pool, chosen.name, chosen.limit, health=chosen.health)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m deployments.prefect.work", description=__doc__)
    parser.add_argument("--pool", default=POOL, help="the work pool that runs are taken from")
    parser.add_argument("--name", default=socket.gethostname(), help="what the machine is called in Prefect")
    parser.add_argument("--limit", type=int, default=AT_ONCE, help="runs at once on this machine")
    health = "answer GET /health at PREFECT_WORKER_WEBSERVER_HOST and _PORT (0.0.0.0, 8080)"
    parser.add_argument("--health", action="store_true", help=health)
    return parser


if __name__ == "__main__":
    sys.exit(main())
