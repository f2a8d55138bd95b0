"""Files that are whole under their name or not there under it, and readable by their owner only."""

import os
from pathlib import Path
from tempfile import mkstemp


def beside(path: Path) -> Path:
    """Return a new empty file in the folder of the one that is meant, to be filled and put in its place."""
    handle, name = mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
    os.close(handle)
    return Path(name)


def put(fresh: Path, path: Path) -> None:
    """Give a filled file the name that is meant, over whatever has that name, once it is on the disk."""
    _sync(fresh)
    fresh.replace(path)


def put_new(fresh: Path, path: Path) -> None:
    """Give a filled file the name that is meant; raises FileExistsError where another file has it.

    A link is made whole or not at all, and unlike a rename never over a file that was just made.
    """
    _sync(fresh)
    os.link(fresh, path)


def write_whole(path: Path, content: bytes) -> None:
    """Write a file in one go, over whatever has its name."""
    fresh = beside(path)
    try:
        fresh.write_bytes(content)
        put(fresh, path)
    finally:
        fresh.unlink(missing_ok=True)


def write_new(path: Path, content: bytes) -> None:
    """Write a file in one go unless it is there already: of two processes the first one makes it."""
    fresh = beside(path)
    try:
        fresh.write_bytes(content)
        put_new(fresh, path)
    except FileExistsError:
        return
    finally:
        fresh.unlink(missing_ok=True)


def _sync(fresh: Path) -> None:
    with fresh.open("rb") as written:
        os.fsync(written.fileno())
