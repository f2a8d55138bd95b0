"""What we ask of a ticket system: a comment that only its own people see, and a few marks."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from models.errors import RingbackError
from models.messages.milestones import Note


class TicketError(RingbackError):
    """A ticket system did not take what it was sent; the message says why."""


class RetryableTicketError(TicketError):
    """It may be taken another time; `asked` are the seconds that the system wants to be left alone for."""

    next_action = "Wait: the message is sent again by itself."

    def __init__(self, message: str, asked: float | None = None) -> None:
        super().__init__(message)
        self.asked = asked


class PermanentTicketError(TicketError):
    """It will not be taken however often it is sent; a person has to change something."""

    next_action = "Correct the settings of the ticket system; `ringback outbox` shows what was not sent."


class NoFileError(PermanentTicketError):
    """The system does not take that file, or not in private; the comment may go without."""


@dataclass(frozen=True, slots=True)
class Marks:
    """What is changed on a ticket beside the comment; tags are added to those that are there."""

    status: str = ""
    tags: tuple[str, ...] = ()
    fields: Mapping[str, str | int | float | bool] = field(default_factory=dict)

    def __bool__(self) -> bool:
        """Tell whether there is anything to change."""
        return bool(self.status or self.tags or self.fields)


class Ticketing(Protocol):
    """One ticket system.

    Every call raises `RetryableTicketError` or `PermanentTicketError` where it does not do what was asked.
    """

    takes_files: bool
    """False where a file cannot be attached to an internal comment: the package is then linked."""

    def find(self, ticket_id: str, mark: str) -> bool:
        """Tell whether a comment with our marker is on the ticket already."""
        ...

    def comment(self, ticket_id: str, note: Note, file: Path | None) -> None:
        """Post one internal comment, with the file attached where there is one; it is never public."""
        ...

    def mark(self, ticket_id: str, marks: Marks) -> None:
        """Set status and fields and add tags; doing so twice changes nothing more."""
        ...

    def close(self) -> None:
        """Let go of connections."""
        ...


class Channel(Protocol):
    """People who are told, not a ticket: a chat room, a mailbox."""

    def send(self, note: Note) -> None:
        """Send one notification; raises `RetryableTicketError` or `PermanentTicketError`."""
        ...
