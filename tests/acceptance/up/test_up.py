"""`ringback up`: approvals by form, command line and time, sweeps, and a power cut."""

import subprocess
import sys
from dataclasses import dataclass
from typing import Any

import pytest

from deployments.prefect.automations import GOES_ON, MISSED, NAME
from deployments.prefect.register import PLACE_SECONDS, SWEEPS_AT_ONCE
from tasks.prefect_api.rest import Row
from tasks.prefect_api.server.password import CLIENT
from tests.acceptance.site import ROOT, whole
from tests.acceptance.up.up_site import ENDS, ROOTS, Asked, UpSite

pytestmark = pytest.mark.timeout(1200)

DECIDED = ("approved", "declined", "late")


@dataclass(frozen=True)
class Told:
    """What was decided after the power cut: the runs at their end, and two sweeps asked for at once."""

    ended: dict[str, Row]
    sweeps: list[Row]


@pytest.fixture(scope="module")
def told(up: UpSite, asked: Asked, lost: object) -> Told:
    """Decide about what waits: in the form, at the command line, and not at all."""
    with up.api() as api:
        assert api.resume(asked.before["declined"]["id"], answers("decline"))
    up.decide("approve", asked.before["approved"])
    sweeps = [up.sweep_of("late") for _ in range(2 * SWEEPS_AT_ONCE)]
    ids = {name: run["id"] for name, run in asked.before.items()}
    ended = {name: up.until(ids[name], *ENDS) for name in ("approved", "declined")}
    ended["late"] = swept_up(up, ids["late"])
    return Told(ended, [up.until(run["id"], *ENDS) for run in sweeps])


def swept_up(up: UpSite, run_id: str) -> Row:
    """Sweep until a run has ended: one that comes while another one runs is cancelled, and sweeps nothing."""

    def over() -> Row | None:
        up.until(up.sweep_of("late")["id"], *ENDS)
        run = up.run(run_id)
        return run if run["state_type"] in ENDS else None

    ended: Row = up.wait(over, "a sweep ends the plan that nobody answers")
    return ended


def answers(decision: str) -> dict[str, str]:
    """Return a filled form."""
    return {"decision": decision, "name": "Ana", "reason": "checked with the owner"}


@pytest.mark.parametrize(
    ("request_body", "field"),
    [
        ({"job_id": "x"}, "job_id"),
        ({"job_id": "job_123", "approval": "yes"}, "approval"),
        ({"job_id": "job_123", "ticket": "no system"}, "ticket"),
        ({"job_id": "job_123", "operator_fixed": "perhaps"}, "operator_fixed"),
        ({"job_id": "job_123", "dial_all": True}, "dial_all"),
        ({}, "job_id"),
    ],
)
def test_bad_parameters_are_refused_before_a_run_exists(
    up: UpSite, request_body: dict[str, Any], field: str
) -> None:
    """A form that cannot be used is refused with the field's name, and no run is made of it."""
    answer = up.post("recover", {"parameters": {"request": request_body}})
    assert answer.status_code == 409, answer.text
    assert field in answer.text
    with up.api() as api:
        assert all(run["parameters"]["request"] != request_body for run in api.runs(ROOTS))


def test_a_run_is_named_after_its_job_workspace_and_ticket(up: UpSite, asked: Asked) -> None:
    """Whoever scans the list of runs finds a job by its id, its workspace and its ticket."""
    job, workspace = up.sites["approved"].job, up.workspace("approved")
    assert asked.before["approved"]["name"] == f"recover {job} · {workspace} · ZD-4711"


def test_waiting_outlives_a_power_cut(asked: Asked) -> None:
    """A run that waits for a person still waits after everything was killed and started again."""
    assert {asked.after[name]["state_name"] for name in DECIDED} == {"Suspended"}


def test_an_approval_at_the_command_line_resumes_the_run(up: UpSite, asked: Asked, told: Told) -> None:
    """`ringback approve` lets the very run go on that waited, to its end in the runbook's words."""
    run = told.ended["approved"]
    assert (run["state_name"], run["id"]) == ("Recovered", asked.before["approved"]["id"])
    assert "kept back for a person" in run["state"]["message"]
    assert up.sites["approved"].breaches() == ()


def test_a_decline_in_the_form_calls_nobody(up: UpSite, told: Told) -> None:
    """Declining in Prefect's form ends the run as Held, with the reason, and nobody is called."""
    run = told.ended["declined"]
    assert (run["state_type"], run["state_name"]) == ("FAILED", "Held")
    assert "Declined by Ana: checked with the owner. Nobody was called." in run["state"]["message"]
    assert up.sites["declined"].dialled() == {}
    shown = up.command("audit", up.recovery(run), "--json").json["entries"]
    (kept,) = [entry["body"] for entry in shown if entry["kind"] == "declined"]
    assert (kept["by"], len(kept["plan_hash"])) == ("Ana", 64)
    assert up.announced(up.recovery(run), 3) == ["running", "awaiting_approval", "held"]


def test_an_unanswered_plan_is_held_and_never_sent(up: UpSite, told: Told) -> None:
    """A plan that nobody approved in time is held by the sweep, and its run ends saying so."""
    run = told.ended["late"]
    assert (run["state_name"], run["state_type"]) == ("Held", "FAILED")
    assert "Nobody approved the plan by" in run["state"]["message"]
    assert up.sites["late"].dialled() == {}
    again = up.command("approve", up.recovery(run), "--by", "Cy", "--reason", "too late", "--json")
    assert again.code == 2


def test_an_empty_or_wrong_form_decides_nothing(up: UpSite, told: Told) -> None:
    """A run resumes on nothing but a whole form; here it has ended, and no form wakes it again."""
    with up.api() as api:
        for form in ({}, {"decision": "approve"}, answers("perhaps"), answers("approve")):
            assert not api.resume(told.ended["late"]["id"], form)


def test_a_killed_recovery_goes_on_by_itself(up: UpSite, asked: Asked) -> None:
    """What was dialling at the power cut goes on without a person and ends, with nobody called twice."""
    site, recovery = up.sites["killed"], up.recovery(asked.before["killed"])

    def end() -> Row | None:
        with up.api() as api:
            return next((run for run in api.runs_of(recovery) if run["state_name"] == "Recovered"), None)

    assert up.wait(end, "the killed recovery has recovered")
    assert site.breaches() == ()
    assert max(site.dialled().values()) == 1


def test_only_few_sweeps_run_at_once(up: UpSite, told: Told) -> None:
    """Of many sweeps at once two run and the others are cancelled, whoever asked for them."""
    runs = up.sweeps()
    swept = [(run["start_time"], run["end_time"]) for run in runs if run["state_name"] == "Swept"]
    assert {run["state_name"] for run in told.sweeps} <= {"Swept", "Cancelled"}
    assert any(run["state_name"] == "Cancelled" for run in runs)
    at_once = [sum(begun <= moment < ended for begun, ended in swept) for moment, _ in swept]
    assert max(at_once) <= SWEEPS_AT_ONCE


def test_the_sweep_is_on_a_schedule(up: UpSite, told: Told) -> None:
    """The next sweeps stand in Prefect's plan without anybody having asked for them."""
    assert up.wait(lambda: [run for run in up.sweeps() if run["auto_scheduled"]], "sweeps are planned")


def test_a_sweep_is_summed_up_over_all_workspaces(up: UpSite, told: Told) -> None:
    """What a sweep saw stands in one artifact beside its run, workspace by workspace."""
    whole = [run for run in up.sweeps() if not run["parameters"]["request"].get("workspace")]
    newest = next(run for run in whole if run["state_name"] == "Swept")
    assert f"{len(up.sites)} workspaces" in newest["state"]["message"]
    shown = up.artifacts(newest["id"])
    assert shown.keys() == {"sweep", "waiting"}
    assert all(up.workspace(name) in shown["sweep"] for name in up.sites)


def test_a_sweep_opens_one_recovery_of_a_stalled_job(up: UpSite, told: Told) -> None:
    """Where the policy says propose, however many sweeps come by, one run of its own waits for a person."""
    site = up.sites["opened"]
    with up.api() as api:
        mine = [run for run in api.runs(ROOTS) if run["parameters"]["request"].get("job_id") == site.job]
    assert [run["state_name"] for run in mine] == ["Suspended"]
    assert mine[0]["parameters"]["request"]["requested_by"] == "sweep"
    assert site.ask("select count(*) from recovery where job_id = ?", site.job) == [(1,)]
    assert site.dialled() == {}


def test_a_cancel_in_prefect_takes_the_recovery_back(up: UpSite, told: Told) -> None:
    """Cancelling the run that waits ends its recovery too, at the next sweep; nothing goes on behind it."""
    (run,) = [one for one in up.waiting() if one["parameters"]["request"]["requested_by"] == "sweep"]
    up.cancel(run["id"])
    up.until(run["id"], "CANCELLED")
    site, recovery = up.sites["opened"], up.recovery(run)
    sql = "select state from recovery where id = ?"

    def taken_back() -> bool:
        swept = up.until(up.sweep_of("opened")["id"], *ENDS)
        return swept["state_name"] == "Swept" and site.ask(sql, recovery) == [("cancelled",)]

    up.wait(taken_back, "a sweep takes the recovery back")
    assert site.dialled() == {}
    assert up.announced(recovery, 3) == ["running", "awaiting_approval", "cancelled"]


def test_what_people_read_stands_beside_the_run_once(up: UpSite, told: Told) -> None:
    """After suspending and resuming, findings, plan, looks, progress and report stand there once each."""
    shown = up.artifacts(told.ended["approved"]["id"])
    kinds = {key.split("-")[0] for key in shown}
    assert kinds == {"findings", "plan", "sample", "progress", "report"}
    report = next(data for key, data in shown.items() if key.startswith("report"))
    assert "**Next:**" in report
    assert "All dispatched and all finished" in report
    for name in DECIDED:
        text = str(up.artifacts(told.ended[name]["id"])) + str(told.ended[name])
        assert whole(up.sites[name].numbers(), text) == set()
        assert up.sites[name].world.key not in text


def field_of(row: Row) -> tuple[Row, Row | None]:
    """Return a deployment without the field that names a workspace in its form, and that field."""
    (name, form), *more = row["parameter_openapi_schema"]["definitions"].items()
    assert more == []
    fields = {title: field for title, field in form["properties"].items() if title != "workspace"}
    schema = row["parameter_openapi_schema"] | {"definitions": {name: form | {"properties": fields}}}
    return row | {"parameter_openapi_schema": schema}, form["properties"].get("workspace")


def test_prefect_yaml_says_the_same(up: UpSite, told: Told) -> None:
    """`prefect deploy --all` on any server makes the deployments and triggers of `ringback up`.

    All but the list of workspaces, which only the settings know: a name is typed there.
    """
    before, automations = up.deployments(), up.automations()
    command = (sys.executable, "-m", "prefect", "--no-prompt", "deploy", "--all")
    env = up.env() | {"PREFECT_API_URL": f"{up.site_url}/api", CLIENT: up.password}
    done = subprocess.run(
        command, env=env, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr
    typed, listed = ([field_of(row) for row in rows] for rows in (up.deployments(), before))
    for (again, free), (first, chosen) in zip(typed, listed, strict=True):
        assert again == first
        assert (free is None) is (chosen is None) is (first["name"] == "decide")
        if free and chosen:
            assert chosen["enum"] == ["", *map(up.workspace, up.sites)]
            assert "enum" not in free
            assert (free["title"], free["default"]) == (chosen["title"], chosen["default"])
            assert chosen["description"].startswith(free["description"])
    assert len(before) == 7
    assert [one["limit"] for one in before if one["name"] == "sweep"] == [(SWEEPS_AT_ONCE, 1 / PLACE_SECONDS)]
    assert up.automations() == automations
    assert [one["name"] for one in automations] == sorted([NAME, MISSED, GOES_ON])
    run = up.start_run("Triage a batch job", "triage", up.request("declined"))
    ended = up.until(run["id"], *ENDS)
    assert (ended["state_name"], ended["state_type"]) == ("Diagnosed", "COMPLETED")
    assert {key.split("-")[0] for key in up.artifacts(run["id"])} == {"findings"}
