"""The engineer's voice: the runbook's words, findings, codes, waves, permits, and the next commands."""

from collections.abc import Iterator
from datetime import datetime

from models.enums import State
from models.messages.milestones import TITLES
from models.messages.symptoms import SYMPTOMS
from models.moments import utc
from models.report.page.document import HEADINGS, ReportTable, Section
from models.report.page.flow import FOR_ENGINEERS
from models.report.page.situation import Situation
from models.report.page.work import Work, by_phase

MOST_CODES = 6
"""Codes that are listed; the rest is counted in a line of its own."""


def sections(now: Situation, work: Work) -> dict[str, Section]:
    """Return every section in the engineer's voice."""
    found = {
        "what_happened": Section("", tuple(_happened(now, work)), tuple(_findings(work))),
        "why": Section("", tuple(_why(now, work)), tuple(_codes(work))),
        "what_was_done": Section("", tuple(_done(now, work)), tuple(_waves(work))),
        "people": Section("", (now.people.message(),)),
        "what_happens_next": Section("", (work.next_action or "Nothing is written down.",)),
        "by_when": Section("", tuple(_by_when(now, work))),
        "what_you_must_do": Section("", tuple(work.asked), commands=tuple(_commands(now, work))),
    }
    return {
        name: Section(HEADINGS[name], one.paragraphs, one.tables, one.commands) for name, one in found.items()
    }


def _happened(now: Situation, work: Work) -> Iterator[str]:
    if now.symptom is None:
        yield "No diagnosis was made: the job was not read."
    else:
        yield f"{SYMPTOMS[now.symptom]}. {work.diagnosis}"
    if work.why and work.why != work.diagnosis:
        yield work.why


def _findings(work: Work) -> Iterator[ReportTable]:
    if work.findings:
        rows = [(f.check.value, f.severity.value, f.cause.value, f.message) for f in work.findings]
        yield ReportTable("Findings", ("check", "result", "cause", "what was seen"), tuple(rows))


def _why(now: Situation, work: Work) -> Iterator[str]:
    yield f"Cause: {now.cause.value if now.cause else 'unknown, no diagnosis was made'}."
    if not work.codes:
        yield "No call ended with a reason code."


def _codes(work: Work) -> Iterator[ReportTable]:
    if not work.codes:
        return
    shown, rest = work.codes[:MOST_CODES], work.codes[MOST_CODES:]
    rows = [(one.message, one.disposition, one.why, f"{one.source:,}", f"{one.redials:,}") for one in shown]
    if rest:
        source, redials = sum(one.source for one in rest), sum(one.redials for one in rest)
        more = "1 more code" if len(rest) == 1 else f"{len(rest)} more codes"
        rows.append((more, "", "", f"{source:,}", f"{redials:,}"))
    yield ReportTable("Reason codes", ("code", "disposition", "means", "source", "redials"), tuple(rows))


def _done(now: Situation, work: Work) -> Iterator[str]:
    moments = [(work.started_at, "started"), *work.decided]
    moments += [(at, words) for at, words in ((work.fenced_at, "source stopped"),) if at]
    if work.ended_at:
        moments.append((work.ended_at, f"ended {now.state.value}"))
    told = sorted(moments, key=lambda one: one[0])
    yield f"{'; '.join(f'{utc(at)} {words}' for at, words in told)}."
    limit = "unknown" if work.permits is None else str(work.permits)
    yield (
        f"{now.planned:,} planned to be redialled, {now.calls:,} redialled, {now.failed:,} failed again. "
        f"Permits: limit {limit}."
    )
    if work.verdict:
        yield f"Verdict: {work.verdict}"


def _waves(work: Work) -> Iterator[ReportTable]:
    rows = [
        (
            one.phase.value,
            str(one.waves),
            f"{one.contacts:,}",
            str(one.cap),
            one.states,
            _span(one.first, one.last),
        )
        for one in by_phase(work.sent)
    ]
    if rows:
        head = ("phase", "waves", "contacts", "permits at most", "state", "sent")
        yield ReportTable("Waves", head, tuple(rows))


def _span(first: datetime | None, last: datetime | None) -> str:
    if first is None or last is None:
        return "not sent"
    return utc(first) if utc(first) == utc(last) else f"{utc(first)} to {utc(last)}"


def _by_when(now: Situation, work: Work) -> Iterator[str]:
    yield work.eta or "No estimate is written down."
    told = now.eta or {}
    if as_of := told.get("as_of"):
        rate = told.get("dispatches_per_minute")
        pace = "" if rate is None else f", {rate:g} dispatches a minute"
        yield f"As of {utc(datetime.fromisoformat(as_of))}{pace}."
    if now.waits_until:
        yield f"Waits for calling hours until {utc(now.waits_until)}."
    if now.answer_by and now.state is State.AWAITING_APPROVAL:
        yield f"Approval by {utc(now.answer_by)}, else it is held."


def _commands(now: Situation, work: Work) -> Iterator[str]:
    recovery, job = work.ids["recovery_id"], work.ids["job_id"]
    if now.state is State.AWAITING_APPROVAL:
        plan = (work.ids["plan_hash"] or "")[:12]
        yield from (
            f"ringback {verb} {recovery} --by NAME --reason TEXT --plan {plan}"
            for verb in ("approve", "decline")
        )
    elif now.state is State.RUNNING:
        yield f"ringback {'resume' if now.interrupted else 'status'} {recovery}"
        yield f"ringback cancel {recovery}"
    elif now.state is State.HELD and work.resumable:
        yield f"ringback resume {recovery}"
    elif now.state in {State.HELD, State.CANCELLED}:
        yield f"ringback recover {job}"
    if now.state.is_end and work.to_decide:
        yield f"ringback decide {recovery}"
    if now.state is State.ESCALATED:
        yield f"ringback escalate {recovery}"
    yield f"ringback audit {recovery} --verify"


STATE_WORDS = TITLES
WORDS = FOR_ENGINEERS
