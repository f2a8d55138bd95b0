"""Dockerfile, compose file and units of systemd hold to the program, since none of them is run here."""

import importlib
import re
import shlex
import subprocess
import sys
from pathlib import Path
from shutil import which
from typing import Any

import prefect.settings
import pytest
import yaml
from typer.main import get_command

from deployments.cli.app import app
from deployments.gateway.endpoints import ready
from deployments.gateway.parts import Parts
from deployments.up.children import CLEAN_SECONDS, PATIENCE
from tasks.prefect_api.server.origin_guard import HOSTS
from tasks.runs.deployed import FOLDER
from tasks.runtime.settings.settings import Settings
from tests.acceptance.site import ROOT

ROOM = ROOT / "deployments" / "packaging"
COMPOSE: dict[str, Any] = yaml.safe_load((ROOM / "compose.yaml").read_text())
SERVICES: dict[str, Any] = COMPOSE["services"]
OURS = sorted(name for name, service in SERVICES.items() if service["image"] == "ringback")
UNITS = sorted((ROOM / "systemd").glob("*.service"))
DOCKERFILE = (ROOM / "Dockerfile").read_text()
PATIENT = CLEAN_SECONDS + 2 * PATIENCE
"""Seconds that a worker needs to end: its runs, what is left of them, and itself."""
OTHERS = {"HOME", "PATH", "PYTHONUNBUFFERED", "POSTGRES_PASSWORD"}
NOT_SETTINGS = {FOLDER, HOSTS}
"""Variables of ours that are read before there are settings, or by the server, which has none."""


def value_of(unit: Path, name: str) -> str:
    """Return the one value of a name in a unit."""
    (found,) = re.findall(rf"^{name}=(.*)$", unit.read_text(), re.MULTILINE)
    return str(found)


COMMANDS = [(name, SERVICES[name]["command"]) for name in OURS]
COMMANDS += [(unit.stem, shlex.split(value_of(unit, "ExecStart"))) for unit in UNITS]


@pytest.mark.parametrize(("name", "command"), COMMANDS, ids=[name for name, _ in COMMANDS])
def test_each_command_is_one_of_ours(name: str, command: list[str]) -> None:
    """Every module and command is there and takes the options that it is given."""
    program, *rest = command
    if Path(program).name == "ringback":
        known = get_command(app).commands[rest[0]]  # type: ignore[attr-defined]
        assert {word for word in rest if word.startswith("--")} <= {o for p in known.params for o in p.opts}
        return
    assert Path(program).name == "python"
    assert rest[0] == "-m"
    source = Path(importlib.import_module(rest[1]).__file__ or "").read_text()
    if rest[1] != "tasks.prefect_api.server.serving":  # Prefect's own options follow it
        options = [word for word in rest if word.startswith("--")]
        found = re.findall(r'add_argument\("(--[a-z-]+)"', source + gateway_source(rest[1]))
        assert set(options) <= set(found)


def gateway_source(module: str) -> str:
    """Return the source of a package's main module, empty for a plain module."""
    path = ROOT / Path(*module.split(".")) / "__main__.py"
    return path.read_text() if path.exists() else ""


def names() -> list[tuple[str, str]]:
    """Return every variable that a file of the room sets or hands on, with the file's name."""
    found = [
        ("env.example", name)
        for name in re.findall(r"^([A-Z_]+)=", (ROOM / "env.example").read_text(), re.MULTILINE)
    ]
    found += [("Dockerfile", name) for name in re.findall(r"(?:ENV |    )([A-Z_]+)=", DOCKERFILE)]
    found += [(name, each) for name in OURS for each in SERVICES[name].get("environment", {})]
    found += [(u.stem, each) for u in UNITS for each in re.findall(r"([A-Z_]+)=", value_of(u, "Environment"))]
    return found


@pytest.mark.parametrize(("where", "name"), names())
def test_each_variable_is_known(where: str, name: str) -> None:
    """A name that nobody reads would leave a setting at its default without a word."""
    if name.startswith("RINGBACK_"):
        assert name in NOT_SETTINGS or name.removeprefix("RINGBACK_").lower() in Settings.model_fields
    elif name.startswith("PREFECT_"):
        assert getattr(prefect.settings, name).name == name
    else:
        assert name in OTHERS


def test_health_paths_are_there() -> None:
    """What Docker asks is what server, worker and gateway answer at."""
    asked = {
        n: re.findall(r"http://127.0.0.1:\d+(/[a-z/]+)", str(s.get("healthcheck")))
        for n, s in SERVICES.items()
    }
    parts = Parts(ledger=None, clock=None, starter=None, wake=None)  # type: ignore[arg-type]
    doors = {route.path for route in ready.make_router(parts).routes}  # type: ignore[attr-defined]
    assert set(asked["gateway"]) <= doors
    assert asked["server"] == ["/api/health"]
    assert asked["worker"] == ["/health"]
    assert "--health" in SERVICES["worker"]["command"]


def test_a_worker_has_the_time_to_end() -> None:
    """Docker and systemd wait longer than recoveries may take to take back what does not ring yet."""
    (unit,) = [unit for unit in UNITS if unit.stem == "ringback-worker"]
    assert int(SERVICES["worker"]["stop_grace_period"].removesuffix("s")) > PATIENT
    assert int(value_of(unit, "TimeoutStopSec")) > PATIENT
    assert value_of(unit, "KillMode") == "mixed"


def test_everything_that_is_copied_is_there() -> None:
    """The Dockerfile copies what lies in the checkout, and the ignore file lets just that through."""
    copied = [
        word
        for line in re.findall(r"^COPY (?!--from)(.*)$", DOCKERFILE, re.MULTILINE)
        for word in line.split()[:-1]
    ]
    let_through = re.findall(r"^!(.*)$", (ROOM / "Dockerfile.dockerignore").read_text(), re.MULTILINE)
    assert all((ROOT / name).exists() for name in copied)
    assert set(copied) == set(let_through)
    mounted = [one.partition(":")[0] for one in SERVICES["postgres"]["volumes"] if one.startswith("./")]
    assert all((ROOM / name).exists() for name in mounted)


def test_nothing_runs_as_root_or_holds_a_secret() -> None:
    """The image ends as another user, the lock names what is installed, and every secret is left open."""
    assert re.findall(r"^USER (.*)$", DOCKERFILE, re.MULTILINE) == ["ringback"]
    assert "--require-hashes -r requirements.lock" in DOCKERFILE
    assert all(value_of(unit, "User") == "ringback" for unit in UNITS)
    text = (ROOM / "compose.yaml").read_text() + DOCKERFILE
    secrets = re.findall(r"(?:PASSWORD|_KEY|AUTH_STRING)\s*[:=]\s*(\S+)", text)
    assert all(value.startswith("${") for value in secrets)
    assert all(SERVICES[name]["cap_drop"] == ["ALL"] for name in OURS)


def test_the_server_is_told_no_key() -> None:
    """Prefect's server needs no platform, so its container and its unit are given none of our settings."""
    assert "env_file" not in SERVICES["server"]
    (unit,) = [unit for unit in UNITS if unit.stem == "ringback-server"]
    assert value_of(unit, "EnvironmentFile") == "/etc/ringback/server.env"


@pytest.mark.skipif(which("systemd-analyze") is None, reason="There is no systemd-analyze on this machine.")
def test_systemd_takes_the_units(tmp_path: Path) -> None:
    """Systemd finds no fault in any unit, but that nothing is installed under /opt here."""
    for unit in UNITS:
        own = unit.read_text().replace("/opt/ringback/.venv/bin/python", sys.executable)
        (tmp_path / unit.name).write_text(own)
    command = ["systemd-analyze", "verify", "--man=no", *map(str, sorted(tmp_path.glob("*.service")))]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert [line for line in done.stderr.splitlines() if "ringback-" in line] == []
