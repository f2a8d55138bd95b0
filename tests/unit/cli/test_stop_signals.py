"""Ears: who wants a recovery to stop is heard, wherever it was said, and nobody else is."""

import os
import signal
from pathlib import Path

import httpx
import pytest
from sqlmodel import SQLModel

from deployments.sandbox.in_memory.platform import open_fake
from models.enums import State
from models.policy.policy import Policy
from models.reasons.table import ReasonTable
from models.verdict.ending import StopWish
from tasks.clock import VirtualClock
from tasks.context import Case, RunContext
from tasks.ledger import recoveries
from tasks.ledger.database.engine import make_engine
from tasks.ledger.store import Ledger
from tasks.prefect_api.rest import PrefectRest
from tasks.prefect_api.run_signals import CANCELS, STOPS, asking, wish_of
from tasks.runs import stop_signals
from tasks.runs.stop_signals import Ears, end_if_told, listening
from tests.integration.scenes import KEY, claimed

BOTH = [signal.SIGINT, signal.SIGTERM]


@pytest.fixture
def ctx(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunContext:
    """Return a context that holds a job, and whose ears may ask as often as they like."""
    monkeypatch.setattr(stop_signals, "LEAST_SECONDS", 0.0)
    engine = make_engine("sqlite://")
    SQLModel.metadata.create_all(engine)
    ledger = Ledger(engine, VirtualClock(), KEY)
    fake, _ = open_fake("finished", contacts=1)
    made = RunContext(
        workspace="shop",
        ledger=ledger,
        platform=fake,
        policy=Policy.model_validate({"poll_seconds": 0.001}),
        table=ReasonTable.packaged(),
        home=tmp_path,
        secret=b"",
        case=Case("job-1"),
    )
    made.claim = claimed(ledger)
    return made


def test_nobody_has_said_anything(ctx: RunContext) -> None:
    """Without a signal, a cancel or a state in Prefect a recovery goes on."""
    with listening(ctx) as ears:
        assert ears() is None
        ctx.heed()


@pytest.mark.parametrize("number", BOTH)
def test_a_signal_is_heard_and_ends_nothing_by_itself(ctx: RunContext, number: signal.Signals) -> None:
    """SIGINT and SIGTERM interrupt no request under way; the next look hears them, and they are no cancel."""
    with listening(ctx) as ears:
        os.kill(os.getpid(), number)
        assert ears.has_signal
        wish = ears()
    assert wish is not None
    assert wish.ending().state is State.HELD
    assert not wish.ending().resumable
    with pytest.raises(KeyboardInterrupt):
        end_if_told(ctx)


def test_a_second_ctrl_c_ends_at_once_and_a_second_sigterm_does_not(ctx: RunContext) -> None:
    """A person at the terminal may be in a hurry; whoever sends SIGTERM twice kills when they are."""
    with listening(ctx) as ears:
        os.kill(os.getpid(), signal.SIGTERM)
        os.kill(os.getpid(), signal.SIGTERM)
        assert ears.has_signal
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)


@pytest.mark.parametrize("number", BOTH)
def test_other_handlers_come_back_and_are_outdone_within(ctx: RunContext, number: signal.Signals) -> None:
    """What Prefect installs for a level does not keep a signal from being heard, and stays afterwards."""
    before = signal.getsignal(number)
    with listening(ctx) as ears:
        foreign = signal.signal(number, signal.SIG_IGN)
        with ears.armed():
            assert signal.getsignal(number) == ears.signalled
        assert signal.getsignal(number) is signal.SIG_IGN
        signal.signal(number, foreign)
    assert signal.getsignal(number) is before


def test_a_cancel_in_the_ledger_cancels(ctx: RunContext) -> None:
    """`ringback cancel`, or the API, is heard by whoever runs the recovery, and outweighs a signal."""
    with listening(ctx) as ears:
        recoveries.ask_cancel(ctx.ledger, "r_1")
        os.kill(os.getpid(), signal.SIGTERM)
        wish = ears()
    assert wish is not None
    assert wish.ending().state is State.CANCELLED


def test_a_worker_that_ends_a_cancelled_run_is_understood(ctx: RunContext) -> None:
    """Prefect's worker sends SIGTERM for a cancel: the state of the run says that it is one."""
    pressed = StopWish("Cancelling, set on its run in Prefect", cancels=True)
    with listening(ctx) as ears:
        ears.ask_run = lambda: pressed
        os.kill(os.getpid(), signal.SIGTERM)
        assert ears() == pressed


def test_ledger_and_prefect_are_not_asked_more_often_than_a_poll(
    ctx: RunContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However often the ladder looks, one question goes out in a poll; a signal is heard at once."""
    monkeypatch.setattr(stop_signals, "LEAST_SECONDS", 3600.0)
    asked: list[int] = []

    def ask() -> None:
        asked.append(1)

    ears = Ears(ctx)
    ears.ask_run = ask
    assert [ears() for _ in range(50)] == [None] * 50
    assert asked == []
    ears.signalled(signal.SIGTERM, None)
    assert ears() is not None
    assert asked == [1]


@pytest.mark.parametrize(
    ("kind", "name", "state"),
    [
        ("CANCELLING", "Cancelling", State.CANCELLED),
        ("CANCELLED", "Cancelled", State.CANCELLED),
        ("PAUSED", "Paused", State.HELD),
        ("PAUSED", "Suspended", State.HELD),
        ("FAILED", "Failed", State.HELD),
        ("COMPLETED", "Completed", State.HELD),
    ],
)
def test_every_stop_of_prefects_is_one(kind: str, name: str, state: State) -> None:
    """Each state that a person can put a working run into stops it, and the end names the button."""
    wish = wish_of({"type": kind, "name": name})
    assert wish is not None
    assert wish.ending().state is state
    assert name in wish.ending().why


@pytest.mark.parametrize("kind", ["RUNNING", "PENDING", "SCHEDULED", "CRASHED", "", "NEW_ONE"])
def test_what_nobody_has_pressed_is_no_stop(kind: str) -> None:
    """A run that works, or that a late heartbeat has shown as crashed, goes on: the lease decides."""
    assert wish_of({"type": kind, "name": kind}) is None
    assert kind not in CANCELS | STOPS


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(500),
        httpx.Response(503),
        httpx.Response(401),
        httpx.Response(404),
        httpx.Response(200, json={}),
        httpx.Response(200, json={"state": None}),
        httpx.Response(200, text="no JSON"),
        httpx.Response(200, json=[1]),
        httpx.ConnectError("gone"),
        httpx.ReadTimeout("slow"),
    ],
)
def test_a_prefect_that_does_not_answer_is_no_stop(answer: httpx.Response | Exception) -> None:
    """A server that is gone, busy, closed to us or odd stops no recovery, and ends none with an error."""

    def told(_: httpx.Request) -> httpx.Response:
        if isinstance(answer, Exception):
            raise answer
        return answer

    with asking("run", PrefectRest("http://prefect/api", httpx.MockTransport(told))) as ask:
        assert ask() is None


def test_a_prefect_that_answers_is_believed() -> None:
    """What the server shows of the run is what is heard."""
    shown = {"state": {"type": "CANCELLING", "name": "Cancelling"}}
    transport = httpx.MockTransport(lambda _: httpx.Response(200, json=shown))
    with asking("run", PrefectRest("http://prefect/api", transport)) as ask:
        assert ask() == StopWish("Cancelling, set on its run in Prefect", cancels=True)
