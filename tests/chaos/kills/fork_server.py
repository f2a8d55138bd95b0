"""A warm process that forks children on demand: they start in milliseconds and die like any other process."""

import gc
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self

from sqlalchemy.orm import configure_mappers

from models.invariants import given

WARM = (
    "alembic.command",
    "deployments.cli.app",
    "tasks.runtime.wiring",
    "tasks.runs.runner",
    "flows.recover",
    "tasks.finish.report",
    "matplotlib.backends.backend_agg",
    "matplotlib.backends.backend_svg",
    "matplotlib.dates",
    "matplotlib.figure",
    "httpcore",
    "certifi",
    "encodings.idna",
    "phonenumbers.data.region_AU",
    "rich._emoji_codes",
    "PIL.JpegImagePlugin",
)
"""What a child would otherwise import each time."""
POLL_SECONDS = 0.005
OBEY = "tests.chaos.kills.child:obey"


class Order(Protocol):
    """What a child is to do."""

    def as_json(self) -> dict[str, Any]:
        """Return the order as it goes to the process that forks."""
        ...


class ForkServer:
    """The side that orders children; use it as a context manager, from one thread at a time."""

    def __init__(self, warm: Sequence[str] = WARM) -> None:
        self._warm = tuple(warm)

    def __enter__(self) -> Self:
        """Start the process that forks."""
        self._process = subprocess.Popen(
            (sys.executable, "-m", __name__, *self._warm),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(path or str(Path.cwd()) for path in sys.path)},
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the process and whatever children are left."""
        self._process.communicate()

    def start(self, order: Order, target: str = OBEY) -> int:
        """Fork a child that runs the order and return its process id; `target` is module:function."""
        return int(self._ask({"start": order.as_json(), "target": target})["pid"])

    def wait(self, pid: int, seconds: float) -> int | None:
        """Return the exit code of a child, negative for the signal that ended it, None if it still runs."""
        code: int | None = self._ask({"wait": pid, "seconds": seconds})["code"]
        return code

    def run(self, order: Order, seconds: float, target: str = OBEY) -> int | None:
        """Start a child and wait for it; one that takes longer is killed and told as None."""
        pid = self.start(order, target)
        code = self.wait(pid, seconds)
        if code is None:
            os.kill(pid, signal.SIGKILL)
            self.wait(pid, seconds)
        return code

    def _ask(self, question: Mapping[str, Any]) -> dict[str, Any]:
        asked = given(self._process.stdin, "the nursery is started with pipes")
        told = given(self._process.stdout, "the nursery is started with pipes")
        asked.write(json.dumps(question).encode() + b"\n")
        asked.flush()
        answer: dict[str, Any] = json.loads(told.readline())
        return answer


def serve() -> None:
    """Fork and wait as asked, a line of JSON each, until the asking side is gone."""
    for name in sys.argv[1:]:
        import_module(name)
    configure_mappers()
    gc.freeze()  # what is loaded by now is shared with every child and never looked at again
    # Answers keep the pipe to themselves: whatever else prints goes to standard error.
    answers = os.dup(1)
    os.dup2(2, 1)
    children: set[int] = set()
    for question in _questions():
        if "start" in question:
            pid = os.fork() or _live(question, answers)
            children.add(pid)
            answer: dict[str, Any] = {"pid": pid}
        else:
            answer = {"code": _waited(children, question["wait"], question["seconds"])}
        os.write(answers, json.dumps(answer).encode() + b"\n")
    for pid in children:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _questions() -> Iterator[dict[str, Any]]:
    for line in sys.stdin.buffer:
        yield json.loads(line)


def _live(question: Mapping[str, Any], answers: int) -> int:
    code = 1
    try:
        os.close(answers)
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        module, _, name = str(question["target"]).partition(":")
        code = getattr(import_module(module), name)(question["start"])
    except BaseException:  # noqa: BLE001  the last place where a child can say why it failed
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _waited(children: set[int], pid: int, seconds: float) -> int | None:
    until = time.monotonic() + seconds
    while pid in children:
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            children.discard(pid)
            return os.waitstatus_to_exitcode(status)
        if time.monotonic() >= until:
            return None
        time.sleep(POLL_SECONDS)
    return None


if __name__ == "__main__":
    serve()
