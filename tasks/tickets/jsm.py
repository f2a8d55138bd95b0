"""Jira Service Management: comments through its own API, which has a word for internal.

https://developer.atlassian.com/cloud/jira/service-desk/rest/ : `public` false on the comment, and on the
attachment too, which brings its comment with it. Labels, fields and status are Jira's.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from models.messages.milestones import Note, carries
from tasks.tickets.http import Wire
from tasks.tickets.jira import MOST_PAGES, NO_CHECK, Jira
from tasks.tickets.port import RetryableTicketError

PAGE = 50
_BASE = "rest/servicedeskapi"
EXPERIMENTAL = {"X-ExperimentalApi": "opt-in"}


class ServiceDesk(Jira):
    """One Jira site whose projects are service projects."""

    def __init__(self, wire: Wire) -> None:
        super().__init__(wire)

    def find(self, ticket_id: str, mark: str) -> bool:
        """Look through the request's internal comments."""
        return any(carries(str(one.get("body")), mark) for one in self._notes(ticket_id))

    def comment(self, ticket_id: str, note: Note, file: Path | None) -> None:
        """Post one internal comment, the file with it."""
        path = f"{_BASE}/request/{ticket_id}"
        if file is None:
            self._wire.ask("POST", f"{path}/comment", json={"body": note.text, "public": False})
            return
        body = {
            "temporaryAttachmentIds": [self._upload(ticket_id, file)],
            "public": False,
            "additionalComment": {"body": note.text},
        }
        self._wire.ask("POST", f"{path}/attachment", json=body, headers=EXPERIMENTAL)

    def _notes(self, ticket_id: str) -> Iterator[Mapping[str, Any]]:
        for page in range(MOST_PAGES):
            query: dict[str, str | int] = {
                "public": "false",
                "internal": "true",
                "start": page * PAGE,
                "limit": PAGE,
            }
            found = self._wire.json("GET", f"{_BASE}/request/{ticket_id}/comment", params=query)
            yield from found["values"]
            if found["isLastPage"]:
                return

    def _upload(self, ticket_id: str, file: Path) -> str:
        ctx = self._wire.json("GET", f"{_BASE}/request/{ticket_id}").get("serviceDeskId")
        answer = self._wire.json(
            "POST",
            f"{_BASE}/servicedesk/{ctx}/attachTemporaryFile",
            files={"file": (file.name, file.read_bytes(), "application/zip")},
            headers=NO_CHECK | EXPERIMENTAL,
        )
        for one in answer.get("temporaryAttachments", []):
            return str(one["temporaryAttachmentId"])
        raise RetryableTicketError("Jira Service Management took the file and named no id for it.")
