"""Twilio's calls, read one by one by their SID with the errors of those that failed; nothing is written.

Paths and fields: github.com/twilio/twilio-oai spec/json/twilio_api_v2010.json @d50069b.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx

from models.carrier import OVER, CarrierCall
from models.platform import (
    AuthenticationError,
    InvalidResponseError,
    NoSuchJobError,
    PlatformDownError,
    PlatformError,
)
from tasks.carriers.keys import CALL_SID, TwilioKeys
from tasks.carriers.limits import Bounded, Pace
from tasks.carriers.port import CarrierAnswer
from tasks.clock import Clock
from tasks.marks import struck
from tasks.platforms.gaps import Gaps
from tasks.platforms.http import Reader, documented, http_date
from tasks.side_by_side import side_by_side

NAME = "Twilio"
ACCOUNTS = "/2010-04-01/Accounts"
AT_ONCE = 4
"""Calls asked about side by side."""
PER_SECOND = 10.0
"""Requests that begin in a second at the most: Twilio names no rate for reads, and answers 429 above it."""
TRIES = 3
MOST_BYTES = 65_536
"""Bytes of an answer: a call has some two thousand."""
MOST_DOWN = 3
"""Reads in a row that may fail after all their tries; then the carrier is left alone for `REST`."""
REST = timedelta(seconds=60)
ADVICE = "Check RINGBACK_TWILIO_ACCOUNT_SID and the token, or the key and its secret, beside it."
FAILED, ERROR = "failed", "0"
"""The one status that a code explains, and the level of a notification that is an error."""
_INBOUND = frozenset({"inbound", "trunking-originating"})
CODES = 10
"""Errors of one call that are read, the newest first."""
LONGEST_WORD = 40
"""Characters of a status or a code: what is longer is neither."""
LONGEST_CALL = 1_000_000
"""Seconds; a call lasts 24 hours at the most (twilio.com/docs/voice/api/call-resource)."""
_WHAT = "the carrier could not be asked what became of a call"
_WHAT_CODES = "the carrier could not be asked for the error codes of a failed call"
_FOREIGN = (
    "some calls are not of the Twilio account of the settings, so the platform's word stands alone there"
)


class Twilio:
    """Looks calls up; what is over once is remembered, for it does not change any more."""

    name = "twilio"

    def __init__(
        self,
        url: str,
        keys: TwilioKeys,
        *,
        clock: Clock,
        transport: httpx.BaseTransport | None = None,
        timeout: float = 15.0,
        first_pause: float = 0.5,
    ) -> None:
        """Open a client; `transport` is the seam for tests."""
        self._http = httpx.Client(
            base_url=url,
            auth=(keys.user, keys.secret),
            headers={"Accept": "application/json", "Accept-Encoding": "identity"},
            timeout=timeout,
            transport=transport,
            event_hooks={"response": [_bound]},
        )
        self._keys, self._clock = keys, clock
        self._read = Reader(
            self._http,
            clock,
            NAME,
            tries=TRIES,
            first_pause=first_pause,
            advice=ADVICE,
            url_setting="RINGBACK_TWILIO_URL",
        )
        self._pace, self._gaps = Pace(clock, PER_SECOND), Gaps()
        self._over: dict[str, CarrierAnswer] = {}
        self._foreign: set[str] = set()
        self._refused = self._tells_no_codes = False
        self._down = 0
        self._up: dict[str, CarrierAnswer] = {}
        """Calls that were still to land when they were told of last: no read that fails takes that back."""
        self._rests_until = self._codes_rest_until = clock.now()

    def __repr__(self) -> str:
        """Name the address and never a key."""
        return f"Twilio({self._http.base_url})"

    def is_id(self, carrier_id: str) -> bool:
        """Tell whether an id is a call's SID: nothing else is ever put into a path."""
        return isinstance(carrier_id, str) and CALL_SID.fullmatch(carrier_id) is not None

    def remembers(self, carrier_id: str) -> bool:
        """Tell whether a call is not asked about again: it is over, or it is not of this account."""
        return carrier_id in self._over or carrier_id in self._foreign

    def look_up(self, carrier_ids: Iterable[str]) -> Mapping[str, CarrierAnswer]:
        """Return what is told of calls by SID; whatever goes wrong is a gap."""
        wanted = [sid for sid in dict.fromkeys(carrier_ids) if self.is_id(sid)]
        asked = [sid for sid in wanted if not self.remembers(sid)]
        answers = dict(zip(asked, side_by_side(self._aside, asked, AT_ONCE), strict=True))
        found = ((sid, answers.get(sid) or self._over.get(sid)) for sid in wanted)
        return {sid: answer for sid, answer in found if answer}

    def untold(self, message: str) -> None:
        """Keep one more gap."""
        self._gaps.say(message)

    def gaps(self) -> tuple[str, ...]:
        """Return what could not be asked so far, each as a clause, once."""
        return self._gaps.all()

    def check(self) -> str:
        """Read the account, or as a key that may not read it one page of its calls.

        Standard API keys do not reach the account itself (twilio.com/docs/iam/api-keys/keys-in-console).
        """
        path = f"{ACCOUNTS}/{self._keys.account}"
        try:
            if self._keys.user != self._keys.account:
                self._read.get(f"{path}/Calls.json", {"PageSize": 1})
                return f"{NAME} answers, and takes the API key."
            with documented(NAME, "the account"):
                status = str(self._read.get(f"{path}.json").body["status"])
        except NoSuchJobError:
            raise PlatformError(f"{NAME} knows no such account. {ADVICE}") from None
        if status != "active":
            raise PlatformError(f"{NAME} takes the token, and says that the account is {status:.20}.")
        return f"{NAME} answers, and takes the token."

    def _aside(self, sid: str) -> CarrierAnswer | None:
        if self._refused or self._clock.now() < self._rests_until:
            return self._up.get(sid)
        self._pace.wait()
        try:
            found = self._get(sid)
        except NoSuchJobError:
            struck("carrier.foreign")
            self._foreign.add(sid)
            self._gaps.say(_FOREIGN)
            return None
        except PlatformError as error:
            struck("carrier.unread")
            self._gaps.say(f"{_WHAT}: {error}")
            self._refused = self._refused or isinstance(error, AuthenticationError)
            self._count(is_down=isinstance(error, PlatformDownError))
            return self._up.get(sid)
        self._count(is_down=False)
        if found.call.status in OVER:
            self._over[sid] = found
        elif found.call.is_open:
            self._up[sid] = found
        return found

    def _count(self, *, is_down: bool) -> None:
        self._down = self._down + 1 if is_down else 0
        if self._down >= MOST_DOWN:
            struck("carrier.rests")
            self._rests_until, self._down = self._clock.now() + REST, 0

    def _get(self, sid: str) -> CarrierAnswer:
        path = f"{ACCOUNTS}/{self._keys.account}/Calls/{sid}"
        body = self._read.get(f"{path}.json").body
        with documented(NAME, "a call"):
            found = _answer(body, sid, self._keys.account)
        if found.call.status != FAILED:
            return found
        return replace(found, call=replace(found.call, codes=self._codes(path, sid)))

    def _codes(self, path: str, sid: str) -> tuple[str, ...]:
        """Return the codes of a call's errors; a key that may not read them is not asked with again."""
        if self._tells_no_codes or self._clock.now() < self._codes_rest_until:
            return ()
        try:
            body = self._read.get(f"{path}/Notifications.json", {"Log": ERROR, "PageSize": CODES}).body
            with documented(NAME, "the errors of a call"):
                told = (one for one in body["notifications"] if (one["call_sid"], one["log"]) == (sid, ERROR))
                return tuple(dict.fromkeys(_word(one["error_code"]) for one in told))
        except NoSuchJobError:
            return ()
        except PlatformError as error:
            struck("carrier.no_codes")
            self._tells_no_codes = isinstance(error, AuthenticationError)
            if isinstance(error, PlatformDownError):
                self._codes_rest_until = self._clock.now() + REST
            self._gaps.say(f"{_WHAT_CODES}: {error}")
            return ()


def _bound(response: httpx.Response) -> None:
    if isinstance(response.stream, httpx.SyncByteStream):
        response.stream = Bounded(response.stream, MOST_BYTES, NAME)


def _answer(body: Mapping[str, Any], sid: str, account: str) -> CarrierAnswer:
    """Return what an answer tells of the very call that was asked about; raises what `documented` reads."""
    if body["sid"] != sid or body.get("account_sid") not in {None, account}:
        raise InvalidResponseError(f"{NAME} answered with another call than the one that was asked about.")
    if body.get("direction") in _INBOUND:
        raise InvalidResponseError(f"{NAME} answered with a call that the person has made.")
    told = CarrierCall(
        carrier=Twilio.name,
        status=_word(body["status"]),
        answered_by=_word(body.get("answered_by") or ""),
        seconds=_seconds(body.get("duration")),
        started_at=http_date(_text(body.get("start_time") or "")),
        ended_at=http_date(_text(body.get("end_time") or "")),
    )
    return CarrierAnswer(told, _text(body.get("to") or "") or None)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _word(value: Any) -> str:
    """Return a status or a code; raises TypeError for what is no word."""
    found = _text(value)
    if len(found) > LONGEST_WORD or not found.isprintable():
        raise TypeError
    return found


def _seconds(value: Any) -> int | None:
    """Return a duration in seconds: text in the document, empty for whatever was never up."""
    if value is None or value == "":
        return None
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise TypeError
    found = int(value)
    if not 0 <= found <= LONGEST_CALL:
        raise ValueError
    return found
