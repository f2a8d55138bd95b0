"""What the gateway is built from; tests bring their own of each."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import gettempdir

from deployments.gateway.starter import Starter
from deployments.gateway.worker import Wake
from models.disposition.only import OnlyPeople
from models.hooks.source import HookSource
from tasks.clock import Clock
from tasks.handovers.observe import OperatorReport, TakenHandover
from tasks.ledger.errors import NoSuchPeopleError
from tasks.ledger.store import Ledger
from tasks.prefect_api.run_ends import RunEnd
from tasks.runtime.handing import KeptPeople, NotAskedForError
from tasks.runtime.settings.hooks import GATEWAY_DEFAULTS, GatewaySettings

HandOver = Callable[[str, OperatorReport], TakenHandover]
"""Keeps what an operator sees of a job of a workspace."""


Lacks = Callable[[], str | None]
"""Says in a sentence what is missing, None where nothing is; never an address or a secret."""


HandOverPeople = Callable[[str, str, Path, str], KeptPeople]
"""Keeps the people of a file for a job of a workspace, under the name of who hands them over."""
HandedPeople = Callable[[str, str, str], OnlyPeople | None]
"""Finds to whom a request is bound by a key: workspace, job, key; None where there is no key."""


def keeps_none(_workspace: str, _job: str, _file: Path, _by: str) -> KeptPeople:
    """Refuse every file of people."""
    raise NotAskedForError("This gateway takes no files of people.")


def knows_none(_workspace: str, job: str, key: str) -> OnlyPeople | None:
    """Know no file of people."""
    if key:
        raise NoSuchPeopleError(f"This gateway knows no contact file {key} for job {job}.")
    return None


def takes_none(_workspace: str, _seen: OperatorReport) -> TakenHandover:
    """Refuse every hand-over."""
    raise NotAskedForError("This gateway takes no hand-overs.")


@dataclass(frozen=True, slots=True)
class PredialDoor:
    """What questions before calls of one workspace are answered by."""

    secret: bytes = field(repr=False)
    opted_out: Path | None = None
    """The workspace's own list of opt-outs, beside the ledger's."""


@dataclass(frozen=True, kw_only=True)
class Parts:
    """Ledger, clock, starter, sources and wake, and what the answers need."""

    ledger: Ledger
    clock: Clock
    starter: Starter
    wake: Wake
    ended: RunEnd | None = None
    """What became of a run; None where nobody can be asked."""
    sources: Mapping[str, HookSource] = field(default_factory=dict)
    settings: GatewaySettings = GATEWAY_DEFAULTS
    workspace: str = "default"
    """The workspace of calls that name none."""
    workspaces: frozenset[str] = frozenset()
    """Every other workspace that a call may name."""
    tickets: frozenset[str] = frozenset()
    """The ticket systems that are written back to."""
    region: str | None = None
    webhooks: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    """The secret of a platform's webhooks, by the workspace that takes them."""
    predials: Mapping[str, PredialDoor] = field(default_factory=dict)
    """Who is asked before calls, by the workspace's name in the ledger."""
    hand_over: HandOver = takes_none
    hand_over_people: HandOverPeople = keeps_none
    handed_people: HandedPeople = knows_none
    files: Path = Path(gettempdir())
    """Where a folder for the files of a hand-over is made while they are read."""
    link_key: Callable[[], bytes] | None = None
    """Reads the key that signed links are checked with; None where none are given out."""
    lacks: Mapping[str, Lacks] = field(default_factory=dict)
    """What has to be there for the gateway's work, by its name in a sentence."""
    phones: bytes = field(default=b"", repr=False)
    """Key of the tokens that stand for numbers in answers."""

    @property
    def window(self) -> float:
        """Return for how many seconds a second wish for a job joins the first."""
        return self.settings.join_minutes * 60
