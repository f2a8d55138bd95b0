"""Zendesk Support: internal notes by updating the ticket.

https://developer.zendesk.com/api-reference/ticketing/tickets/tickets/ : a comment is part of an update,
and is public unless it says otherwise. Files go up first and are named by their token in the comment.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from models.messages.milestones import Note, carries
from tasks.tickets.http import Wire
from tasks.tickets.port import Marks, RetryableTicketError

MOST_PAGES = 50
"""A ticket holds 5,000 comments at the most, a page 100."""


class Zendesk:
    """One Zendesk account."""

    takes_files = True

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def find(self, ticket_id: str, mark: str) -> bool:
        """Look through the ticket's comments, the newest first."""
        return any(
            carries(str(one.get("plain_body") or "") + str(one.get("body") or ""), mark)
            for one in self._comments(ticket_id)
        )

    def comment(self, ticket_id: str, note: Note, file: Path | None) -> None:
        """Add one internal note, the file with it."""
        comment: dict[str, Any] = {"body": note.text, "public": False}
        if file:
            comment["uploads"] = [self._upload(file)]
        self._wire.ask("PUT", f"api/v2/tickets/{ticket_id}.json", json={"ticket": {"comment": comment}})

    def mark(self, ticket_id: str, marks: Marks) -> None:
        """Set status and custom fields, then add tags to those that are there."""
        ticket: dict[str, Any] = {"status": marks.status} if marks.status else {}
        if marks.fields:
            ticket["custom_fields"] = [
                {"id": int(key), "value": value} for key, value in marks.fields.items()
            ]
        if ticket:
            self._wire.ask("PUT", f"api/v2/tickets/{ticket_id}.json", json={"ticket": ticket})
        if marks.tags:
            # PUT adds to the tags, POST would replace them.
            self._wire.ask("PUT", f"api/v2/tickets/{ticket_id}/tags.json", json={"tags": list(marks.tags)})

    def close(self) -> None:
        """Let go of connections."""
        self._wire.close()

    def _comments(self, ticket_id: str) -> Iterator[dict[str, Any]]:
        query: dict[str, str | int] = {"sort": "-created_at", "page[size]": 100}
        for _ in range(MOST_PAGES):
            page = self._wire.json("GET", f"api/v2/tickets/{ticket_id}/comments.json", params=query)
            yield from page["comments"]
            meta = page.get("meta") or {}
            if not meta.get("has_more"):
                return
            query["page[after]"] = str(meta["after_cursor"])

    def _upload(self, file: Path) -> str:
        answer = self._wire.json(
            "POST",
            "api/v2/uploads.json",
            params={"filename": file.name},
            content=file.read_bytes(),
            headers={"Content-Type": "application/zip"},
        )
        token = (answer.get("upload") or {}).get("token")
        if not token:
            raise RetryableTicketError("Zendesk took the file and named no token for it.")
        return str(token)
