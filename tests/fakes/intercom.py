"""An Intercom workspace of our own: replies that are comments or notes, tags by their id."""

import re
from html import unescape
from typing import Any

from tests.fakes.loopback import Asked, RefusedError
from tests.fakes.tickets import Comment, FakeTickets, Route, need

ADMIN = "991"


class FakeIntercom(FakeTickets):
    """One workspace with one ticket."""

    kind = "intercom"
    ticket_id = "1295"

    def __init__(self) -> None:
        super().__init__()
        self.tags: dict[str, str] = {}
        self.told_customer = False

    @property
    def settings(self) -> dict[str, Any]:
        """Return the table of the settings that speaks with this system."""
        return super().settings | {"user": ADMIN}

    def sign_in(self, asked: Asked) -> None:
        """Take a bearer token, and a version that is named."""
        if asked.headers.get("authorization") != f"Bearer {self.token}":
            raise RefusedError(401, "Access Token Invalid")
        need(re.fullmatch(r"2\.\d+", asked.headers.get("intercom-version", "")), "the version is missing")

    def routes(self) -> list[Route]:
        """Return what is answered."""
        return [
            ("GET", r"/tickets/(\w+)", self._ticket),
            ("PUT", r"/tickets/(\w+)", self._update),
            ("POST", r"/tickets/(\w+)/reply", self._reply),
            ("POST", r"/tickets/(\w+)/tags", self._tag),
            ("POST", "/tags", self._make_tag),
        ]

    def _ticket(self, _: Asked, ticket_id: str) -> Any:
        parts = [
            {"part_type": "note" if one.internal else "comment", "body": f"<p>{one.text}</p>"}
            for one in self.open(ticket_id).comments
        ]
        return {"id": ticket_id, "ticket_parts": {"ticket_parts": parts[-500:], "total_count": len(parts)}}

    def _update(self, asked: Asked, ticket_id: str) -> Any:
        body, ticket = asked.json, self.open(ticket_id)
        need(body.get("admin_id") == ADMIN, "admin_id is missing")
        self.told_customer |= not body.get("skip_notifications")
        ticket.status = body.get("ticket_state_id", ticket.status)
        ticket.fields |= body.get("ticket_attributes", {})
        return {"id": ticket_id}

    def _reply(self, asked: Asked, ticket_id: str) -> Any:
        body = asked.json
        need(body.get("type") == "admin" and body.get("admin_id") == ADMIN, "who replies?")
        need(body.get("message_type") in {"comment", "note"}, "a comment or a note?")
        need("attachment_urls" not in body or body["attachment_urls"], "no attachment")
        text = unescape(re.sub(r"<[^>]+>", "\n", body["body"]))
        self.open(ticket_id).comments.append(Comment(text, body["message_type"] == "note"))
        return {"type": "ticket_part"}

    def _make_tag(self, asked: Asked) -> Any:
        name = asked.json["name"]
        return {"type": "tag", "name": name, "id": self.tags.setdefault(name, str(100 + len(self.tags)))}

    def _tag(self, asked: Asked, ticket_id: str) -> Any:
        body, ticket = asked.json, self.open(ticket_id)
        need(body.get("admin_id") == ADMIN, "admin_id is missing")
        named = {number: name for name, number in self.tags.items()}.get(body["id"])
        name = need(named, "no such tag", 404)
        if name not in ticket.tags:
            ticket.tags.append(name)
        return {"id": body["id"]}
