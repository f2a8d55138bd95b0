"""The customer's voice: short sentences that can be sent on as they stand, without a word of ours."""

from collections.abc import Iterator, Mapping

from models.enums import Cause, State, Symptom
from models.report.page.causes import ASKS, WHY
from models.report.page.eta import eta_words
from models.report.page.flow import FOR_CUSTOMERS
from models.report.page.local_time import time_words
from models.report.page.situation import Situation
from models.report.people import People, PersonEnd

STATE_WORDS: Mapping[State, str] = {
    State.RUNNING: "we are working on it",
    State.AWAITING_APPROVAL: "a colleague checks what comes next",
    State.RECOVERED: "done",
    State.HEALTHY: "nothing to do",
    State.HELD: "paused until a colleague has decided",
    State.ESCALATED: "with our engineers",
    State.CANCELLED: "stopped",
}

_OPEN = (
    PersonEnd.KEPT_BACK,
    PersonEnd.FAILED,
    PersonEnd.NOT_CALLED,
    PersonEnd.LEFT_TO_SOURCE,
    PersonEnd.UNLISTED,
)
"""Those for whom somebody of ours has to do something once no call is under way."""
_COMING = (PersonEnd.WAITING, PersonEnd.IN_AIR)
_DOUBLED = frozenset({Cause.DUPLICATE_JOB, Cause.DUPLICATE_DISPATCH})


def what_happened(now: Situation) -> Iterator[str]:
    """Yield what the customer has seen of the batch."""
    batch = f"Your batch {quoted(now.job)}"
    if not now.is_read:
        could = "We have begun to look at" if now.state is State.RUNNING else "We could not look at"
        yield f"{could} your batch {quoted(now.job)}{'' if now.state is State.RUNNING else ' yet'}."
    elif now.cause is Cause.OTHER_LEDGER:
        yield f"{batch} is being worked on."
    elif now.symptom is Symptom.DUPLICATES:
        yield f"{batch} may have called some people more than once."
    elif now.symptom is Symptom.SEGMENT_FAILS:
        yield f"Many calls of your batch {quoted(now.job)} failed."
    elif now.symptom is Symptom.FELL_SHORT:
        yield f"{batch} ended before everybody was reached or tried."
    elif now.symptom is Symptom.STUCK:
        yield f"{batch} {_stopped(now)}."
    else:
        yield f"{batch} {_NOTHING.get(now.cause or Cause.NONE, 'is running as it should')}."


_NOTHING = {Cause.ALREADY_FINISHED: "is finished", Cause.CALLING_WINDOW: "waits for its calling hours"}


def _stopped(now: Situation) -> str:
    if now.stopped is None:
        return "stopped before everybody was called"
    at = time_words(now.stopped.since, now.now, now.zone)
    done, of = now.stopped.finished, now.stopped.expected
    return f"stopped at {at}, after {done:,} of {_persons(of)}" if done <= of else f"stopped at {at}"


def why(now: Situation) -> Iterator[str]:
    """Yield why it is so, nothing where nothing is wrong or nothing is known."""
    said_already = now.cause is Cause.FELL_SHORT and now.symptom is Symptom.FELL_SHORT
    if now.cause and now.cause in WHY and not said_already:
        yield WHY[now.cause]


def what_was_done(now: Situation) -> Iterator[str]:
    """Yield what we have done about it."""
    if now.state is State.HEALTHY:
        return
    if now.fenced:
        # What was so then: a platform may begin a stopped batch again by itself.
        yield (
            "Before any new call we made sure that the batch itself was calling nobody else, "
            "so that nobody is called twice."
        )
    if not now.calls:
        yield "We have called nobody." if now.state.is_end else "We have called nobody so far."
        return
    yield f"We have made {now.calls:,} new call{'' if now.calls == 1 else 's'}."
    if now.failed and now.aborted:
        failed = "it failed" if now.calls == 1 else f"{now.failed:,} of them failed"
        yield f"But {failed}, so we stopped calling."
    # Only a good end says so: what is held or escalated may be so because a platform dialled somebody again.
    if now.state is State.RECOVERED and not now.by_decision and now.cause not in _DOUBLED:
        yield "Nobody was called twice because of them."


def counts(people: People) -> str:
    """Say what became of everybody; the figures add up."""
    if not people.expected:
        return "We could not count the people of this batch yet."
    parts = [_reached(people)] if people.reached else []
    parts += [
        f"{people.of(end):,} {_COUNTED[end][people.of(end) != 1]}" for end in _COUNTED if people.of(end)
    ]
    return f"Of {_persons(people.expected)}: {', '.join(parts)}."


def _reached(people: People) -> str:
    before, ours = people.of(PersonEnd.REACHED_BEFORE), people.of(PersonEnd.REACHED_BY_RECOVERY)
    if before and ours:
        return f"{people.reached:,} reached ({before:,} before, {ours:,} by our calls)"
    return f"{people.reached:,} reached{' by our calls' if ours else ''}"


_COUNTED: Mapping[PersonEnd, tuple[str, str]] = {
    PersonEnd.VOICEMAIL: ("voicemail", "voicemails"),
    PersonEnd.NO_ANSWER: ("did not answer or was busy", "did not answer or were busy"),
    PersonEnd.DECLINED: ("declined", "declined"),
    PersonEnd.SUPPRESSED: ("does not want to be called", "do not want to be called"),
    PersonEnd.DEAD_NUMBER: ("number that does not work", "numbers that do not work"),
    PersonEnd.NO_NUMBER: ("entry without a number to call", "entries without a number to call"),
    PersonEnd.REPEATED: ("entry that repeats another", "entries that repeat others"),
    PersonEnd.FAILED: ("failed call", "failed calls"),
    PersonEnd.KEPT_BACK: ("to be checked by us first", "to be checked by us first"),
    PersonEnd.ELSEWHERE: ("called by another batch", "called by another batch"),
    PersonEnd.LEFT_TO_SOURCE: ("taken up by the batch itself", "taken up by the batch itself"),
    PersonEnd.IN_AIR: ("being called now", "being called now"),
    PersonEnd.WAITING: ("still to be called", "still to be called"),
    PersonEnd.NOT_CALLED: ("not called", "not called"),
    PersonEnd.UNLISTED: ("not shown by the calling system", "not shown by the calling system"),
}
"""Every end but the reached, for one and for several, in the order in which they are said."""


def what_happens_next(now: Situation) -> Iterator[str]:
    """Yield what we do next."""
    if now.state is State.RUNNING:
        yield from _while_running(now)
    elif now.state is State.AWAITING_APPROVAL:
        yield f"We are ready to call {_persons(now.planned)}. A colleague checks that list first."
    elif now.state is State.HELD:
        yield _DECLINED if now.declined else "A colleague looks at it and decides how to go on."
    elif now.state is State.ESCALATED:
        yield "Our engineers look for the fault. We call nobody until they have found it."
    elif now.state is State.CANCELLED:
        yield "We call nobody else of this batch."
    elif coming := now.people.of(*_COMING):
        yield f"The batch calls {_each(coming)} left by itself."
    elif left := now.people.of(*_OPEN):
        yield f"We look at {_each(left)} left and decide whether to call again."
    else:
        yield "Nothing is left to do."


_DECLINED = "A colleague has decided against these calls, and decides how to go on."


def _each(left: int) -> str:
    return "the one person who is" if left == 1 else f"the {left:,} people who are"


def _while_running(now: Situation) -> Iterator[str]:
    if now.interrupted:
        yield "Our work was interrupted. A colleague starts it again."
    elif not now.planned:
        yield "We find out what is wrong, and who has not been called."
    elif waiting := now.people.of(PersonEnd.WAITING):
        if now.calls:
            yield f"The calls go on: we call {_each(waiting)} left, some at a time."
        else:
            yield f"We call {_each(waiting)} left, a few first, to see that the calls get through."
    else:
        yield "We wait for the last calls to end."


def by_when(now: Situation) -> Iterator[str]:
    """Yield by when, as far as that can be said."""
    if now.state is State.AWAITING_APPROVAL and now.answer_by:
        at = time_words(now.answer_by, now.now, now.zone)
        yield f"The colleague decides by {at}. Nobody is called before."
    elif now.state is State.RUNNING and now.interrupted:
        yield "We name a time once the calls go on."
    elif now.state is State.RUNNING and now.waits_until:
        yield f"The calls go on at {time_words(now.waits_until, now.now, now.zone)}, when calling hours open."
    elif now.state is State.HEALTHY and now.opens:
        yield f"The calls begin at {time_words(now.opens, now.now, now.zone)}."
    elif told := eta_words(now):
        yield told
    else:
        yield _no_time(now)


def _no_time(now: Situation) -> str:
    if now.state is State.HEALTHY and now.people.of(*_COMING):
        return "We cannot name a time for the last call yet."
    if now.state in {State.RECOVERED, State.HEALTHY} and not now.people.of(*_OPEN):
        return "There is nothing to wait for."
    return _NO_TIME[now.state]


_NO_TIME: Mapping[State, str] = {
    State.RUNNING: "We name a time once the first calls have been made.",
    State.AWAITING_APPROVAL: "We name a time once the colleague has decided.",
    State.RECOVERED: "We cannot name a time for the rest yet: a colleague has to decide first.",
    State.HEALTHY: "We cannot name a time for the rest yet: a colleague has to decide first.",
    State.HELD: "We cannot name a time yet: a colleague has to decide first.",
    State.ESCALATED: "We cannot name a time yet: our engineers have to find the fault first.",
    State.CANCELLED: "No further calls are planned.",
}


def what_you_must_do(now: Situation) -> Iterator[str]:
    """Yield what only the customer can do."""
    asked = list(_asked(now))
    yield from asked or ["There is nothing that you need to do."]


def _asked(now: Situation) -> Iterator[str]:
    over = now.state in {State.RECOVERED, State.HEALTHY, State.CANCELLED}
    if not over:
        yield "Please do not start the batch again yourself: people could then be called twice."
        if now.cause and now.cause in ASKS:
            yield ASKS[now.cause]
    if now.state is State.CANCELLED and now.people.of(*_OPEN):
        yield f"Please tell us whether {_each(now.people.of(*_OPEN))} left should still be called."
    if now.state is State.RECOVERED and now.people.of(PersonEnd.KEPT_BACK):
        yield "Please do not call those people yourself: some of them may have been called already."
    bad = now.people.of(PersonEnd.DEAD_NUMBER, PersonEnd.NO_NUMBER)
    if bad and now.state.is_end:
        what = "the phone number" if bad == 1 else f"the {bad:,} phone numbers"
        yield f"Please correct {what} that cannot be called before you use the list again."


SECTIONS = (what_happened, why, what_was_done)


def paragraph(now: Situation) -> str:
    """Return everything the customer is told as one paragraph, ready to be sent on."""
    said = [sentence for section in SECTIONS for sentence in section(now)]
    if now.people.expected or now.is_read:
        said.append(counts(now.people))
    said += [*what_happens_next(now), *by_when(now), *what_you_must_do(now)]
    return " ".join(dict.fromkeys(said))


def quoted(name: str) -> str:
    """Return a name in quotation marks, without any of its own."""
    return f'"{name.replace(chr(34), "")}"'


def _persons(count: int) -> str:
    return "1 person" if count == 1 else f"{count:,} people"


__all__ = [
    "FOR_CUSTOMERS",
    "STATE_WORDS",
    "by_when",
    "counts",
    "paragraph",
    "quoted",
    "what_happened",
    "what_happens_next",
    "what_was_done",
    "what_you_must_do",
    "why",
]
