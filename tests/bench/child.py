"""Runs one function of a bench in a process of its own and takes back what it found."""

import json
import resource
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any


def in_child(function: str, *, interpreter: str = sys.executable, **given: Any) -> Any:
    """Return what a function, named as `module:name`, finds in a fresh process; both ways go as JSON.

    `interpreter` is another one for rivals with packages of their own.
    """
    command = [interpreter, "-m", "tests.bench.child", function, json.dumps(given)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{function} failed, exit {done.returncode}:\n{done.stderr}")
    return json.loads(done.stdout.strip().rpartition("\n")[2])


def peak_mb() -> float:
    """Return the most memory that this process has had, in MB.

    `ru_maxrss` of a child counts what its parent had as it forked; Linux has this figure besides.
    """
    status = Path("/proc/self/status")
    for line in status.read_text().splitlines() if status.exists() else ():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Be the child: the last line of the output is what was found."""
    module, _, name = sys.argv[1].partition(":")
    found = getattr(import_module(module), name)(**json.loads(sys.argv[2]))
    print("\n" + json.dumps(found))


if __name__ == "__main__":
    main()
