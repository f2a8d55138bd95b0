"""A Freshdesk of our own: notes as JSON or as a form, tags that an update replaces."""

import re
from html import unescape
from typing import Any

from tests.fakes.loopback import Asked
from tests.fakes.tickets import Comment, FakeTickets, Route, basic, need


class FakeFreshdesk(FakeTickets):
    """One account with one ticket."""

    kind = "freshdesk"

    def __init__(self) -> None:
        super().__init__()
        self.ticket.status = "2"
        self.page = 100

    def sign_in(self, asked: Asked) -> None:
        """Take the API key as the user, with X as its password."""
        basic(asked, self.token, "X")

    def routes(self) -> list[Route]:
        """Return what is answered."""
        ticket = r"/api/v2/tickets/(\w+)"
        return [
            ("GET", ticket, self._ticket),
            ("PUT", ticket, self._update),
            ("GET", ticket + "/conversations", self._conversations),
            ("POST", ticket + "/notes", self._note),
        ]

    def _ticket(self, _: Asked, ticket_id: str) -> Any:
        ticket = self.open(ticket_id)
        return {"id": ticket.id, "status": int(ticket.status), "tags": ticket.tags}

    def _update(self, asked: Asked, ticket_id: str) -> Any:
        ticket, change = self.open(ticket_id), asked.json
        if "status" in change:
            need(change["status"] in {2, 3, 4, 5}, "status is a number", 400)
            ticket.status = str(change["status"])
        if "tags" in change:
            ticket.tags = list(change["tags"])
        ticket.fields |= change.get("custom_fields", {})
        return self._ticket(asked, ticket_id)

    def _conversations(self, asked: Asked, ticket_id: str) -> Any:
        size, page = int(asked.query.get("per_page", 30)), int(asked.query.get("page", 1))
        need(size <= 100, "per_page is 100 at the most")
        found = self.open(ticket_id).comments[(page - 1) * size : page * size]
        return [{"body_text": one.text, "private": one.internal} for one in found]

    def _note(self, asked: Asked, ticket_id: str) -> Any:
        ticket = self.open(ticket_id)
        if asked.headers["content-type"].startswith("multipart/"):
            fields, files = asked.form
            private = {"true": True, "false": False}[fields.get("private", "true")]
            body, sent = fields["body"], [files[name] for name in files if name == "attachments[]"]
            need(len(sent) == len(files), "files are sent as attachments[]")
        else:
            body, private, sent = asked.json["body"], asked.json.get("private", True), []
            need(isinstance(private, bool), "private is a boolean")
        ticket.files |= dict(sent)
        text = unescape(re.sub(r"<[^>]+>", "\n", body))
        ticket.comments.append(Comment(text, private, tuple(name for name, _ in sent)))
        return 201, {"id": len(ticket.comments)}
