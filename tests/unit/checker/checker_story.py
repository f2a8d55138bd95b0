"""A small recovery that kept every promise, as a ledger and a sandbox's history, for tests to spoil."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlmodel import Session, SQLModel, select

from models.audit.chain import AuditKey
from models.plan.plan import plan_hash
from models.policy.policy import Policy
from models.tables.ledger import Decision, Lease, Planned, Recovery, Suppressed, Wave
from tasks.clock import WallClock
from tasks.ledger.database.engine import make_engine
from tasks.ledger.store import Ledger
from tests.invariants import Breach, check

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
JOB = ("ws_1", "elevenlabs", "job_1")
RECOVERY = "r_1"
KEY = AuditKey("k1", b"sixteen bytes and more")
PHONES = [f"+6149157000{n}" for n in range(6)]
# Per contact: disposition, action, place in the order, wave, how its redial ended.
PAST: tuple[tuple[str, str, int | None, int | None, str | None], ...] = (
    ("reached", "drop", None, None, None),
    ("transient", "redial", 1, 1, "reached"),
    ("undelivered", "redial", 0, 1, "later"),
    ("undelivered", "redial", 2, 2, "transient"),
    ("permanent", "drop", None, None, None),
    ("ambiguous", "hold", None, None, None),
)
SOURCE_DIALS = {1: "reached", 2: "transient", 5: "permanent", 6: "reached"}
"""The source's dials by row; row 6 was reached without a record, so the plan cannot know."""


def moment(seconds: float) -> datetime:
    """Return a moment of the story."""
    return NOON + timedelta(seconds=seconds)


def marker(n: int, recovery_id: str = RECOVERY) -> str:
    """Return the name of a wave on the platform."""
    return f"rb-{recovery_id}-{n}"


class Story:
    """A ledger and a history that agree."""

    def __init__(self, home: Path, name: str = "ledger") -> None:
        """Write the whole story down."""
        engine = make_engine(f"sqlite:///{home / name}.db")
        SQLModel.metadata.create_all(engine)
        self.ledger = Ledger(engine, WallClock(), KEY)
        self.history = history()
        self.add(recovery(), *planned(), *waves(), lease())
        with self.ledger.write() as session:
            for kind in ("claimed", "planned", "approved", "wave_intent", "wave_answer", "ended"):
                self.ledger.note(session, RECOVERY, kind, {})
        plan = self.plan_hash()
        decision = Decision(
            recovery_id=RECOVERY, at=moment(0), approved=True, by="policy", reason="auto", plan_hash=plan
        )
        self.add(decision)
        self.change(Recovery, RECOVERY, plan_hash=plan, approved_hash=plan)

    def plan_hash(self) -> str:
        """Return the plan's hash as the product takes it."""
        with Session(self.ledger.engine) as session:
            rows = session.exec(select(Planned).order_by("row")).all()
        lines = [(row.contact_id, row.phone or "", row.action) for row in rows]
        placed = sorted((row.position, row.contact_id) for row in rows if row.position is not None)
        return plan_hash(JOB, lines, [contact_id for _, contact_id in placed], policy())

    def add(self, *rows: SQLModel) -> None:
        """Put rows into the ledger."""
        with Session(self.ledger.engine) as session:
            session.add_all(rows)
            session.commit()

    def change(self, table: type[SQLModel], key: Any, **fields: Any) -> None:
        """Change one row of the ledger behind the product's back."""
        with Session(self.ledger.engine) as session:
            row = session.get_one(table, key)
            for name, value in fields.items():
                setattr(row, name, value)
            session.commit()

    def remove(self, table: type[SQLModel], key: Any) -> None:
        """Take one row out of the ledger."""
        with Session(self.ledger.engine) as session:
            session.delete(session.get_one(table, key))
            session.commit()

    def suppress(self, row: int, at: float) -> None:
        """Put a contact's number on the suppression list."""
        self.add(Suppressed(workspace="ws_1", phone=PHONES[row - 1], at=moment(at), why="asked"))

    def dial(self, row: int, at: float, end: float, job: str, disposition: str, **more: Any) -> None:
        """Let one more call have been made."""
        self.history["dials"].append(dial(row, at, end, job, disposition) | more)

    def dials(self, row: int, moments: Iterable[float], job: str, disposition: str) -> None:
        """Let a contact have been called several times, for a second each."""
        for at in moments:
            self.dial(row, at, at + 1, job, disposition)

    def breaches(self, keys: Mapping[str, bytes] | None = None) -> tuple[Breach, ...]:
        """Check the story."""
        return check(self.ledger, self.history, JOB, keys or {KEY.id: KEY.secret})


def policy() -> Policy:
    """Return the story's policy: three permits, one of them kept free."""
    return Policy.model_validate({"permits": 3, "headroom": 1})


def recovery(recovery_id: str = RECOVERY, epoch: int = 1, **more: Any) -> Recovery:
    """Return a recovery that ended well after twenty seconds."""
    fields: dict[str, Any] = {
        "id": recovery_id,
        "epoch": epoch,
        "state": "recovered",
        "level": "level 2",
        "started_at": moment(-5),
        "ended_at": moment(20),
        "policy": policy().model_dump(mode="json"),
    }
    return Recovery(workspace=JOB[0], platform=JOB[1], job_id=JOB[2], **fields | more)


def planned() -> list[Planned]:
    """Return the story's six contacts."""
    return [
        Planned(
            recovery_id=RECOVERY,
            row=row,
            contact_id=f"c_{row}",
            phone=PHONES[row - 1],
            disposition=disposition,
            action=action,
            payload={},
            seen={},
            position=place,
            state="accepted" if wave else None,
            wave=wave,
            outcome=outcome,
        )
        for row, (disposition, action, place, wave, outcome) in enumerate(PAST, start=1)
    ]


def wave(n: int, size: int, at: float, recovery_id: str = RECOVERY) -> Wave:
    """Return a wave that was sent at a moment and is settled."""
    return Wave(
        recovery_id=recovery_id,
        n=n,
        phase="sample",
        marker=marker(n, recovery_id),
        body_hash="",
        size=size,
        cap=2,
        state="settled",
        sends=1,
        token=1,
        intent_at=moment(at),
        sent_at=moment(at),
        platform_job=f"wave_{n}",
    )


def waves() -> list[Wave]:
    """Return the story's two waves."""
    return [wave(1, 2, 1), wave(2, 1, 10)]


def lease() -> Lease:
    """Return the lease after it was let go of."""
    return Lease(
        workspace=JOB[0],
        platform=JOB[1],
        job_id=JOB[2],
        recovery_id=RECOVERY,
        token=1,
        host="here",
        pid=0,
        process_started=0,
        expires_at=moment(20),
    )


def dial(row: int, at: float, end: float, job: str, disposition: str) -> dict[str, Any]:
    """Return one call as a history tells it; times are seconds after noon."""
    return {
        "at": moment(at).timestamp(),
        "ended_at": moment(end).timestamp(),
        "job_id": job,
        "job_name": job,
        "recipient_id": f"c_{row}",
        "phone": PHONES[row - 1],
        "delivery": 1,
        "disposition": disposition,
    }


def history() -> dict[str, Any]:
    """Return what truly happened: the source's dials an hour ago, then those of the waves."""
    past = [
        dial(row, -3600 + row, -3590 + row, "job_1", disposition) for row, disposition in SOURCE_DIALS.items()
    ]
    ours = [
        dial(2, 2, 6, marker(1), "reached"),
        dial(3, 3, 7, marker(1), "later"),
        dial(4, 11, 12, marker(2), "transient"),
    ]
    calm = [(moment(-10).timestamp(), 0, 0)]
    busy = [(moment(at).timestamp(), held, live) for at, held, live in ((1.5, 2, 0), (3, 2, 2), (11, 1, 1))]
    names = ["Spring renewals", marker(1), marker(2)]
    return {
        "dials": past + ours,
        "jobs": [{"id": f"job_{n}", "name": name} for n, name in enumerate(names, start=1)],
        "in_air_samples": calm + busy,
        "truth": [
            {"recipient_id": f"c_{row}", "phone": phone, "reached_before": row in {1, 6}}
            for row, phone in enumerate(PHONES, start=1)
        ],
    }
