"""Jobs that operators hand over: kept or refused whole, and judged like any other platform's."""

from pathlib import Path

import pytest
from sqlmodel import select

from flows.sweep import sweep_one
from models.enums import Cause
from models.enums import Path as Way
from models.tables.handovers import HandedFile, HandoverRow
from tasks.handovers.observe import NotTakenError
from tasks.ledger.audit import entries
from tasks.runtime.wiring import claim
from tasks.sweep.sweep import SweepResult
from tests.integration.handovers.voqo_site import JOB, STALL, VoqoSite
from tests.integration.scenes import phone

QUEUED = {"values": {"Queued": "not_dialed", "Busy": "later", "Trunk down": "transient"}}
REPORTED = ((1, "completed"), (2, "Busy"), (3, "Trunk down"))


@pytest.fixture
def site(tmp_path: Path) -> VoqoSite:
    """Return a workspace of Voqo."""
    return VoqoSite(tmp_path, QUEUED)


def kept(site: VoqoSite) -> tuple[int, int]:
    """Return how many hand-overs and files the ledger holds."""
    with site.handovers.ledger.read() as session:
        return len(session.exec(select(HandoverRow)).all()), len(session.exec(select(HandedFile)).all())


def stalled(site: VoqoSite, people: int = 6) -> None:
    """Hand over a job that has stood still for long enough."""
    site.observe(upload=site.upload(people), report=site.report(*REPORTED), expected=people, processed=3)
    site.clock.sleep(STALL)
    site.observe(processed=3)


def test_a_stalled_job_is_named_and_planned(site: VoqoSite) -> None:
    """Two hand-overs apart by the stall's time name the stall; who may be redialled follows as ever."""
    stalled(site)
    diagnosis = site.triage().case.diagnosis
    assert diagnosis is not None
    assert (diagnosis.cause, diagnosis.path) == (Cause.DEAD_DISPATCHER, Way.RECOVER)
    assert site.plan() == {1: "drop", 2: "drop", 3: "redial", 4: "redial", 5: "redial", 6: "redial"}


def test_looking_again_and_again_is_no_stall(site: VoqoSite) -> None:
    """However often one hand-over is looked at, and however late: it never becomes a stall."""
    site.observe(upload=site.upload(4), processed=0)
    for _ in range(3):
        site.clock.sleep(STALL)
        diagnosis = site.triage().case.diagnosis
        assert diagnosis is not None
        assert (diagnosis.cause, diagnosis.path) == (Cause.UNKNOWN, Way.HOLD)
        assert f"ringback observe {JOB}" in diagnosis.next_action


def test_a_sweep_of_one_hand_over_opens_nothing(site: VoqoSite) -> None:
    """Sweeps see the same hand-over again: that it has not moved between two of them means nothing."""
    site.observe(upload=site.upload(4), processed=0)
    for _ in range(3):
        swept = SweepResult("ws_1")
        sweep_one(site.runtime.context(""), swept, _Nobody())
        assert [(one.job_id, one.needs_recovery) for one in swept.seen] == [(JOB, False)]
        site.clock.sleep(STALL)
    stalled(site, 4)
    swept = SweepResult("ws_1")
    sweep_one(site.runtime.context(""), swept, _Nobody())
    assert [one.needs_recovery for one in swept.seen] == [True]


class _Nobody:
    """Does nothing about what a sweep sees."""

    def act(self, seen: object) -> str:
        return "nothing"

    def go_on(self, recovery_id: str) -> str:
        return "nothing"

    def tend(self, waiting: object) -> dict[str, str]:
        return {}


@pytest.mark.parametrize(
    ("seen", "actions"),
    [
        ({"processed": 3}, {4: "redial", 5: "redial"}),
        ({"processed": 4}, {4: "hold", 5: "hold"}),  # a fourth was called, and no row shows whom
        ({}, {4: "hold", 5: "hold"}),  # nobody has counted
    ],
)
def test_who_is_in_no_report_is_redialled_only_where_the_counter_agrees(
    site: VoqoSite, seen: dict[str, int], actions: dict[int, str]
) -> None:
    """A contact without a row may have been called: only a counter that says the same makes it undialled."""
    site.observe("Completed", upload=site.upload(5), report=site.report(*REPORTED), **seen)
    assert {row: action for row, action in site.plan().items() if row > 3} == actions


@pytest.mark.parametrize(
    ("status", "changes"),
    [
        ("Running", {"agent_id": None}),  # no call can be started
        ("Paused", {}),
        ("Runing", {}),  # not a word that is known
        ("Pending", {}),
    ],
)
def test_what_is_not_known_holds(site: VoqoSite, status: str, changes: dict[str, None]) -> None:
    """Without an agent, or in a state that is unknown or not ours to judge, nothing is redialled."""
    for _ in range(2):
        site.observe(status, upload=site.upload(3), processed=0, **changes)
        site.clock.sleep(STALL)
    diagnosis = site.triage().case.diagnosis
    assert diagnosis is not None
    assert diagnosis.path is Way.HOLD


@pytest.mark.strikes("handovers.not_taken")
def test_what_is_not_the_jobs_is_refused_whole(site: VoqoSite) -> None:
    """A foreign or older file, or a counter that runs back, is refused in a sentence and not kept."""
    site.observe(upload=site.upload(3), report=site.report((1, "failed"), (2, "completed")), processed=2)
    before = kept(site)
    for bad, words in (
        ({"report": site.report((9, "failed"), name="other.csv")}, "another job's"),
        ({"report": site.report((1, "failed"), name="old.csv")}, "older"),
        ({"upload": site.upload(4, "more.csv")}, "Another upload"),
        ({"processed": 1}, "fewer than the 2"),
        ({"report": site.home / "upload.csv"}, "one of them only"),
        ({"upload": site.file("empty.csv", ["phone_number"])}, "no rows"),
        ({"report": site.home / "missing.csv"}, "no file"),
        ({"report": site.file("words.csv", ["name,word", "a,b"])}, "column"),
    ):
        with pytest.raises(NotTakenError, match=words) as refused:
            site.observe(**bad)
        assert phone(9) not in str(refused.value)
    assert kept(site) == before


def test_a_correction_takes_the_place_of_the_last(site: VoqoSite) -> None:
    """Whoever handed a wrong figure over says so: the last hand-over no longer counts, and is kept."""
    site.observe(upload=site.upload(3), processed=0)
    site.observe(processed=30)
    site.clock.sleep(STALL)
    site.observe(processed=0, correct=True)
    assert site.context().platform.get_job(JOB).dispatched == 0
    assert kept(site)[0] == 3


def test_who_two_reports_contradict_each_other_about_is_held(site: VoqoSite) -> None:
    """A report that goes on with some and back with others is kept: of the others nobody is sure any more."""
    site.observe(upload=site.upload(3), report=site.report((1, "Trunk down"), (2, "Trunk down")), processed=2)
    taken = site.observe(
        "Completed", report=site.report((1, "Queued"), (2, "Trunk down"), (3, "Trunk down")), processed=3
    )
    assert any("contradict" in note for note in taken.notes)
    assert site.plan() == {1: "hold", 2: "redial", 3: "redial"}


def test_two_jobs_of_the_same_people_are_a_second_run(site: VoqoSite) -> None:
    """Of jobs that were handed over both, a second run of the same people is seen, and named."""
    stalled(site)
    site.observe(
        job_id="job_2", upload=site.upload(6, "again.csv"), processed=1, report=site.report((1, "failed"))
    )
    diagnosis = site.triage().case.diagnosis
    assert diagnosis is not None
    assert diagnosis.cause is Cause.DUPLICATE_JOB


def test_an_open_recovery_hears_of_a_hand_over_without_numbers(site: VoqoSite) -> None:
    """The audit says who handed what over and when, by digests: no number and no file's name stands in it."""
    stalled(site)
    ctx = site.context()
    recovery_id = claim(ctx).recovery_id
    site.observe(f"Running {phone(1)}", processed=3, report=site.report(*REPORTED))
    (told,) = [one.body for one in entries(ctx.ledger, recovery_id) if one.kind == "handed_over"]
    assert (told["by"], told["processed"]) == ("Kim", 3)
    assert phone(1)[1:] not in str(told)
    assert "report.csv" not in str(told)
