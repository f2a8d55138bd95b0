"""Figures for Prometheus, computed from the ledger when they are asked for: a restart changes none.

ringback metrics --port 9464        or the gateway's /metrics, by `Figures`
"""

import math
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from threading import Lock
from typing import Any

from prometheus_client import CollectorRegistry, generate_latest, start_http_server
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import select as columns
from sqlmodel import col, func, select, tuple_

from models.enums import Action, Check, DispatchState, Disposition, Severity, State, WaveState
from models.hooks.order import HookState
from models.messages.milestones import Delivery
from models.tables.gateway import InboxRow
from models.tables.ledger import FindingRow, Planned, Recovery, Snapshot, Wave
from tasks.ledger import outbox
from tasks.ledger.account.permits import ON_ITS_WAY
from tasks.ledger.errors import LedgerError
from tasks.ledger.store import Ledger

WAITING = (HookState.RECEIVED.value, HookState.STARTING.value)
"""What came in at the gateway and has not been started."""
_KEPT_BACK = (Action.HOLD.value, Action.WAIT.value)
DAY = timedelta(days=1)


FREE = 0.5
"""Seconds that one reading of the figures may take whenever it is asked for."""
SHARE = 20
"""A longer reading serves for so many times its own length: scrapes never take more than a twentieth."""


def metrics_text(ledger: Ledger) -> str:
    """Return every figure in Prometheus' text format, as of now."""
    return Figures(ledger).text()


def metrics_samples(ledger: Ledger) -> list[dict[str, Any]]:
    """Return every figure as name, labels and value."""
    found = (sample for family in Figures(ledger).collect() for sample in family.samples)
    return [{"name": one.name, "labels": dict(one.labels), "value": one.value} for one in found]


@contextmanager
def serve_metrics(ledger: Ledger, host: str, port: int) -> Iterator[str]:
    """Serve the figures over HTTP while the block runs, and give the address; port 0 takes a free one."""
    server, thread = start_http_server(port, host, registry=Figures(ledger).registry())
    try:
        yield f"http://{host}:{server.server_port}/metrics"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class Figures(Collector):
    """Asks the ledger on every scrape; where that takes long, what was read serves for a while."""

    def __init__(self, ledger: Ledger, timer: Callable[[], float] = time.monotonic) -> None:
        self._ledger, self._timer = ledger, timer
        self._read: list[Metric] = []
        self._serves_until = -math.inf
        self._alone = Lock()

    def text(self) -> str:
        """Return every figure in Prometheus' text format."""
        return generate_latest(self.registry()).decode()

    def registry(self) -> CollectorRegistry:
        """Return a registry that holds these figures alone."""
        registry = CollectorRegistry()
        registry.register(self)
        return registry

    def describe(self) -> Iterable[Metric]:
        """Describe nothing beforehand: what is there is known when it is asked for."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """Yield every figure; a ledger that does not answer yields the one that says so."""
        try:
            found = self._found()
        except LedgerError:
            yield GaugeMetricFamily("ringback_ledger_up", "1 where the ledger answers.", value=0)
            return
        yield GaugeMetricFamily("ringback_ledger_up", "1 where the ledger answers.", value=1)
        yield from found

    def _found(self) -> list[Metric]:
        # Two that scrape at once read once: the second takes what the first has read.
        with self._alone:
            begun = self._timer()
            if begun >= self._serves_until:
                self._read = list(_read(self._ledger))
                taken = self._timer() - begun
                self._serves_until = begun + taken + (SHARE * taken if taken > FREE else 0)
            return self._read


def _read(ledger: Ledger) -> Iterator[Metric]:
    for some in (_recoveries, _contacts, _messages, _waves, _faults, _inbox, _sweep):
        yield from some(ledger)


def _by(name: str, words: str, label: str, found: Mapping[str, int]) -> Metric:
    family = GaugeMetricFamily(name, words, labels=[label])
    for value, count in sorted(found.items()):
        family.add_metric([value], count)
    return family


def _recoveries(ledger: Ledger) -> Iterator[Metric]:
    with ledger.read() as session:
        rows = session.exec(select(Recovery.state, func.count()).group_by(col(Recovery.state)))
        found = {state.value: 0 for state in State} | dict(rows.all())
    waiting = found[State.AWAITING_APPROVAL.value]
    yield _by("ringback_recoveries", "Recoveries by the state they are in.", "state", found)
    yield GaugeMetricFamily(
        "ringback_waiting_approvals", "Plans that wait for a person's approval.", value=waiting
    )


def _contacts(ledger: Ledger) -> Iterator[Metric]:
    """Count everybody of all plans in one reading of them, for there may be millions."""
    accepted = (col(Planned.state) == DispatchState.ACCEPTED.value).label("accepted")
    called = (col(Planned.outcome).is_not(None) & col(Planned.wave).is_not(None)).label("called")
    kinds = (col(Planned.action), accepted, called, col(Planned.outcome))
    with ledger.read() as session:
        rows = session.execute(columns(*kinds, func.count()).group_by(*kinds)).all()
    sent, back, ended = Counter[str](), 0, Counter[str]()
    for action, was_sent, was_called, outcome, count in rows:
        sent[outcome or ""] += count if was_sent else 0
        ended[outcome or ""] += count if was_called else 0
        back += count if action in _KEPT_BACK else 0
    taken_back = sent.pop(Disposition.UNDELIVERED.value, 0)
    told = {
        "ringback_redials": ("Contacts handed to the platform again and not taken back.", sent.total()),
        "ringback_withdrawn": ("Contacts handed over and taken back before they rang.", taken_back),
        "ringback_reached": ("Contacts reached by a redial.", sent[Disposition.REACHED.value]),
        "ringback_held_back": ("Contacts kept back for a person.", back),
    }
    yield from (GaugeMetricFamily(name, words, value=count) for name, (words, count) in told.items())
    outcomes = {kind.value: ended[kind.value] for kind in Disposition}
    yield _by("ringback_outcomes", "Redials by what their call meant.", "outcome", outcomes)


def _waves(ledger: Ledger) -> Iterator[Metric]:
    running = col(Wave.recovery_id).in_(select(Recovery.id).where(Recovery.state == State.RUNNING.value))
    live = (running, col(Wave.state).in_(ON_ITS_WAY))
    with ledger.read() as session:
        rows = session.exec(select(Wave.state, func.count()).group_by(col(Wave.state)))
        found = {state.value: 0 for state in WaveState} | dict(rows.all())
        air, most = session.exec(select(func.sum(Wave.in_air), func.sum(Wave.cap)).where(*live)).one()
        limits = session.exec(_limits()).all()
    yield _by("ringback_waves", "Waves by what is known of them.", "state", found)
    yield GaugeMetricFamily(
        "ringback_calls_in_air", "Calls of running recoveries in the air, as last looked at.", value=air or 0
    )
    yield GaugeMetricFamily(
        "ringback_calls_allowed", "Calls that their open waves may have in the air.", value=most or 0
    )
    yield GaugeMetricFamily(
        "ringback_permits", "Permits of the accounts of running recoveries, as last told.", value=sum(limits)
    )


def _limits() -> Any:
    """Return the newest limit that the platform told of each account with a running recovery."""
    account = (col(Snapshot.workspace), col(Snapshot.platform))
    busy = select(Recovery.workspace, Recovery.platform).where(Recovery.state == State.RUNNING.value)
    told = (col(Snapshot.limit).is_not(None), tuple_(*account).in_(busy))
    newest = select(func.max(Snapshot.id)).where(*told).group_by(*account)
    return select(Snapshot.limit).where(col(Snapshot.id).in_(newest))


def _faults(ledger: Ledger) -> Iterator[Metric]:
    found = {check.value: 0 for check in Check}
    with ledger.read() as session:
        failed = FindingRow.severity == Severity.FAIL.value
        rows = session.exec(
            select(FindingRow.check, func.count()).where(failed).group_by(col(FindingRow.check))
        )
        found |= dict(rows.all())
    yield _by("ringback_findings", "Checks of recoveries that found a fault.", "check", found)


def _messages(ledger: Ledger) -> Iterator[Metric]:
    found = {state.value: 0 for state in Delivery} | outbox.by_state(ledger)
    yield _by("ringback_outbox", "Comments and notifications by what became of them.", "state", found)
    left = [row.written_at for row in outbox.undelivered(ledger) if row.state == Delivery.WAITING.value]
    age = (ledger.clock.now() - min(left)).total_seconds() if left else 0.0
    yield GaugeMetricFamily("ringback_outbox_oldest_seconds", "Age of the oldest that waits.", value=age)


def _inbox(ledger: Ledger) -> Iterator[Metric]:
    with ledger.read() as session:
        count = session.exec(
            select(func.count()).select_from(InboxRow).where(col(InboxRow.state).in_(WAITING))
        ).one()
        rows = session.exec(select(InboxRow.state, func.count()).group_by(col(InboxRow.state)))
        found = {state.value: 0 for state in HookState} | dict(rows.all())
    yield GaugeMetricFamily("ringback_inbox_waiting", "Requests taken in and not yet started.", value=count)
    yield _by("ringback_requests", "Genuine requests by what became of them.", "state", found)


def _sweep(ledger: Ledger) -> Iterator[Metric]:
    with ledger.read() as session:
        # Only a look outside a recovery comes from a sweep or a triage.
        newest = session.exec(select(func.max(Snapshot.at)).where(col(Snapshot.recovery_id).is_(None))).one()
    if newest:
        age = (ledger.clock.now() - newest).total_seconds()
        yield GaugeMetricFamily(
            "ringback_sweep_age_seconds", "Seconds since the last look at jobs.", value=age
        )
    yield from _swept(ledger)


def _swept(ledger: Ledger) -> Iterator[Metric]:
    """Yield how many jobs sweeps looked at within a day, and how many of these were not through."""
    job = (col(Snapshot.workspace), col(Snapshot.platform), col(Snapshot.job_id))
    lately = (col(Snapshot.recovery_id).is_(None), col(Snapshot.at) > ledger.clock.now() - DAY)
    newest = select(func.max(Snapshot.id)).where(*lately).group_by(*job)
    with ledger.read() as session:
        seen = session.exec(
            select(Snapshot.finished, Snapshot.total).where(col(Snapshot.id).in_(newest))
        ).all()
    short = sum(finished < total for finished, total in seen)
    yield GaugeMetricFamily("ringback_swept_jobs", "Jobs looked at within a day.", value=len(seen))
    yield GaugeMetricFamily(
        "ringback_swept_jobs_unfinished", "Of them those with calls still to make at that look.", value=short
    )
