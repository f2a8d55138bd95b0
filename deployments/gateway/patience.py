"""HTTP/1.1 as uvicorn speaks it, with an end to half requests: they neither last nor pile up.

uvicorn waits for the rest of a head for ever, and a connection is a file of the process: some hundred of them
that never say what they want would keep everybody else out.
"""

from asyncio import TimerHandle, Transport
from collections import OrderedDict
from typing import ClassVar

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from deployments.gateway.limits import UPLOAD_SECONDS, takes_files

REQUEST_SECONDS = 15.0
"""How long head and body may take together; an answer to a slow body comes before that."""
LONG_SECONDS = UPLOAD_SECONDS + 5.0
"""The same for a request with files; of half requests the oldest goes first all the same."""
MOST_HALF = 400
"""Half requests at a time, well below the 1,024 files that a process commonly has; the oldest goes first."""
_UNFINISHED = frozenset({h11.IDLE, h11.SEND_BODY})


class Patient(H11Protocol):
    """One connection; what has not said all it wants within a time is cut off."""

    seconds: ClassVar[float] = REQUEST_SECONDS
    long_seconds: ClassVar[float] = LONG_SECONDS
    most: ClassVar[int] = MOST_HALF
    half: ClassVar[OrderedDict["Patient", TimerHandle]] = OrderedDict()
    _is_long = False

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Begin to wait for a request."""
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        """Read on; a request that is whole is waited for no more, the beginning of another one is."""
        super().data_received(data)
        if self.transport.is_closing() or self.conn.their_state not in _UNFINISHED:
            self._wait_no_more()
        elif self not in self.half:
            self._wait()
        self._wait_longer()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._wait_no_more()
        super().connection_lost(exc)

    def _wait_longer(self) -> None:
        """Give a request with files its own time, once its head is there."""
        if self in self.half and not self._is_long and self.conn.their_state is h11.SEND_BODY:
            self._is_long = takes_files(self.scope["path"])
            if self._is_long:
                self.half[self].cancel()
                self.half[self] = self.loop.call_later(self.long_seconds, self._cut_off)

    def _wait(self) -> None:
        self._is_long = False
        self.half[self] = self.loop.call_later(self.seconds, self._cut_off)
        if len(self.half) > self.most:
            next(iter(self.half))._cut_off()  # noqa: SLF001  another connection of this class

    def _wait_no_more(self) -> None:
        if timer := self.half.pop(self, None):
            timer.cancel()

    def _cut_off(self) -> None:
        self._wait_no_more()
        self.transport.abort()


def patient(
    seconds: float = REQUEST_SECONDS, most: int = MOST_HALF, long_seconds: float = LONG_SECONDS
) -> type[Patient]:
    """Return the protocol of one server, with its own half requests."""
    own = {"seconds": seconds, "long_seconds": long_seconds, "most": most, "half": OrderedDict()}
    return type("Patient", (Patient,), own)
