"""The report in one of two voices: the same facts, the same sections, other words."""

from models.report.page import customer, engineer
from models.report.page.document import HEADINGS, Document, Picture, Section
from models.report.page.eta import span_of
from models.report.page.flow import FOR_CUSTOMERS, FOR_ENGINEERS, flow_of
from models.report.page.local_time import clock_of, day_words
from models.report.page.situation import Situation
from models.report.page.voices import Voice
from models.report.page.work import Work


def report(now: Situation, work: Work, voice: Voice, picture: Picture | None = None) -> Document:
    """Return the report of a recovery."""
    for_customer = voice is Voice.CUSTOMER
    clock, _ = clock_of(now.zone)
    return Document(
        voice=voice,
        title=_title(now, work, for_customer=for_customer),
        state=now.state.value,
        state_words=(customer.STATE_WORDS if for_customer else engineer.STATE_WORDS)[now.state],
        made_at=now.now,
        made_words=day_words(now.now, now.zone if for_customer else None),
        timezone=str(clock),
        people=now.people,
        flow=flow_of(now.people, FOR_CUSTOMERS if for_customer else FOR_ENGINEERS),
        sections=_for_customer(now) if for_customer else engineer.sections(now, work),
        eta=span_of(now.eta),
        ids={} if for_customer else work.ids,
        picture=picture,
    )


def _title(now: Situation, work: Work, *, for_customer: bool) -> str:
    if for_customer:
        return f"Your batch {customer.quoted(now.job)}"
    return f"Recovery {work.ids['recovery_id']} of job {work.ids['job_id']}"


def _for_customer(now: Situation) -> dict[str, Section]:
    said = {
        "what_happened": customer.what_happened(now),
        "why": customer.why(now),
        "what_was_done": customer.what_was_done(now),
        "people": [customer.counts(now.people)],
        "what_happens_next": customer.what_happens_next(now),
        "by_when": customer.by_when(now),
        "what_you_must_do": customer.what_you_must_do(now),
    }
    return {name: Section(HEADINGS[name], tuple(sentences)) for name, sentences in said.items()}
