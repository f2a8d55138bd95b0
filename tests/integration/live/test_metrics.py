"""Figures for Prometheus: from the ledger at each scrape, the same after a restart."""

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import text

from deployments.metrics import SHARE, Figures, metrics_samples, metrics_text, serve_metrics
from models.enums import Action, Disposition, State
from models.hooks.order import HookState
from models.messages.milestones import TicketRef
from models.tables.gateway import InboxRow
from models.tables.ledger import Snapshot
from tasks.ledger import plans, waves
from tasks.ledger.leases import claim_job
from tasks.ledger.people import outcomes
from tasks.ledger.people.outcomes import DispatchOutcome
from tasks.ledger.store import Ledger
from tasks.runtime.database import open_ledger
from tests.integration.scenes import JOB, KEY, POLICY, accepted, end, judged, plan_of


def figures(ledger: Ledger) -> dict[str, float]:
    """Return every figure by its name and label."""
    found = {}
    for family in text_string_to_metric_families(metrics_text(ledger)):
        for sample in family.samples:
            found[" ".join((sample.name, *sample.labels.values()))] = sample.value
    return found


def test_an_empty_ledger_has_figures(ledger: Ledger) -> None:
    """A new ledger answers noughts, not nothing."""
    found = figures(ledger)
    assert found["ringback_ledger_up"] == 1
    assert (
        found["ringback_recoveries held"]
        == found["ringback_redials"]
        == found["ringback_outbox waiting"]
        == 0
    )
    assert "ringback_sweep_age_seconds" not in found


def test_the_figures_are_the_ledgers(ledger: Ledger, url: str) -> None:
    """Ends, contacts, waiting messages and ages are what the ledger holds, restarted or not."""
    claim = claim_job(ledger, JOB, "r_1", POLICY, TicketRef("desk", "1")).claim
    assert claim
    contacts = [judged(row) for row in range(1, 5)] + [judged(5, Action.HOLD)]
    plans.freeze(ledger, claim, plan_of(contacts))
    wave = accepted(ledger, claim, 3)
    kinds = (Disposition.REACHED, Disposition.UNDELIVERED, Disposition.TRANSIENT)
    sent = [row.contact_id for row in waves.contacts_of(ledger, wave)]
    found = {key: DispatchOutcome(kind, "", "", None) for key, kind in zip(sent, kinds, strict=True)}
    outcomes.settle(ledger, claim, wave, found, done=True)
    waves.add_snapshot(ledger, snapshot(ledger))
    end(ledger, claim, State.HELD)
    ledger.clock.sleep(90)
    told = figures(ledger)
    assert told["ringback_recoveries held"] == 1
    assert (told["ringback_redials"], told["ringback_withdrawn"], told["ringback_reached"]) == (2, 1, 1)
    assert told["ringback_held_back"] == 1
    assert (told["ringback_outbox waiting"], told["ringback_outbox_oldest_seconds"]) == (1, 90)
    assert told["ringback_sweep_age_seconds"] == 90
    again = open_ledger(url, KEY, clock=ledger.clock)
    assert figures(again) == told
    again.engine.dispose()


def snapshot(ledger: Ledger) -> Snapshot:
    """Return a snapshot as a sweep keeps it."""
    workspace, platform, job_id = JOB
    return Snapshot(
        workspace=workspace,
        platform=platform,
        job_id=job_id,
        at=ledger.clock.now(),
        status="in_progress",
        total=5,
        dispatched=3,
        finished=3,
        counts={},
    )


def test_the_inbox_is_counted(ledger: Ledger) -> None:
    """What the gateway took in and nobody has started yet is a figure."""
    assert figures(ledger)["ringback_inbox_waiting"] == 0
    with ledger.write() as session:
        for n, state in enumerate((HookState.RECEIVED, HookState.STARTING, HookState.STARTED)):
            now = ledger.clock.now()
            session.add(
                InboxRow(
                    id=f"in_{n}", source="api", act="recover", state=state.value, received_at=now, next_at=now
                )
            )
    assert figures(ledger)["ringback_inbox_waiting"] == 2


def test_a_ledger_that_does_not_answer_is_a_figure(ledger: Ledger) -> None:
    """A broken ledger gives no fault page: it gives `ringback_ledger_up 0`."""
    with ledger.engine.begin() as connection:
        connection.execute(text("alter table outbox rename to outbox_away"))
    try:
        assert figures(ledger) == {"ringback_ledger_up": 0}
    finally:
        with ledger.engine.begin() as connection:
            connection.execute(text("alter table outbox_away rename to outbox"))


def test_prometheus_can_fetch_them(ledger: Ledger) -> None:
    """The endpoint answers over HTTP in Prometheus' own text format."""
    with serve_metrics(ledger, "127.0.0.1", 0) as url:
        answer = httpx.get(url)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=")
    assert "ringback_ledger_up 1.0" in answer.text
    with pytest.raises(httpx.ConnectError):
        httpx.get(url)


class SlowTimer:
    """A timer by which every reading of the figures takes so many seconds."""

    def __init__(self, seconds: float) -> None:
        self.now, self._seconds = 0.0, seconds

    def __call__(self) -> float:
        """Return the time, and let it pass."""
        self.now += self._seconds
        return self.now


@pytest.mark.parametrize(("seconds", "served"), [(0.1, 1), (2.0, 0)])
def test_a_reading_that_takes_long_serves_for_a_while(ledger: Ledger, seconds: float, served: int) -> None:
    """In a ledger of millions scrapes take a twentieth of the time at most; in others each is of now."""
    timer = SlowTimer(seconds)
    kept = Figures(ledger, timer)
    assert "ringback_inbox_waiting 0.0" in kept.text()
    with ledger.write() as session:
        now, state = ledger.clock.now(), HookState.RECEIVED.value
        session.add(
            InboxRow(id="in_1", source="api", act="recover", state=state, received_at=now, next_at=now)
        )
    assert f"ringback_inbox_waiting {served}.0" in kept.text()
    timer.now += SHARE * seconds
    assert "ringback_inbox_waiting 1.0" in kept.text()


def test_json_says_what_the_text_says(ledger: Ledger) -> None:
    """Whoever reads JSON finds every figure of the text, with its labels."""
    families = text_string_to_metric_families(metrics_text(ledger))
    told = [(one.name, dict(one.labels), one.value) for family in families for one in family.samples]
    assert told
    assert [(one["name"], one["labels"], one["value"]) for one in metrics_samples(ledger)] == told
