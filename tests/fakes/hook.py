"""A receiver of Standard Webhooks, verified by the standard's own package."""

from datetime import UTC, datetime
from typing import Any

from standardwebhooks.webhooks import Webhook

from tests.fakes.loopback import Asked, RefusedError
from tests.fakes.tickets import Comment, FakeTickets, Route

SECRET = "whsec_" + "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


class FakeHook(FakeTickets):
    """One receiver; a message whose id it knows is acknowledged and dropped."""

    kind = "hook"
    ticket_id = "any-thing"

    def __init__(self) -> None:
        super().__init__()
        self.token = SECRET
        self.seen: set[str] = set()

    @property
    def settings(self) -> dict[str, Any]:
        """Return the table of the settings that speaks with this receiver."""
        return {"kind": "hook", "url": f"{self.url}/hooks/ringback", "token": SECRET}

    def sign_in(self, asked: Asked) -> None:
        """Verify the signature by what the standard's package would have signed; time is the test's."""
        stamp = datetime.fromtimestamp(int(asked.headers["webhook-timestamp"]), UTC)
        good = Webhook(self.token).sign(asked.headers["webhook-id"], stamp, asked.body.decode())
        if asked.headers["webhook-signature"] != good:
            raise RefusedError(401, "no matching signature")

    def routes(self) -> list[Route]:
        """Return what is answered."""
        return [("POST", "/hooks/ringback", self._take)]

    def _take(self, asked: Asked) -> Any:
        data, message_id = asked.json["data"], asked.headers["webhook-id"]
        if data["ticket_id"] != self.ticket.id:
            raise RefusedError(404, "no such ticket")
        if message_id not in self.seen:
            self.seen.add(message_id)
            self.ticket.comments.append(Comment(data["text"], data["internal"]))
        return 204, None
