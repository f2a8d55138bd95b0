"""Everybody of a job has one end, told once, and the ends add up to the expected total."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from models.enums import Action, DispatchState, Disposition
from models.report.people import Chapter, Entry, People, PersonEnd, count_people

STATES = st.none() | st.sampled_from([state.value for state in DispatchState])
ENTRY = st.builds(
    Entry,
    key=st.just(""),
    phone=st.none() | st.integers(0, 5).map("+6149157000{}".format),
    disposition=st.sampled_from([kind.value for kind in Disposition]),
    action=st.sampled_from([action.value for action in Action]),
    code=st.sampled_from(["", "sip:503", "call_result:voicemail"]),
    state=STATES,
    outcome=st.none() | st.sampled_from([kind.value for kind in Disposition]),
    outcome_code=st.sampled_from(["", "at_end", "hours", "newer job", "source job", "suppressed"]),
)


def chapter(entries: Sequence[Entry], is_open: bool) -> Chapter:
    """Return a plan whose contacts have ids in their order."""
    named = [
        Entry(f"c{n}", *[getattr(one, name) for name in Entry.__slots__[1:]]) for n, one in enumerate(entries)
    ]
    return Chapter(named, is_open)


CHAPTERS = st.lists(st.builds(chapter, st.lists(ENTRY, max_size=8), st.booleans()), max_size=3)


def entry(
    n: int, kind: Disposition, action: Action, state: str | None = None, outcome: str | None = None
) -> Entry:
    """Return one person of one plan."""
    return Entry(f"c{n}", f"+6149157000{n}", kind.value, action.value, state=state, outcome=outcome)


DIALLED = ("accepted", "reached")


@given(CHAPTERS, st.integers(0, 20))
def test_the_ends_add_up_to_the_expected_total(chapters: list[Chapter], expected: int) -> None:
    """Whatever the ledger holds, nobody is counted twice and nobody is left out."""
    found = count_people(chapters, expected)
    rows = len(chapters[-1].entries) if chapters else 0
    assert found.expected == max(expected, rows) == sum(found.of(end) for end in PersonEnd)
    assert People.from_json(found.as_json()) == found
    if not any(one.open for one in chapters):
        assert not found.of(PersonEnd.WAITING)


@given(st.lists(ENTRY, min_size=1, max_size=8))
def test_who_was_reached_by_a_recovery_stays_so(entries: list[Entry]) -> None:
    """A later plan, made of rows that the fence has overwritten, takes nobody's good end away."""
    ours = chapter(
        [entry(n, Disposition.UNDELIVERED, Action.REDIAL, *DIALLED) for n, _ in enumerate(entries)], False
    )
    later = chapter(entries, False)
    ended = count_people([Chapter(ours.entries), Chapter(later.entries)])
    repeated = sum(one.disposition == Disposition.DUPLICATE.value for one in entries)
    assert ended.of(PersonEnd.REACHED_BY_RECOVERY) == len(entries) - repeated


def test_a_stopped_job_is_told_by_its_people_and_not_by_its_rows() -> None:
    """Reached before and by recovery, no answer and kept back are one sentence that adds up."""
    first = [
        *(entry(n, Disposition.REACHED, Action.DROP) for n in range(2)),
        entry(2, Disposition.UNDELIVERED, Action.REDIAL, *DIALLED),
        entry(3, Disposition.UNDELIVERED, Action.REDIAL, "accepted", "later"),
        entry(4, Disposition.AMBIGUOUS, Action.HOLD),
        entry(5, Disposition.PERMANENT, Action.DROP),
        entry(6, Disposition.UNDELIVERED, Action.REDIAL, "skipped"),
    ]
    assert count_people([Chapter(first)], 8).message() == (
        "8 contacts: 3 reached (2 before, 1 by recovery), 1 no answer or busy, 1 dead number, "
        "1 kept back for a person, 1 left to another job, 1 not shown by the platform."
    )


def test_who_is_left_to_the_source_is_not_called_by_another_job() -> None:
    """Each has a word of its own, is somebody's to look at, and is counted once."""
    rows = [
        Entry(f"c{n}", f"+6149157000{n}", "undelivered", "redial", state="skipped", outcome_code=code)
        for n, code in enumerate(("source job", "newer job", "newer job"))
    ]
    found = count_people([Chapter(rows)])
    assert found.message() == "3 contacts: 2 left to another job, 1 left to the source job."
    assert (found.left, found.is_through) == (3, False)
    assert found.as_json()["left_to_source"] == 1


def test_who_was_never_called_is_still_to_be_called_only_while_somebody_may_call() -> None:
    """A recovery that has ended promises nobody a call."""
    rows = [entry(0, Disposition.UNDELIVERED, Action.REDIAL, "planned")]
    assert count_people([Chapter(rows, open=True)]).of(PersonEnd.WAITING) == 1
    assert count_people([Chapter(rows)]).of(PersonEnd.NOT_CALLED) == 1
    assert not count_people([Chapter(rows)]).is_through
