"""Intercom tickets: notes of an admin, which the customer does not see.

https://developers.intercom.com/docs/references/rest-api/api.intercom.io/tickets : a reply is a note only
where its message_type says so. A reply takes images by link and no zip, so the package is linked.
"""

from pathlib import Path
from typing import Any

from models.messages.milestones import Note, carries
from tasks.tickets.http import Wire
from tasks.tickets.markup import as_html
from tasks.tickets.port import Marks

VERSION = "2.14"
"""The API version we speak; an unpinned one changes with the workspace."""


class Intercom:
    """One Intercom workspace, written to by one admin."""

    takes_files = False

    def __init__(self, wire: Wire, admin_id: str) -> None:
        self._wire = wire
        self._admin = admin_id

    def find(self, ticket_id: str, mark: str) -> bool:
        """Look through the ticket's parts, of which the API gives the newest 500."""
        ticket = self._wire.json("GET", f"tickets/{ticket_id}")
        parts = ticket["ticket_parts"]["ticket_parts"]
        return any(carries(str(part.get("body") or ""), mark) for part in parts)

    def comment(self, ticket_id: str, note: Note, file: Path | None) -> None:  # noqa: ARG002
        """Add one note."""
        body = {
            "type": "admin",
            "message_type": "note",
            "admin_id": self._admin,
            "body": as_html(note),
        }
        self._wire.ask("POST", f"tickets/{ticket_id}/reply", json=body)

    def mark(self, ticket_id: str, marks: Marks) -> None:
        """Set the ticket's state and attributes without telling the customer, then add tags."""
        change: dict[str, Any] = {"ticket_state_id": marks.status} if marks.status else {}
        if marks.fields:
            change["ticket_attributes"] = dict(marks.fields)
        if change:
            change |= {"admin_id": self._admin, "skip_notifications": True}
            self._wire.ask("PUT", f"tickets/{ticket_id}", json=change)
        for tag in marks.tags:
            # Naming a tag makes it where it is missing, and returns it where it is there.
            made = self._wire.json("POST", "tags", json={"name": tag})
            body = {"id": str(made["id"]), "admin_id": self._admin}
            self._wire.ask("POST", f"tickets/{ticket_id}/tags", json=body)

    def close(self) -> None:
        """Let go of connections."""
        self._wire.close()
