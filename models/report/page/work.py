"""What an engineer sees beyond the situation: findings, codes, calls by phase, permits, decisions."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from models.enums import Phase
from models.report.advice import spoken
from models.triage.findings import Finding


@dataclass(frozen=True, slots=True)
class Sent:
    """One wave as it went out."""

    phase: Phase
    size: int
    cap: int
    """Calls at a time that it was sent with."""
    state: str
    sent_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Phased:
    """All waves of one phase."""

    phase: Phase
    waves: int
    contacts: int
    cap: int
    """The most calls at a time that any of them was sent with."""
    states: str
    first: datetime | None
    last: datetime | None


def by_phase(sent: Sequence[Sent]) -> Iterator[Phased]:
    """Yield what was sent, a line a phase, in the order of the ladder: a large job has hundreds of waves."""
    order = list(Phase)
    for phase, found in groupby(sorted(sent, key=lambda one: order.index(one.phase)), lambda one: one.phase):
        waves = list(found)
        moments = [one.sent_at for one in waves if one.sent_at]
        yield Phased(
            phase,
            len(waves),
            sum(one.size for one in waves),
            max(one.cap for one in waves),
            ", ".join(sorted({one.state for one in waves})),
            min(moments, default=None),
            max(moments, default=None),
        )


@dataclass(frozen=True, slots=True)
class Ended:
    """How many calls ended with one code: of the source as the plan saw them, or redials."""

    code: str
    disposition: str
    why: str
    source: int
    redials: int

    @property
    def message(self) -> str:
        """Return the code as people say it."""
        return spoken(self.code)


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """Everything beyond the situation, as the ledger has it."""

    ids: Mapping[str, str | None]
    """recovery_id, job_id, workspace, platform, level, verdict, plan_hash, package."""
    diagnosis: str = ""
    why: str = ""
    """Why it ended or waits."""
    next_action: str = ""
    eta: str = ""
    findings: tuple[Finding, ...] = ()
    codes: tuple[Ended, ...] = ()
    sent: tuple[Sent, ...] = ()
    permits: int | None = None
    """The limit that triage found."""
    started_at: datetime
    fenced_at: datetime | None = None
    ended_at: datetime | None = None
    decided: tuple[tuple[datetime, str], ...] = ()
    """What persons decided, and when, in a sentence without its full stop."""
    verdict: str = ""
    """The last look of the sample or the relaunch, in words."""
    asked: tuple[str, ...] = ()
    to_decide: int = 0
    resumable: bool = False
