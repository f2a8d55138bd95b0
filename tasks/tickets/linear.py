"""Linear: comments on an issue, which the workspace's members read, through GraphQL.

https://linear.app/developers : a refusal may come with status 200 or 400 and stands among the errors. A
comment of ours is never part of another thread, for threads may be mirrored to customers.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx

from models.messages.milestones import Note, carries
from tasks.tickets.http import TIMEOUT, Wire, asked_pause, trusted
from tasks.tickets.markup import as_markdown
from tasks.tickets.port import Marks, PermanentTicketError, RetryableTicketError

MOST_PAGES = 50
COMMENTS = """query($id: String!, $after: String) { issue(id: $id) { id
comments(first: 100, after: $after) { nodes { body } pageInfo { hasNextPage endCursor } } } }"""
ISSUE = """query($id: String!) { issue(id: $id) { id labels { nodes { name } }
team { states { nodes { id name } } } } }"""
COMMENT = "mutation($input: CommentCreateInput!) { commentCreate(input: $input) { success } }"
UPLOAD = """mutation($contentType: String!, $filename: String!, $size: Int!) {
fileUpload(contentType: $contentType, filename: $filename, size: $size) {
uploadFile { uploadUrl assetUrl headers { key value } } } }"""
UPDATE = (
    "mutation($id: String!, $input: IssueUpdateInput!) { issueUpdate(id: $id, input: $input) { success } }"
)
LABELS = "query($name: String!) { issueLabels(filter: { name: { eq: $name } }) { nodes { id } } }"
MAKE_LABEL = (
    "mutation($input: IssueLabelCreateInput!) { issueLabelCreate(input: $input) { issueLabel { id } } }"
)
ADD_LABEL = (
    "mutation($id: String!, $labelId: String!) { issueAddLabel(id: $id, labelId: $labelId) { success } }"
)
REFUSED = {
    "AUTHENTICATION_ERROR": "refused the token. Check its settings",
    "FORBIDDEN": "refused the token. Check its permissions",
    "ENTITY_NOT_FOUND": "knows no such issue. Check its id",
}


class Linear:
    """One Linear workspace."""

    takes_files = True

    def __init__(self, wire: Wire, *, storage: httpx.BaseTransport | None = None) -> None:
        self._wire = wire
        self._storage = storage

    def find(self, ticket_id: str, mark: str) -> bool:
        """Look through the issue's comments."""
        return any(carries(str(one.get("body") or ""), mark) for one in self._comments(ticket_id))

    def comment(self, ticket_id: str, note: Note, file: Path | None) -> None:
        """Put the file into Linear's own storage, then post one comment that links it."""
        issue_id = self._ask(COMMENTS, id=ticket_id)["issue"]["id"]
        body = as_markdown(note)
        if file:
            body += f"\n\n[{file.name}]({self._upload(file)})"
        self._done(COMMENT, "commentCreate", input={"issueId": issue_id, "body": body})

    def mark(self, ticket_id: str, marks: Marks) -> None:
        """Set the workflow state by its name, and add labels to those that are there."""
        if not marks:
            return
        issue = self._ask(ISSUE, id=ticket_id)["issue"]
        if marks.status:
            states = {one["name"].casefold(): one["id"] for one in issue["team"]["states"]["nodes"]}
            if marks.status.casefold() not in states:
                raise PermanentTicketError(f"Linear has no state {marks.status} in the team of {ticket_id}.")
            change = {"stateId": states[marks.status.casefold()]}
            self._done(UPDATE, "issueUpdate", id=issue["id"], input=change)
        there = {one["name"] for one in issue["labels"]["nodes"]}
        for tag in marks.tags:
            if tag not in there:
                self._done(ADD_LABEL, "issueAddLabel", id=issue["id"], labelId=self._label(tag))

    def close(self) -> None:
        """Let go of connections."""
        self._wire.close()

    def _comments(self, ticket_id: str) -> Iterator[Mapping[str, Any]]:
        after = None
        for _ in range(MOST_PAGES):
            found = self._ask(COMMENTS, id=ticket_id, after=after)["issue"]["comments"]
            yield from found["nodes"]
            if not found["pageInfo"]["hasNextPage"]:
                return
            after = found["pageInfo"]["endCursor"]

    def _label(self, name: str) -> str:
        if found := self._ask(LABELS, name=name)["issueLabels"]["nodes"]:
            return str(found[0]["id"])
        made = self._ask(MAKE_LABEL, input={"name": name})["issueLabelCreate"]["issueLabel"]
        return str(made["id"])

    def _upload(self, file: Path) -> str:
        data, kind = file.read_bytes(), "application/zip"
        place = self._ask(UPLOAD, contentType=kind, filename=file.name, size=len(data))
        told = place["fileUpload"]["uploadFile"]
        # The storage is another host: our token does not go there, its own headers do.
        headers = {"Content-Type": kind, "Cache-Control": "public, max-age=31536000"}
        headers |= {one["key"]: one["value"] for one in told["headers"]}
        with httpx.Client(timeout=TIMEOUT, transport=self._storage, verify=trusted()) as client:
            storage = Wire(client, "Linear's storage", self._wire.clock, self._wire.pulse)
            storage.ask("PUT", told["uploadUrl"], content=data, headers=headers)
        return str(told["assetUrl"])

    def _done(self, query: str, name: str, **variables: Any) -> None:
        if not self._ask(query, **variables)[name].get("success"):
            raise RetryableTicketError(f"Linear did not say that {name} succeeded.")

    def _ask(self, query: str, **variables: Any) -> Any:
        response = self._wire.send("POST", "graphql", json={"query": query, "variables": variables})
        try:
            answer = response.json()
        except ValueError:
            answer = None
        if isinstance(answer, dict) and answer.get("errors"):
            raise self._refusal(answer["errors"][0], response)
        if not response.is_success:
            raise self._wire.trouble(response)
        if not isinstance(answer, dict) or not isinstance(answer.get("data"), dict):
            raise RetryableTicketError("Linear answered something that it does not document.")
        return answer["data"]

    def _refusal(self, error: Mapping[str, Any], response: httpx.Response) -> Exception:
        more = error.get("extensions") or {}
        code = str(more.get("code") or more.get("type") or "").upper().replace(" ", "_")
        if code == "RATELIMITED" or response.status_code >= httpx.codes.INTERNAL_SERVER_ERROR:
            return RetryableTicketError(
                "Linear is at its limit.", asked_pause(response, self._wire.clock.now())
            )
        if code in REFUSED:
            return PermanentTicketError(f"Linear {REFUSED[code]}.")
        words = str(more.get("userPresentableMessage") or error.get("message") or "")[:200]
        return PermanentTicketError(f"Linear refused what we asked: {words}")
