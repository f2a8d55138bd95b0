"""Calling hours at the moment of dispatch: who may be called now, and sleeping until somebody may be."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from models.calling.clock import closes
from models.calling.rule import Facts, earliest, gates_of, is_on, joint, rules_of
from models.estimate.eta import Basis, Eta
from models.policy.policy import Policy
from models.tables.ledger import Planned, Wave
from models.verdict.ending import hold
from tasks.context import Desk
from tasks.dispatch.cancel import check_cancel
from tasks.ledger import plans, recoveries, waves
from tasks.ledger.dialled import dialled
from tasks.markdown import utc

LATER = "hours"
"""Outcome code of contacts that may be called too late for this recovery, or never."""
NAP = 60.0
"""Seconds between two looks at a wish to cancel while hours are waited for; a longer poll lengthens it."""
FIRMNESS = 30.0
"""Seconds by which a wave may be shorter before closing when it is sent than when it was chosen."""
MARGIN = 30.0
"""Seconds before closing at which what is not yet dialled is taken back, at the least."""


@dataclass
class Survey:
    """Who waits: whether anybody may be called now, when the next one may, and who may not in time."""

    now: bool = False
    opens: datetime | None = None
    waiting: int = 0
    too_late: dict[str, str] = field(default_factory=dict)


def facts_of_rows(desk: Desk, rows: Sequence[Planned]) -> Mapping[str, Facts]:
    """Return the facts of planned contacts, with what other recoveries have dialled since the plan."""
    phones = [row.phone for row in rows if row.phone]
    since = desk.clock.now() - reach(desk.policy)
    others = dialled(desk.ledger, desk.workspace, phones, since, but=desk.held.recovery_id)
    return {
        row.contact_id: (Facts.from_json(row.calling) if row.calling else Facts()).also(
            others.get(row.phone or "", ())
        )
        for row in rows
    }


def reach(policy: Policy) -> timedelta:
    """Return how far back an attempt can still hold a contact back, at the most."""
    caps = rules_of(policy, "").caps
    gaps = timedelta(hours=max(24.0, caps.gap_hours, caps.machine_hours))
    return max(gaps, timedelta(days=max(31, caps.period_days)))


def pick(desk: Desk, size: int, free: int, *, below: int | None = None) -> list[Planned]:
    """Return the next contacts that may be called now, so few that the last is dialled before closing time.

    `free` permits dial side by side; every call is reckoned to hold its own for `call_seconds`.
    """
    if not is_on(desk.policy):
        return plans.next_up(desk.ledger, desk.held.recovery_id, size, below=below)
    now, shut = desk.clock.now(), None
    chosen: list[Planned] = []
    for rows in plans.waiting(desk.ledger, desk.held.recovery_id, below=below):
        facts = facts_of_rows(desk, rows)
        for row in rows:
            if len(chosen) >= size:
                return chosen
            mine = facts[row.contact_id]
            if earliest(mine, now, desk.policy).at != now:
                continue
            end = closes(gates_of(mine, desk.policy), now)
            end = min(end, shut) if shut else end
            if len(chosen) < _most_before(end, now, free, desk.policy.call_seconds):
                chosen.append(row)
                shut = end
    return chosen


def _most_before(end: datetime, now: datetime, free: int, call_seconds: float) -> int:
    return math.floor((end - now).total_seconds() / call_seconds) * max(1, free)


def anybody_now(desk: Desk, *, below: int | None = None) -> bool:
    """Tell whether anybody who waits may be called now."""
    if not is_on(desk.policy):
        return plans.count_left(desk.ledger, desk.held.recovery_id, below=below) > 0
    closed = desk.case.closed.get(below)
    if closed and desk.clock.now() < closed:
        return False
    return _survey(desk, below).now


def _survey(desk: Desk, below: int | None) -> Survey:
    now, found = desk.clock.now(), Survey()
    last = now + timedelta(hours=desk.policy.wait_hours)
    for rows in plans.waiting(desk.ledger, desk.held.recovery_id, below=below):
        facts = facts_of_rows(desk, rows)
        for row in rows:
            moment = earliest(facts[row.contact_id], now, desk.policy)
            if moment.at == now:
                found.now = True
                return found
            if moment.at is None or moment.at > last:
                found.too_late[row.contact_id] = _too_late(moment.at, moment.words)
                continue
            found.waiting += 1
            found.opens = min(moment.at, found.opens or moment.at)
    if found.opens:
        desk.case.closed[below] = found.opens
    return found


def _too_late(at: datetime | None, words: str) -> str:
    if at is None:
        return f"never: {words}"
    return f"not before {utc(at)}: {words}"


def wait_for_opening(desk: Desk, *, below: int | None = None) -> None:
    """Sleep until the next contact may be called, the lease kept alive; leave out who may be called too late.

    Raises CancelAsked. The opening stands in the ledger, so that a killed recovery can be seen to wait.
    """
    found = _survey(desk, below)
    if found.now:
        return
    plans.skip(desk.ledger, desk.held, found.too_late, "outside calling hours", code=LATER)
    if found.opens:
        sleep_until(desk, found.opens, f"{found.waiting} contacts may not be called now")


def until_open(desk: Desk, wave: Wave) -> bool:
    """Sleep until every contact of a wave that was written down may be called; tell whether it slept.

    Raises Halt where they may never be called together in time.
    """
    if not is_on(desk.policy):
        return False
    now, slept = desk.clock.now(), False
    while (opens := _opens_for(desk, wave, now)) != now:
        if opens is None or opens > now + timedelta(hours=desk.policy.wait_hours):
            raise hold(
                f"The contacts of wave {wave.n}, which was written down and not sent, may not be called "
                f"together within {desk.policy.wait_hours:g} hours.",
                "Nothing of it is sent. Run recover again: a fresh plan calls them when each may be called.",
            )
        sleep_until(desk, opens, f"wave {wave.n} may not be sent now")
        now, slept = desk.clock.now(), True
    return slept


def may_go(desk: Desk, wave: Wave) -> bool:
    """Tell whether every contact of a wave may be called now."""
    now = desk.clock.now()
    return not is_on(desk.policy) or _opens_for(desk, wave, now) == now


def _opens_for(desk: Desk, wave: Wave, now: datetime) -> datetime | None:
    rows = waves.contacts_of(desk.ledger, wave)
    need = math.ceil(wave.size / max(1, wave.cap)) * desk.policy.call_seconds
    facts = facts_of_rows(desk, rows).values()
    return joint(facts, now, desk.policy, need=max(1.0, need - FIRMNESS))


def sleep_until(desk: Desk, opens: datetime, words: str) -> None:
    """Let the time pass until calling hours, and say so in the ledger and on the screen."""
    at = utc(opens)
    todo = f"Nothing to do: {words}; calling goes on by itself at {at}."
    note = {"until": opens.isoformat(), "why": words}
    eta = Eta(desk.clock.now(), Basis.NONE, why=f"calling hours begin at {at}").as_json()
    recoveries.update(
        desk.ledger, desk.held, "waits_for_hours", note, waits_until=opens, next_action=todo, eta=eta
    )
    desk.reporter.say(f"Waiting for calling hours until {at}: {words}.")
    whole = (opens - desk.clock.now()).total_seconds()
    while (left := (opens - desk.clock.now()).total_seconds()) > 0:
        check_cancel(desk)
        desk.reporter.progress("waiting for calling hours (min)", int(whole - left) // 60, int(whole) // 60)
        desk.wait(min(left, max(NAP, desk.policy.poll_seconds)))
    check_cancel(desk)
    recoveries.update(desk.ledger, desk.held, "hours_open", {}, waits_until=None, next_action="", eta=None)


def closing(desk: Desk, live: Iterable[Wave]) -> list[Wave]:
    """Return the live waves of which somebody is not yet dialled and may soon not be called any more."""
    if desk.policy.calling_window == "off":
        return []
    soon = desk.clock.now() + timedelta(seconds=max(MARGIN, 2 * desk.policy.poll_seconds))
    return [wave for wave in live if _shuts(desk, wave) <= soon]


def _shuts(desk: Desk, wave: Wave) -> datetime:
    rows = [row for row in waves.contacts_of(desk.ledger, wave) if row.outcome is None]
    facts = [Facts.from_json(row.calling) for row in rows if row.calling]
    gates = [gate for one in facts for gate in gates_of(one, desk.policy)]
    return closes(gates, wave.sent_at or wave.intent_at)
