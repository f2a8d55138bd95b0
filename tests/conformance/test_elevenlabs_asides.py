"""Side reads never kill a run: what a platform will not tell is a gap that is said, and calls for care."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest

from models.enums import Action, ContactStatus, Disposition, Severity
from models.platform import AuthenticationError, NoSuchJobError, PlatformDownError
from models.triage.checks.config import config
from tasks.marks import listen
from tasks.platforms.elevenlabs.adapter import ElevenLabs
from tasks.platforms.gaps import MOST, Gaps
from tests.fakes.odd_elevenlabs import (
    API,
    BATCH,
    MISSING,
    NOW,
    Odd,
    call_body,
    job_body,
    row_body,
    source,
)
from tests.sure import sure
from tests.unit.look_example import POLICY, evidence, judge, look

AGENT, NUMBERS, LIVE, CALLS = (
    f"{API}/{p}" for p in ("agents/*", "phone-numbers", "analytics/live-count", "conversations")
)
TROUBLE = {
    "missing permission": httpx.Response(401, json=MISSING),
    "forbidden": httpx.Response(403, json=MISSING),
    "bad request": httpx.Response(400, json={"detail": "The key lacks it"}),
    "no such method": httpx.Response(405, json={"detail": "The key lacks it"}),
    "down": httpx.Response(503, json=MISSING),
    "no JSON": httpx.Response(200, text="<html>"),
    "another shape": httpx.Response(200, json={"conversations": 7, "count": "many"}),
    "redirected": httpx.Response(307, headers={"location": "https://else.example/"}),
}


@pytest.fixture(params=TROUBLE)
def odd(request: pytest.FixtureRequest) -> Odd:
    """Return a platform whose batch part works and whose every other part does not, in one way."""
    found = Odd()
    found.on(f"{API}/*", TROUBLE[request.param])
    found.on(f"{BATCH}/workspace", {"batch_calls": [job_body()]})
    rows = [row_body(1, "failed", conversation_id="conv_1"), row_body(2)]
    found.on(f"{BATCH}/btcal_1", job_body(recipients=rows))
    return found


def test_an_unknown_live_count_is_unknown(odd: Odd) -> None:
    """Permits in use are unknown, for the workspace and the agent, and the gap is said once."""
    platform = odd.open()
    seen = platform.get_capacity("agent_1")
    assert (seen.live, seen.agent_live) == (None, None)
    assert platform.get_capacity().live is None
    (gap,) = platform.gaps()
    assert gap.startswith("the live conversations could not be counted: ElevenLabs")


def test_an_unreadable_set_up_is_neither_there_nor_gone(odd: Odd) -> None:
    """Agent and number are unknown, the notes say why, and the check says so instead of OK."""
    platform = odd.open()
    found = platform.get_config(source(odd))
    assert (found.agent_exists, found.number_exists, found.agent_limit) == (None, None, None)
    assert len(found.notes) == len(platform.gaps()) == 2
    finding = config(look([], config=found), (), POLICY)
    assert finding.severity is Severity.UNKNOWN
    assert "could not be read" in finding.message


def test_conversations_that_cannot_be_listed_are_not_an_empty_listing(odd: Odd) -> None:
    """The listing is incomplete and said to be; where it is refused it is not asked for again."""
    platform = odd.open()
    job = source(odd)
    with listen() as heard:
        found = platform.list_calls(job, job.created_at, frozenset())
    assert (tuple(found), found.complete) == ((), False)
    assert heard["conversations.unlisted"] == 1
    assert "could not be listed" in platform.gaps()[0]
    passing = any(word in platform.gaps()[0] for word in ("503", "JSON", "list of"))
    assert platform.capabilities.can_list_calls == passing


@pytest.mark.parametrize("stuck", [False, True])
def test_a_call_that_cannot_be_read_frees_nobody(odd: Odd, stuck: bool) -> None:
    """A failed row whose call cannot be read is waited for and then held: it is never redialled."""
    platform = odd.open()
    failed, pending = platform.list_contacts("btcal_1")
    calls = platform.get_calls(["conv_1"])
    assert calls["conv_1"].status is ContactStatus.UNKNOWN
    age = timedelta(seconds=POLICY.stall_seconds + 1 if stuck else 0)
    job = replace(platform.get_job("btcal_1"), seen_at=sure(failed.updated_at) + age)
    held, redialled = judge([failed, pending], evidence(calls.values()), of=job)
    assert held.action is (Action.HOLD if stuck else Action.WAIT)
    assert held.disposition is (Disposition.AMBIGUOUS if stuck else Disposition.IN_FLIGHT)
    assert "cannot be read" in held.why
    assert redialled.action is Action.REDIAL


def test_sip_messages_that_cannot_be_read_leave_the_calls_own_reasons(odd: Odd) -> None:
    """The call's own error still counts, and that its messages are missing is said."""
    odd.on(f"{CALLS}/conv_1", call_body("conv_1", error={"code": 503, "reason": "down"}))
    platform = odd.open()
    (call,) = platform.get_calls(["conv_1"]).values()
    assert [(one.system, one.code) for one in call.reasons] == [("sip", "503")]
    assert "SIP messages" in platform.gaps()[0]


def test_the_platforms_own_words_are_said() -> None:
    """A gap repeats what the platform said, without numbers of people."""
    odd = Odd()
    odd.on(
        LIVE,
        httpx.Response(403, json={"detail": {"status": "missing_permissions", "message": "+44 7700 900001"}}),
    )
    platform = odd.open()
    platform.get_capacity()
    assert "missing_permissions: [number]" in platform.gaps()[0]


def test_what_is_gone_is_not_what_cannot_be_read() -> None:
    """404 on an agent means that it is gone, on a call that it is forgotten, on messages that none exist."""
    odd = Odd()
    odd.on(NUMBERS, [])
    odd.on(f"{CALLS}/conv_1", call_body("conv_1"))
    platform = odd.open()
    found = platform.get_config(source(odd))
    assert (found.agent_exists, found.number_exists, found.notes) == (False, False, ())
    assert list(platform.get_calls(["conv_1", "conv_2"])) == ["conv_1"]
    with pytest.raises(NoSuchJobError, match="knows no call conv_2"):
        platform.get_call("conv_2")
    assert platform.gaps() == ()


BATCHS_OWN: dict[str, Callable[[ElevenLabs], object]] = {
    "the job": lambda p: p.get_job("btcal_1"),
    "its rows": lambda p: list(p.list_contacts("btcal_1")),
    "the jobs": lambda p: p.list_jobs(NOW),
}


@pytest.mark.parametrize("read", BATCHS_OWN)
@pytest.mark.parametrize("code", [401, 403])
def test_the_batchs_own_reads_stay_fatal(read: str, code: int) -> None:
    """A key that may not read the job itself ends the run, with the platform's words and what to check."""
    odd = Odd()
    odd.on(f"{BATCH}/*", httpx.Response(code, json=MISSING))
    with pytest.raises(AuthenticationError, match=r"missing_permissions.*RINGBACK_PLATFORM_KEY"):
        BATCHS_OWN[read](odd.open())


def test_a_platform_that_is_down_is_not_waited_for_call_by_call() -> None:
    """Of a hundred calls only a few are tried to the end; the others are left unread, and nothing raises."""
    odd = Odd()
    odd.on(f"{CALLS}/*", httpx.Response(500))
    platform = odd.open()
    with listen() as heard:
        calls = platform.get_calls([f"conv_{n}" for n in range(100)])
    assert {call.status for call in calls.values()} == {ContactStatus.UNKNOWN}
    assert len(calls) == 100
    assert heard["calls.unread"] <= 12
    assert odd.asked.total() <= 60
    assert len(platform.gaps()) == 1


def test_gaps_are_bounded_and_said_once() -> None:
    """However many reads fail, the same words are kept once and all of them are few."""
    gaps = Gaps()
    for n in range(200):
        gaps.say("the same.")
        with gaps.aside(f"read {n}"):
            raise PlatformDownError("no answer.")
    assert len(gaps.all()) == MOST
    assert gaps.all()[:2] == ("the same", "read 0: no answer")


def test_what_is_no_trouble_of_the_platform_is_not_swallowed() -> None:
    """A mistake of ours inside a side read is an error, never a gap."""
    gaps = Gaps()
    with pytest.raises(ZeroDivisionError), gaps.aside("a read"):
        raise ZeroDivisionError
