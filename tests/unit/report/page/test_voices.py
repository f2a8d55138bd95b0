"""What the customer is told: in every state, for every cause, without a word of ours, and adding up."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.enums import Cause, State, Symptom
from models.report.page.customer import STATE_WORDS, counts, paragraph
from models.report.page.flow import FOR_CUSTOMERS, FOR_ENGINEERS, GROUPS, flow_of
from models.report.page.report import report
from models.report.page.situation import Situation, job_name
from models.report.page.voices import Voice
from models.report.people import People, PersonEnd
from tests.unit.report.page.example import ESCALATED, NOW, RECOVERED, WORK, ZONE

OURS = re.compile(
    r"ringback|recovery|\br_|fence|\bwaves?\b|permit|sample|ladder|dispatch|redial|ledger|epoch|\bleases?\b|triage|"
    r"escalat|kept back|plan hash|\bheld\b|suppress|disposition|prefect|provider|config|verdict|None|_",
    re.IGNORECASE,
)
"""Words that mean something to us alone."""
PLACES = st.dictionaries(st.sampled_from(PersonEnd), st.integers(1, 12_000), min_size=1)


def people_of(ends: dict[PersonEnd, int]) -> People:
    """Return a count of everybody that adds up."""
    return People(sum(ends.values()), ends)


def sentences(now: Situation) -> str:
    """Return everything that the customer's report says."""
    found = report(now, WORK, Voice.CUSTOMER)
    said = [text for one in found.sections.values() for text in one.paragraphs]
    return " ".join((found.title, found.state_words, *said, paragraph(now)))


@pytest.mark.parametrize(("state", "cause"), list(product(State, [None, *Cause])))
def test_no_word_of_ours_reaches_a_customer(state: State, cause: Cause | None) -> None:
    """Whatever the state and the cause, a support agent can send the sentences on."""
    symptoms: list[Symptom | None] = list(Symptom) if cause else [None]
    for symptom, begun in product(symptoms, (False, True)):
        now = replace(RECOVERED, state=state, cause=cause, symptom=symptom, declined=begun, interrupted=begun)
        now = now if begun else replace(now, people=People(0), calls=0, planned=0, fenced=False, eta=None)
        assert OURS.search(sentences(now)) is None, sentences(now)
        assert "There is nothing that you need to do" in sentences(now) or "Please" in sentences(now)


@given(PLACES)
def test_the_flow_adds_up(ends: dict[PersonEnd, int]) -> None:
    """From everybody expected each comes to one end, and each end is in one group, in both voices."""
    people = people_of(ends)
    for words in (FOR_CUSTOMERS, FOR_ENGINEERS):
        groups = flow_of(people, words)
        assert sum(group.count for group in groups) == people.expected
        assert {one.end: one.count for group in groups for one in group.ends} == ends
    assert sorted(end for ends in GROUPS.values() for end in ends) == sorted(PersonEnd)


@given(PLACES)
def test_the_figures_of_the_sentence_add_up(ends: dict[PersonEnd, int]) -> None:
    """The customer's sentence names everybody: its figures are the total, whoever adds them."""
    people = people_of(ends)
    told = re.sub(r" \([^)]*\)", "", counts(people)).replace(",", "")
    total, *parts = (int(figure) for figure in re.findall(r"\d+", told))
    assert (total, sum(parts)) == (people.expected, people.expected)


def eta(**moments: int | None) -> dict[str, Any]:
    """Return an estimate as the ledger keeps it, in minutes from now."""
    span = {
        name: None if m is None else (NOW + timedelta(minutes=m)).isoformat() for name, m in moments.items()
    }
    return {"basis": "rate", "all_finished": span}


RUNNING = replace(
    RECOVERED,
    state=State.RUNNING,
    people=People(60, {PersonEnd.REACHED_BEFORE: 30, PersonEnd.WAITING: 30}),
    eta=eta(earliest=22, likely=30, latest=48),
)


@pytest.mark.parametrize(
    ("now", "said"),
    [
        (RUNNING, "We expect the last call to end between 15:00 and 15:30 (Sydney time)."),
        (
            replace(
                RUNNING,
                eta=eta(earliest=22, latest=48)
                | {"all_dispatched": eta(earliest=9, latest=30)["all_finished"]},
            ),
            "between 14:45 and 15:10, and the last call to end between 15:00 and 15:30 (Sydney time).",
        ),
        (
            replace(RUNNING, missed=NOW - timedelta(minutes=10)),
            "longer than we told you: we had named 14:30 (Sydney time). We expect the last call",
        ),
        (
            replace(RUNNING, eta=eta(earliest=22, latest=48) | {"basis": "done"}),
            "We expect the last call to end",
        ),
        (replace(RUNNING, eta=eta(earliest=22, latest=None)), "not before 15:00 (Sydney time)."),
        (replace(RUNNING, eta=eta(earliest=20, latest=20)), "at about 15:00 (Sydney time)."),
        (replace(RUNNING, eta=eta(earliest=-30, latest=-10)), "The calls take longer than we expected."),
        (replace(RUNNING, zone="Nowhere/Else"), "between 04:00 and 04:30 (UTC)."),
        (
            replace(RUNNING, eta=eta(earliest=22, latest=1300)),
            "between 15:00 and 3 Mar, 12:20 (Sydney time).",
        ),
        (
            replace(RUNNING, waits_until=NOW + timedelta(hours=18)),
            "The calls go on at 3 Mar, 08:40 (Sydney time), when calling hours open.",
        ),
        (replace(RUNNING, interrupted=True), "A colleague starts it again. We name a time once"),
        (replace(RUNNING, eta=None), "We name a time once the first calls have been made."),
        (
            replace(RUNNING, state=State.AWAITING_APPROVAL, answer_by=NOW + timedelta(hours=2)),
            "The colleague decides by 16:40 (Sydney time). Nobody is called before.",
        ),
        (RECOVERED, "The last call ended at 14:21 (Sydney time)."),
        (
            replace(RUNNING, state=State.HEALTHY, cause=Cause.NONE, symptom=Symptom.NONE),
            "The batch calls the 30 people who are left by itself. We expect the last call to end between",
        ),
        (
            replace(
                RUNNING,
                state=State.HEALTHY,
                cause=Cause.CALLING_WINDOW,
                symptom=Symptom.NONE,
                opens=NOW + timedelta(hours=18),
            ),
            "left by itself. The calls begin at 3 Mar, 08:40 (Sydney time).",
        ),
        (ESCALATED, "But 8 of them failed, so we stopped calling."),
        (replace(ESCALATED, state=State.CANCELLED), "whether the 103 people who are left should still be"),
        (replace(RECOVERED, state=State.HELD, declined=True), "A colleague has decided against these calls"),
        (
            replace(RECOVERED, state=State.HEALTHY, cause=Cause.ALREADY_FINISHED, symptom=Symptom.NONE),
            'Your batch "Spring renewals" is finished.',
        ),
    ],
)
def test_the_customer_hears_by_when_and_what_comes_next(now: Situation, said: str) -> None:
    """The time is on the customer's clock, rounded outwards; without one it is said what is waited for."""
    assert said in paragraph(now)


def test_nobody_is_counted_where_nothing_could_be_read() -> None:
    """A recovery that was held before the job could be read says so, and gives no count of nought."""
    now = Situation(job="btcal_1", state=State.HELD, now=NOW, people=People(0))
    said = sentences(now)
    assert 'We could not look at your batch "btcal_1" yet.' in said
    assert "We could not count the people" in said
    assert "Of 0" not in said


def test_no_promise_where_it_cannot_be_kept() -> None:
    """That nobody was called twice is not said after a person's risk, nor where the batch itself did so."""
    assert "Nobody was called twice" in paragraph(RECOVERED)
    assert "Nobody was called twice" not in paragraph(replace(RECOVERED, by_decision=True))
    assert "Nobody was called twice" not in paragraph(replace(RECOVERED, cause=Cause.DUPLICATE_DISPATCH))


@pytest.mark.parametrize("state", State)
def test_only_a_good_end_says_that_nobody_was_called_twice(state: State) -> None:
    """A recovery may be held because a platform has dialled people again: nobody is told the contrary."""
    said = "Nobody was called twice" in sentences(replace(RECOVERED, state=state))
    assert said is (state is State.RECOVERED)


def test_a_name_is_one_line_without_a_number() -> None:
    """A job's name is what its owner typed: it is cut, and a number in it is left out."""
    assert job_name("Call\n+61 412 345 678  now", "btcal_1") == "Call [number] now"
    assert job_name(None, "btcal_1") == "btcal_1"
    assert len(job_name("long " * 100, "btcal_1")) <= 80


def test_every_state_has_its_words() -> None:
    """No state is left without a title, and times are shown for any zone."""
    assert set(STATE_WORDS) == set(State)
    assert datetime.now(UTC).tzinfo
    assert ZONE in report(RECOVERED, WORK, Voice.CUSTOMER).timezone
