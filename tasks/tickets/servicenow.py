"""ServiceNow: work notes of a record, never its comments, which the caller reads.

https://www.servicenow.com/docs (Table API, Attachment API): writing to a journal field appends an entry; its
entries are only read as display values.
"""

import re
from pathlib import Path
from typing import Any

from models.messages.milestones import Note, carries
from tasks.tickets.http import Wire
from tasks.tickets.port import Marks, PermanentTicketError

_SYS_ID = re.compile(r"[0-9a-f]{32}")


class ServiceNow:
    """One instance, one of its tables."""

    takes_files = True

    def __init__(self, wire: Wire, table: str = "incident") -> None:
        self._wire = wire
        self._table = table

    def find(self, ticket_id: str, mark: str) -> bool:
        """Look through the record's work notes."""
        query = {"sysparm_fields": "work_notes", "sysparm_display_value": "true"}
        record = self._wire.json("GET", self._path(ticket_id), params=query)["result"]
        if "work_notes" not in record:
            # A field that the user may not read is left out of the answer.
            raise PermanentTicketError("ServiceNow does not show work_notes to this user. Check its roles.")
        return carries(str(record["work_notes"]), mark)

    def comment(self, ticket_id: str, note: Note, file: Path | None) -> None:
        """Attach the file unless it is there, then append one work note."""
        if file and not self._is_attached(ticket_id, file.name):
            query = {
                "table_name": self._table,
                "table_sys_id": self._sys_id(ticket_id),
                "file_name": file.name.replace(" ", "_"),
            }
            self._wire.ask(
                "POST",
                "api/now/attachment/file",
                params=query,
                content=file.read_bytes(),
                headers={"Content-Type": "application/zip"},
            )
        self._wire.ask("PATCH", self._path(ticket_id), json={"work_notes": note.text})

    def mark(self, ticket_id: str, marks: Marks) -> None:
        """Set the state and other fields of the record."""
        change: dict[str, Any] = dict(marks.fields) | ({"state": marks.status} if marks.status else {})
        if change:
            self._wire.ask("PATCH", self._path(ticket_id), json=change)

    def close(self) -> None:
        """Let go of connections."""
        self._wire.close()

    def _path(self, ticket_id: str) -> str:
        return f"api/now/table/{self._table}/{self._sys_id(ticket_id)}"

    def _sys_id(self, ticket_id: str) -> str:
        # People write the number (INC0010023), the API wants the record's own id.
        if _SYS_ID.fullmatch(ticket_id):
            return ticket_id
        query = {"sysparm_query": f"number={ticket_id}", "sysparm_fields": "sys_id", "sysparm_limit": "1"}
        rows = self._wire.json("GET", f"api/now/table/{self._table}", params=query)["result"]
        if not rows:
            raise PermanentTicketError(f"ServiceNow knows no {self._table} with the number {ticket_id}.")
        return str(rows[0]["sys_id"])

    def _is_attached(self, ticket_id: str, name: str) -> bool:
        safe = name.replace(" ", "_")
        query = {
            "sysparm_query": f"table_sys_id={self._sys_id(ticket_id)}^file_name={safe}",
            "sysparm_limit": "1",
        }
        return bool(self._wire.json("GET", "api/now/attachment", params=query)["result"])
