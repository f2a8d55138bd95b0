"""The report of a recovery: gathered, put into words, cleaned, written."""

import json

from models.masking.redaction import redact
from models.report.page.as_markdown import markdown
from models.report.page.document import Document
from models.report.page.report import report
from models.report.page.voices import Format, Voice
from models.report.page.web.page import html
from tasks.finish.page.chart import picture_of
from tasks.finish.page.gather import situation_of, work_of
from tasks.ledger import outbox, recoveries
from tasks.ledger.store import Ledger


def document_of(
    ledger: Ledger, recovery_id: str, voice: Voice, key: bytes, *, drawn: bool = True
) -> Document:
    """Return the report of a recovery as it stands; no whole number and no secret is in it.

    `key` makes the tokens of numbers. Where it is not `drawn`, of the chart there are only its words. Raises
    NoSuchRecoveryError.
    """
    recovery = recoveries.get(ledger, recovery_id)
    numbers = outbox.numbers_of(ledger, recovery_id)

    def clean(text: str) -> str:
        return str(redact(text, key=key, known_numbers=numbers)[0])

    now = situation_of(ledger, recovery)
    picture = picture_of(ledger, recovery, now, voice, clean, drawn=drawn)
    return report(now, work_of(ledger, recovery, now), voice, picture).through(clean)


def written(document: Document, how: Format) -> str:
    """Return a report in one of its formats."""
    if how is Format.HTML:
        return html(document)
    if how is Format.MD:
        return markdown(document)
    return json.dumps(document.as_json(), ensure_ascii=False, indent=2) + "\n"
