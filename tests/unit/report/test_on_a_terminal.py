"""What a terminal shows of plans and recoveries fits it, and leaves nobody who is kept back out."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from models.disposition.row_numbers import rows_in, spans
from models.enums import Action, Disposition, State
from models.report.listed import HEAD, Listed, many_workspaces, shortened
from models.report.one import COUNTS, pairs_of
from models.report.people import People, PersonEnd
from models.report.plan_lines import HEADS, KINDS, MOST_KINDS, MOST_REASONS, MOST_SPANS, plan_lines
from tests.unit.look_example import judged

WIDTH = 80
BEGUN = datetime(2026, 11, 27, 21, 15, 42, tzinfo=UTC)


def test_a_plan_is_counted_by_what_is_done() -> None:
    """Each group says how many it holds and why, and together they hold everybody."""
    people = [
        judged(1, Disposition.REACHED, Action.DROP),
        judged(2, Disposition.LATER, Action.DROP),
        judged(3, Disposition.REACHED, Action.DROP),
        judged(4, Disposition.UNDELIVERED, Action.REDIAL),
        judged(5, Disposition.AMBIGUOUS, Action.HOLD),
    ]
    found = plan_lines(people)
    assert [(one.count, one.head, one.reasons) for one in found] == [
        (1, "to redial", ("1 never dialled",)),
        (3, "done or out", ("2 reached, 1 no answer or busy",)),
        (1, "kept back", ("row 5: because",)),
    ]
    assert sum(one.count for one in found) == len(people)


def test_kinds_that_are_not_named_are_added_up() -> None:
    """A plan of many kinds stays on one screen, and its reasons add up to the group."""
    kinds = list(Disposition)[: MOST_KINDS + 2]
    (line,) = plan_lines([judged(n, kind, Action.DROP) for n, kind in enumerate(kinds, 1)])
    assert line.reasons[0].endswith(", 2 for other reasons")
    assert line.count == MOST_KINDS + 2


def test_whoever_is_kept_back_is_named_by_row() -> None:
    """Rows of one reason stand together as people name them; very many are counted."""
    rows = [1, 2, 3, 7, *range(100, 100 + 2 * MOST_SPANS, 2)]
    (line,) = plan_lines([judged(row, Disposition.AMBIGUOUS, Action.HOLD) for row in rows])
    assert line.reasons[0].startswith("rows 1-3, 7, 100, 102")
    assert line.reasons[0].endswith(f"and others, {len(rows)} in all: because")


def test_reasons_that_differ_in_seconds_alone_are_one() -> None:
    """Hundreds of people of one fault are one line with the least and the most of them, on one screen."""
    people = [
        replace(
            judged(row, Disposition.AMBIGUOUS, Action.HOLD),
            why=f"the call ended after {2 + row % 18} s by a fault, and after 5 s nobody spoke",
        )
        for row in range(1, 200)
    ]
    (line,) = plan_lines(people)
    (told,) = line.reasons
    assert told == "rows 1-199: the call ended after 2 to 19 s by a fault, and after 5 s nobody spoke"


@pytest.mark.parametrize("kinds", [MOST_REASONS, MOST_REASONS + 1, 40])
def test_whoever_is_kept_back_for_other_reasons_is_counted(kinds: int) -> None:
    """Nobody is cut in silence where the reasons are many: the people of the others are counted."""
    people = [
        replace(judged(row, Disposition.AMBIGUOUS, Action.HOLD), why=f"reason {row % kinds}")
        for row in range(1, 2 * kinds + 1)
    ]
    (line,) = plan_lines(people)
    assert len(line.reasons) == min(kinds, MOST_REASONS + 1)
    others = kinds - MOST_REASONS
    if others > 0:
        assert line.reasons[-1] == f"{2 * others} more for {others} other reason{'s' if others > 1 else ''}"


def test_every_action_and_every_past_has_a_name() -> None:
    """Nobody falls out of the summary because a kind of contact was added."""
    assert set(HEADS) == set(Action)
    assert set(KINDS) == set(Disposition)


@pytest.mark.parametrize("rows", [(), (5,), (1, 2, 3), (9, 1, 2, 2, 4), tuple(range(1, 50, 7))])
def test_spans_name_the_same_rows(rows: tuple[int, ...]) -> None:
    """What is shown can be typed back."""
    assert rows_in(spans(rows)) == tuple(sorted(set(rows)))


def listed(**changes: object) -> Listed:
    """Return a recovery of a long id in a list."""
    known: dict[str, object] = {
        "recovery_id": "r_8b1b43399e", "state": State.AWAITING_APPROVAL.value, "called": 12_345,
        "job_id": "btcal_dee98fd591052eac39e55e79", "planned": 23_456, "started_at": BEGUN,
    }  # fmt: skip
    return Listed(**known | changes)  # type: ignore[arg-type]


def test_a_listed_recovery_fits_eighty_columns() -> None:
    """The widest line of a list fits a terminal, and shows begin and end of a long id."""
    for workspace in ("", "acme", "ws_269a8472d60d9de2dbe6523c"):
        assert len("  ".join(listed(workspace=workspace).cells())) <= WIDTH
    cells = listed().cells()
    assert len(cells) == len(HEAD)
    assert cells[2] == "btcal_de\N{HORIZONTAL ELLIPSIS}9e55e79"
    assert listed(workspace="acme").cells()[2].startswith("acme/")
    assert shortened("job-1", 16) == "job-1"
    assert [len(shortened("x" * 40, most)) for most in (8, 9, 16)] == [8, 9, 16]


def test_a_recovery_without_a_plan_counts_nobody() -> None:
    """No figure is made up before there is a plan."""
    assert listed(called=0, planned=0).cells()[3] == "-"


def test_a_list_says_what_somebody_has_to_do() -> None:
    """A next action stands below its line, unless it asks nobody for anything."""
    assert listed(next_action="Nothing to do.").follow_up() == ""
    assert listed(next_action="Read the plan.").follow_up() == "Read the plan."


def test_workspaces_are_named_where_there_are_several() -> None:
    """A list of one workspace does not repeat its name."""
    assert not many_workspaces(["acme", "acme"])
    assert many_workspaces(["acme", "globex"])


def report(**changes: object) -> dict[str, object]:
    """Return a report of a recovery that waits."""
    counts = dict.fromkeys(COUNTS, 0)
    known: dict[str, object] = {
        "recovery_id": "r_1", "state": "awaiting_approval", "level": "level 1", "why": "",
        "next_action": "Read it.", "job_id": "job-1", "workspace": "acme", "cause": "dead_dispatcher",
        "started_at": BEGUN.isoformat(), "waits_until": None, "ended_at": None,
        "people": People(4, {PersonEnd.WAITING: 4}).as_json(),
        "counts": counts | {"planned": 4, "waiting": 4}, "eta": None, "verdict": None,
        "plan_hash": "a" * 64, "approved_hash": None, "package": None, "tickets": [],
    }  # fmt: skip
    return known | changes


def test_one_recovery_shows_nothing_that_is_empty() -> None:
    """No `None`, no zero and no field's name stands between a person and what they look for."""
    shown = pairs_of(report())
    assert list(shown) == ["recovery", "state", "next", "job", "cause", "begun", "people", "calls", "plan"]
    assert shown["state"] == "awaiting approval (level 1)"
    assert shown["calls"] == "4 planned, 4 still to be called"
    assert shown["begun"] == "2026-11-27 21:15 UTC"
    assert shown["plan"] == "aaaaaaaaaaaa, not approved"


def test_an_approved_plan_is_said_to_be_so() -> None:
    """Only the very hash that a person approved counts as approved."""
    assert pairs_of(report(approved_hash="a" * 64))["plan"].endswith(", approved")
    assert pairs_of(report(approved_hash="b" * 64))["plan"].endswith(", not approved")
    assert "plan" not in pairs_of(report(plan_hash=None))
