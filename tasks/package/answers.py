"""What the platform answers about the calls that failed, and about one that did not: for its own people."""

from collections.abc import Iterator, Sequence
from typing import Any

from models.enums import ContactStatus, Disposition
from models.masking.quotes import without_numbers
from models.package.answers import structural
from models.platform import Call, PlatformDownError, PlatformError
from models.tables.ledger import Planned
from models.triage.observation import Observation
from tasks.context import RunContext
from tasks.marks import struck
from tasks.platforms.port import ShowsAnswers

MOST_SAMPLES = 3
"""Failed calls; a fourth that did not fail stands beside them."""
_FAILED = {one.value for one in (Disposition.TRANSIENT, Disposition.OPERATOR, Disposition.PERMANENT)}
_NOT_SHOWN = "Raw answers about calls are not read from this platform."


def samples_of(ctx: RunContext, look: Observation, planned: Sequence[Planned]) -> dict[str, Any]:
    """Return by name what was read of some calls, with the raw answer and the ids of its request.

    Failed redials come first, the newest of them, then failed calls of the source job.
    """
    asked = _Asked(ctx)
    failed = list(dict.fromkeys([*_redials(planned), *_of_source(ctx)]))[:MOST_SAMPLES]
    found = {f"failed_{n}": asked.sample(call_id) for n, call_id in enumerate(failed, 1)}
    good = next((row for row in look.rows if row.status is ContactStatus.REACHED and row.call_id), None)
    if good and good.call_id:
        found["good_1"] = asked.sample(good.call_id) | {"contact_id": good.id, "status": good.raw_status}
    return found


def _redials(planned: Sequence[Planned]) -> Iterator[str]:
    ended = [row for row in planned if row.outcome in _FAILED and row.call_id and row.settled_at]
    ended.sort(key=lambda row: (row.settled_at, row.row), reverse=True)
    yield from (str(row.call_id) for row in ended)


def _of_source(ctx: RunContext) -> Iterator[str]:
    calls = ctx.case.calls.values()
    yield from (call.id for call in calls if call.status is ContactStatus.NOT_REACHED)


class _Asked:
    """Asks the platform about a few calls; one that is down is not asked again."""

    def __init__(self, ctx: RunContext) -> None:
        self._ctx, self._down = ctx, ""

    def sample(self, call_id: str) -> dict[str, Any]:
        """Return what is known of a call, with the raw answer or why there is none."""
        read = self._ctx.case.calls.get(call_id)
        return {"call_id": call_id, **(_read(read) if read else {}), **self._answer(call_id)}

    def _answer(self, call_id: str) -> dict[str, Any]:
        platform = self._ctx.platform
        if not isinstance(platform, ShowsAnswers):
            return {"no_answer": _NOT_SHOWN}
        if self._down:
            return {"no_answer": self._down}
        try:
            answer = platform.answer_about(call_id)
        except PlatformError as error:
            struck("package.no_answer")
            why = without_numbers(str(error))
            self._down = why if isinstance(error, PlatformDownError) else ""
            return {"no_answer": why}
        return {"request_ids": dict(answer.request_ids), "answer": structural(answer.body)}


def _read(call: Call) -> dict[str, Any]:
    return {
        "status": call.raw_status,
        "answered": call.answered,
        "seconds": call.seconds,
        "carrier_id": call.carrier_id,
        "carrier": call.carrier.as_json() if call.carrier else None,
        "reasons": [{"system": r.system, "code": r.code, "text": r.text} for r in call.reasons],
    }
