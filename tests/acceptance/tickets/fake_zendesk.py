"""A Zendesk of our own: uploads, ticket updates with comments (public unless said otherwise), tags."""

from typing import Any

from tests.fakes.loopback import Asked
from tests.fakes.tickets import USER, Comment, FakeTickets, Route, basic, need

STATUSES = {"new", "open", "pending", "hold", "solved", "closed"}


class FakeZendesk(FakeTickets):
    """One account with one ticket; files may be sent once each."""

    kind = "zendesk"

    def __init__(self) -> None:
        super().__init__()
        self.uploads: dict[str, tuple[str, bytes]] = {}
        self.page = 100

    def sign_in(self, asked: Asked) -> None:
        """Take an API token, whose user name ends in /token."""
        basic(asked, f"{USER}/token", self.token)

    def routes(self) -> list[Route]:
        """Return what is answered."""
        ticket = r"/api/v2/tickets/(\w+)"
        return [
            ("POST", r"/api/v2/uploads\.json", self._upload),
            ("GET", ticket + r"/comments\.json", self._comments),
            ("PUT", ticket + r"\.json", self._update),
            ("PUT", ticket + r"/tags\.json", self._add_tags),
            ("POST", ticket + r"/tags\.json", self._set_tags),
        ]

    def _upload(self, asked: Asked) -> Any:
        need(asked.query.get("filename"), "filename is missing")
        need(asked.body, "the file is empty")
        need(asked.headers.get("content-type") == "application/zip", "the content type is the file's")
        token = f"up-{len(self.uploads) + 1}"
        self.uploads[token] = (asked.query["filename"], asked.body)
        return 201, {"upload": {"token": token, "attachment": {"file_name": asked.query["filename"]}}}

    def _comments(self, asked: Asked, ticket_id: str) -> Any:
        found = list(enumerate(self.open(ticket_id).comments))
        if asked.query.get("sort") == "-created_at":
            found.reverse()
        start, size = int(asked.query.get("page[after]") or 0), min(self.page, 100)
        shown = found[start : start + size]
        more = start + size < len(found)
        return {
            "comments": [{"id": i, "plain_body": one.text, "public": not one.internal} for i, one in shown],
            "meta": {"has_more": more, "after_cursor": str(start + size) if more else None},
        }

    def _update(self, asked: Asked, ticket_id: str) -> Any:
        ticket, change = self.open(ticket_id), asked.json["ticket"]
        need(ticket.status != "closed", "Status: closed prevents ticket update", 422)
        if comment := change.get("comment"):
            need(comment.get("body") or comment.get("html_body"), "the comment is empty", 422)
            names = []
            for token in comment.get("uploads", []):
                need(token in self.uploads, "no such upload", 422)
                name, data = self.uploads.pop(token)
                ticket.files[name] = data
                names.append(name)
            # The trap: without `public` a comment goes to the requester.
            internal = comment.get("public", True) is False
            ticket.comments.append(Comment(comment["body"], internal, tuple(names)))
        if "status" in change:
            need(change["status"] in STATUSES, "no such status", 422)
            ticket.status = change["status"]
        for one in change.get("custom_fields", []):
            need(isinstance(one["id"], int), "a field is named by its number", 422)
            ticket.fields[str(one["id"])] = one["value"]
        if "tags" in change:
            ticket.tags = list(change["tags"])
        return {"ticket": {"id": ticket.id, "status": ticket.status, "tags": ticket.tags}}

    def _add_tags(self, asked: Asked, ticket_id: str) -> Any:
        ticket = self.open(ticket_id)
        ticket.tags += [tag for tag in asked.json["tags"] if tag not in ticket.tags]
        return {"tags": ticket.tags}

    def _set_tags(self, asked: Asked, ticket_id: str) -> Any:
        self.open(ticket_id).tags = list(asked.json["tags"])
        return 201, {"tags": self.ticket.tags}
