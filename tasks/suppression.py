"""Who must never be called: the ledger's list and the workspace's own file, both read anew each time."""

import re
from functools import lru_cache
from pathlib import Path

from models.ending import hold
from models.numbers import normalise, spellings_of
from models.platform import PlatformError
from tasks.desk import Desk
from tasks.ledger import plans, restores
from tasks.marks import struck

_E164 = re.compile(r"\+[1-9]\d{6,14}")
_DIGITS = re.compile(r"\d")
_SHOWN = 3


class UnreadableList(PlatformError):  # noqa: N818  the field says "the list is unreadable"
    """The opt-out file cannot be read or understood: while nobody knows who opted out, nobody is called."""


def suppressed(desk: Desk) -> frozenset[str]:
    """Return every number that must not be called, by table and by file; raises UnreadableList.

    Each stands there in every spelling that its line has.
    """
    table = plans.suppressed(desk.ledger, desk.workspace)
    file = from_file(desk.opted_out, desk.policy.default_region) if desk.opted_out else frozenset()
    return frozenset(spelling for number in table | file for spelling in spellings_of(number))


def know_the_opt_outs(desk: Desk) -> None:
    """Hold where the ledger is a restored copy whose opt-outs nobody has confirmed: some may be missing."""
    if restores.opt_outs_known(desk.ledger, desk.workspace):
        return
    struck("restores.opt_outs")
    raise hold(
        "The ledger was put back to an earlier copy: who opted out since is not on its list, so nobody is "
        "called.",
        "Add the missing opt-outs (`ringback suppress`), say so with `ringback suppress --confirm-restored`, "
        "then resume.",
        resumable=True,
    )


def from_file(path: Path, region: str | None) -> frozenset[str]:
    """Read the numbers of a file, one a line, the first cell of a CSV; raises UnreadableList."""
    try:
        content = path.expanduser().read_bytes()
    except (OSError, RuntimeError) as error:
        why = getattr(error, "strerror", None) or "no such home folder"
        raise UnreadableList(
            f"The opt-out list {path} cannot be read ({why}), so nobody is called. Put it in place."
        ) from None
    numbers, odd = _read(content, region)
    if odd:
        lines = ", ".join(map(str, odd[:_SHOWN]))
        more = f" and {len(odd) - _SHOWN} more" if len(odd) > _SHOWN else ""
        raise UnreadableList(
            f"The opt-out list {path} holds lines that are no phone number ({lines}{more}), so nobody is "
            "called: correct them, or set default_region for numbers without a country."
        )
    return numbers


@lru_cache(maxsize=4)
def _read(content: bytes, region: str | None) -> tuple[frozenset[str], tuple[int, ...]]:
    """Return the numbers and the lines that hold something else; the same bytes are understood once."""
    numbers, odd = set(), []
    for place, line in enumerate(_text(content).splitlines(), start=1):
        cell = re.split(r"[,;\t]", line)[0].strip().strip("\"'\ufeff").strip()
        is_head = place == 1 and not _DIGITS.search(cell)
        if not cell or cell.startswith("#") or is_head:
            continue
        read = normalise(cell, region)
        number = read.e164 or read.person or (cell if _E164.fullmatch(cell) else None)
        if number:
            numbers.add(number)
        else:
            odd.append(place)
    return frozenset(numbers), tuple(odd)


def _text(content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", errors="replace")
    return content.decode("utf-8-sig", errors="replace")
