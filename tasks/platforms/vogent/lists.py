"""Listings of Vogent: pages by a cursor that is null at the end, read whole or not believed."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from tasks.platforms.http import JsonAnswer, Reader
from tasks.platforms.pages import Listing

NAME = "Vogent"
JOBS, DIALS, AGENTS = "/batch_dial_jobs", "/dials", "/agents"
PAGE = 100
"""Members of one page, the default of those listings that name one."""


def job_path(job_id: str, part: str = "") -> str:
    """Return the path of a job, or of a part of it."""
    return f"{JOBS}/{quote(job_id, safe='')}{part}"


def _id(one: Mapping[str, Any]) -> str:
    return str(one["id"])


class Lists:
    """Reads listings whole; each raises InvalidResponseError where no end can be trusted."""

    def __init__(self, read: Reader) -> None:
        self._read = read

    def jobs(self) -> list[JsonAnswer]:
        """Return every batch dial job of the workspace."""
        return self._whole("jobs", JOBS)

    def queue(self, job_id: str) -> list[JsonAnswer]:
        """Return the rows of a job that nobody has dialled."""
        return self._whole("queued rows", job_path(job_id, "/queue"))

    def dials(self, job_id: str) -> list[JsonAnswer]:
        """Return the dials of a job that are over."""
        return self._whole("dials", job_path(job_id, "/dials"))

    def agents(self) -> list[JsonAnswer]:
        """Return the agents of the workspace."""
        return self._whole("agents", AGENTS)

    def _whole(self, what: str, path: str) -> list[JsonAnswer]:
        listing = Listing(NAME, what, "data", "cursor", _id)
        return listing.read_all(
            lambda cursor: self._read.get(path, {"limit": PAGE, **({"cursor": cursor} if cursor else {})})
        )
