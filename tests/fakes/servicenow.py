"""A ServiceNow instance of our own: journal fields that append and are read as display values only."""

import re
from typing import Any

from tests.fakes.loopback import Asked
from tests.fakes.tickets import Comment, FakeTickets, Route, need

SYS_ID = "9d385017c611228701d22104cc95c371"


class FakeServiceNow(FakeTickets):
    """One instance with one incident, INC0010023."""

    kind = "servicenow"
    ticket_id = "INC0010023"

    def routes(self) -> list[Route]:
        """Return what is answered."""
        return [
            ("GET", "/api/now/table/incident", self._search),
            ("GET", r"/api/now/table/incident/(\w+)", self._record),
            ("PATCH", r"/api/now/table/incident/(\w+)", self._update),
            ("GET", "/api/now/attachment", self._attached),
            ("POST", "/api/now/attachment/file", self._attach),
        ]

    def _search(self, asked: Asked) -> Any:
        found = asked.query["sysparm_query"] == f"number={self.ticket.id}"
        return {"result": [{"sys_id": SYS_ID}] if found else []}

    def _record(self, asked: Asked, sys_id: str) -> Any:
        need(sys_id == SYS_ID, "No Record found", 404)
        shown = asked.query.get("sysparm_display_value") == "true"
        notes = [one.text for one in self.ticket.comments if one.internal]
        entries = "\n\n".join(f"2024-01-01 00:00:00 - Bot (Work notes)\n{text}" for text in reversed(notes))
        return {"result": {"work_notes": entries if shown else ""}}

    def _update(self, asked: Asked, sys_id: str) -> Any:
        need(sys_id == SYS_ID, "No Record found", 404)
        for name, value in asked.json.items():
            if name in {"work_notes", "comments"}:
                self.ticket.comments.append(Comment(value, name == "work_notes"))
            elif name == "state":
                self.ticket.status = value
            else:
                self.ticket.fields[name] = value
        return {"result": {"sys_id": SYS_ID}}

    def _attached(self, asked: Asked) -> Any:
        told = re.fullmatch(r"table_sys_id=(\w+)\^file_name=(.+)", asked.query["sysparm_query"])
        found = need(told, "the query is not understood")
        there = found[1] == SYS_ID and found[2] in self.ticket.files
        return {"result": [{"file_name": found[2]}] if there else []}

    def _attach(self, asked: Asked) -> Any:
        query = asked.query
        need(query["table_name"] == "incident" and query["table_sys_id"] == SYS_ID, "no such record", 404)
        need(" " not in query["file_name"], "a file's name holds no space")
        need(asked.headers.get("content-type"), "the content type is missing")
        need(query["file_name"] not in self.ticket.files, "attached twice")
        self.ticket.files[query["file_name"]] = asked.body
        return 201, {"result": {"file_name": query["file_name"]}}
