"""The story of a Retell user, by processes: an upload in, a person as the fence, calls with tokens."""

from collections import Counter
from typing import Any

import pytest

from deployments.sandbox.client import Sandbox
from tests.acceptance.site import Completed, OpenSite, Site, finished, until

CREATE = "/v2/create-phone-call"
POLICY = {
    "stall_seconds": 2,
    "poll_seconds": 0.2,
    "calls_per_second": 5,
    "headroom": 1,
    "lease_seconds": 20,
    "permits": 11,
}
ENV: dict[str, Any] = {"RINGBACK_PLATFORM": "retell"}


def run(site: Site, *args: str) -> Completed:
    """Run one command."""
    return site.run(*args, "--json", **ENV)


def observe(site: Site, *more: str) -> Completed:
    """Hand over what the dashboard shows now."""
    shown = site.sandbox.retell_batch(site.world.key)
    counted = ("--expected", str(shown["expected"]), "--processed", str(shown["processed"]))
    return run(site, "observe", site.job, "--status", shown["status"], *counted, *more)


def singles(site: Site) -> Counter[str]:
    """Return how often single calls dialled each number, by the sandbox's own record."""
    return Counter(one["phone"] for one in site.history["dials"] if one["job_name"].startswith("call of"))


@pytest.fixture
def site(open_site: OpenSite) -> Site:
    """Return a batch that has stalled in Retell."""
    return open_site("dead-dispatcher", contacts=24, speed=60, permits=11, policy=POLICY)


@pytest.mark.timeout(600)
def test_a_retell_user_recovers_a_stalled_batch(site: Site, sandbox: Sandbox) -> None:
    """Stall named, plan approved, stop confirmed, calls one by one, an answer cut, killed, nobody twice."""
    assert run(site, "triage", site.job).code != 0
    upload = site.home / "upload.csv"
    upload.write_text(sandbox.retell_batch(site.world.key)["upload"])
    assert observe(site, "--upload", str(upload)).code == 0
    until(lambda: _cause(site) == "dead_dispatcher", "the stall is named", 30)
    checked = run(site, "platform", "check", site.job).json
    assert checked["capabilities"]["find"] == "token"
    assert checked["calls_are_all"]
    assert checked["assumptions"]

    left = run(site, "plan", site.job).json["counts"]["redial"]
    assert left > 8
    waiting = run(site, "recover", site.job, "--no-prefect")
    assert (waiting.code, waiting.json["state"]) == (3, "awaiting_approval"), waiting.stderr
    recovery_id = waiting.json["recovery_id"]
    assert run(site, "approve", recovery_id, "--by", "Ana", "--reason", "looks right").code == 0
    asked = run(site, "resume", recovery_id, "--no-prefect")
    assert (asked.code, asked.json["state"]) == (3, "held"), asked.stderr
    assert f"confirm-stopped {recovery_id}" in asked.json["next_action"]
    assert singles(site).total() == 0

    sandbox.do(site.world.key, "cancel_job")
    for fault in ("accept_then_cut", "accept_then_500"):
        sandbox.fault(site.world.key, fault, on=CREATE, skip=1)
    counted = str(sandbox.retell_batch(site.world.key)["processed"])
    words = ("confirm-stopped", recovery_id, "--by", "Ben", "--processed", counted)
    with site.running(*words, "--no-prefect", "--json", **ENV) as process:
        until(lambda: singles(site).total() >= 4, "some were called", 60, by=[process])
        process.kill()
    with site.running("resume", recovery_id, "--no-prefect", "--json", **ENV) as process:
        told = finished(process, 200)
    done = told.json
    assert done["state"] == "recovered", (done["next_action"], told.stderr)
    _nobody_twice_and_nobody_unknown(site, done, left)
    assert run(site, "audit", recovery_id, "--verify").json["ok"]
    stopped = [one for one in run(site, "audit", recovery_id).json["entries"] if one["kind"] == "stopped"]
    assert [one["body"]["by"] for one in stopped] == ["Ben"]
    assert b"private matter" not in site.ledger.read_bytes()


def _cause(site: Site) -> str:
    return str(run(site, "triage", site.job).json["diagnosis"]["cause"])


def _nobody_twice_and_nobody_unknown(site: Site, done: dict[str, Any], left: int) -> None:
    dialled, counts = singles(site), done["counts"]
    assert max(dialled.values()) == 1
    assert dialled.total() == left == counts["planned"] == counts["accepted"]
    assert counts["unknown"] == 0
    calls = site.ask("select state, call_id, answer from placed_call")
    assert {state for state, _, _ in calls} == {"accepted"}
    assert all(call_id for _, call_id, _ in calls)
    assert sum(1 for _, _, answer in calls if answer.startswith("asked again")) >= 1
