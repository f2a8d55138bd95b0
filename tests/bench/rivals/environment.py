"""The environment of rivals that want packages which ringback must not have: `make rivals` makes it."""

from pathlib import Path

ROOT = Path(__file__).parents[3]
HOME = ROOT / ".bench-venv"
READY = HOME / ".ready"
"""Written last: without it the environment is not whole."""


class RivalIsMissingError(Exception):
    """A rival cannot be measured on this machine: the sentence says why."""


def program(name: str) -> str:
    """Return the path of a program of that environment; raises RivalIsMissingError where there is none."""
    found = HOME / "bin" / name
    if not READY.exists() or not found.exists():
        raise RivalIsMissingError(
            "its environment, .bench-venv, could not be made here: `make rivals` says why (it installs from "
            "requirements-bench.lock, and needs a network for that)"
        )
    return str(found)
