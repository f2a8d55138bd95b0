"""Jira Cloud: comments that are internal where the project is a service project.

https://developer.atlassian.com/cloud/jira/platform/rest/v3/ : a comment is a document, and the property
`sd.public.comment` keeps it from the customers of a service project; other projects have no customers and
keep the property without a meaning. Attachments need a header against forgery.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from models.messages.milestones import Note, carries
from tasks.tickets.http import Wire
from tasks.tickets.markup import as_document
from tasks.tickets.port import Marks, NoFileError, PermanentTicketError

PAGE = 100
MOST_PAGES = 50
INTERNAL = [{"key": "sd.public.comment", "value": {"internal": True}}]
NO_CHECK = {"X-Atlassian-Token": "no-check"}


class Jira:
    """One Jira site."""

    takes_files = True

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def find(self, ticket_id: str, mark: str) -> bool:
        """Look through the issue's comments, the newest first."""
        return any(carries(json.dumps(one.get("body")), mark) for one in self._comments(ticket_id))

    def comment(self, ticket_id: str, note: Note, file: Path | None) -> None:
        """Attach the file unless it is there, then post one internal comment.

        Raises NoFileError in a service project, where customers may see what is attached to the issue itself.
        """
        if file and not self._is_attached(ticket_id, file.name):
            form = {"file": (file.name, file.read_bytes(), "application/zip")}
            self._wire.ask("POST", f"rest/api/3/issue/{ticket_id}/attachments", files=form, headers=NO_CHECK)
        body = {"body": as_document(note), "properties": INTERNAL}
        self._wire.ask("POST", f"rest/api/3/issue/{ticket_id}/comment", json=body)

    def mark(self, ticket_id: str, marks: Marks) -> None:
        """Set fields, add labels, and go through the transition to a status where it is not there yet."""
        change: dict[str, Any] = {}
        if marks.fields:
            change["fields"] = dict(marks.fields)
        if marks.tags:
            change["update"] = {"labels": [{"add": tag} for tag in marks.tags]}
        if change:
            self._wire.ask("PUT", f"rest/api/3/issue/{ticket_id}", json=change)
        if marks.status:
            self._move(ticket_id, marks.status)

    def close(self) -> None:
        """Let go of connections."""
        self._wire.close()

    def _comments(self, ticket_id: str) -> Iterator[Mapping[str, Any]]:
        for page in range(MOST_PAGES):
            query: dict[str, str | int] = {
                "orderBy": "-created",
                "startAt": page * PAGE,
                "maxResults": PAGE,
            }
            found = self._wire.json("GET", f"rest/api/3/issue/{ticket_id}/comment", params=query)
            yield from found["comments"]
            if (page + 1) * PAGE >= int(found["total"]):
                return

    def _is_attached(self, ticket_id: str, name: str) -> bool:
        query = {"fields": "attachment,project"}
        fields = self._wire.json("GET", f"rest/api/3/issue/{ticket_id}", params=query)["fields"]
        if fields["project"].get("projectTypeKey") == "service_desk":
            raise NoFileError('Set kind = "jsm": only there can a file be attached in private.')
        return name in {one["filename"] for one in fields.get("attachment") or []}

    def _move(self, ticket_id: str, status: str) -> None:
        issue = self._wire.json("GET", f"rest/api/3/issue/{ticket_id}", params={"fields": "status"})
        now = ((issue.get("fields") or {}).get("status") or {}).get("name", "")
        if now.casefold() == status.casefold():
            return
        path = f"rest/api/3/issue/{ticket_id}/transitions"
        ways = self._wire.json("GET", path).get("transitions", [])
        to = {str(way["to"]["name"]).casefold(): str(way["id"]) for way in ways}
        if status.casefold() not in to:
            raise PermanentTicketError(f"Jira has no transition of {ticket_id} from {now} to {status}.")
        self._wire.ask("POST", path, json={"transition": {"id": to[status.casefold()]}})
