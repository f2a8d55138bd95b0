"""Markers: our own id inside what we submit, by which a wave is known again on the platform."""

import re
from typing import NamedTuple

VARIABLE = "ringback_wave"
"""The dynamic variable of a contact that holds the marker too: a second place, which calls and rows show."""
CONTACT = "ringback_contact"
"""The variable beside it that holds the contact's own id, where a platform gives rows ids of its own."""
LONGEST = 40
"""Characters of a marker at the most; some platforms cut longer names."""
_MARKER = re.compile(r"rb-([A-Za-z0-9_-]+)-(\d+)")
_BEFORE = re.compile(r"ringback/([^/]+)/(\d+)/(.+)", re.DOTALL)
"""How markers looked up to version 0.1: jobs of then are still on the platforms."""


class Marker(NamedTuple):
    """What a marker tells: the recovery and the number of its wave."""

    recovery_id: str
    n: int


def marker_of(recovery_id: str, n: int) -> str:
    """Return the name under which a wave is submitted and found again; raises ValueError for a long id."""
    marker = f"rb-{recovery_id}-{n}"
    if len(marker) > LONGEST or not _MARKER.fullmatch(marker):
        raise ValueError(f"{marker} cannot be a marker: at most {LONGEST} of letters, digits, _ and -.")
    return marker


def read_marker(name: str) -> Marker | None:
    """Return what a name tells that is a marker of ours, None for any other name."""
    found = _MARKER.fullmatch(name) or _BEFORE.fullmatch(name)
    return Marker(found[1], int(found[2])) if found else None
