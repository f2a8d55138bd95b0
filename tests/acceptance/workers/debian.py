"""Debian's Postgres, which brings the extension that Prefect's server wants; reached over a loopback port."""

import os
from pathlib import Path

from tasks.prefect_api.server.process import free_port
from tests.integration.postgres import Postgres

REQUIRED = os.environ.get("RINGBACK_POSTGRES_REQUIRED") == "1"
"""Set where a missing Postgres is a failure and no reason to skip: in CI."""
INSTALLED = Path("/usr/lib/postgresql")
EXTENSION = Path("/usr/share/postgresql")
NEEDED = "Debian's postgresql is not installed, and the one of the tests lacks the extension pg_trgm."


def newest() -> str | None:
    """Return the newest version that is installed with the extension, None where there is none."""
    found = [one.parent.parent.name for one in INSTALLED.glob("*/bin/initdb")]
    whole = [name for name in found if (EXTENSION / name / "extension" / "pg_trgm.control").exists()]
    return max(whole, key=float, default=None)


class DebianPostgres(Postgres):
    """A server of the tests' own in a temporary folder, of Debian's program."""

    def __init__(self) -> None:
        self.port = free_port()
        super().__init__()

    @property
    def options(self) -> str:
        """Return how it listens: on loopback, for as many as several workers and a server open."""
        return f"-c listen_addresses=127.0.0.1 -c port={self.port} -c max_connections=200 -c fsync=off"

    @property
    def env(self) -> dict[str, str]:
        """Return what Postgres' own commands are told."""
        return {"PGHOST": "127.0.0.1", "PGPORT": str(self.port), "PGUSER": "postgres"}

    def _binaries(self) -> Path:
        version = newest()
        assert version, NEEDED
        return INSTALLED / version / "bin"
