"""Places where people are told: a chat room behind a web hook, and a mailbox."""

from email.message import Message
from typing import Any, Self

from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message as MessageHandler

from tasks.prefect_api.server.process import free_port
from tests.fakes.loopback import Asked, Loopback, need_json


class Room(Loopback):
    """A chat room that takes Apprise's JSON."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[dict[str, Any]] = []

    def answer(self, asked: Asked) -> Any:
        """Keep what is told."""
        self.told.append(need_json(asked))
        return {}

    @property
    def address(self) -> str:
        """Return the room as an Apprise URL."""
        return self.url.replace("http://", "json://") + "/room"


class _Kept(MessageHandler):
    def __init__(self) -> None:
        super().__init__()
        self.letters: list[Message] = []

    def handle_message(self, message: Message) -> None:
        """Keep one letter."""
        self.letters.append(message)


class Mailbox:
    """A mail server on the loopback with one mailbox."""

    def __init__(self) -> None:
        self._kept = _Kept()
        self._server = Controller(self._kept, hostname="127.0.0.1", port=free_port())

    def __enter__(self) -> Self:
        """Start to serve."""
        self._server.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop serving."""
        self._server.stop()

    @property
    def letters(self) -> list[Message]:
        """Return what came."""
        return self._kept.letters

    @property
    def address(self) -> str:
        """Return the mailbox as an Apprise URL."""
        return f"mailto://127.0.0.1:{self._server.port}?from=ringback@example.test&to=ops@example.test&mode=insecure"
