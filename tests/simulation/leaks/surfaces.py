"""Plays a case whose ticket listens, and gathers every text that its recoveries show to anybody."""

import io
import json
import logging
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from flows.triage import check_the_job
from models.errors import RingbackError
from models.messages.milestones import Note, TicketRef
from models.report.page.document import Document
from models.report.page.voices import Format, Voice
from models.tables.ledger import Recovery
from tasks import markdown
from tasks.context import RunContext
from tasks.finish.live import LiveReader
from tasks.finish.page.report import document_of, written
from tasks.finish.progress import progress_markdown
from tasks.finish.report import kept_back, report_markdown, report_of
from tasks.ledger import plans, recoveries
from tasks.ledger.audit import entries
from tasks.ledger.store import Claim, Ledger
from tasks.package.archive import PackageFile
from tasks.package.escalate import package_of_job
from tasks.platforms.port import Platform
from tasks.tickets.delivery import OutboxDeliverer, TicketConnection
from tasks.tickets.port import Channel, Marks
from tests.simulation.case import Case
from tests.simulation.play import KEY, Play
from tests.simulation.truth import Outcome

REFUSED = "error"
"""What stands in the place of a package that could not be made."""
TICKET = TicketRef("desk", "4711")
WRITTEN = "sk_live_9f3b27c81d"
"""A key that somebody writes into the reason for a package, beside a number."""


class Desk:
    """A ticket system that keeps what it is told, files and all."""

    takes_files = True

    def __init__(self) -> None:
        self.told: list[tuple[str, Path | None]] = []

    def find(self, ticket_id: str, mark: str) -> bool:
        """Tell whether a marker is there."""
        return any(mark in text.splitlines() for text, _ in self.told)

    def comment(self, ticket_id: str, note: Note, file: Path | None) -> None:
        """Keep a comment."""
        self.told.append((note.text, file))

    def mark(self, ticket_id: str, marks: Marks) -> None:
        """Keep nothing."""

    def close(self) -> None:
        """Do nothing."""

    def door(self, system: str) -> TicketConnection:
        """Return the way to itself."""
        return TicketConnection(self, lambda _moment: Marks())

    def channel(self, name: str) -> Channel:
        """Know none."""
        raise KeyError(name)


@dataclass
class Heard:
    """A reporter that keeps what a terminal or a run's log shows."""

    lines: list[str] = field(default_factory=list)

    def say(self, message: str) -> None:
        """Keep one sentence."""
        self.lines.append(message)

    def progress(self, what: str, done: int, total: int | None) -> None:
        """Keep how far something is."""
        self.lines.append(f"{what} {done} of {total}")


@dataclass(frozen=True)
class Shown:
    """What one recovery shows: its texts by name, and the counts of each surface are read from these."""

    recovery: Recovery
    report: dict[str, Any]
    documents: dict[Voice, Document]
    live: dict[str, int]
    package: dict[str, str]
    """The files of its newest package, empty where none was made."""
    comments: list[str]
    texts: dict[str, str]


class Shows(Play):
    """A case with a ticket that hears of it and packages that are really made."""

    def __init__(self, *given: Any, drawn: bool = True) -> None:
        super().__init__(*given)
        self.drawn = drawn
        self.heard, self.desk = Heard(), Desk()
        self.logged = logging.StreamHandler(io.StringIO())

    def played(self) -> Outcome:
        """Play the case to its end with everything delivered, and every line of a log kept."""
        logger = logging.getLogger()
        logger.addHandler(self.logged)
        try:
            return self.outcome()
        finally:
            logger.removeHandler(self.logged)

    def shown(self) -> Iterator[Shown]:
        """Yield what each recovery of the case shows, oldest first."""
        self.seam.forget()  # nobody dies any more, and nothing happens meanwhile
        found = self._recoveries()
        for one in found:
            yield self._shown(one, is_last=one is found[-1])

    def numbers(self) -> frozenset[str]:
        """Return everybody's number."""
        return frozenset(row.phone for row in self.scene.job.rows if row.phone)

    def secrets(self) -> dict[str, bytes]:
        """Return what must stay secret, by its name."""
        return {"the audit's key": KEY.secret, "a key that a person wrote": WRITTEN.encode()}

    def _desk(self, ledger: Ledger | None = None, platform: Platform | None = None) -> RunContext:
        made = super()._desk(ledger, platform)
        if ledger is self.elsewhere:
            return made
        return replace(made, build_package=None, reporter=self.heard, ticket=TICKET, stop_asked=self._deliver)

    def _deliver(self) -> None:
        """Deliver what is due, as the loop beside a recovery does."""
        OutboxDeliverer(self.ledger, self.desk, KEY.secret, roll=lambda: 0.5).push()

    def _shown(self, recovery: Recovery, *, is_last: bool) -> Shown:
        self._deliver()
        ledger, key, rid = self.ledger, KEY.secret, recovery.id
        documents = {
            voice: document_of(ledger, rid, voice, key, drawn=self.drawn and is_last) for voice in Voice
        }
        report, live = report_of(ledger, rid), LiveReader(ledger).read(rid)
        package = self._package(rid) if is_last else {}
        texts = {
            f"report {v.value}.{how.value}": written(d, how) for v, d in documents.items() for how in Format
        }
        texts |= {
            "status": json.dumps(report, default=str),
            "artifact report": report_markdown(report, report["why"]),
            "artifact progress": progress_markdown(self._as_of(recovery)),
            "artifact plan": self._plan(recovery),
            "artifact looks": markdown.looks_markdown(recoveries.looks(ledger, rid)),
            "kept back": json.dumps(kept_back(ledger, rid, None)),
            "live": json.dumps(live.as_json(), default=str),
            "audit": "\n".join(str(row) for row in entries(ledger, rid)),
            "screen": "\n".join(self.heard.lines),
            "log": self.logged.stream.getvalue(),
        }
        texts |= {f"package {name}": text for name, text in package.items()}
        texts |= {f"comment {n}": text for n, (text, _) in enumerate(self.desk.told)}
        for _, file in self.desk.told:
            texts |= {f"attached {name}": text for name, text in (unpacked(file) if file else {}).items()}
        comments = [text for text, _ in self.desk.told if f"ringback:{rid}:" in text]
        return Shown(recovery, report, documents, live.counts, package, comments, texts)

    def _plan(self, recovery: Recovery) -> str:
        if recovery.plan_hash is None:
            return ""
        return markdown.plan_markdown(plans.stored(self.ledger, recovery))

    def _as_of(self, recovery: Recovery) -> RunContext:
        key = (recovery.workspace, recovery.platform, recovery.job_id)
        return replace(self._desk(), claim=Claim(*key, recovery.id, 1), stop_asked=None)

    def _why(self) -> str:
        phone = next(iter(sorted(self.numbers())), "")
        return f"Ana says: call 0{phone[3:6]} {phone[6:9]} {phone[9:]}, api_key={WRITTEN}"

    def _package(self, recovery_id: str) -> dict[str, str]:
        """Make one by hand; where the platform answers nonsense, return what a person is told instead."""
        ctx = replace(self._desk(platform=self.fake), stop_asked=None)
        try:
            check_the_job(ctx)
            built: PackageFile = package_of_job(ctx, self._why(), recovery_id)
        except RingbackError as error:
            return {REFUSED: f"{error} {error.next_action} {error!r} {error.__cause__!r}"}
        return unpacked(built.path) | {"name": built.path.name}


def unpacked(path: Path) -> dict[str, str]:
    """Return the files of a zip as text, by their name in it; pictures as the bytes that they are."""
    with zipfile.ZipFile(path) as pack:
        return {Path(n).name: pack.read(n).decode("utf-8", "replace") for n in pack.namelist()}


def shows(case: Case, engines: tuple[Any, Any], table: Any, home: Path, *, drawn: bool) -> Shows:
    """Return a case that is about to be played."""
    engine, elsewhere = engines
    return Shows(case, engine, table, home, elsewhere, drawn=drawn)
