"""Creates and stops over HTTP: sent once, or until one is heard; an answer is worth what is documented."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import httpx

from models.platform import PlatformError, SubmitOutcomeUnknownError, SubmitRefusedError
from tasks.platforms.http import Reader, redirected, refused_stop, retry_after, short

REFUSALS = frozenset({400, 401, 402, 403, 404, 405, 413, 415, 422})
"""Answers taken for given before anything is created; every other error may have come after."""
NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)
"""What fails before a byte of the request is out."""
MOVED = frozenset({301, 307, 308})
"""Redirects that ask for the same request elsewhere: this one was not processed, as 302 and 303 may be."""
LONGEST_PAUSE = 5.0
"""Seconds between two tries of a stop."""


@dataclass(frozen=True)
class Sender:
    """Writes to one platform; `words_of` finds its own words on an error."""

    read: Reader
    words_of: Callable[[httpx.Response], str] = short

    def create(self, path: str, body: bytes) -> Any:
        """Send a create once and return the JSON that accepts it; only a proved refusal is a refusal.

        Raises SubmitRefusedError, or SubmitOutcomeUnknownError where it may have been carried out.
        """
        try:
            response = self.read.client.post(path, content=body, headers={"content-type": "application/json"})
        except NOT_SENT:
            raise SubmitRefusedError(
                f"{self.read.platform} could not be reached; nothing was sent."
            ) from None
        except httpx.HTTPError as error:
            words = f"the answer to the create was lost ({type(error).__name__})"
            raise SubmitOutcomeUnknownError(words) from None
        return self._accepted(response)

    def _accepted(self, response: httpx.Response) -> Any:
        code, name = response.status_code, self.read.platform
        if response.is_success:
            try:
                return response.json()
            except ValueError:
                raise SubmitOutcomeUnknownError("the create was answered, but not readably") from None
        if code == httpx.codes.TOO_MANY_REQUESTS:
            asked = retry_after(response, self.read.clock.now())
            raise SubmitRefusedError(f"{name} is at its limit and took nothing (429).", retry_after=asked)
        if code in REFUSALS:
            raise SubmitRefusedError(
                f"{name} refused the wave ({code}): {self.words_of(response)}", fatal=True
            )
        if code in MOVED:
            raise SubmitRefusedError(redirected(name, response), fatal=True)
        if response.is_redirect:
            raise SubmitOutcomeUnknownError(redirected(name, response).rstrip("."))
        raise SubmitOutcomeUnknownError(f"the create was answered with {code}")

    def stop(
        self, path: str, what: str, is_stopped: Callable[[], bool], body: Mapping[str, Any] | None = None
    ) -> None:
        """Ask for a stop until one is heard or the job, read again, stands; a second one is harmless.

        `what` names the job in a sentence. Raises PlatformError where it is refused or nothing confirms it.
        """
        told = ""
        for attempt in range(self.read.tries):
            asked = None
            with suppress(httpx.HTTPError):
                response = self.read.client.post(path, json=None if body is None else dict(body))
                if response.is_success:
                    return
                if told := self._refused(what, response):
                    break
                asked = retry_after(response, self.read.clock.now())
            self.read.clock.sleep(min(self.read.pause(attempt, asked), LONGEST_PAUSE))
        if not is_stopped():
            raise PlatformError(
                told or f"{self.read.platform} did not confirm that {what} is stopped; stop it by hand."
            )

    def _refused(self, what: str, response: httpx.Response) -> str:
        name, code = self.read.platform, response.status_code
        words = f"{name} refused to stop {what} ({code}): {self.words_of(response)}"
        return refused_stop(name, response, words, f"{what[:1].upper()}{what[1:]} was not stopped")
