"""Figures for Prometheus, computed from the ledger whenever they are asked for: a restart changes none.

ringback metrics --port 9464        or the gateway's /metrics, by `metrics_text`
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from prometheus_client import CollectorRegistry, generate_latest, start_http_server
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlmodel import col, func, select

from models.enums import Action, DispatchState, Disposition, State
from models.hooks.order import HookState
from models.messages.milestones import Delivery
from models.tables.gateway import InboxRow
from models.tables.ledger import Planned, Recovery, Snapshot
from tasks.ledger import outbox
from tasks.ledger.errors import LedgerError
from tasks.ledger.store import Ledger

WAITING = (HookState.RECEIVED.value, HookState.STARTING.value)
"""What came in at the gateway and has not been started."""


def metrics_text(ledger: Ledger) -> str:
    """Return every figure in Prometheus' text format."""
    return generate_latest(_registry(ledger)).decode()


def metrics_samples(ledger: Ledger) -> list[dict[str, Any]]:
    """Return every figure as name, labels and value."""
    found = (sample for family in _Figures(ledger).collect() for sample in family.samples)
    return [{"name": one.name, "labels": dict(one.labels), "value": one.value} for one in found]


@contextmanager
def serve_metrics(ledger: Ledger, host: str, port: int) -> Iterator[str]:
    """Serve the figures over HTTP while the block runs, and give the address; port 0 takes a free one."""
    server, thread = start_http_server(port, host, registry=_registry(ledger))
    try:
        yield f"http://{host}:{server.server_port}/metrics"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _registry(ledger: Ledger) -> CollectorRegistry:
    registry = CollectorRegistry()
    registry.register(_Figures(ledger))
    return registry


class _Figures(Collector):
    """Asks the ledger on every scrape."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def describe(self) -> Iterable[Metric]:
        """Describe nothing beforehand: what is there is known when it is asked for."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """Yield every figure; a ledger that does not answer yields the one that says so."""
        try:
            found = [*_recoveries(self._ledger), *_contacts(self._ledger), *_messages(self._ledger)]
            found += [*_inbox(self._ledger), *_sweep(self._ledger)]
        except LedgerError:
            yield GaugeMetricFamily("ringback_ledger_up", "1 where the ledger answers.", value=0)
            return
        yield GaugeMetricFamily("ringback_ledger_up", "1 where the ledger answers.", value=1)
        yield from found


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
    accepted = col(Planned.state) == DispatchState.ACCEPTED.value
    withdrawn = col(Planned.outcome) == Disposition.UNDELIVERED.value
    asked = {
        "ringback_redials": (
            "Contacts handed to the platform again and not taken back.",
            accepted & (col(Planned.outcome).is_(None) | ~withdrawn),
        ),
        "ringback_withdrawn": ("Contacts handed over and taken back before they rang.", accepted & withdrawn),
        "ringback_reached": (
            "Contacts reached by a redial.",
            accepted & (col(Planned.outcome) == Disposition.REACHED.value),
        ),
        "ringback_held_back": (
            "Contacts kept back for a person.",
            col(Planned.action).in_([Action.HOLD.value, Action.WAIT.value]),
        ),
    }
    with ledger.read() as session:
        for name, (words, which) in asked.items():
            count = session.exec(select(func.count()).select_from(Planned).where(which)).one()
            yield GaugeMetricFamily(name, words, value=count)


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
    yield GaugeMetricFamily("ringback_inbox_waiting", "Requests taken in and not yet started.", value=count)


def _sweep(ledger: Ledger) -> Iterator[Metric]:
    with ledger.read() as session:
        # Only a look outside a recovery comes from a sweep or a triage.
        newest = session.exec(select(func.max(Snapshot.at)).where(col(Snapshot.recovery_id).is_(None))).one()
    if newest:
        age = (ledger.clock.now() - newest).total_seconds()
        yield GaugeMetricFamily(
            "ringback_sweep_age_seconds", "Seconds since the last look at jobs.", value=age
        )
