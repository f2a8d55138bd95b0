"""A Jira Cloud site of our own, and one with Service Management: documents, properties, transitions."""

from typing import Any

from tests.fakes.loopback import Asked, RefusedError
from tests.fakes.tickets import Comment, FakeTickets, Route, need

WAYS = {"11": "Open", "21": "In Progress", "31": "Done"}


class FakeJira(FakeTickets):
    """One site with one issue, whose comments are public unless their property says otherwise."""

    kind = "jira"
    project = "software"
    ticket_id = "SUP-12"

    def __init__(self) -> None:
        super().__init__()
        self.ticket.status = "Open"

    def routes(self) -> list[Route]:
        """Return what is answered."""
        issue = r"/rest/api/3/issue/([\w-]+)"
        return [
            ("GET", issue, self._issue),
            ("PUT", issue, self._update),
            ("GET", issue + "/comment", self._comments),
            ("POST", issue + "/comment", self._comment),
            ("POST", issue + "/attachments", self._attach),
            ("GET", issue + "/transitions", self._ways),
            ("POST", issue + "/transitions", self._move),
        ]

    def _issue(self, _: Asked, key: str) -> Any:
        ticket = self.open(key)
        files = [{"filename": name, "size": len(data)} for name, data in ticket.files.items()]
        project = {"key": "SUP", "projectTypeKey": self.project}
        fields = {"status": {"name": ticket.status}, "attachment": files, "project": project}
        return {"key": key, "fields": fields}

    def _update(self, asked: Asked, key: str) -> Any:
        ticket, change = self.open(key), asked.json
        ticket.fields |= change.get("fields", {})
        for one in change.get("update", {}).get("labels", []):
            need("add" in one and " " not in one["add"], "a label holds no space")
            if one["add"] not in ticket.tags:
                ticket.tags.append(one["add"])
        return 204, None

    def _comments(self, asked: Asked, key: str) -> Any:
        found = list(self.open(key).comments)
        if asked.query.get("orderBy") == "-created":
            found.reverse()
        start, most = int(asked.query.get("startAt", 0)), int(asked.query.get("maxResults", 50))
        shown = [{"body": _document(one.text)} for one in found[start : start + most]]
        return {"comments": shown, "total": len(found), "startAt": start, "maxResults": most}

    def _comment(self, asked: Asked, key: str) -> Any:
        body = asked.json
        properties = {one["key"]: one["value"] for one in body.get("properties", [])}
        internal = properties.get("sd.public.comment", {}).get("internal") is True
        self.open(key).comments.append(Comment(_text(body["body"]), internal))
        return 201, {"id": "1"}

    def _attach(self, asked: Asked, key: str) -> Any:
        no_check(asked)
        _, files = asked.form
        need(set(files) == {"file"}, "the part is named file")
        name, data = files["file"]
        need(name not in self.open(key).files, "attached twice")
        self.ticket.files[name] = data
        return [{"filename": name}]

    def _ways(self, _: Asked, key: str) -> Any:
        self.open(key)
        return {"transitions": [{"id": way, "to": {"name": name}} for way, name in WAYS.items()]}

    def _move(self, asked: Asked, key: str) -> Any:
        way = asked.json["transition"]["id"]
        need(way in WAYS, "no such transition")
        self.open(key).status = WAYS[way]
        return 204, None


class FakeServiceDesk(FakeJira):
    """One site whose requests are spoken with through the service desk's own API."""

    kind = "jsm"

    def __init__(self) -> None:
        super().__init__()
        self.temporary: dict[str, tuple[str, bytes]] = {}

    def routes(self) -> list[Route]:
        """Return what is answered."""
        request = r"/rest/servicedeskapi/request/([\w-]+)"
        return [
            ("GET", request, self._request),
            ("GET", request + "/comment", self._notes),
            ("POST", request + "/comment", self._note),
            ("POST", request + "/attachment", self._keep),
            ("POST", r"/rest/servicedeskapi/servicedesk/(\d+)/attachTemporaryFile", self._temporary),
            *super().routes(),
        ]

    def _request(self, _: Asked, key: str) -> Any:
        self.open(key)
        return {"issueKey": key, "serviceDeskId": "7"}

    def _notes(self, asked: Asked, key: str) -> Any:
        wanted = {name for name in ("public", "internal") if asked.query.get(name, "true") == "true"}
        found = [c for c in self.open(key).comments if ("internal" if c.internal else "public") in wanted]
        start, limit = int(asked.query.get("start", 0)), int(asked.query.get("limit", 50))
        shown = [{"body": one.text, "public": not one.internal} for one in found[start : start + limit]]
        return {"values": shown, "isLastPage": start + limit >= len(found)}

    def _note(self, asked: Asked, key: str) -> Any:
        body = asked.json
        self.open(key).comments.append(Comment(body["body"], body.get("public", True) is False))
        return 201, {"id": "1"}

    def _temporary(self, asked: Asked, ctx: str) -> Any:
        no_check(asked)
        need(ctx == "7", "no such service desk", 404)
        _, files = asked.form
        need(set(files) == {"file"}, "the part is named file")
        token = f"temp{len(self.temporary) + 1}"
        self.temporary[token] = files["file"]
        return 201, {"temporaryAttachments": [{"temporaryAttachmentId": token, "fileName": files["file"][0]}]}

    def _keep(self, asked: Asked, key: str) -> Any:
        body, ticket = asked.json, self.open(key)
        need(all(token in self.temporary for token in body["temporaryAttachmentIds"]), "no such file")
        sent = [self.temporary.pop(token) for token in body["temporaryAttachmentIds"]]
        ticket.files |= dict(sent)
        internal = body.get("public", True) is False
        text = body.get("additionalComment", {}).get("body", "")
        ticket.comments.append(Comment(text, internal, tuple(name for name, _ in sent)))
        return 201, {}


def no_check(asked: Asked) -> None:
    """Refuse a form without the header against forgery."""
    if asked.headers.get("x-atlassian-token") != "no-check":
        raise RefusedError(403, "XSRF check failed")


def _text(document: dict[str, Any]) -> str:
    need(document.get("type") == "doc" and document.get("version") == 1, "the body is no document")
    lines = []
    for paragraph in document["content"]:
        need(paragraph["type"] == "paragraph", "a paragraph was expected")
        for piece in paragraph["content"]:
            need(piece["type"] == "text" and piece["text"], "a text is never empty")
        lines.append("".join(piece["text"] for piece in paragraph["content"]))
    return "\n".join(lines)


def _document(text: str) -> dict[str, Any]:
    lines = [line for line in text.split("\n") if line]
    paragraphs = [{"type": "paragraph", "content": [{"type": "text", "text": line}]} for line in lines]
    return {"type": "doc", "version": 1, "content": paragraphs}
