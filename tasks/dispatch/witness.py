"""The platform as the witness: asked before anybody is dialled, for it knows better than any ledger.

One complete listing of the account's jobs tells whether waves exist that this ledger does not know, and whom
others hold since the plan. It is used for one decision and never kept for the next.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from models.disposition.hidden import hidden
from models.enums import DispatchState, State, WaveState
from models.plan.markers import Marker, read_marker
from models.platform import Contact, Job, NoSuchJobError
from models.tables.ledger import Recovery, Wave
from models.triage.related_jobs import Rival, holds, is_idle, is_news, is_younger, marker_in
from models.verdict.ending import Ending, HaltError, escalate, hold
from tasks.context import RunContext
from tasks.dispatch.people import who
from tasks.dispatch.singly import marked_calls
from tasks.dispatch.stops.taken_back import read_again
from tasks.ledger import plans, recoveries, waves
from tasks.ledger.account import sightings
from tasks.ledger.database import restores
from tasks.marks import struck
from tasks.platforms.port import ShowsMarkers

BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
"""Since when jobs are asked for: a platform's clock and order prove nothing, so all of them."""
BEFORE = timedelta(days=1)
"""How far a platform's clock may be behind ours without hiding a job that is new."""
FRESH = timedelta(seconds=60)
"""For how long what a listing has told may be acted on: within it two who begin at once are a race."""
TAKEN_BY_PLATFORM = frozenset({WaveState.ACCEPTED.value, WaveState.SETTLED.value})
HANDED_OVER = frozenset({DispatchState.ACCEPTED.value, DispatchState.UNKNOWN.value})


@dataclass
class Testimony:
    """What one listing tells: jobs by the marker they carry, whom other jobs hold, and waves of others."""

    marked: dict[Marker, list[Job]] = field(default_factory=dict)
    taken: dict[str, str] = field(default_factory=dict)
    """Person to why they are left out: the job that holds them."""
    rivals: list[Rival] = field(default_factory=list)
    running: dict[str, int] = field(default_factory=dict)
    """Other jobs that run, by id: how many calls each has begun and not ended, by its counters."""
    asked_at: datetime | None = None
    """When the jobs began to be read: what happened after that it may not tell."""
    read_at: datetime | None = None
    """When all of them had been read: a process that sleeps after that acts on what was."""

    def is_old(self, now: datetime) -> bool:
        """Tell whether the world may have moved on since the jobs began to be read."""
        return self.asked_at is not None and now - self.asked_at > FRESH

    def was_slept_over(self, now: datetime) -> bool:
        """Tell whether too much time has passed since the last of the jobs was read."""
        return self.read_at is not None and now - self.read_at > FRESH

    def of(self, wave: Wave) -> list[Job]:
        """Return the jobs that carry a wave's marker."""
        return self.marked.get(Marker(wave.recovery_id, wave.n), [])


def ask(ctx: RunContext) -> Testimony:
    """Read the account's jobs and return what they tell; raises HaltError where this ledger must not go on.

    Reading the jobs costs a request a hundred, and one for each job of others that is news since the plan.
    """
    if not ctx.platform.capabilities.can_list_jobs:
        return _told_by_calls(ctx)
    _wait_for_what_is_late(ctx)
    recovery = recoveries.get(ctx.ledger, ctx.held.recovery_id)
    asked_at = ctx.clock.now()
    listed = list(ctx.platform.list_jobs(BEGINNING))
    ours = waves.known_of_job(ctx.ledger, ctx.job_key, ctx.case.settled)
    told = _sorted(ctx, recovery, listed, ours)
    told.asked_at, told.read_at = asked_at, ctx.clock.now()
    _no_unknown_wave(recovery, told, ours)
    _no_other_ledger(ctx, recovery, told)
    _no_twin(ctx, recovery, told, ours)
    return told


def _told_by_calls(ctx: RunContext) -> Testimony:
    """Ask for the calls under markers of ours, where the platform shows markers and lists no jobs."""
    platform = ctx.platform
    if not isinstance(platform, ShowsMarkers):
        _no_lost_calls(ctx)
        return Testimony()
    _wait_for_what_is_late(ctx)
    seen = marked_calls.look(ctx, platform)
    if seen.strangers and not restores.calls_confirmed(ctx.ledger, ctx.workspace):
        raise _unknown_calls(ctx, seen.strangers)
    if not seen.shows_ours:
        _no_lost_calls(ctx)  # that none is shown proves nothing before this listing has shown one of ours
    told = Testimony()
    for row in (*seen.strangers, *seen.refused):
        if person := who(ctx, row.phone):
            told.taken.setdefault(person, called_by(row.marker or ""))
    return told


def _unknown_calls(ctx: RunContext, strangers: Sequence[Contact]) -> HaltError:
    struck("witness.unknown_calls")
    return hold(
        f"{len(strangers)} calls of job {ctx.case.job_id} on {ctx.platform.name} show markers of ringback, "
        f"such as {strangers[0].marker}, that are not in this ledger: it was put back to an older copy, or "
        "another ledger works on this job.",
        "Nothing more is sent. Put the newest copy of the ledger back, or let the other one go on. Where "
        "neither can be, after a restore: `ringback platform confirm-restored --by NAME`, then `ringback "
        f"resume {ctx.held.recovery_id}` goes on without whomever those calls were to.",
        resumable=True,
    )


def called_by(marker: str) -> str:
    """Say why somebody is left out whom a call of ours that this ledger does not know was made to."""
    return f"a call under the marker {marker} that this ledger does not know was made to this person"


def _no_lost_calls(ctx: RunContext) -> None:
    """Hold where the ledger was put back and nothing but a person can tell whom it has called since."""
    made_at = restores.calls_unknown_since(ctx.ledger, ctx.workspace)
    if made_at is None:
        return
    struck("witness.lost_calls")
    raise hold(
        f"The ledger is a copy of {made_at} that was put back, and {ctx.platform.name} tells no program whom "
        "ringback has called since: nobody is called from it before a person has looked.",
        "Look up the calls since then on the platform, and put whoever must not be called again on the list "
        "(`ringback suppress`). Say so with `ringback platform confirm-restored --by NAME`, then "
        f"`ringback resume {ctx.held.recovery_id}`.",
        resumable=True,
    )


def _wait_for_what_is_late(ctx: RunContext) -> None:
    # A ledger that was put back may be seconds old: what it does not know of has to become visible first.
    if not ctx.continued:
        return
    patience = timedelta(seconds=ctx.policy.visibility_seconds)
    left = min(ctx.arrived + patience - ctx.clock.now(), patience)
    ctx.continued = False
    ctx.wait(max(0.0, left.total_seconds()))


def _sorted(ctx: RunContext, recovery: Recovery, listed: Iterable[Job], ours: Iterable[Wave]) -> Testimony:
    told = Testimony()
    mine = {wave.platform_job: wave for wave in ours}
    for job in listed:
        if job.id == recovery.job_id:
            _no_wave_as_source(job)
            continue
        if wave := mine.get(job.id):
            told.marked.setdefault(Marker(wave.recovery_id, wave.n), []).append(job)
            _note_sighting(ctx, wave, job)
            _stopped_for_good(ctx, wave, job)
            _not_retried(recovery, wave, job)
            _moved(ctx, told, recovery, wave, job)
        else:
            if not job.status.is_over and job.dispatched > job.finished:
                told.running[job.id] = job.dispatched - job.finished
            _read(ctx, told, recovery, job)
    return told


def _no_wave_as_source(job: Job) -> None:
    if marker := read_marker(job.name):
        struck("witness.wave_as_source")
        raise hold(
            f"Job {job.id} is itself wave {marker.n} of recovery {marker.recovery_id} and is not recovered.",
            "Recover the job that the wave was sent for; its people are in it.",
        )


def _note_sighting(ctx: RunContext, wave: Wave, job: Job) -> None:
    """Keep how long a marker took to appear, where this listing is the first that could show it."""
    if wave.marker not in ctx.case.unseen:
        return
    ctx.case.unseen.discard(wave.marker)
    if job.name != wave.marker:
        sightings.renamed(ctx.ledger, ctx.held)
        return
    since = wave.sent_at or wave.intent_at
    sightings.found(ctx.ledger, ctx.held, max(0.0, (ctx.clock.now() - since).total_seconds()))


def _read(ctx: RunContext, told: Testimony, recovery: Recovery, job: Job) -> None:
    marker = read_marker(job.name)
    if marker and _is_of(ctx, marker, recovery):
        told.marked.setdefault(marker, []).append(job)
        _turned_up(ctx, told, recovery, marker, job)
        return
    if not _is_news(recovery, job):
        return
    people, marker = _people(ctx, job, marker)
    if marker and _is_of(ctx, marker, recovery):
        struck("witness.marker_in_rows")
        told.marked.setdefault(marker, []).append(job)
        _turned_up(ctx, told, recovery, marker, job)
        return
    if marker and recoveries.find_or_none(ctx.ledger, marker.recovery_id) is None:
        everybody = ctx.case.everybody or _everybody(ctx, recovery)
        if shared := len(people & everybody):
            told.rivals.append(Rival(job, shared))
    for person in people:
        told.taken.setdefault(person, held_by(job.id))


def _stopped_for_good(ctx: RunContext, wave: Wave, job: Job) -> None:
    """Stop a wave once more that was taken back and dials again: nobody watches it, and nobody wants it."""
    taken_back = wave.withdrawn_at is not None and wave.state == WaveState.SETTLED.value
    if taken_back and not job.is_stopped and ctx.platform.capabilities.can_stop:
        struck("witness.stopped_again")
        ctx.platform.stop_job(job.id)


def _not_retried(recovery: Recovery, wave: Wave, job: Job) -> None:
    """Hold where the platform was told to retry a wave of this recovery, which asks for no retry ever."""
    if wave.recovery_id != recovery.id or job.retries <= 0:
        return
    struck("witness.retried_wave")
    raise hold(
        f"Wave {wave.n}, job {job.id}, was retried on the platform: somebody pressed retry there, and it "
        "calls people again whose call had failed.",
        "Nothing more is sent. Wait until that job is over, and leave retries to ringback; then run recover "
        "again: whomever it has called since is left out or counted.",
    )


def _moved(ctx: RunContext, told: Testimony, recovery: Recovery, wave: Wave, job: Job) -> None:
    if wave.recovery_id == recovery.id or not _is_news(recovery, job):
        return
    if job.id in (recovery.around or {}):
        _woken_up(ctx, told, recovery, wave, job)
    else:
        _turned_up(ctx, told, recovery, Marker(wave.recovery_id, wave.n), job)


def _woken_up(ctx: RunContext, told: Testimony, recovery: Recovery, wave: Wave, job: Job) -> None:
    """Leave out whom a wave that was taken back has called since the plan was made, or may still call."""
    found = read_again(ctx, wave, waves.contacts_of(ctx.ledger, wave)).values()
    people = {person: one for one in found if (person := who(ctx, one.contact.phone))}
    if people:
        struck("witness.woken_wave")
    for person in people:
        told.taken.setdefault(person, woken(job.id))
    rows = plans.contacts(ctx.ledger, recovery.id)
    handed = {who(ctx, row.phone) for row in rows if row.state in HANDED_OVER}
    both = [person for person, one in people.items() if one.known is None and person in handed]
    if both:
        raise escalate(
            f"Job {job.id}, a wave that was taken back, began again by itself and took up {len(both)} "
            "contacts that waves held.",
            "It is stopped once more. Give the package to engineering: a cancelled job went on dialling.",
        )


def _turned_up(ctx: RunContext, told: Testimony, recovery: Recovery, marker: Marker, job: Job) -> None:
    """Leave out who is in a wave of an earlier recovery that was never sent, or proved absent, and exists."""
    if marker.recovery_id == recovery.id or not _is_news(recovery, job):
        return
    struck("witness.turned_up")
    for person in _people(ctx, job, None)[0]:
        told.taken.setdefault(person, woken(job.id))


def _is_news(recovery: Recovery, job: Job) -> bool:
    if recovery.plan_hash is None:
        return False  # triage, which comes first, reads them all
    if recovery.around is not None:
        return is_news(job, recovery.around)
    # A plan of version 0.1 does not say beside which jobs it was made.
    return not job.status.is_over or job.created_at > recovery.started_at - BEFORE


def _is_of(ctx: RunContext, marker: Marker, recovery: Recovery) -> bool:
    known = recoveries.find_or_none(ctx.ledger, marker.recovery_id)
    return known is not None and (known.workspace, known.platform, known.job_id) == (
        recovery.workspace,
        recovery.platform,
        recovery.job_id,
    )


def _people(ctx: RunContext, job: Job, marker: Marker | None) -> tuple[frozenset[str], Marker | None]:
    # Whom a job holds does not change while its status and counters do not: that is read once a run.
    seen = (job.id, job.total, job.retries, job.status, job.dispatched)
    known = ctx.case.read.get(seen)
    if known is None:
        ctx.pulse()
        try:
            rows = tuple(ctx.platform.list_contacts(job.id))
        except NoSuchJobError:
            rows = ()  # deleted since it was listed: what it has called is in the calls of its people
        known = (_held_by(ctx, job, rows), marker_in(job, rows))
        ctx.case.read[seen] = known
    return known[0], marker or known[1]


def _held_by(ctx: RunContext, job: Job, rows: Iterable[Contact]) -> frozenset[str]:
    rows = tuple(rows)
    if is_idle(job, rows):
        return frozenset()
    hides = hidden(job, rows, {}) > 0
    found = (who(ctx, row.phone) for row in rows if holds(job, row, hides=hides))
    return frozenset(person for person in found if person)


def _everybody(ctx: RunContext, recovery: Recovery) -> frozenset[str]:
    rows = ctx.platform.list_contacts(recovery.job_id)
    ctx.case.everybody = frozenset(person for row in rows if (person := who(ctx, row.phone)))
    return ctx.case.everybody


def _no_unknown_wave(recovery: Recovery, told: Testimony, ours: Iterable[Wave]) -> None:
    known = {(wave.recovery_id, wave.n) for wave in ours}
    unknown = sorted(marker for marker in told.marked if marker not in known)
    if not unknown:
        return
    struck("witness.unknown_wave")
    which = f"Wave {unknown[0].n} of recovery {unknown[0].recovery_id}"
    more = f" (and {len(unknown) - 1} more)" if len(unknown) > 1 else ""
    raise hold(
        f"{which} of job {recovery.job_id}{more} is on the platform and not in this ledger: the ledger was "
        "restored from an older copy, or another ledger works on this job.",
        "Nothing more is sent. Put the newest copy of the ledger back, then run recover again; whom that "
        "wave has called is in its job on the platform.",
    )


def _no_other_ledger(ctx: RunContext, recovery: Recovery, told: Testimony) -> None:
    if not told.rivals:
        return
    first = min(told.rivals, key=lambda rival: (rival.job.created_at, rival.job.name))
    ours, mine = _first_of_ours(ctx, recovery, told)
    what = (
        f"{first.job.name} holds {first.shared} people of job {recovery.job_id} and is no wave of this ledger"
    )
    if is_younger(ours, mine, told.rivals):
        struck("witness.younger_ledger")
        raise hold(
            f"Another ledger works on this job: {what}.",
            "This recovery steps back. Go on with the other one (another home, user or database on which "
            "ringback was started); this one may be run again only when that one is lost for good.",
        )
    struck("witness.older_ledger")
    if recovery.source is not None and recovery.source.get("other_ledger") != first.job.name:
        ctx.reporter.say(
            f"Another ledger works on this job: {what}. It has to step back; its people are left out."
        )
        source = recovery.source | {"other_ledger": first.job.name}
        note = {"wave": first.job.name, "people": first.shared}
        recoveries.update(ctx.ledger, ctx.held, "other_ledger", note, source=source)


def _first_of_ours(ctx: RunContext, recovery: Recovery, told: Testimony) -> tuple[datetime | None, str]:
    ours = [
        (job.created_at, job.name)
        for marker, jobs in told.marked.items()
        if marker.recovery_id == recovery.id
        for job in jobs
    ]
    sent = waves.of(ctx.ledger, recovery.id, (WaveState.ACCEPTED, WaveState.SETTLED))
    if not ours and sent and sent[0].sent_at:
        return sent[0].sent_at, sent[0].marker
    return min(ours, default=(None, ""))


def leave_out_taken(ctx: RunContext, told: Testimony) -> None:
    """Take whoever a newer job holds out of the dispatch."""
    if not told.taken:
        return
    if told.taken.keys() <= ctx.case.taken:
        return  # whoever waited was taken out then, and nobody comes to wait later in a run
    everybody = (row for rows in plans.waiting(ctx.ledger, ctx.held.recovery_id) for row in rows)
    found = ((row.contact_id, told.taken.get(who(ctx, row.phone) or "")) for row in everybody)
    why = {contact_id: words for contact_id, words in found if words}
    if why:
        struck("witness.newer_job")
    plans.skip(ctx.ledger, ctx.held, why, "taken up by a newer job", code=TAKEN)
    ctx.case.taken |= told.taken.keys()


TAKEN = "newer job"
"""Outcome code of contacts that another job has taken up since the plan."""


def held_by(job_id: str) -> str:
    """Say why somebody is left out whom a newer job holds."""
    return f"job {job_id}, begun after the plan, holds this person too"


def woken(job_id: str) -> str:
    """Say why somebody is left out whom a wave of an earlier recovery may have called since the plan."""
    return f"job {job_id}, a wave of an earlier recovery, has moved since the plan and holds this person"


def _no_twin(ctx: RunContext, recovery: Recovery, told: Testimony, ours: Iterable[Wave]) -> None:
    for wave in ours:
        if wave.recovery_id == recovery.id and wave.state in TAKEN_BY_PLATFORM and wave.platform_job:
            stop_twins(ctx, wave, told.of(wave))


def all_taken(ctx: RunContext) -> Ending | None:
    """Return the ending of a recovery whose people newer jobs hold, every one of them; None for any other."""
    recovery_id = ctx.held.recovery_id
    others = plans.count_skipped(ctx.ledger, recovery_id, TAKEN)
    sent = waves.of(ctx.ledger, recovery_id, (WaveState.UNKNOWN, WaveState.ACCEPTED))
    if not others or sent or recoveries.counts(ctx.ledger, recovery_id)["accepted"]:
        return None
    struck("witness.all_taken")
    return Ending(
        State.HELD,
        f"Nobody was called: newer jobs hold all {others} contacts that were to be redialled.",
        f"`ringback status {recovery_id}` names the jobs: watch or stop them, then run recover again for "
        "whomever they have left.",
    )


def stop_twins(ctx: RunContext, wave: Wave, found: Iterable[Job]) -> None:
    """Stop every job under a wave's marker but the wave's own; raises HaltError where there was one."""
    twins = [job for job in found if job.id != wave.platform_job]
    for job in twins:
        ctx.platform.stop_job(job.id)
    if twins:
        struck("witness.twin")
        raise _twice(wave, len(twins))


def _twice(wave: Wave, twins: int) -> HaltError:
    return escalate(
        f"The platform holds wave {wave.n} {twins + 1} times under one marker.",
        "All but one were stopped. Give the package to engineering.",
    )
