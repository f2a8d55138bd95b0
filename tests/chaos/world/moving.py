"""What the tests of a moving world share: how a story is judged, and what a held end has to say."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlmodel import SQLModel

from deployments.sandbox.engine.faults import make_fault
from deployments.sandbox.engine.history import history
from deployments.sandbox.engine.moves import make_move
from models.enums import State
from tasks.clock import VirtualClock
from tasks.ledger.database.engine import make_engine
from tests.chaos.stateful.story import KEY, Story
from tests.invariants import check
from tests.invariants.rungs import of_world
from tests.invariants.twice import Twice, called_twice

DEAD = "dead-dispatcher"
LATER = 7200.0
MORNING = datetime(2024, 1, 9, 4, 0, tzinfo=UTC)
"""A Tuesday, and calling hours wherever an Australian number may be."""


def told(home: Path, scene: str = DEAD, seed: int = 1, **policy: Any) -> Story:
    """Begin a story whose lines are printed; what is no policy goes to the story itself."""
    return Story(scene, seed, home, tell=print, **policy)


def asking(home: Path, **policy: Any) -> Story:
    """Tell a story up to the plan that waits for a person."""
    story = told(home, approval="ask", clock=VirtualClock(MORNING), **policy)
    story.run()
    assert story.state is State.AWAITING_APPROVAL
    return story


def ours(story: Story) -> int:
    """Count the people whom waves have called."""
    landed(story)
    return len({dial.digits for dial in story.ours()})


def fault(story: Story, name: str, **options: Any) -> None:
    """Let the platform be so."""
    story.world.faults.add(make_fault(name, **options))


def landed(story: Story) -> None:
    """Let every call end."""
    story.clock.sleep(LATER)
    story.world.advance(story.now)


def twice(*stories: Story) -> Twice:
    """Return whom the recoveries of all ledgers called twice, once every call has ended."""
    first = stories[0]
    landed(first)
    own = frozenset(one.id for one in first.recoveries)
    return called_twice(of_world(first.world), first.scene.job.id, own)


def assert_nobody_twice(*stories: Story) -> None:
    """Hold everything that has happened against the truth and every ledger's own books."""
    found = twice(*stories)
    assert (found.sure, found.raced) == (frozenset(), frozenset())
    for story in stories:
        breaches = check(story.ledger, history(story.scene), story.key, {KEY.id: KEY.secret})
        assert [f"{one.invariant}: {one.message}" for one in breaches] == []


def assert_held(story: Story, *words: str) -> None:
    """Hold an end to its sentence: it is a hold, names the reason, and says what to do."""
    assert story.state is State.HELD, (story.state, story.why)
    missing = [part for part in words if part.lower() not in story.why.lower()]
    assert not missing, f"{missing} are not in: {story.why}"
    assert len(story.recoveries[-1].next_action) > len("Nothing to do.")


def ledger_file(home: Path, name: str = "ledger") -> Any:
    """Return the engine of an empty ledger in a file, which several threads may use."""
    engine = make_engine(f"sqlite:///{home / name}.db")
    SQLModel.metadata.create_all(engine)
    return engine


def start_second(story: Story, n: int) -> None:
    """Let a person start a second job for some of the same people, a minute ago."""
    make_move(story.scene, "second_job", n=n)
    story.clock.sleep(61)
