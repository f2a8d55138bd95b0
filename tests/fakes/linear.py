"""A Linear workspace of our own: GraphQL by its root field, refusals among errors, a storage beside it."""

import re
from typing import Any

from tests.fakes.loopback import Asked, RefusedError
from tests.fakes.tickets import Comment, FakeTickets, Route, need

ISSUE = "2174add1-f7c8-44e3-bbf3-2d60b5ea8bc9"
STATES = {"s1": "Todo", "s2": "In Review", "s3": "Done"}
_VARIABLE = re.compile(r"\$(\w+)\s*:\s*(\w+)(!?)")


class FakeLinear(FakeTickets):
    """One workspace with one issue; a reply inside a thread would be mirrored to a customer."""

    kind = "linear"
    ticket_id = "SUP-9"

    def __init__(self) -> None:
        super().__init__()
        self.labels = {"vip": "l1"}
        self.uploaded: dict[str, tuple[str, int]] = {}
        self.page = 100

    def sign_in(self, asked: Asked) -> None:
        """Take a key without a scheme at the API, and no key at the storage."""
        key = asked.headers.get("authorization")
        if asked.path.startswith("/storage/"):
            need(key is None, "our key went to the storage", 403)
        elif key != self.token:
            raise RefusedError(401, "not authenticated")

    def routes(self) -> list[Route]:
        """Return what is answered."""
        return [("POST", "/graphql", self._graphql), ("PUT", r"/storage/(.+)", self._store)]

    def _graphql(self, asked: Asked) -> Any:
        query, given = asked.json["query"], asked.json["variables"]
        declared = {name: bool(must) for name, _, must in _VARIABLE.findall(query)}
        need(not (set(given) - set(declared)), "a variable is not declared")
        need(
            all(given.get(name) is not None for name, must in declared.items() if must),
            "a variable is missing",
        )
        need(query.count("{") == query.count("}"), "the query is no GraphQL")
        root = need(re.search(r"\{\s*(\w+)", query), "the query is no GraphQL")[1]
        found = getattr(self, f"_{root}")(given, query)
        if found is None:
            code = {"code": "ENTITY_NOT_FOUND", "userPresentableMessage": "Entity not found"}
            return 200, {"errors": [{"message": "Entity not found", "extensions": code}], "data": None}
        return {"data": {root: found}}

    def _is_ours(self, name: str) -> bool:
        return name in {self.ticket.id, ISSUE}

    def _issue(self, given: dict[str, Any], query: str) -> Any:
        if not self._is_ours(given["id"]):
            return None
        start = int(given.get("after") or 0)
        shown = self.ticket.comments[start : start + self.page]
        more = start + self.page < len(self.ticket.comments)
        found = {
            "id": ISSUE,
            "labels": {"nodes": [{"name": name} for name in self.ticket.tags]},
            "team": {"states": {"nodes": [{"id": key, "name": name} for key, name in STATES.items()]}},
            "comments": {
                "nodes": [{"body": one.text} for one in shown],
                "pageInfo": {"hasNextPage": more, "endCursor": str(start + self.page)},
            },
        }
        return {name: value for name, value in found.items() if re.search(rf"\b{name}\b", query)}

    def _commentCreate(self, given: dict[str, Any], _: str) -> Any:  # noqa: N802
        body = given["input"]
        if not self._is_ours(body["issueId"]):
            return None
        names = tuple(re.findall(r"\[([^\]]+\.zip)\]\(", body["body"]))
        # Linear's editor escapes what could be markup.
        text = re.sub(r"(?<!`)_(?!`)", r"\\_", body["body"])
        self.ticket.comments.append(Comment(text, "parentId" not in body, names))
        return {"success": True}

    def _issueUpdate(self, given: dict[str, Any], _: str) -> Any:  # noqa: N802
        need("labelIds" not in given["input"], "this would replace the labels")
        self.ticket.status = STATES[given["input"]["stateId"]]
        return {"success": self._is_ours(given["id"])}

    def _issueLabels(self, given: dict[str, Any], _: str) -> Any:  # noqa: N802
        name = given["name"]
        return {"nodes": [{"id": self.labels[name]}] if name in self.labels else []}

    def _issueLabelCreate(self, given: dict[str, Any], _: str) -> Any:  # noqa: N802
        name = given["input"]["name"]
        need(name not in self.labels, "the label is there")
        return {"issueLabel": {"id": self.labels.setdefault(name, f"l{len(self.labels) + 1}")}}

    def _issueAddLabel(self, given: dict[str, Any], _: str) -> Any:  # noqa: N802
        name = {number: name for name, number in self.labels.items()}[given["labelId"]]
        if name not in self.ticket.tags:
            self.ticket.tags.append(name)
        return {"success": True}

    def _fileUpload(self, given: dict[str, Any], _: str) -> Any:  # noqa: N802
        key = f"{len(self.uploaded) + 1}"
        self.uploaded[key] = (given["filename"], given["size"])
        told = {"uploadUrl": f"{self.url}/storage/{key}", "assetUrl": f"https://uploads.linear.app/{key}"}
        return {
            "uploadFile": told | {"headers": [{"key": "x-goog-content-length-range", "value": "0,99999999"}]}
        }

    def _store(self, asked: Asked, key: str) -> Any:
        name, size = self.uploaded[key]
        need(asked.headers.get("x-goog-content-length-range"), "the signed header is missing", 403)
        need(asked.headers.get("content-type") == "application/zip", "the content type differs", 403)
        need(len(asked.body) == size, "the size differs", 400)
        self.ticket.files[name] = asked.body
        return 200, None
