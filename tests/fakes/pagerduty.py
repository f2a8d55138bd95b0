"""A PagerDuty account of our own: notes of text, and a user named in every write."""

from typing import Any

from tests.fakes.loopback import Asked, RefusedError
from tests.fakes.tickets import USER, Comment, FakeTickets, Route, need


class FakePagerDuty(FakeTickets):
    """One account with one incident, whose notes are its responders' own."""

    kind = "pagerduty"
    ticket_id = "PGR0VU2"

    def sign_in(self, asked: Asked) -> None:
        """Take a token in PagerDuty's own scheme, and a known user as the sender of a write."""
        if asked.headers.get("authorization") != f"Token token={self.token}":
            raise RefusedError(401, "unauthorized")
        need(asked.method == "GET" or asked.headers.get("from") == USER, "From is missing or unknown")

    def routes(self) -> list[Route]:
        """Return what is answered."""
        return [
            ("GET", r"/incidents/(\w+)/notes", self._notes),
            ("POST", r"/incidents/(\w+)/notes", self._note),
            ("PUT", r"/incidents/(\w+)", self._update),
            ("PUT", r"/incidents/(\w+)/custom_fields/values", self._fields),
        ]

    def _notes(self, _: Asked, incident: str) -> Any:
        return {"notes": [{"content": one.text} for one in self.open(incident).comments]}

    def _note(self, asked: Asked, incident: str) -> Any:
        content = asked.json["note"]["content"]
        need(isinstance(content, str) and content, "content is missing")
        self.open(incident).comments.append(Comment(content, internal=True))
        return 201, {"note": {"content": content}}

    def _update(self, asked: Asked, incident: str) -> Any:
        body = asked.json["incident"]
        need(body["type"] == "incident_reference", "type is missing")
        need(body["status"] in {"acknowledged", "resolved"}, "no such status")
        self.open(incident).status = body["status"]
        return {"incident": {"id": incident}}

    def _fields(self, asked: Asked, incident: str) -> Any:
        self.open(incident).fields |= {one["name"]: one["value"] for one in asked.json["custom_fields"]}
        return {"custom_fields": []}
