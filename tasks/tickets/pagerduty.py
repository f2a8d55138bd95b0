"""PagerDuty: notes of an incident, which responders read; they take text only.

https://developer.pagerduty.com/api-reference/ : every write says in `From` which user it is by.
"""

from pathlib import Path

from models.messages.milestones import Note, carries
from tasks.tickets.http import Wire
from tasks.tickets.port import Marks

MOST = 25_000
"""Characters of a note that we send at the most; ours stay far below."""


class PagerDuty:
    """One PagerDuty account, written to by one user."""

    takes_files = False

    def __init__(self, wire: Wire, user: str) -> None:
        self._wire = wire
        self._from = {"From": user}

    def find(self, ticket_id: str, mark: str) -> bool:
        """Look through the incident's notes."""
        notes = self._wire.json("GET", f"incidents/{ticket_id}/notes")["notes"]
        return any(carries(str(note.get("content") or ""), mark) for note in notes)

    def comment(self, ticket_id: str, note: Note, file: Path | None) -> None:  # noqa: ARG002
        """Add one note; its marker stands first where the text is too long."""
        text = note.text if len(note.text) <= MOST else f"{note.mark}\n{note.text[: MOST - 200]}"
        body = {"note": {"content": text}}
        self._wire.ask("POST", f"incidents/{ticket_id}/notes", json=body, headers=self._from)

    def mark(self, ticket_id: str, marks: Marks) -> None:
        """Set the incident's status and custom fields."""
        if marks.status:
            body = {"incident": {"type": "incident_reference", "status": marks.status}}
            self._wire.ask("PUT", f"incidents/{ticket_id}", json=body, headers=self._from)
        if marks.fields:
            values = [{"name": name, "value": value} for name, value in marks.fields.items()]
            path = f"incidents/{ticket_id}/custom_fields/values"
            self._wire.ask("PUT", path, json={"custom_fields": values}, headers=self._from)

    def close(self) -> None:
        """Let go of connections."""
        self._wire.close()
