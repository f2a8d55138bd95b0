"""What is told outside: tickets by name, markers that are found, words that leave nothing out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.enums import State
from models.messages.milestones import (
    TITLES,
    Milestone,
    Notices,
    TicketRef,
    carries,
    facts,
    is_news,
    marker,
    milestone_of,
    named,
    note_of,
    read_ticket,
)
from models.messages.patience import LONGEST_ASKED, LONGEST_PAUSE, MOST_TRIES, is_exhausted, pause
from models.report.people import People, PersonEnd

RECOVERY = {
    "id": "r_1",
    "job_id": "job-1",
    "workspace": "shop",
    "epoch": 2,
    "state": "held",
    "level": "level 1",
    "plan_hash": "abc",
    "verdict": None,
    "next_action": "Look at row 3.",
    "eta": {"words": "no estimate: a person has to decide first"},
    "package": None,
}
IDS = st.text("abcdef0123456789", min_size=1, max_size=10).map(lambda text: f"r_{text}")


@pytest.mark.parametrize("text", ["zendesk:4711", " jira:SUP-12 ", "my-desk_2:INC0010023"])
def test_a_ticket_is_read_as_it_is_written(text: str) -> None:
    """A ticket's text survives the way through its parts."""
    assert str(read_ticket(text)) == text.strip()


@pytest.mark.parametrize(
    "text", ["", "4711", "zendesk:", ":4711", "zendesk:../4", "zendesk:4?x=1", "Zen:1^x", "a:b:c"]
)
def test_what_names_no_ticket_is_refused_in_words(text: str) -> None:
    """Nothing that could leave its place in an address or a query is taken for a ticket's id."""
    with pytest.raises(ValueError, match="names no ticket"):
        read_ticket(text)


@given(IDS, IDS, st.integers(1, 30), st.integers(1, 30))
def test_a_marker_is_found_and_no_other(one: str, other: str, n: int, m: int) -> None:
    """Among markers only the same recovery's same milestone is found, escaped by Markdown or not."""
    mine, theirs = (marker(rid, named(Milestone.ENDED, k)) for rid, k in ((one, n), (other, m)))
    assert carries(f"text {mine} text", mine)
    assert carries(mine.replace("_", r"\_"), mine)
    assert carries(f"<p>{theirs}</p>", mine) == (mine == theirs)


def test_every_state_has_its_words_and_its_milestone() -> None:
    """No state is left without a title, and each is one of the three moments."""
    assert set(TITLES) == set(State)
    assert milestone_of(State.RUNNING) is Milestone.OPENED
    assert milestone_of(State.AWAITING_APPROVAL) is Milestone.WAITING
    assert {milestone_of(state) for state in State if state.is_end} == {Milestone.ENDED}


def test_a_note_says_counts_next_action_and_where_to_look() -> None:
    """Counts that are nought are left out, words that are there are not."""
    told = facts(
        RECOVERY, {"planned": 7, "reached": 0, "kept_back": 2}, Milestone.ENDED, "The sample failed."
    )
    note = note_of(told, "ringback:r_1:ended", "Package: attached.")
    assert note.subject == "ringback: job job-1 held: a person has to decide"
    assert "Contacts: 7 to be redialled, 2 kept back for a person." in note.lines
    for words in ("The sample failed.", "Next: Look at row 3.", "Package: attached.", "ringback status r_1"):
        assert words in note.text
    assert note.text.endswith("ringback:r_1:ended")


def test_a_note_counts_everybody_once_where_they_are_counted() -> None:
    """The job's people stand in one sentence; what ringback itself counts stands for programs only."""
    people = People(
        60, {PersonEnd.REACHED_BEFORE: 22, PersonEnd.REACHED_BY_RECOVERY: 34, PersonEnd.KEPT_BACK: 4}
    )
    note = note_of(facts(RECOVERY, {"planned": 38}, Milestone.ENDED, "Done.", people), "mark")
    assert "60 contacts: 56 reached (22 before, 34 by recovery), 4 kept back for a person." in note.lines
    assert "to be redialled" not in note.text


def test_only_news_is_told_again() -> None:
    """A second telling needs another state, reason, plan, action, count or package; an ETA alone is none."""
    before = facts(RECOVERY, {"planned": 7}, Milestone.ENDED, "why")
    assert not is_news(
        before, facts(RECOVERY | {"eta": {"words": "later"}}, {"planned": 7}, Milestone.ENDED, "why")
    )
    for change in ({"state": "escalated"}, {"next_action": "x"}, {"plan_hash": "y"}, {"package": "z"}):
        assert is_news(before, facts(RECOVERY | change, {"planned": 7}, Milestone.ENDED, "why"))
    assert is_news(before, facts(RECOVERY, {"planned": 8}, Milestone.ENDED, "why"))


def test_channels_hear_of_their_states_only() -> None:
    """A state that nobody asked for is told to nobody."""
    notices = Notices(("slack",), frozenset({State.HELD}))
    assert notices.told_of(State.HELD) == ("slack",)
    assert notices.told_of(State.RECOVERED) == ()
    assert Notices().told_of(State.HELD) == ()


@given(st.integers(1, 500), st.floats(0, 0.999), st.none() | st.floats(0, 1e9))
def test_a_pause_grows_within_bounds_and_keeps_what_was_asked(
    tries: int, roll: float, asked: float | None
) -> None:
    """The pause is never shorter than asked for, within six hours, nor longer than both bounds."""
    found = pause(tries, roll, asked)
    assert 1 <= found <= max(LONGEST_PAUSE, LONGEST_ASKED)
    assert found >= min(asked or 0, LONGEST_ASKED)


def test_a_message_is_tried_for_two_days() -> None:
    """A weekend's outage does not use up the tries; they end all the same."""
    total = sum(pause(n, 0.5) for n in range(1, MOST_TRIES))
    assert 36 * 3600 < total < 72 * 3600
    assert is_exhausted(MOST_TRIES)
    assert not is_exhausted(MOST_TRIES - 1)


def test_a_ticket_is_a_value() -> None:
    """Two references to one ticket are equal."""
    assert read_ticket("zendesk:1") == TicketRef("zendesk", "1")
