"""The checker on a redial that a person has decided: what had happened until then is their risk."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from models.tables.decisions import KeptDecision
from models.tables.ledger import Planned
from tests.unit.checker.checker_story import JOB, PHONES, RECOVERY, Story, marker, moment, recovery, wave

SECOND = "r_2"
ROW = 6
"""Somebody whom the source had reached without a record, and whom the first recovery kept back."""


def decided(**change: Any) -> KeptDecision:
    """Return a person's decision about that contact, after the first recovery and before the second."""
    fields: dict[str, Any] = {
        "id": 1, "recovery_id": RECOVERY, "row": ROW, "contact_id": f"c_{ROW}", "phone": PHONES[ROW - 1],
        "choice": "redial", "by": "Kim", "because": "no call in the console", "at": moment(50), "state": "s",
        "about": "ambiguous", "seen": {}, "known": [],
    }  # fmt: skip
    return KeptDecision(workspace=JOB[0], platform=JOB[1], job_id=JOB[2], **fields | change)


def story_of(home: Path, *, said: bool = True, by: int | None = 1, **change: Any) -> Story:
    """Tell of a second recovery that redials the contact by the decision."""
    story = Story(home)
    made = decided(**change)
    body = {"as": made.choice, "by": made.by, "rows": [ROW]}
    row = Planned(
        recovery_id=SECOND, row=ROW, contact_id=f"c_{ROW}", phone=PHONES[ROW - 1], disposition="ambiguous",
        action="redial", payload={}, seen={}, position=0, state="accepted", wave=1, outcome="reached",
        decision=by,
    )  # fmt: skip
    story.add(made, recovery(SECOND, 2, ended_at=moment(110)), wave(1, 1, 100, SECOND), row)
    story.history["jobs"].append({"id": "job_9", "name": marker(1, SECOND)})
    story.dial(ROW, 101, 105, marker(1, SECOND), "reached")
    if said:
        with story.ledger.write() as session:
            story.ledger.note(session, RECOVERY, "kept_back_decided", body)
    return story


def broken(story: Story) -> set[str]:
    """Return which promises about who is called were broken."""
    return {breach.invariant for breach in story.breaches()} & {"I1", "I3"}


def test_what_a_person_has_decided_is_theirs(tmp_path: Path) -> None:
    """Somebody who had been reached unrecorded is redialled by name: no breach, for the ledger says so."""
    assert broken(story_of(tmp_path)) == set()


LIES: dict[str, Callable[[Path], Story]] = {
    "no decision at all": lambda home: story_of(home, by=None),
    "a decision that is not in the audit": lambda home: story_of(home, said=False),
    "a decision made after the call": lambda home: story_of(home, at=moment(103)),
    "a decision about somebody else": lambda home: story_of(home, contact_id="c_5"),
    "a decision that says reached": lambda home: story_of(home, choice="reached"),
    "a decision that says never": lambda home: story_of(home, by=None, choice="never"),
}


@pytest.mark.parametrize("tell", LIES.values(), ids=LIES)
def test_a_redial_without_a_decision_is_found(tmp_path: Path, tell: Callable[[Path], Story]) -> None:
    """Whatever is not this decision, by name and in time, excuses nothing."""
    assert "I3" in broken(tell(tmp_path))


def test_what_happened_after_the_decision_is_ours(tmp_path: Path) -> None:
    """Whoever was reached between the decision and the wave is not to be called."""
    story = story_of(tmp_path)
    story.dial(ROW, 60, 65, "job_1", "reached")
    assert "I3" in broken(story)


def test_a_decision_carried_out_twice_is_found(tmp_path: Path) -> None:
    """One word of a person is good for one call."""
    story = story_of(tmp_path)
    story.dial(ROW, 106, 107, marker(1, SECOND), "reached")
    assert "I1" in broken(story)
