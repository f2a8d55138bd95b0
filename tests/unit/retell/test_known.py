"""A batch as its calls and its upload tell of it: who was not called is a matter of proof."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from models.enums import ContactStatus, JobStatus
from models.handovers.contacts import NO_UPLOAD
from models.handovers.tables import Columns, Table
from models.platform import InvalidResponseError
from models.tables.handovers import HandoverRow
from tasks.platforms.retell.calls import FoundCalls
from tasks.platforms.retell.known import NO_AGENT, NO_NUMBER, OWN_AGENT, HandedBatch, KnownBatch
from tasks.platforms.retell.wire import ShownCall, shown_call

NOW = datetime(2026, 11, 27, 9, tzinfo=UTC)


def phone(n: int) -> str:
    """Return one of the numbers that nobody has."""
    return f"+1415555{n:04d}"


def call(n: int, status: str = "ended", **more: Any) -> ShownCall:
    """Return a call to the nth person."""
    at = int((NOW - timedelta(minutes=30)).timestamp() * 1000) + n
    given = {
        "call_id": f"call_{n}_{status}",
        "call_type": "phone_call",
        "call_status": status,
        "direction": "outbound",
        "agent_id": "agent_1",
        "from_number": phone(9999),
        "to_number": phone(n),
        "start_timestamp": at,
        "end_timestamp": at + 1000,
    }
    found = shown_call(given | more)
    assert found is not None
    return found


def batch(
    *calls: ShownCall,
    people: int | None = 4,
    complete: bool = True,
    header: tuple[str, ...] = ("phone number", "first_name"),
    cell: str = "Ann",
    **said: Any,
) -> KnownBatch:
    """Return a batch; `said` is what the one hand-over tells."""
    rows = tuple((phone(n), cell) for n in range(1, (people or 0) + 1))
    upload = Table("upload", "u.csv", "d", header, rows) if people else None
    handed = HandoverRow(
        workspace="w", platform="retell", job_id="b", at=NOW, by="Kim", **({"status": "running"} | said)
    )
    return KnownBatch(HandedBatch("b", [handed], upload, Columns()), FoundCalls(calls, complete, NOW))


def statuses(known: KnownBatch) -> list[ContactStatus]:
    """Return the rows' statuses."""
    return [one.status for one in known.contacts]


def test_who_was_called_and_who_was_not() -> None:
    """With the page's count in hand, whom no call shows was not dialled; the others are as calls say."""
    known = batch(call(1), call(2, "not_connected"), processed=2)
    assert statuses(known) == [
        ContactStatus.REACHED, ContactStatus.NOT_REACHED, ContactStatus.NOT_DIALED, ContactStatus.NOT_DIALED,
    ]  # fmt: skip
    assert (known.job.total, known.job.dispatched, known.job.finished) == (4, 2, 2)
    assert known.contacts[2].payload == {"first_name": "Ann"}


@pytest.mark.parametrize(
    ("known", "words"),
    [
        (batch(call(1)), "nobody has said"),
        (batch(call(1), complete=False, processed=1), "fewer calls than it counts"),
    ],
)
def test_without_proof_nobody_counts_as_undialled(known: KnownBatch, words: str) -> None:
    """No count of a person's, or a listing that is short of its own total: whom no call shows is held."""
    assert statuses(known)[1:] == [ContactStatus.UNKNOWN] * 3
    assert words in known.contacts[1].raw_status


def test_a_count_above_the_calls_tells_of_hidden_ones() -> None:
    """The page counts more calls than are listed: the job's counter says so, and the rules hold for it."""
    assert batch(call(1), processed=3).job.dispatched == 3


def test_of_several_calls_to_one_person_the_strictest_speaks() -> None:
    """Called twice and reached once is reached, whichever came later."""
    known = batch(call(1), call(1, "not_connected", end_timestamp=int(NOW.timestamp() * 1000)), processed=2)
    assert statuses(known)[0] is ContactStatus.REACHED


def test_calls_to_people_outside_the_upload_refuse_it() -> None:
    """An upload that lacks somebody whom the batch has called is another batch's: nothing is read by it."""
    with pytest.raises(InvalidResponseError, match="another batch") as caught:
        _ = batch(call(7), processed=1).contacts
    assert phone(7) not in str(caught.value)


def test_without_an_upload_nobody_is_redialled() -> None:
    """The calls alone tell who was called, and not what the agent is to say again."""
    known = batch(call(1, "not_connected"), people=None)
    assert [one.problem for one in known.contacts] == [NO_UPLOAD]


@pytest.mark.parametrize(
    ("known", "problem"),
    [
        (batch(processed=0), NO_AGENT),
        (batch(call(1), call(2, agent_id="agent_2"), processed=2), NO_AGENT),
        (batch(call(1), call(2, from_number=phone(9998)), processed=2), NO_NUMBER),
        (batch(processed=0, agent_id="agent_1"), NO_NUMBER),
        (batch(call(1), processed=1, header=("phone number", "override agent id")), OWN_AGENT),
        (batch(call(1), processed=1, header=("phone number", "override agent id"), cell=""), None),
        (batch(processed=0, agent_id="agent_1", number=phone(1)), None),
        (batch(call(1), call(2, agent_id="agent_2"), processed=2, agent_id="agent_1"), None),
    ],
)
def test_a_call_is_repeated_only_as_it_was(known: KnownBatch, problem: str | None) -> None:
    """Agent and number are those of all calls, or as a person has named them; a row's own agent holds it."""
    assert {one.problem for one in known.contacts} == {problem}


@pytest.mark.parametrize(
    ("word", "status"),
    [("Running", JobStatus.RUNNING), ("completed", JobStatus.FINISHED), ("sending", JobStatus.UNKNOWN)],
)
def test_a_state_is_one_of_ours_or_unknown(word: str, status: JobStatus) -> None:
    """The dashboard's own words are documented nowhere, so none of them is guessed at."""
    assert batch(processed=0, status=word).job.status is status
