"""What is told of a recovery is true: in every process, after every end, and of everybody once."""

import json
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from flows.recover import climb
from flows.triage import check_the_job
from models.enums import State
from models.policy.policy import Policy
from models.reasons.table import ReasonTable
from models.report.page.voices import Voice
from models.report.people import People, PersonEnd
from models.tables.ledger import Recovery
from models.verdict.ending import StopWish
from tasks.context import Case, RunContext
from tasks.finish.page.report import document_of
from tasks.finish.progress import progress_markdown
from tasks.finish.report import kept_back, report_of
from tasks.ledger import recoveries
from tasks.ledger.leases import release
from tasks.runtime.wiring import claim
from tests.chaos.kills import crash_points
from tests.integration.recovery.test_stop_wishes import MINUTES, POLICY, Stage
from tests.integration.scenes import KEY

ASK = {"approval": "ask"}


class Told(Stage):
    """A stage on which every run is a process of its own."""

    def process(self, **fields: Any) -> RunContext:
        """Return a context that knows nothing but the ledger and the platform."""
        return RunContext(
            workspace=self.scene.world.workspace_id,
            ledger=self.ledger,
            platform=self.platform,
            policy=Policy.model_validate({**POLICY, "permits": self.scene.world.permits.limit, **self.knobs}),
            table=ReasonTable.packaged(),
            home=self.home,
            secret=KEY.secret,
            case=Case(self.scene.job.id),
            **fields,
        )

    def run(self, **fields: Any) -> Recovery:
        """Recover in a new process, and let every call land."""
        ctx = self.process(**fields)
        found = claim(ctx)
        climb(ctx)
        release(self.ledger, ctx.held)
        self.clock.sleep(MINUTES)
        self.scene.world.advance(self.clock.now().timestamp())
        return recoveries.get(self.ledger, found.recovery_id)

    def people(self, recovery: Recovery) -> People:
        """Return the count of persons as every surface shows it."""
        return People.from_json(report_of(self.ledger, recovery.id)["people"])


def approve(stage: Told) -> Recovery:
    """Approve the plan that waits, in no process that climbs."""
    waiting = stage.run()
    assert waiting.state == State.AWAITING_APPROVAL.value
    return recoveries.decide(stage.ledger, waiting.id, approved=True, by="Kim", reason="read it")


def adds_up(stage: Told, recovery: Recovery) -> None:
    """Every person of the job has one end, and the report says so in one sentence."""
    people = stage.people(recovery)
    assert people.expected == len(stage.scene.job.rows) == sum(people.of(end) for end in PersonEnd)
    page = document_of(stage.ledger, recovery.id, Voice.CUSTOMER, KEY.secret, drawn=False)
    assert page.people == people
    assert sum(group.count for group in page.flow) == people.expected


@pytest.fixture(scope="module")
def escalated(tmp_path_factory: pytest.TempPathFactory) -> tuple[Told, Recovery, dict[str, str]]:
    """Return a relaunch that was approved elsewhere and aborted, with its package."""
    stage = Told(tmp_path_factory.mktemp("poison"), "poison", dict(ASK))
    approve(stage)
    ended = stage.run()
    assert ended.state == State.ESCALATED.value
    with zipfile.ZipFile(str(ended.package)) as pack:
        files = {Path(name).name: pack.read(name).decode("utf-8", "replace") for name in pack.namelist()}
    return stage, ended, files


def test_a_package_after_an_approval_elsewhere_holds_everything(
    escalated: tuple[Told, Recovery, dict[str, str]],
) -> None:
    """Diagnosis, findings, calls and reasons are the ledger's: no process has to have seen them itself."""
    _, ended, files = escalated
    summary = json.loads(files["summary.json"])
    assert summary["required"]["symptom"]["name"] == (ended.diagnosis or {})["symptom"]
    assert summary["findings"]
    assert summary["reasons"]
    assert "redial in wave" in files["calls.csv"]
    assert len(files["reasons.csv"].splitlines()) > 1


def test_a_package_asks_what_its_ending_asks(escalated: tuple[Told, Recovery, dict[str, str]]) -> None:
    """After an abort nobody is asked to redial: engineering hears of the code, and who waits for its word."""
    _, ended, files = escalated
    summary = json.loads(files["summary.json"])
    assert summary["next_action"] == ended.next_action
    assert not any("Redial" in line for line in (summary["next_action"], *summary["asked"]))
    assert any("safe to call" in line for line in summary["asked"])
    assert "calls ended with" in ended.next_action


def test_the_counts_of_a_package_are_those_of_the_report(
    escalated: tuple[Told, Recovery, dict[str, str]],
) -> None:
    """Failed, successful and total are people over the source and the redials, and add up."""
    stage, ended, files = escalated
    adds_up(stage, ended)
    people, counts = stage.people(ended), json.loads(files["summary.json"])["required"]["counts"]
    assert counts == {
        "failed": people.unsuccessful,
        "successful": people.reached,
        "total": people.expected,
    }
    assert people.message() in files["SUMMARY.md"]


@pytest.mark.parametrize("scenario", ["dead-dispatcher", "permit-leak"])
def test_a_job_that_we_stopped_and_finished_is_said_to_be_so(tmp_path: Path, scenario: str) -> None:
    """A second recovery tells who stopped and finished the job; it is held only with the list of whom for."""
    stage = Told(tmp_path, scenario)
    first = stage.run()
    adds_up(stage, first)
    looked = check_the_job(stage.process())
    second = stage.run()
    adds_up(stage, second)
    why = (second.diagnosis or {})["words"]
    assert f"Stopped by recovery {first.id}" in why
    assert "and finished by it at" in why
    assert "without an end" not in why
    people, kept = stage.people(second), kept_back(stage.ledger, second.id)
    assert people == stage.people(first)
    if people.is_through:
        assert (second.state, kept) == (State.HEALTHY.value, [])
    else:
        assert second.state == State.HELD.value
        assert len(kept) == people.of(PersonEnd.KEPT_BACK, PersonEnd.FAILED)
        assert f"`ringback decide {second.id}` lists them" in second.next_action
        assert f"`ringback plan {second.job_id}` lists them" in looked.next_action


def test_a_set_up_that_stays_broken_is_not_to_be_waited_for(tmp_path: Path) -> None:
    """A sample that fails by the set-up asks to repair it, whatever the operator has said before."""
    stage = Told(tmp_path, "config-fault")
    held = stage.run()
    adds_up(stage, held)
    again = stage.run(operator_fixed=True)
    adds_up(stage, again)
    assert again.verdict == "abort"
    assert "ait until" not in again.next_action
    assert "repair what the reason names" in again.next_action


def test_progress_says_who_was_never_called(tmp_path: Path) -> None:
    """After a sample that was stopped the bar is not full, and those who were not called are counted."""
    stage = Told(tmp_path, "provider-outage")
    ended = stage.run()
    adds_up(stage, ended)
    ctx = replace(stage.process(), claim=None)
    counts = report_of(stage.ledger, ended.id)["counts"]
    ctx.claim = claim_of(stage, ended)
    shown = progress_markdown(ctx)
    assert f"of {counts['planned']} called, {counts['skipped'] + counts['withdrawn']} not called" in shown
    assert "░" in shown
    assert "all finished" not in shown.lower()


def claim_of(stage: Told, ended: Recovery) -> Any:
    """Return a claim that names a recovery; it is only read by."""
    from tasks.ledger.store import Claim

    key = (ended.workspace, ended.platform, ended.job_id)
    return Claim(*key, ended.id, 1)


def test_an_estimate_stands_in_the_ledger_while_it_runs(tmp_path: Path) -> None:
    """Whoever asks between two waves finds as of when and by when, and not only at the end."""
    stage = Told(tmp_path, "dead-dispatcher", {"permits": 2})
    seen: dict[str, dict[str, Any]] = {}

    def look() -> StopWish | None:
        for one in recoveries.running_in(stage.ledger, stage.scene.world.workspace_id):
            if one.eta and one.eta["all_dispatched"]:
                seen[one.eta["as_of"]] = one.eta
        return StopWish("seen enough") if len(seen) > 1 else None

    stage.run(stop_asked=look)
    assert len(seen) > 1
    assert all(eta["as_of"] <= eta["all_dispatched"]["likely"] for eta in seen.values())


def test_a_plan_that_was_decided_about_waits_for_nobody(tmp_path: Path) -> None:
    """After an approval calling has not begun, after a decline a person decides: neither waits any more."""
    stage = Told(tmp_path, "dead-dispatcher", dict(ASK))
    approved = approve(stage)
    assert "waits for a person" not in (approved.eta or {})["words"]
    other = Told(tmp_path, "dead-dispatcher", dict(ASK))
    waiting = other.run()
    assert other.people(waiting).of(PersonEnd.WAITING)
    declined = recoveries.decide(other.ledger, waiting.id, approved=False, by="Kim", reason="wrong list")
    assert "waits for a person" not in (declined.eta or {})["words"]
    assert not other.people(declined).of(PersonEnd.WAITING)
    assert report_of(other.ledger, declined.id)["why"] == "A person declined the plan."


def test_a_recovery_that_nobody_runs_says_so(tmp_path: Path) -> None:
    """After its process is gone the report names both ways on, and not what an approval promised."""
    stage = Told(tmp_path, "dead-dispatcher", dict(ASK))
    waiting = approve(stage)

    def die() -> StopWish | None:
        if recoveries.counts(stage.ledger, waiting.id)["accepted"]:
            raise crash_points.Crash
        return None

    with pytest.raises(crash_points.Crash):
        stage.run(stop_asked=die)
    assert "interrupted" not in report_of(stage.ledger, waiting.id)["next_action"]
    stage.clock.sleep(MINUTES)
    told = report_of(stage.ledger, waiting.id)
    assert told["state"] == State.RUNNING.value
    assert "interrupted" in told["next_action"]
    for command in ("resume", "cancel"):
        assert f"`ringback {command} {waiting.id}`" in told["next_action"]
    stage.run()
    assert "interrupted" not in report_of(stage.ledger, waiting.id)["next_action"]
