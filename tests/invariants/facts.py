"""What the checker knows: rows of the ledger by plain selects, dials and people by the sandbox's history."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, TypeVar

from sqlalchemy import Engine
from sqlmodel import Session, SQLModel, col, select

from deployments.sandbox.engine.people import same_phone
from models.enums import State
from models.masking.phone import mask_phone
from models.plan.markers import read_marker
from models.tables.decisions import KeptDecision
from models.tables.ledger import AuditRow, Decision, Lease, Planned, Recovery, Suppressed, Wave
from tasks.ledger.store import Ledger
from tests.invariants.rungs import Rung, of_history

Store = Ledger | Engine
JobKey = tuple[str, str, str]
"""Workspace, platform, job id."""
Row = TypeVar("Row", bound=SQLModel)


@dataclass(frozen=True, slots=True)
class Breach:
    """One promise that was not kept: the invariant by its number in the design, and what was seen."""

    invariant: str
    message: str


@dataclass(frozen=True, slots=True)
class Dial:
    """One call that was truly made; `who` are the digits of the phone, times are unix seconds."""

    at: float
    ended_at: float
    job_id: str
    job_name: str
    recipient_id: str
    who: str
    delivery: int
    disposition: str

    @property
    def shown(self) -> str:
        """Return the phone as it may be shown."""
        return mask_phone(f"+{self.who}")


@dataclass(frozen=True)
class Facts:
    """Everything that one check looks at; rows and waves are keyed by recovery id, markers name waves.

    A sample is unix seconds, permits held, calls live; `made` are decisions about contacts that were kept
    back, by id; `account` are the recoveries that this ledger has of
    the workspace, `rungs` the first deliveries of everybody.
    """

    job_key: JobKey
    recoveries: tuple[Recovery, ...]
    rows: Mapping[str, tuple[Planned, ...]]
    waves: Mapping[str, tuple[Wave, ...]]
    chains: Mapping[str, tuple[AuditRow, ...]]
    decisions: Mapping[str, tuple[Decision, ...]]
    leases: tuple[Lease, ...]
    suppressed: Mapping[str, float]
    by_marker: Mapping[str, Wave]
    dials: tuple[Dial, ...]
    jobs: tuple[Mapping[str, Any], ...]
    rungs: tuple[Rung, ...]
    account: frozenset[str]
    people: tuple[Mapping[str, Any], ...]
    made: Mapping[int, KeptDecision]
    samples: tuple[tuple[float, int, int], ...]
    keys: Mapping[str, bytes]

    def is_ours(self, dial: Dial) -> bool:
        """Tell whether a wave of this ledger has made a call, of whichever job of the account."""
        marker = read_marker(dial.job_name)
        return marker is not None and marker.recovery_id in self.account

    def shown_since(self, dial: Dial) -> float:
        """Return since when a listing shows the job of a call (unix seconds), 0 where nothing is known."""
        found = (job.get("visible_at", 0.0) for job in self.jobs if job["id"] == dial.job_id)
        return float(next(found, 0.0))

    def ours(self, recovery_id: str | None = None) -> list[tuple[Dial, Wave]]:
        """Return the dials of our waves with their wave, of one recovery or of all."""
        pairs = ((dial, self.by_marker.get(dial.job_name)) for dial in self.dials)
        return [(d, w) for d, w in pairs if w and recovery_id in {None, w.recovery_id}]

    def row_of(self, dial: Dial, wave: Wave) -> Planned | None:
        """Return the planned contact that a dial of one of our waves belongs to."""
        return self._by_contact.get((wave.recovery_id, dial.recipient_id))

    def decided_at(self, dial: Dial, wave: Wave) -> float:
        """Return when a person has decided on this very dial (unix seconds), 0 where nobody has.

        What had happened to the person until then is that person's risk; nothing that happened after it is.
        """
        row = self.row_of(dial, wave)
        made = self.made.get(row.decision or 0) if row else None
        return unix(made.at) if made and is_said(made, self.chains) else 0.0

    @cached_property
    def by_person(self) -> Mapping[str, list[Dial]]:
        """Return all dials of each phone, oldest first."""
        found: defaultdict[str, list[Dial]] = defaultdict(list)
        for dial in self.dials:
            found[dial.who].append(dial)
        return found

    @cached_property
    def _by_contact(self) -> Mapping[tuple[str, str], Planned]:
        return {(row.recovery_id, row.contact_id): row for rows in self.rows.values() for row in rows}

    @property
    def ended(self) -> list[Recovery]:
        """Return the recoveries that have come to an end."""
        return [recovery for recovery in self.recoveries if State(recovery.state).is_end]


def is_said(made: KeptDecision, chains: Mapping[str, tuple[AuditRow, ...]]) -> bool:
    """Tell whether the audit of the recovery that was shown says the same of a decision, by name."""
    return any(
        entry.kind == "kept_back_decided"
        and (entry.body["as"], entry.body["by"]) == (made.choice, made.by)
        and made.row in entry.body["rows"]
        for entry in chains.get(made.recovery_id, ())
    )


def unix(moment: datetime | None) -> float:
    """Return a moment in unix seconds, the far future for none."""
    return moment.timestamp() if moment else float("inf")


def engine_of(store: Store) -> Engine:
    """Return the engine behind a ledger."""
    return store.engine if isinstance(store, Ledger) else store


def gather(store: Store, history: Mapping[str, Any], job_key: JobKey, keys: Mapping[str, bytes]) -> Facts:
    """Read what there is to know about one job."""
    with Session(engine_of(store), expire_on_commit=False) as session:
        recoveries = _recoveries(session, job_key)
        ids = [recovery.id for recovery in recoveries]
        waves = _by_recovery(session, Wave, ids, Wave.n)
        return Facts(
            job_key=job_key,
            recoveries=recoveries,
            rows=_by_recovery(session, Planned, ids, Planned.row),
            waves=waves,
            chains=_by_recovery(session, AuditRow, ids, AuditRow.seq),
            decisions=_by_recovery(session, Decision, ids, Decision.id),
            leases=tuple(session.exec(select(Lease).where(Lease.job_id == job_key[2]))),
            suppressed=_suppressed(session, job_key[0]),
            by_marker={wave.marker: wave for several in waves.values() for wave in several},
            dials=tuple(sorted(map(_dial, history["dials"]), key=lambda dial: dial.at)),
            jobs=tuple(history["jobs"]),
            rungs=tuple(of_history(history)),
            account=_account(session, job_key),
            people=tuple(history["truth"]),
            made=_made(session, job_key),
            samples=tuple((at, held, live) for at, held, live in history["in_air_samples"]),
            keys=keys,
        )


def _recoveries(session: Session, job_key: JobKey) -> tuple[Recovery, ...]:
    workspace, platform, job_id = job_key
    query = select(Recovery).where(
        Recovery.workspace == workspace, Recovery.platform == platform, Recovery.job_id == job_id
    )
    return tuple(session.exec(query.order_by(col(Recovery.epoch))))


def _made(session: Session, job_key: JobKey) -> dict[int, KeptDecision]:
    workspace, platform, job_id = job_key
    query = select(KeptDecision).where(
        KeptDecision.workspace == workspace,
        KeptDecision.platform == platform,
        KeptDecision.job_id == job_id,
    )
    return {one.id or 0: one for one in session.exec(query)}


def _account(session: Session, job_key: JobKey) -> frozenset[str]:
    workspace, platform, _ = job_key
    query = select(Recovery.id).where(Recovery.workspace == workspace, Recovery.platform == platform)
    return frozenset(session.exec(query))


def _by_recovery(
    session: Session, table: type[Row], ids: Iterable[str], order: Any
) -> dict[str, tuple[Row, ...]]:
    column: Any = getattr(table, "recovery_id")  # noqa: B009  each of these tables has it, their base has not
    found: defaultdict[str, list[Row]] = defaultdict(list)
    for row in session.exec(select(table).where(column.in_(list(ids))).order_by(col(order))):
        found[row.recovery_id].append(row)  # type: ignore[attr-defined]
    return {recovery_id: tuple(found[recovery_id]) for recovery_id in ids}


def _suppressed(session: Session, workspace: str) -> dict[str, float]:
    rows = session.exec(select(Suppressed).where(Suppressed.workspace == workspace))
    return {same_phone(row.phone): unix(row.at) for row in rows}


def _dial(told: Mapping[str, Any]) -> Dial:
    ended = told["ended_at"]
    return Dial(
        at=told["at"],
        ended_at=float("inf") if ended is None else ended,
        job_id=told["job_id"],
        job_name=told["job_name"],
        recipient_id=told["recipient_id"],
        who=same_phone(told["phone"]),
        delivery=told["delivery"],
        disposition=told["disposition"],
    )
