"""Paths of a mapping: fixed parts, and ids that are quoted whole; they lead to the platform's own address."""

import re
from collections.abc import Mapping
from urllib.parse import quote

PLACES = frozenset({"job_id", "call_id", "agent_id", "number_id"})
_PLACE = re.compile(r"\{([a-z_]+)\}")
_FIXED = re.compile(r"(?:/[A-Za-z0-9._~:-]+)+/?")
_DOTS = frozenset({"", ".", ".."})


def checked_path(path: str, needs: frozenset[str]) -> str:
    """Return a path that holds exactly the places that it needs; raises ValueError with a clause."""
    found = _PLACE.findall(path)
    if unknown := set(found) - PLACES:
        raise ValueError(f"{path!r} names {{{min(unknown)}}}; known are {', '.join(sorted(PLACES))}")
    if missing := needs - set(found):
        raise ValueError(
            f"{path!r} does not say where {{{min(missing)}}} stands: it has to stand in the path itself, for "
            "a query may be overlooked by the platform"
        )
    if strange := set(found) - needs:
        raise ValueError(f"{path!r} names {{{min(strange)}}}, which is not known there")
    plain = _PLACE.sub("x", path)
    if not _FIXED.fullmatch(plain) or _DOTS & set(plain.strip("/").split("/")):
        raise ValueError(
            f"{path!r} is no path: it begins with / and holds letters, digits, . _ ~ : - and {{places}} "
            "only, and no address of another host"
        )
    return path


def filled(path: str, ids: Mapping[str, str]) -> str:
    """Return a path with its ids, quoted; raises ValueError for an id that would lead elsewhere."""

    def quoted(place: re.Match[str]) -> str:
        found = ids[place[1]]
        if found in _DOTS or not found.isprintable():
            raise ValueError(f"an id cannot stand in the path {path}")
        return quote(found, safe="")

    return _PLACE.sub(quoted, path)
