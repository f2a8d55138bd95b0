"""Whatever a job looks like: nobody reached, suppressed or in doubt is redialled, and nobody too often."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from hypothesis import given, settings
from hypothesis import strategies as st

from models.disposition.strategy import Judged
from models.enums import Action, ContactStatus, Disposition, JobStatus
from models.platform import Call, Contact
from models.policy.policy import Policy
from models.triage.observation import Attempt
from tests.unit.look_example import (
    BUSY,
    DECLINED,
    JUST_NOW,
    NO_BALANCE,
    NO_SUCH_NUMBER,
    OUTAGE,
    STRANGE,
    evidence,
    job,
    judge,
    phone,
    row,
)

NOT_DIALED, IN_DOUBT, LIVE, REACHED, NOT_REACHED, CANCELLED, UNKNOWN = ContactStatus
D, A = Disposition, Action

WRITTEN = (phone(1), phone(2), "07700 900001", "07700900002", " +44 7700 900-001", "12", None, "")
REASONS = (OUTAGE, BUSY, NO_SUCH_NUMBER, DECLINED, NO_BALANCE, STRANGE)


@dataclass(frozen=True)
class Scene:
    """A job with all that is known of its people."""

    rows: tuple[Contact, ...]
    calls: tuple[Call, ...]
    attempts: dict[str, tuple[Attempt, ...]]
    suppressed: frozenset[str]
    fixed: bool
    retries: int
    over: bool
    policy: Policy

    def judged(self, order: Sequence[int] | None = None) -> tuple[Judged, ...]:
        """Judge the rows, in another order if asked."""
        shown = [self.rows[at] for at in order] if order else self.rows
        known = evidence(self.calls, suppressed=self.suppressed, fixed=self.fixed)
        status = JobStatus.FINISHED if self.over else JobStatus.RUNNING
        of = job(total=len(shown), retries=self.retries, status=status)
        return judge(shown, known, self.policy, self.attempts, of)


@st.composite
def contacts(draw: st.DrawFn, n: int, numbers: Sequence[str | None] = WRITTEN) -> Contact:
    """Draw a row."""
    return row(
        n,
        draw(st.sampled_from(ContactStatus)),
        *draw(st.lists(st.sampled_from(REASONS), max_size=2)),
        number=draw(st.sampled_from(numbers)),
        call_id=draw(st.sampled_from([None, f"k{n}"])),
        updated_at=draw(st.sampled_from([None, JUST_NOW, row(1, LIVE).updated_at])),
    )


@st.composite
def calls(draw: st.DrawFn, call_id: str) -> Call:
    """Draw the call of a row."""
    return Call(
        call_id,
        draw(st.sampled_from([IN_DOUBT, LIVE, REACHED, NOT_REACHED, UNKNOWN])),
        "",
        draw(st.sampled_from([True, False, None])),
        tuple(draw(st.lists(st.sampled_from(REASONS), max_size=2))),
        seconds=draw(st.sampled_from([None, 0, 9])),
    )


@st.composite
def tries(draw: st.DrawFn, to: str, n: int) -> Attempt:
    """Draw what another job did to a person."""
    known = draw(st.sampled_from([None, None, *Disposition]))
    return Attempt(
        f"job-{n}", draw(contacts(100 + n, (to,))), draw(st.booleans()), known, draw(st.booleans())
    )


@st.composite
def scenes(draw: st.DrawFn) -> Scene:
    """Draw a job."""
    shown = [draw(contacts(n)) for n in range(1, draw(st.integers(1, 6)) + 1)]
    named = [one.call_id for one in shown if one.call_id and draw(st.booleans())]
    people = (phone(1), phone(2))
    attempts = {to: tuple(draw(tries(to, n)) for n in range(draw(st.integers(0, 2)))) for to in people}
    return Scene(
        tuple(shown),
        tuple(draw(calls(call_id)) for call_id in named),
        attempts,
        frozenset(draw(st.sets(st.sampled_from(people), max_size=1))),
        draw(st.booleans()),
        draw(st.integers(0, 2)),
        draw(st.booleans()),
        Policy.model_validate({"redial_later": draw(st.booleans()), "max_attempts": draw(st.integers(1, 5))}),
    )


def person(written: str | None) -> str | None:
    """Return whom a number of `WRITTEN` reaches."""
    digits = "".join(filter(str.isdigit, written or ""))[-3:]
    return phone(int(digits)) if len(digits) == 3 else None


def was_reached(scene: Scene, to: str) -> bool:
    """Tell by the plainest reading whether anything shows that a person was reached or is on the line."""
    spoken = {one.id: one for one in scene.calls}
    for one in scene.rows:
        if person(one.phone) != to:
            continue
        said = spoken.get(one.call_id or "")
        if one.status is REACHED:
            return True
        settled = one.status not in {IN_DOUBT, LIVE}
        if said and settled and (said.answered or (said.seconds or 0) > 0 or said.status in {REACHED, LIVE}):
            return True
    return any(
        one.known is D.REACHED or (one.known is None and one.contact.status is REACHED)
        for one in scene.attempts.get(to, ())
    )


def is_doubtful(scene: Scene, to: str) -> bool:
    """Tell whether a row or an attempt has a status or a reason that nobody knows, and no call tells more."""
    called = {one.id for one in scene.calls}
    mine = [one for one in scene.rows if person(one.phone) == to and one.call_id not in called]
    mine += [one.contact for one in scene.attempts.get(to, ()) if one.known is None]
    unknown = any(one.known is D.UNKNOWN for one in scene.attempts.get(to, ()))
    return unknown or any(
        one.status is UNKNOWN or (one.status is NOT_REACHED and set(one.reasons) <= {STRANGE}) for one in mine
    )


def tried(scene: Scene, to: str) -> int:
    """Count the attempts on a person: dialled rows, the platform's own retries, other jobs."""
    found = 0
    for one in scene.rows:
        if person(one.phone) == to and (one.call_id or one.status not in {NOT_DIALED, CANCELLED}):
            found += 1 + (scene.retries if one.status is NOT_REACHED else 0)
    others = (one.contact for one in scene.attempts.get(to, ()))
    return found + sum(1 for one in others if one.call_id or one.status not in {NOT_DIALED, CANCELLED})


@given(scenes())
@settings(max_examples=300, deadline=None)
def test_whatever_a_job_looks_like_the_promises_hold(scene: Scene) -> None:
    """Nobody reached, suppressed or in doubt is redialled, nobody twice, and nobody beyond the budget."""
    found = scene.judged()
    assert [one.row for one in found] == list(range(1, len(scene.rows) + 1))
    redialled = [one.number.e164 for one in found if one.action is A.REDIAL]
    assert len(redialled) == len(set(redialled))
    for to in redialled:
        assert to is not None
        assert not was_reached(scene, to)
        assert not is_doubtful(scene, to)
        assert to not in scene.suppressed
        assert tried(scene, to) < scene.policy.max_attempts


@given(scenes(), st.data())
@settings(max_examples=150, deadline=None)
def test_the_order_of_the_rows_changes_nothing(scene: Scene, data: st.DataObject) -> None:
    """However a platform pages through its rows, each person gets the same disposition and action."""
    order = data.draw(st.permutations(range(len(scene.rows))))

    def people(found: Sequence[Judged]) -> Counter[tuple[str | None, Disposition, Action, int]]:
        return Counter(
            (one.number.e164, one.disposition, one.action, one.attempts)
            for one in found
            if one.disposition is not D.DUPLICATE
        )

    assert people(scene.judged()) == people(scene.judged(order))


@given(scenes())
@settings(max_examples=100, deadline=None)
def test_one_more_attempt_never_frees_anybody(scene: Scene) -> None:
    """Where no repair is claimed, an attempt of another job makes nobody a redial who was none before."""

    def redialled(one: Scene) -> set[str | None]:
        return {found.number.e164 for found in one.judged() if found.action is A.REDIAL}

    plain = replace(scene, fixed=False)
    assert redialled(plain) <= redialled(replace(plain, attempts={}))
