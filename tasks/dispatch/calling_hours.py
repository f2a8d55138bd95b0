"""Calling hours at the moment of dispatch: who may be called now, and sleeping until somebody may be."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from models.calling.clock import closes
from models.calling.rule import Facts, earliest, gates_of, is_on, joint, rules_of
from models.estimate.eta import Basis, Eta
from models.moments import utc
from models.policy.policy import Policy
from models.report.people import LEFT_LATER
from models.tables.ledger import Planned, Wave
from models.triage.findings import plural
from models.verdict.ending import hold
from tasks.context import RunContext
from tasks.dispatch.stops.cancel import check_cancel
from tasks.ledger import plans, recoveries, waves
from tasks.ledger.people.dialled import dialled

LATER = LEFT_LATER
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


def facts_of_rows(ctx: RunContext, rows: Sequence[Planned]) -> Mapping[str, Facts]:
    """Return the facts of planned contacts, with what other recoveries have dialled since the plan."""
    phones = [row.phone for row in rows if row.phone]
    since = ctx.clock.now() - reach(ctx.policy)
    others = dialled(ctx.ledger, ctx.workspace, phones, since, but=ctx.held.recovery_id)
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


def pick(ctx: RunContext, size: int, free: int, *, below: int | None = None) -> list[Planned]:
    """Return the next contacts that may be called now, so few that the last is dialled before closing time.

    `free` permits dial side by side; every call is reckoned to hold its own for `call_seconds`.
    """
    if not is_on(ctx.policy):
        return plans.next_up(ctx.ledger, ctx.held.recovery_id, size, below=below)
    now, shut = ctx.clock.now(), None
    chosen: list[Planned] = []
    for rows in plans.waiting(ctx.ledger, ctx.held.recovery_id, below=below):
        facts = facts_of_rows(ctx, rows)
        for row in rows:
            if len(chosen) >= size:
                return chosen
            mine = facts[row.contact_id]
            if earliest(mine, now, ctx.policy).at != now:
                continue
            end = closes(gates_of(mine, ctx.policy), now)
            end = min(end, shut) if shut else end
            if len(chosen) < _most_before(end, now, free, ctx.policy.call_seconds):
                chosen.append(row)
                shut = end
    return chosen


def _most_before(end: datetime, now: datetime, free: int, call_seconds: float) -> int:
    return math.floor((end - now).total_seconds() / call_seconds) * max(1, free)


def anybody_now(ctx: RunContext, *, below: int | None = None) -> bool:
    """Tell whether anybody who waits may be called now."""
    if not is_on(ctx.policy):
        return plans.is_anybody_left(ctx.ledger, ctx.held.recovery_id, below=below)
    closed = ctx.case.closed.get(below)
    if closed and ctx.clock.now() < closed:
        return False
    return _survey(ctx, below).now


def _survey(ctx: RunContext, below: int | None) -> Survey:
    now, found = ctx.clock.now(), Survey()
    last = now + timedelta(hours=ctx.policy.wait_hours)
    for rows in plans.waiting(ctx.ledger, ctx.held.recovery_id, below=below):
        facts = facts_of_rows(ctx, rows)
        for row in rows:
            moment = earliest(facts[row.contact_id], now, ctx.policy)
            if moment.at == now:
                found.now = True
                return found
            if moment.at is None or moment.at > last:
                found.too_late[row.contact_id] = _too_late(moment.at, moment.message)
                continue
            found.waiting += 1
            found.opens = min(moment.at, found.opens or moment.at)
    if found.opens:
        ctx.case.closed[below] = found.opens
    return found


def _too_late(at: datetime | None, message: str) -> str:
    if at is None:
        return f"never: {message}"
    return f"not before {utc(at)}: {message}"


def wait_for_opening(ctx: RunContext, *, below: int | None = None) -> None:
    """Sleep until the next contact may be called, the lease kept alive; leave out who may be called too late.

    Raises CancelAskedError. The opening stands in the ledger, so that a killed recovery can be seen to wait.
    """
    found = _survey(ctx, below)
    if found.now:
        return
    plans.skip(ctx.ledger, ctx.held, found.too_late, "outside calling hours", code=LATER)
    if found.opens:
        sleep_until(ctx, found.opens, f"{plural(found.waiting, 'contact')} may not be called now")


def until_open(ctx: RunContext, wave: Wave) -> bool:
    """Sleep until every contact of a wave that was written down may be called; tell whether it slept.

    Raises HaltError where they may never be called together in time.
    """
    if not is_on(ctx.policy):
        return False
    now, slept = ctx.clock.now(), False
    while (opens := _opens_for(ctx, wave, now)) != now:
        if opens is None or opens > now + timedelta(hours=ctx.policy.wait_hours):
            raise hold(
                f"The contacts of wave {wave.n}, which was written down and not sent, may not be called "
                f"together within {ctx.policy.wait_hours:g} hours.",
                "Nothing of it is sent. Run recover again: a fresh plan calls them when each may be called.",
            )
        sleep_until(ctx, opens, f"wave {wave.n} may not be sent now")
        now, slept = ctx.clock.now(), True
    return slept


def may_go(ctx: RunContext, wave: Wave) -> bool:
    """Tell whether every contact of a wave may be called now."""
    now = ctx.clock.now()
    return not is_on(ctx.policy) or _opens_for(ctx, wave, now) == now


def may_be_called(ctx: RunContext, row: Planned) -> bool:
    """Tell whether one contact may be called at this moment."""
    now = ctx.clock.now()
    return (
        not is_on(ctx.policy)
        or earliest(facts_of_rows(ctx, [row])[row.contact_id], now, ctx.policy).at == now
    )


def _opens_for(ctx: RunContext, wave: Wave, now: datetime) -> datetime | None:
    rows = waves.contacts_of(ctx.ledger, wave)
    need = math.ceil(wave.size / max(1, wave.cap)) * ctx.policy.call_seconds
    facts = facts_of_rows(ctx, rows).values()
    return joint(facts, now, ctx.policy, need=max(1.0, need - FIRMNESS))


def sleep_until(ctx: RunContext, opens: datetime, message: str) -> None:
    """Let the time pass until calling hours, and say so in the ledger and on the screen."""
    at = utc(opens)
    todo = f"Nothing to do: {message}; calling goes on by itself at {at}."
    note = {"until": opens.isoformat(), "why": message}
    eta = Eta(ctx.clock.now(), Basis.NONE, why=f"calling hours begin at {at}").as_json()
    recoveries.update(
        ctx.ledger, ctx.held, "waits_for_hours", note, waits_until=opens, next_action=todo, eta=eta
    )
    ctx.reporter.say(f"Waiting for calling hours until {at}: {message}.")
    whole = (opens - ctx.clock.now()).total_seconds()
    while (left := (opens - ctx.clock.now()).total_seconds()) > 0:
        check_cancel(ctx)
        ctx.reporter.progress("waiting for calling hours (min)", int(whole - left) // 60, int(whole) // 60)
        ctx.wait(min(left, max(NAP, ctx.policy.poll_seconds)))
    check_cancel(ctx)
    recoveries.update(ctx.ledger, ctx.held, "hours_open", {}, waits_until=None, next_action="", eta=None)


def closing(ctx: RunContext, live: Iterable[Wave]) -> list[Wave]:
    """Return the live waves of which somebody is not yet dialled and may soon not be called any more."""
    if ctx.policy.calling_window == "off":
        return []
    soon = ctx.clock.now() + timedelta(seconds=max(MARGIN, 2 * ctx.policy.poll_seconds))
    return [wave for wave in live if _shuts(ctx, wave) <= soon]


def _shuts(ctx: RunContext, wave: Wave) -> datetime:
    rows = [row for row in waves.contacts_of(ctx.ledger, wave) if row.outcome is None]
    facts = [Facts.from_json(row.calling) for row in rows if row.calling]
    gates = [gate for one in facts for gate in gates_of(one, ctx.policy)]
    return closes(gates, wave.sent_at or wave.intent_at)
