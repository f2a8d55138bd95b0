"""Freshdesk: private notes.

https://developers.freshdesk.com/api/#add_note_to_a_ticket : a note is HTML; with a file it is a form. An
update replaces the tags, so they are read first.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from models.messages.milestones import Note, carries
from tasks.tickets.http import Wire
from tasks.tickets.markup import as_html
from tasks.tickets.port import Marks

PAGE = 100
MOST_PAGES = 50


class Freshdesk:
    """One Freshdesk account."""

    takes_files = True

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def find(self, ticket_id: str, mark: str) -> bool:
        """Look through the ticket's conversations."""
        return any(
            carries(str(one.get("body_text") or "") + str(one.get("body") or ""), mark)
            for one in self._conversations(ticket_id)
        )

    def comment(self, ticket_id: str, note: Note, file: Path | None) -> None:
        """Add one private note, the file with it."""
        path, body = f"api/v2/tickets/{ticket_id}/notes", as_html(note)
        if file is None:
            self._wire.ask("POST", path, json={"body": body, "private": True})
            return
        form = {"attachments[]": (file.name, file.read_bytes(), "application/zip")}
        self._wire.ask("POST", path, data={"body": body, "private": "true"}, files=form)

    def mark(self, ticket_id: str, marks: Marks) -> None:
        """Set status and custom fields, with our tags added to those that are there."""
        change: dict[str, Any] = {}
        if marks.status:
            change["status"] = int(marks.status)
        if marks.fields:
            change["custom_fields"] = dict(marks.fields)
        if marks.tags:
            there = self._wire.json("GET", f"api/v2/tickets/{ticket_id}").get("tags") or []
            missing = [tag for tag in marks.tags if tag not in there]
            change |= {"tags": [*there, *missing]} if missing else {}
        if change:
            self._wire.ask("PUT", f"api/v2/tickets/{ticket_id}", json=change)

    def close(self) -> None:
        """Let go of connections."""
        self._wire.close()

    def _conversations(self, ticket_id: str) -> Iterator[dict[str, Any]]:
        for page in range(1, MOST_PAGES + 1):
            query = {"per_page": PAGE, "page": page}
            found = self._wire.rows("GET", f"api/v2/tickets/{ticket_id}/conversations", params=query)
            yield from found
            if len(found) < PAGE:
                return
