"""`ringback up`: Prefect server, deployments and their runner in one command, stopped in one go."""

import os
import socket
from pathlib import Path

from deployments.prefect_server import is_healthy, start, stop
from deployments.root import open_shop
from deployments.settings import SettingsError
from tasks.desk import Reporter


def run_up(port: int, every: int, act: str, reporter: Reporter) -> int:
    """Start the server, install the zombie automation, serve the deployments until Ctrl-C or SIGTERM."""
    shop = open_shop()  # settings, keys and ledger are checked before anything is started
    home = shop.settings.folder / "prefect"
    home.mkdir(parents=True, exist_ok=True)
    url = _server(home, port, reporter)
    try:
        return _serve(url, every, act, reporter)
    finally:
        stop(home)


def _serve(url: str, every: int, act: str, reporter: Reporter) -> int:
    os.environ["PREFECT_API_URL"] = url
    os.environ.setdefault("PREFECT_FLOWS_HEARTBEAT_FREQUENCY", "30")
    from deployments.automations import install_zombies
    from deployments.prefect_flows import serve_all

    install_zombies()
    reporter.say(f"Prefect: {url.removesuffix('/api')}  deployments: recover, sweep (every {every} s, {act})")
    reporter.say("Stop with Ctrl-C; what runs is in the ledger and goes on at the next start.")
    serve_all(every, act)
    return 0


def _server(home: Path, port: int, reporter: Reporter) -> str:
    url = f"http://127.0.0.1:{port}/api"
    if is_healthy(url):
        raise SettingsError(
            f"A Prefect server runs on port {port} already. Stop it, or choose another --port."
        )
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", port)) == 0:
            raise SettingsError(f"Port {port} is taken by another program. Choose another with --port.")
    return start(home, port, reporter)
