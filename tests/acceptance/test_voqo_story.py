"""The story of a Voqo user, by processes: files in, a person as the fence, calls one by one."""

import json
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from deployments.sandbox.client import Sandbox
from tests.acceptance.site import Completed, OpenSite, Site, finished, until

SECRET = "whsec-of-the-story"
REASONS = """system,code,disposition,reached
voqo.error,busy here,later,no
voqo.error,temporarily unavailable,later,no
voqo.error,request terminated,later,no
voqo.error,decline,declined,no
"""
POLICY = {
    "stall_seconds": 1,
    "outcome_seconds": 8,
    "poll_seconds": 0.2,
    "calls_per_second": 5,
    "permits": 11,
    "headroom": 1,
    "lease_seconds": 20,
}


class Courier:
    """Carries webhooks from the sandbox to the gateway: some get lost, one comes twice."""

    def __init__(self, site: Site, gateway: str) -> None:
        self.site, self.gateway = site, gateway
        self.lost: list[str] = []
        self.carried: list[str] = []
        self.strangers: list[str] = []
        self.answers: Counter[int] = Counter()

    def carry(self) -> None:
        """Carry whatever is new."""
        for one in self.site.sandbox.voqo_webhooks(self.site.world.key, SECRET):
            if one["call_id"] in {*self.lost, *self.carried}:
                continue
            if one["ours"] and len(self.carried) >= 4 and not self.lost:
                self.lost.append(one["call_id"])
                continue
            twice = one["ours"] and not self.carried
            for _ in range(2 if twice else 1):
                self._post(one)
            (self.carried if one["ours"] else self.strangers).append(one["call_id"])
            if not one["ours"]:
                self.carried.append(one["call_id"])

    def _post(self, one: dict[str, Any]) -> None:
        url = f"{self.gateway}/platforms/{self.site.world.workspace_id}/voqo"
        answer = httpx.post(url, content=one["body"].encode(), headers=one["headers"], timeout=30)
        self.answers[answer.status_code] += 1

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Carry for as long as the block lasts."""
        over = threading.Event()

        def work() -> None:
            while not over.wait(0.2):
                self.carry()

        hand = threading.Thread(target=work)
        hand.start()
        try:
            yield
        finally:
            over.set()
            hand.join()


@contextmanager
def gateway(site: Site) -> Iterator[str]:
    """Run `ringback gateway` alone and give its address."""
    with site.running("gateway", "--port", "0", "--json", **env(site)) as process:
        assert process.stdout
        told = ""
        while not told.rstrip().endswith("}"):
            line = process.stdout.readline()
            assert line, process.communicate()
            told += line
        yield str(json.loads(told)["gateway"])


def env(site: Site) -> dict[str, Any]:
    """Return what the environment says of Voqo."""
    return {
        "RINGBACK_PLATFORM": "voqo",
        "RINGBACK_PLATFORM_WEBHOOK_SECRET": SECRET,
        "RINGBACK_REASONS": str(site.home / "reasons.csv"),
    }


def run(site: Site, *args: str) -> Completed:
    """Run one command."""
    return site.run(*args, "--json", **env(site))


def observe(site: Site, *more: str) -> Completed:
    """Hand over what the dashboard shows now."""
    shown = site.sandbox.voqo_files(site.world.key)
    counted = ("--expected", str(shown["expected"]), "--processed", str(shown["processed"]))
    return run(site, "observe", site.job, "--status", shown["status"], *counted, *more)


def download(site: Site, name: str) -> str:
    """Download the job's upload or report."""
    path = site.home / f"{name}.csv"
    path.write_text(site.sandbox.voqo_files(site.world.key)[name])
    return str(path)


def calls(site: Site) -> Counter[str]:
    """Return how often single calls dialled each number, by the sandbox's own record."""
    dials = site.history["dials"]
    return Counter(one["phone"] for one in dials if one["job_name"].startswith("call of"))


@pytest.fixture
def site(open_site: OpenSite) -> Site:
    """Return a job that has stalled in Voqo."""
    made = open_site("dead-dispatcher", contacts=24, speed=60, policy=POLICY)
    (made.home / "reasons.csv").write_text(REASONS)
    return made


@pytest.mark.timeout(600)
def test_a_voqo_user_recovers_a_stalled_job(site: Site, sandbox: Sandbox) -> None:
    """Stall named, plan approved, stop confirmed, calls one by one, killed in the middle, nobody twice."""
    upload = download(site, "upload")
    assert observe(
        site, "--upload", upload, "--report", download(site, "report"), "--agent", site.world.agent_id
    ).code == 0  # fmt: skip
    first = run(site, "triage", site.job).json["diagnosis"]
    assert (first["path"], "ringback observe" in first["next_action"]) == ("hold", True)
    until(lambda: observe(site).code == 0 and _stalled(site), "the stall is named", 30)

    plan = run(site, "plan", site.job).json
    left = plan["counts"]["redial"]
    assert left > 8
    waiting = run(site, "recover", site.job, "--no-prefect")
    assert (waiting.code, waiting.json["state"]) == (3, "awaiting_approval"), waiting.stderr
    recovery_id = waiting.json["recovery_id"]
    assert run(site, "approve", recovery_id, "--by", "Ana", "--reason", "looks right").code == 0
    asked = run(site, "resume", recovery_id, "--no-prefect")
    assert (asked.code, asked.json["state"]) == (3, "held")
    assert f"confirm-stopped {recovery_id}" in asked.json["next_action"]
    assert calls(site).total() == 0

    sandbox.do(site.world.key, "cancel_job")
    with gateway(site) as address:
        courier = Courier(site, address)
        with courier.at_work():
            words = ("confirm-stopped", recovery_id, "--by", "Ben", "--report", download(site, "report"))
            with site.running(*words, "--no-prefect", "--json", **env(site)) as process:
                until(lambda: calls(site).total() >= 3, "some were called", 60, by=[process])
                process.kill()
            with site.running("resume", recovery_id, "--no-prefect", "--json", **env(site)) as process:
                told = finished(process, 200)
    done = told.json
    assert done["state"] == "recovered", (done["next_action"], told.stderr)
    dialled = calls(site)
    assert max(dialled.values()) == 1
    assert dialled.total() <= left == done["counts"]["planned"]
    assert len(courier.lost) == 1
    assert courier.strangers
    assert courier.answers.keys() == {202}
    _everybody_is_told_of(site, recovery_id, done)


def _stalled(site: Site) -> bool:
    return bool(run(site, "triage", site.job).json["diagnosis"]["cause"] == "dead_dispatcher")


def _everybody_is_told_of(site: Site, recovery_id: str, done: dict[str, Any]) -> None:
    counts = done["counts"]
    parts = ("accepted", "refused", "unknown", "skipped")
    assert counts["planned"] == sum(counts[name] for name in parts)
    held = site.ask("select count(*) from planned where outcome = 'ambiguous'")[0][0]
    assert held >= 1
    listed = run(site, "status", recovery_id).json["contacts_kept_back"]
    assert sum(1 for one in listed if one["disposition"] == "ambiguous") == held
    chain = run(site, "audit", recovery_id, "--verify")
    assert chain.json["ok"]
    stopped = [
        one["body"]["by"]
        for one in run(site, "audit", recovery_id).json["entries"]
        if one["kind"] == "stopped"
    ]
    assert stopped == ["Ben"]
    text = Path(site.ledger).read_bytes()
    assert b"private matter" not in text
