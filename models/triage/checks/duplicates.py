"""Check 3: duplicate prevention, and which of its three layers failed."""

from collections.abc import Sequence
from typing import Any

from models.disposition.strategy import Judged
from models.enums import Cause, Check, Disposition, Severity
from models.masking.quotes import without_numbers
from models.triage.findings import Finding, plural, share
from models.triage.observation import Observation

SECOND_RUN = 0.5
"""A job that shares half of our people is a second run of it, not a follow-up of a few."""
UPLOAD_SHARE = 0.05
"""From this share of repeated rows on the upload itself is the trouble."""


def duplicates(look: Observation, judged: Sequence[Judged]) -> Finding:
    """Judge second runs of the job, repeated deliveries, and repeated numbers in the upload."""
    repeated = [one for one in judged if one.disposition is Disposition.DUPLICATE]
    runs = [s for s in look.siblings if not s.ours and s.shared >= SECOND_RUN * max(1, len(look.rows))]
    live = [s for s in runs if s.dialled or not s.job.status.is_over]
    strangers = [s for s in look.siblings if s.ours and not s.known]
    evidence: dict[str, Any] = {
        "second_runs": [s.job.id for s in runs],
        "repeated_deliveries": list(look.repeated_calls[:20]),
        "repeated_rows": len(repeated),
        "waves_of_another_ledger": [s.job.id for s in strangers],
        "not_looked_at": list(look.gaps),
    }
    if strangers:
        words = (
            f"{without_numbers(strangers[0].job.name)} calls {strangers[0].shared} of the same people for a "
            "recovery that this ledger does not know."
        )
        return Finding(Check.DUPLICATES, Severity.FAIL, Cause.OTHER_LEDGER, words, evidence)
    if live:
        words = f"Job {live[0].job.id} calls {live[0].shared} of the same people: the job was started twice."
        return Finding(Check.DUPLICATES, Severity.FAIL, Cause.DUPLICATE_JOB, words, evidence)
    if look.repeated_calls:
        words = f"{plural(len(look.repeated_calls), 'contact')} got more than one call in this job."
        return Finding(Check.DUPLICATES, Severity.FAIL, Cause.DUPLICATE_DISPATCH, words, evidence)
    return _upload(look, evidence, len(repeated))


def _upload(look: Observation, evidence: dict[str, Any], repeated: int) -> Finding:
    if repeated:
        grave = share(repeated, len(look.rows)) >= UPLOAD_SHARE
        severity = Severity.FAIL if grave else Severity.WARN
        words = f"{plural(repeated, 'row')} of the upload repeat a number; the first row of each is kept."
        return Finding(Check.DUPLICATES, severity, Cause.DUPLICATE_UPLOAD, words, evidence)
    if look.gaps:
        words = f"No duplicate was seen, but not everything could be looked at: {'; '.join(look.gaps)}."
        return Finding(Check.DUPLICATES, Severity.UNKNOWN, Cause.NONE, words, evidence)
    words = "No second run, no repeated delivery, no repeated number."
    return Finding(Check.DUPLICATES, Severity.OK, Cause.NONE, words, evidence)
