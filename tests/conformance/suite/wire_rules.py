"""Rules of the wire that every adapter keeps, and every mapping: what an answer, or none, is worth.

A rule yields a sentence for each answer that was taken for more, or less, than it is.
"""

from collections.abc import Callable, Iterator, Mapping

import httpx

from models.enums import Reads, Unit
from models.platform import (
    AuthenticationError,
    InvalidResponseError,
    NoSuchJobError,
    PlatformDownError,
    PlatformError,
    SubmitOutcomeUnknownError,
    SubmitRefusedError,
)
from tasks.platforms.port import StartsCalls
from tests.conformance.suite.bench import NUMBER, Answer, Bench, draft

Rule = Callable[[Bench], Iterator[str]]
LONGEST = 500
"""Characters of an error's sentence, whatever the platform has sent."""
HUGE = b"<html>" + b"x" * 2_000_000
LOST = (httpx.ReadTimeout, httpx.WriteTimeout, httpx.ReadError, httpx.RemoteProtocolError)
"""What happens once a byte of the request may be out."""
NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout)
UNCLEAR = (408, 500, 502, 503, 504, 302, 303)
"""Answers that may come after a create was carried out."""
READS: Mapping[str, tuple[int, bytes, type[PlatformError]]] = {
    "401": (401, b'{"message": "expired"}', AuthenticationError),
    "403": (403, b'{"message": "scoped"}', AuthenticationError),
    "404": (404, b"not here", NoSuchJobError),
    "429 for ever": (429, b"{}", PlatformDownError),
    "503 for ever": (503, HUGE, PlatformDownError),
    "a huge error": (418, HUGE, PlatformError),
    "a redirect": (307, b"", PlatformError),
    "HTML": (200, b"<html>Log in</html>", InvalidResponseError),
    "an empty list": (200, b"[]", InvalidResponseError),
    "null": (200, b"null", InvalidResponseError),
    "an empty object": (200, b"{}", InvalidResponseError),
}


def says(status: int, body: bytes = b"") -> Answer:
    """Return an answer of one status, that leads elsewhere where it is a redirect."""
    headers = {"location": "https://elsewhere.example/x"}
    return lambda _request: httpx.Response(status, content=body, headers=headers)


def a_bad_answer_to_a_read_is_the_right_error(bench: Bench) -> Iterator[str]:
    """Keys, unknown jobs, outages, HTML and huge errors: each its own error, one sentence, to one host."""
    if bench.platform().capabilities.reads is Reads.HANDOVERS:
        return  # nothing is read over the wire
    for name, (status, body, kind) in READS.items():
        asked: list[httpx.Request] = []
        bench.answering(_kept(asked, says(status, body)))
        raised = _raised(lambda: bench.platform().get_job(bench.job))
        if not asked:
            yield f"{name}: the job was not asked for"
        if not isinstance(raised, kind):
            yield f"{name}: {type(raised).__name__} instead of {kind.__name__}"
        elif len(str(raised)) > LONGEST or bench.key in str(raised):
            yield f"{name}: the sentence is {len(str(raised))} characters long, or holds the key"
        if {one.url.host for one in asked} > {"voice.example"}:
            yield f"{name}: another host was asked"


def an_unclear_create_is_no_refusal(bench: Bench) -> Iterator[str]:
    """5xx, time-outs, redirects and lost answers may have called: unknown, sent once, to one host."""
    for status in UNCLEAR:
        yield from _sent_once(bench, f"a create answered {status}", says(status, b"{}"))
    for error in LOST:
        yield from _sent_once(bench, f"a create lost by {error.__name__}", _raising(error))


def _sent_once(bench: Bench, name: str, answer: Answer) -> Iterator[str]:
    asked: list[httpx.Request] = []
    raised = _create(bench, _kept(asked, answer))
    if not isinstance(raised, SubmitOutcomeUnknownError):
        yield f"{name} is {type(raised).__name__}, not unknown"
    if len(asked) != 1:
        yield f"{name} was sent {len(asked)} times"
    if any(one.url.host != "voice.example" for one in asked):
        yield f"{name} was sent to another host"


def what_was_never_sent_is_refused(bench: Bench) -> Iterator[str]:
    """Where no connection came about, nobody was called, and the same marker may go again."""
    for error in NOT_SENT:
        raised = _create(bench, _raising(error))
        if not isinstance(raised, SubmitRefusedError) or raised.fatal:
            yield f"{error.__name__} is {type(raised).__name__}, not a refusal that may go again"


def an_accepted_create_is_never_a_refusal(bench: Bench) -> Iterator[str]:
    """201 with a body that cannot be read may have called: accepted or unknown, no refusal."""
    for body in (b"", b"<html>", b"[]", b"null", b'{"id": {}}'):
        raised = _create(bench, says(201, body))
        single = bench.platform().capabilities.unit is Unit.CALL
        if not (isinstance(raised, SubmitOutcomeUnknownError) or (single and raised is None)):
            yield f"201 with {body!r} is {type(raised).__name__}"


def a_refusal_repeats_no_number(bench: Bench) -> Iterator[str]:
    """Keep number and key out of a refusal's sentence, whatever the platform has said."""
    words = (
        f'{{"message": "no agent for {NUMBER}", "detail": "{bench.key}", "error": {{"message": "{NUMBER}"}}}}'
    )
    for status in (400, 401, 403, 404, 422):
        raised = _create(bench, says(status, words.encode()))
        if raised is None:
            yield f"{status} to a create is taken for an accepted one"
        elif NUMBER[1:] in str(raised) or NUMBER in str(raised):
            yield f"{status}: the sentence holds the number"


WIRE_RULES: tuple[Rule, ...] = (
    a_bad_answer_to_a_read_is_the_right_error,
    an_unclear_create_is_no_refusal,
    what_was_never_sent_is_refused,
    an_accepted_create_is_never_a_refusal,
    a_refusal_repeats_no_number,
)
WRITES = frozenset(WIRE_RULES[1:])
"""Those that say nothing of an adapter that cannot create."""


def can_create(bench: Bench) -> bool:
    """Tell whether an adapter sends a create at all, or refuses to before a byte is out."""
    asked: list[httpx.Request] = []
    _create(bench, _kept(asked, says(500, b"{}")))
    return bool(asked)


def _create(bench: Bench, answer: Answer) -> Exception | None:
    bench.answering(answer)
    platform, wave = bench.platform(), draft(bench.job)
    if isinstance(platform, StartsCalls):
        return _raised(lambda: platform.start_call(wave))
    return _raised(lambda: platform.create_job(wave))


def _raised(act: Callable[[], object]) -> Exception | None:
    try:
        act()
    except Exception as error:  # noqa: BLE001  which one it is, is what a rule asks
        return error
    return None


def _kept(asked: list[httpx.Request], answer: Answer) -> Answer:
    def keep(request: httpx.Request) -> httpx.Response | None:
        asked.append(request)
        return answer(request)

    return keep


def _raising(error: type[httpx.TransportError]) -> Answer:
    def lose(_request: httpx.Request) -> httpx.Response:
        raise error("lost")

    return lose
