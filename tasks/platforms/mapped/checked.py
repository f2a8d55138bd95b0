"""How a mapping reads one job: every field, every word, and what nobody has mapped; no number is in it."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from models.enums import ContactStatus, JobStatus
from models.mapping.claims import claims
from models.mapping.document import CallFields, JobFields, RowFields
from models.mapping.reading import Reading
from models.mapping.selectors import Selector
from models.masking.quotes import without_numbers
from models.platform import UNREAD, Call, Contact, Job, PlatformError, Reason
from models.reasons.table import ReasonTable
from tasks.platforms.mapped.adapter import Mapped

MOST_CALLS = 20
"""Calls that are read to show how calls read."""


class MappedJobCheck:
    """Gathers what one job shows; what cannot be read is a problem, and the rest is shown all the same."""

    def __init__(self, platform: Mapped, table: ReasonTable) -> None:
        self._platform = platform
        self._table = table
        self.problems: dict[str, str] = {}
        self.unmapped: dict[str, dict[str, int]] = {}

    def of_job(self, job_id: str) -> dict[str, Any]:
        """Return how a job, its rows and its calls are read."""
        of, platform = self._platform.mapping.document, self._platform
        job: Job | None = self._try("job", lambda: platform.get_job(job_id))
        rows: Sequence[Contact] = self._try("rows", lambda: tuple(platform.list_contacts(job_id))) or ()
        found: dict[str, Any] = {"job": self._job(job) if job else None, "rows": self._rows(job_id, rows)}
        found["calls"] = self._calls([row.call_id for row in rows if row.call_id][:MOST_CALLS])
        if job and of.jobs is not None:
            since = job.created_at
            listed: Sequence[Job] = self._try("jobs", lambda: tuple(platform.list_jobs(since))) or ()
            found["jobs"] = {"listed": len(listed), "this_one": any(one.id == job_id for one in listed)}
        if job and of.calls is not None:
            shown = self._try("calls", lambda: platform.list_calls(job, job.created_at, frozenset()))
            found["calls_listed"] = len(shown.found) if shown else None
        if job:
            found |= self._beside(job)
        return found

    def _beside(self, job: Job) -> dict[str, Any]:
        capacity, config = self._platform.get_capacity(job.agent_id), self._platform.get_config(job)
        return {
            "capacity": {"live": capacity.live, "limit": capacity.limit},
            "config": {"agent_exists": config.agent_exists, "number_exists": config.number_exists},
        }

    def _try(self, what: str, read: Callable[[], Any]) -> Any:
        try:
            return read()
        except PlatformError as error:
            self.problems[what] = str(error)
            return None

    def _job(self, job: Job) -> dict[str, Any]:
        if job.status is JobStatus.UNKNOWN:
            self.unmapped["job.statuses"] = {job.raw_status: 1}
        return {
            "status_word": job.raw_status,
            "status": job.status.value,
            "total": job.total,
            "dispatched": job.dispatched,
            "finished": job.finished,
            "created_at": job.created_at.isoformat(),
            "fields": _expressions(self._platform.mapping.document.job.fields),
        }

    def _rows(self, job_id: str, rows: Sequence[Contact]) -> dict[str, Any]:
        of = self._platform.mapping.document
        words = Counter((row.raw_status, row.status) for row in rows)
        self._note("rows.statuses", words)
        path = self._platform.reads.path(of.rows.path, job_id=job_id)
        scope = {"job": {"id": job_id}}
        answers = self._try("rows", lambda: self._platform.reads.listed("rows", of.rows, path, repr, scope))
        bodies = [one.body for one in answers or ()]
        return {
            "count": len(rows),
            "words": _words(words),
            "fields": {name: _filled(of, at, bodies) for name, at in _selectors(of.rows.fields)},
            "held_because": dict(Counter(row.problem for row in rows if row.problem)),
            "reasons": self._reasons(reason for row in rows for reason in row.reasons),
        }

    def _calls(self, call_ids: Sequence[str]) -> dict[str, Any] | None:
        table = self._platform.mapping.document.call
        if table is None:
            return None
        calls: Mapping[str, Call] = self._platform.get_calls(call_ids)
        readable = [call for call in calls.values() if call.raw_status != UNREAD]
        words = Counter((call.raw_status, call.status) for call in readable)
        self._note("call.statuses", words)
        return {
            "asked": len(call_ids),
            "read": len(readable),
            "words": _words(words),
            "fields": _expressions(table.fields),
            "reasons": self._reasons(reason for call in readable for reason in call.reasons),
        }

    def _note(self, place: str, words: Counter[tuple[str, ContactStatus]]) -> None:
        found = {
            _shown(word): count for (word, read), count in words.items() if read is ContactStatus.UNKNOWN
        }
        if found:
            self.unmapped[place] = found

    def _reasons(self, reasons: Iterator[Reason] | Any) -> list[dict[str, Any]]:
        counted = Counter((reason.system, reason.code) for reason in reasons)
        return [
            {
                "system": system,
                "code": _shown(code),
                "count": count,
                "means": self._table.look_up(Reason(system, code)).disposition.value,
            }
            for (system, code), count in counted.most_common()
        ]


def checked(platform: Mapped, table: ReasonTable, job_id: str | None) -> dict[str, Any]:
    """Return what a mapping is and, where a job is named, how it reads that; nothing is changed anywhere."""
    mapping = platform.mapping
    found: dict[str, Any] = {"platform": mapping.name, "sha256": mapping.sha256}
    if job_id:
        look = MappedJobCheck(platform, table)
        found |= {"job_id": job_id, **look.of_job(job_id)}
        found |= {"unmapped": look.unmapped, "problems": look.problems, "gaps": list(platform.gaps())}
    lines = mapping.as_json()
    taken = claims(mapping.document)
    evidence = {claim: {"so": taken[claim], **line} for claim, line in lines["evidence"].items()}
    return found | {
        "lacks": list(mapping.lacks),
        "evidence": evidence,
        "assumptions": lines["assumptions"],
        "capabilities": platform.declared.as_json(),
    }


def _shown(word: str) -> str:
    return without_numbers(word)[:80]


def _words(words: Counter[tuple[str, ContactStatus]]) -> list[dict[str, Any]]:
    return [
        {
            "word": _shown(word),
            "rows": count,
            "means": "held: nobody has mapped it" if read is ContactStatus.UNKNOWN else read.value,
        }
        for (word, read), count in words.most_common()
    ]


def _selectors(fields: JobFields | RowFields | CallFields) -> Iterator[tuple[str, Selector]]:
    for name in type(fields).model_fields:
        if (at := getattr(fields, name)) is not None:
            yield name, at


def _expressions(fields: JobFields | RowFields | CallFields) -> dict[str, str]:
    return {name: at.text for name, at in _selectors(fields)}


def _filled(document: Any, at: Selector, bodies: Sequence[Any]) -> dict[str, Any]:
    there = 0
    for body in bodies:
        try:
            there += Reading(document, body).any(at) not in (None, "")
        except ValueError:
            continue
    return {"expression": at.text, "filled": there, "of": len(bodies)}
