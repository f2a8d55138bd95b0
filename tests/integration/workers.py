"""Processes beside the tests: they claim, write, migrate or lock, and say what they have done."""

import multiprocessing
import os
import signal
import sqlite3
from collections.abc import Callable
from multiprocessing.connection import Connection

from sqlalchemy import Engine, event

from tasks.runtime.database import open_ledger
from tests.integration.scenes import KEY, claimed

PATIENCE = 120.0
"""Seconds; only a process that hangs needs them."""

# Every process is forked from one that has imported all this, since imports take longer than the tests.
_start = multiprocessing.get_context("forkserver")
_start.set_forkserver_preload(["pytest", __name__])


Work = Callable[..., None]
"""What a process does: it is given the line to the test and what it works on."""


class Worker:
    """A real process with a line to it."""

    def __init__(self, work: Work, *things: str) -> None:
        self._line, theirs = _start.Pipe()
        self._process = _start.Process(target=work, args=(theirs, *things), daemon=True)
        self._process.start()
        theirs.close()

    @property
    def pid(self) -> int:
        """Return the process id."""
        assert self._process.pid is not None
        return self._process.pid

    def hears(self) -> object:
        """Wait for the next thing that the process says."""
        assert self._line.poll(PATIENCE), "the process says nothing"
        said: object = self._line.recv()
        return said

    def says(self) -> None:
        """Tell the process to go on."""
        self._line.send("go")

    def kill(self) -> None:
        """End the process at once."""
        self._process.kill()
        self._process.join(PATIENCE)

    def ends(self) -> int | None:
        """Wait for the end and return the exit code."""
        self._process.join(PATIENCE)
        return self._process.exitcode

    def close(self) -> None:
        """Let go of the process whatever it does."""
        self.kill()
        self._line.close()


def claim(line: Connection, url: str, recovery_id: str) -> None:
    """Claim the job, say the token, and hold it until told."""
    line.send(claimed(open_ledger(url, KEY), recovery_id).token)
    line.recv()


def note(line: Connection, url: str, recovery_id: str, name: str, times: str) -> None:
    """Write so many entries into one chain, each in a transaction of its own."""
    ledger = open_ledger(url, KEY)
    line.send("ready")
    line.recv()
    for turn in range(int(times)):
        with ledger.write() as session:
            ledger.note(session, recovery_id, "noted", {"by": name, "turn": turn})


def migrate(line: Connection, url: str) -> None:
    """Open a database at the same time as others."""
    line.send("ready")
    line.recv()
    line.send(open_ledger(url, KEY).engine.dialect.name)


def die_migrating(_line: Connection, url: str) -> None:
    """Be killed after the third table of the migration."""
    made = 0

    def after(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        nonlocal made
        made += statement.lstrip().upper().startswith("CREATE TABLE")
        if made == 3:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(Engine, "after_cursor_execute", after)
    open_ledger(url, KEY)


def lock(line: Connection, path: str) -> None:
    """Hold a SQLite file's write lock until told."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("begin immediate")
    line.send("locked")
    line.recv()
    connection.close()
