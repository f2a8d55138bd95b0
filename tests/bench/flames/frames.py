"""Stacks as a sampler writes them, and the tree that is drawn: by package and function, never by path."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

_FRAME = re.compile(r"(?P<name>.*) \((?P<file>[^()]*)\)")
_PACKAGE = re.compile(r".*/(?:site-packages|dist-packages|lib/python3\.\d+)/(?P<rest>.*)")
_PATH = re.compile(r"(?:^|[^\w.>])(?:/|~|[A-Za-z]:\\)")
"""What begins a path of a machine, at the start of a text or within it."""

WAITING = frozenset(
    {"concurrent/futures/thread.py:_worker", "threading.py:Condition.wait", "threading.py:Event.wait"}
)
"""Frames in which a thread does nothing; a sampler from outside takes some of them for work."""


@dataclass
class Frame:
    """One function within its callers: how much was sampled in it and below, and whom it called."""

    name: str
    weight: int = 0
    calls: dict[str, "Frame"] = field(default_factory=dict)


class PathInFrameError(ValueError):
    """A frame would tell where on a machine its file lies."""


def clean(frame: str, root: str) -> str:
    """Return a frame of a sampler, as `name (file)`, as `file:name` by its package; `root` is our own folder.

    A file of nobody's package is called by its name alone. Raises PathInFrameError where a path is left.
    """
    found = _FRAME.fullmatch(frame.strip())
    if not found:
        return checked(frame.strip())
    file = found["file"]
    if package := _PACKAGE.fullmatch(file):
        file = package["rest"]
    elif file.startswith(f"{root}/"):
        file = file.removeprefix(f"{root}/")
    elif file.startswith("/"):
        file = file.rpartition("/")[2]
    return checked(f"{file}:{found['name']}")


def checked(text: str) -> str:
    """Return a text that holds no path of a machine; raises PathInFrameError where it does."""
    if _PATH.search(text):
        raise PathInFrameError(f"{text} tells where a file lies: name it by its package.")
    return text


def tree(lines: Iterable[str], root: str, below: str) -> Frame:
    """Return the tree of sampled stacks, one a line with its weight.

    What stands above the frame `below` is cut off. Stacks without that frame are set-up and left out, but for
    those of threads; a thread that waits for work costs nothing and is left out too.
    """
    whole = Frame("all")
    for line in lines:
        stack, _, weight = line.strip().rpartition(" ")
        names = [clean(one, root) for one in stack.split(";")]
        if below in names:
            names = names[names.index(below) + 1 :]
        elif not names[0].startswith("threading.py:"):
            continue
        if names and names[-1] in WAITING:
            continue
        _add(whole, names, int(weight))
    return whole


def _add(frame: Frame, names: Iterable[str], weight: int) -> None:
    frame.weight += weight
    for name in names:
        frame = frame.calls.setdefault(name, Frame(name))
        frame.weight += weight
