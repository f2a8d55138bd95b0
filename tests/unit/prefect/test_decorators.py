"""`@flow` and `@task`: plain calls where nobody shows them, Prefect's own objects where somebody does."""

import subprocess
import sys
from dataclasses import dataclass
from inspect import getsource, signature
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
import yaml
from prefect import Flow as GenuineFlow
from prefect import Task as GenuineTask
from prefect.exceptions import Abort
from prefect.flows import load_flow_from_entrypoint

from flows.recover import recover
from flows.triage import check_the_job
from models.platform import AuthenticationError, NoSuchJobError, PlatformDownError
from tasks import prefect as decorators
from tasks.ledger.errors import LeaseLostError
from tasks.prefect import READS, Beside, TaskAttempt, flow, platform_is_down, task
from tasks.prefect_api.rest import DEPLOYMENT, FLOW, SWEEP, SWEEP_FLOW
from tasks.triage import checks
from tests.fakes.bench import Bench, settings_of
from tests.unit.prefect.test_tracing import context_of

ROOT = Path(__file__).parents[3]
DEPLOYED = {one["name"]: one for one in yaml.safe_load((ROOT / "prefect.yaml").read_text())["deployments"]}


@dataclass
class Context:
    """What knows no run of Prefect's."""

    flow_run_id: UUID | None = None


@task(name="Add", **READS)
def add(_ctx: Context, more: int) -> int:
    """Add one."""
    return more + 1


@flow(name="Sum up")
def sum_up(ctx: Context, more: int) -> int:
    """Add twice."""
    return add(ctx, add(ctx, more))


def test_a_plain_call_is_the_function_and_loads_no_prefect() -> None:
    """Without a run that shows it, the ladder is plain Python: `triage` starts without Prefect."""
    assert sum_up(Context(), 1) == 3
    assert (add.fn(Context(), 1), add.__doc__, add.__name__) == (2, "Add one.", "add")
    code = "import sys, flows.recover, flows.sweep, flows.plan; print('prefect' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_what_prefect_is_given_is_genuine_and_takes_nothing() -> None:
    """Name, docstring and source are the function's; no context and no number is a parameter."""
    made = checks.confirm_job_health.prefect
    assert isinstance(made, GenuineTask)
    assert (made.name, made.fn.__doc__) == ("Confirm job health and stage", checks.confirm_job_health.__doc__)
    assert "def confirm_job_health(" in getsource(made.fn)
    assert dict(signature(made.fn).parameters) == {}
    assert (made.retries, made.persist_result, made.retry_condition_fn) == (2, False, platform_is_down)
    assert checks.confirm_job_health.prefect is made
    level = check_the_job._within
    assert (level.name, dict(signature(level.fn).parameters)) == ("Triage: the four operational checks", {})


@pytest.mark.parametrize("name", DEPLOYED)
def test_a_deployments_entry_point_is_a_flow_of_one_form(name: str) -> None:
    """Each entry of prefect.yaml loads as a genuine flow whose only parameter is its request."""
    loaded: Any = load_flow_from_entrypoint(DEPLOYED[name]["entrypoint"], use_placeholder_flow=False)
    assert isinstance(loaded, GenuineFlow)
    assert [*signature(loaded.fn).parameters] == ["request"]


@pytest.mark.parametrize(("name", "asked"), [(DEPLOYMENT, FLOW), (SWEEP, SWEEP_FLOW)])
def test_the_flows_are_called_as_the_api_looks_for_them(name: str, asked: str) -> None:
    """A deployment is found by the name of its flow: one spelled otherwise would start nothing."""
    assert load_flow_from_entrypoint(DEPLOYED[name]["entrypoint"]).name == asked


def test_the_one_recover_flow_runs_the_cancelled_take_back() -> None:
    """A run that is cancelled before it has a process takes back what its recovery holds."""
    assert [hook.__name__ for hook in recover.prefect.on_cancellation_hooks] == ["take_back_cancelled"]


@pytest.mark.parametrize(
    ("error", "again"),
    [
        (PlatformDownError("it does not answer"), True),
        (NoSuchJobError("job_1"), False),
        (AuthenticationError("the key"), False),
        (LeaseLostError("taken over"), False),
        (ValueError("a fault of ours"), False),
    ],
)
def test_only_a_platform_that_fails_is_asked_again(error: Exception, again: bool) -> None:
    """A wrong key, an unknown job, a lost lease and a fault of ours are not tried a second time."""

    def fail() -> None:
        raise error

    attempt = TaskAttempt(fail, (), {})
    with pytest.raises(type(error)):
        attempt.run()
    token = decorators._attempt.set(attempt)
    try:
        assert platform_is_down(None, None, None) is again
    finally:
        decorators._attempt.reset(token)


def test_what_prefect_refuses_to_begin_is_done_now() -> None:
    """A run that stops leaves no calls in the air because a task is refused, and does nothing twice."""
    done: list[int] = []
    attempt = TaskAttempt(lambda: done.append(1), (), {})
    attempt.after(Abort())
    assert done == [1]
    attempt = TaskAttempt(lambda: done.append(2), (), {})
    attempt.run()
    attempt.after(Abort())
    assert done == [1, 2]


def test_what_prefect_cuts_off_half_way_is_not_begun_again() -> None:
    """A step that was interrupted while it ran ends as it was ended."""

    def cut() -> None:
        raise Abort

    attempt = TaskAttempt(cut, (), {})
    with pytest.raises(Abort):
        attempt.run()
    with pytest.raises(Abort, match="from outside"):
        attempt.after(Abort("from outside"))


def test_an_event_that_cannot_be_sent_stops_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Calls are in the air: trouble with an announcement is a line in the log."""
    from tasks.prefect_api import events

    def refuse(**_: object) -> None:
        raise RuntimeError("no server")

    monkeypatch.setattr(events, "emit_event", refuse)
    decorators.announce(Beside(uuid4()), "held", "r_1", "job_1", {"why": "call +61 491 570 006"})
    decorators.announce(Beside(), "held", "r_1", "job_1", {})


def test_no_number_of_a_payload_is_announced(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a reason quotes, an event holds no whole number."""
    from tasks.prefect_api import events

    said: list[dict[str, object]] = []
    monkeypatch.setattr(events, "emit_event", lambda **kept: said.append(kept))
    decorators.announce(Beside(uuid4()), "held", "r_1", "job_1", {"why": "call +61491570006"})
    assert "491570006" not in str(said)
    assert said[0]["event"] == "ringback.recovery.held"


@pytest.mark.parametrize(
    ("job_id", "workspace"),
    [
        ("btcal_7k2m", "shop"),
        ("job/1 (old)", "Acme Voice"),
        ("+61491570006", "Müller & Söhne"),
        ("x" * 200, "w"),
    ],
)
def test_what_is_claimed_already_is_shown_whatever_it_is_called(
    tmp_path: Path, job_id: str, workspace: str
) -> None:
    """A name that no form takes ends no recovery that began without one, and none is a phone number."""
    from tasks.runs.prefect_runner import _request_of

    ctx = context_of(Bench(settings_of(tmp_path), tmp_path))
    ctx.case.job_id, ctx.workspace = job_id, workspace
    taken = recover.prefect.validate_parameters({"request": _request_of(ctx)})
    shown = str(recover.prefect.serialize_parameters(taken))
    assert "491570006" not in shown
    assert workspace in shown
