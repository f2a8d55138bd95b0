"""The sandbox's faults as a client meets them over HTTP, each against what truly happened."""

from email.utils import parsedate_to_datetime
from time import monotonic, time

import httpx
import pytest

from deployments.sandbox.client import Sandbox, SandboxFailedError, WorldInfo

BATCHES = "/v1/convai/batch-calling"
HOUR = 3600


def open_http(world: WorldInfo) -> httpx.Client:
    """Open a plain HTTP client on a world."""
    return httpx.Client(base_url=world.url, headers={"xi-api-key": world.key}, timeout=20)


def submit(http: httpx.Client, world: WorldInfo, name: str = "rb-1 w1") -> httpx.Response:
    """Submit a job for one person."""
    body = {"call_name": name, "agent_id": world.agent_id, "recipients": [{"phone_number": "+61491570006"}]}
    return http.post(f"{BATCHES}/submit", json=body)


def names(http: httpx.Client) -> list[str]:
    """List the names of the workspace's jobs."""
    return [job["name"] for job in http.get(f"{BATCHES}/workspace").json()["batch_calls"]]


@pytest.fixture
def world(sandbox: Sandbox) -> WorldInfo:
    """Open a fresh world."""
    return sandbox.world("dead-dispatcher")


def test_an_answer_can_be_cut_after_the_job_was_accepted(sandbox: Sandbox, world: WorldInfo) -> None:
    """The client sees a cut connection and no answer, yet the job exists once."""
    sandbox.fault(world.key, "accept_then_cut")
    with open_http(world) as http:
        with pytest.raises(httpx.RemoteProtocolError):
            submit(http, world)
        assert names(http).count("rb-1 w1") == 1


def test_an_error_can_follow_an_accepted_job(sandbox: Sandbox, world: WorldInfo) -> None:
    """The client sees a 500, yet the job exists once."""
    sandbox.fault(world.key, "accept_then_500")
    with open_http(world) as http:
        assert submit(http, world).status_code == 500
        assert names(http).count("rb-1 w1") == 1


@pytest.mark.parametrize("seconds", [None, 7])
def test_a_429_was_never_processed(sandbox: Sandbox, world: WorldInfo, seconds: int | None) -> None:
    """A refused create leaves no job; Retry-After is there when the script says so."""
    sandbox.fault(world.key, "answer_429", retry_after=seconds, on="/submit")
    with open_http(world) as http:
        refused = submit(http, world)
        assert refused.status_code == 429
        assert refused.json()["detail"]["status"].endswith(("exceeded", "requests"))
        assert refused.headers.get("retry-after") == (None if seconds is None else "7")
        assert "rb-1 w1" not in names(http)


def test_a_body_can_dribble(sandbox: Sandbox, world: WorldInfo) -> None:
    """A slow answer takes its seconds and is whole in the end."""
    sandbox.fault(world.key, "slow_loris", seconds=0.5)
    with open_http(world) as http:
        begun = monotonic()
        assert http.get(f"{BATCHES}/{world.job_id}").json()["id"] == world.job_id
        assert monotonic() - begun >= 0.45


def test_a_body_can_be_cut_in_the_middle(sandbox: Sandbox, world: WorldInfo) -> None:
    """A page that breaks off is seen as a broken connection, not as a short answer."""
    sandbox.fault(world.key, "page_cut")
    with open_http(world) as http:
        with pytest.raises(httpx.RemoteProtocolError):
            http.get(f"{BATCHES}/{world.job_id}")
        assert http.get(f"{BATCHES}/{world.job_id}").status_code == 200


def test_a_body_can_be_garbled(sandbox: Sandbox, world: WorldInfo) -> None:
    """A 200 can carry something that is not JSON."""
    sandbox.fault(world.key, "malformed_json")
    with open_http(world) as http:
        answer = http.get(f"{BATCHES}/{world.job_id}")
        assert answer.status_code == 200
        with pytest.raises(ValueError, match="char"):
            answer.json()


def test_a_new_job_can_stay_unseen_for_a_while(sandbox: Sandbox, world: WorldInfo) -> None:
    """Under a visibility delay a job is neither listed nor found at first, and is there later."""
    sandbox.fault(world.key, "visibility_delay", seconds=2.0)
    with open_http(world) as http:
        job_id = submit(http, world).json()["id"]
        assert "rb-1 w1" not in names(http)
        assert http.get(f"{BATCHES}/{job_id}").status_code == 404
        while "rb-1 w1" not in names(http):
            pass
        assert http.get(f"{BATCHES}/{job_id}").status_code == 200


def test_a_list_can_be_stale(sandbox: Sandbox, world: WorldInfo) -> None:
    """A stale list lacks the newest job once, although the job can be read by its id."""
    sandbox.fault(world.key, "stale_list", seconds=60)
    with open_http(world) as http:
        job_id = submit(http, world).json()["id"]
        assert "rb-1 w1" not in names(http)
        assert http.get(f"{BATCHES}/{job_id}").status_code == 200
        assert "rb-1 w1" in names(http)


def test_a_finished_job_can_flip(sandbox: Sandbox) -> None:
    """A finished job reads in_progress once."""
    world = sandbox.world("finished", faults=[{"name": "status_flip"}])
    with open_http(world) as http:
        read = [http.get(f"{BATCHES}/{world.job_id}").json()["status"] for _ in range(3)]
    assert read == ["in_progress", "completed", "completed"]


@pytest.mark.parametrize(("on", "field"), [("job", "status"), ("row", "recipients")])
def test_a_status_can_be_one_that_nobody_documents(
    sandbox: Sandbox, world: WorldInfo, on: str, field: str
) -> None:
    """An undocumented word shows once, on the job or on a row."""
    sandbox.fault(world.key, "unknown_status", on=on)
    with open_http(world) as http:
        strange, plain = (http.get(f"{BATCHES}/{world.job_id}").json()[field] for _ in range(2))
    assert "draining" in str(strange)
    assert "draining" not in str(plain)


def test_rows_can_turn(sandbox: Sandbox, world: WorldInfo) -> None:
    """Rows come in another order on each read, and always all of them."""
    sandbox.fault(world.key, "rotate_rows")
    with open_http(world) as http:
        reads = [
            [row["id"] for row in http.get(f"{BATCHES}/{world.job_id}").json()["recipients"]]
            for _ in range(3)
        ]
    assert reads[0] != reads[1] != reads[2]
    assert sorted(reads[0]) == sorted(reads[1]) == sorted(reads[2])


@pytest.mark.parametrize("name", ["pages_twice", "pages_short"])
def test_pages_can_repeat_or_fall_short_but_lose_nothing(
    sandbox: Sandbox, world: WorldInfo, name: str
) -> None:
    """Whoever follows the cursor to its end and drops repeats has seen every call."""
    sandbox.fault(world.key, name, count=2)
    seen, cursor = [], None
    with open_http(world) as http:
        while True:
            query = {"page_size": 8, **({"cursor": cursor} if cursor else {})}
            page = http.get("/v1/convai/conversations", params=query).json()
            seen.append([call["conversation_id"] for call in page["conversations"]])
            if not page["has_more"]:
                break
            cursor = page["next_cursor"]
    everyone = {call for page in seen for call in page}
    assert len(everyone) == 30
    repeats = sum(map(len, seen)) - len(everyone)
    assert repeats == (16 if name == "pages_twice" else 0)
    assert any(len(page) == 4 for page in seen[:-1]) == (name == "pages_short")


def test_the_clock_can_be_wrong(sandbox: Sandbox, world: WorldInfo) -> None:
    """Date header and timestamps move together by the skew."""
    sandbox.fault(world.key, "clock_skew", seconds=-HOUR)
    with open_http(world) as http:
        answer = submit(http, world)
        assert parsedate_to_datetime(answer.headers["date"]).timestamp() == pytest.approx(
            time() - HOUR, abs=5
        )
        assert answer.json()["created_at_unix"] == pytest.approx(time() - HOUR, abs=5)


def test_worlds_live_side_by_side(sandbox: Sandbox) -> None:
    """What is done in one world is not seen in another."""
    one, other = sandbox.world("finished"), sandbox.world("finished")
    sandbox.do(one.key, "second_job")
    assert [len(sandbox.history(world.key)["jobs"]) for world in (one, other)] == [2, 1]
    assert one.job_id != other.job_id


def test_the_history_tells_the_truth(sandbox: Sandbox) -> None:
    """Dials, peaks, samples and fates agree with each other after a second job has run over everybody."""
    world = sandbox.world("finished", speed=100_000.0, permits=4)
    twin = sandbox.do(world.key, "second_job")
    while (told := sandbox.history(world.key))["jobs"][-1]["status"] != "completed":
        pass
    assert sum(dial["job_id"] == twin for dial in told["dials"]) == 60
    assert told["max_in_air"]["permits"] == max(held for _, held, _ in told["in_air_samples"]) == 2
    assert len(told["truth"]) == 60
    assert sum(one["reached_before"] for one in told["truth"]) == 52
    assert {one["dials"] for one in told["truth"]} == {2}


def test_a_misspelt_wish_is_refused_in_words(sandbox: Sandbox, world: WorldInfo) -> None:
    """An unknown scenario or fault names itself in the refusal."""
    with pytest.raises(SandboxFailedError, match="no scenario 'meteor'"):
        sandbox.world("meteor")
    with pytest.raises(SandboxFailedError, match="no fault 'meteor'"):
        sandbox.fault(world.key, "meteor")


def test_a_sandbox_stops_cleanly() -> None:
    """The server leaves with exit code 0 when it is told to stop."""
    with Sandbox() as running:
        assert httpx.get(f"{running.url}/sandbox/health").json()["ok"]
        assert running.stop() == 0
