"""What has to be right before anything can be recovered, checked one by one; nothing is changed."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import timedelta
from email.utils import parsedate_to_datetime
from functools import partial
from itertools import islice
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import httpx

from models.enums import Reads
from models.errors import RingbackError
from models.invariants import given
from tasks.ledger.database.restores import unconfirmed
from tasks.runtime.database import SCHEMA
from tasks.runtime.hook_sources import make_sources
from tasks.runtime.outbox import SettingsOffice
from tasks.runtime.settings.settings import Settings
from tasks.runtime.settings.twilio import is_asked
from tasks.runtime.settings.workspaces import workspace_names
from tasks.runtime.wiring import Runtime, open_runtime

LEAST_FREE = 1_000_000_000
"""Bytes that the home's disk should have: a ledger of a hundred thousand contacts and its packages."""
MOST_SKEW = timedelta(seconds=60)
"""How far two clocks may be apart: a look is good for as long (tasks/dispatch)."""
ASKED_FOR = timedelta(hours=1)
SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Checkup:
    """One thing that was looked at, and a sentence that says what to do where it is wrong."""

    what: str
    is_ok: bool
    said: str

    def as_json(self) -> dict[str, object]:
        """Return it for a program."""
        return asdict(self)


def examine(settings: Settings, transport: httpx.BaseTransport | None = None) -> Iterator[Checkup]:
    """Yield what is right and what is not: home, ledger, every workspace's platform, tickets, hooks."""
    yield _free(settings)
    yield _zones()
    runtime: Runtime | None = None
    try:
        runtime = open_runtime(settings)
    except RingbackError as error:
        yield Checkup("ledger", is_ok=False, said=str(error))
    if runtime:
        yield from _ledger(runtime)
    names = workspace_names(settings)
    if not names:
        said = "No workspace has a key: set RINGBACK_PLATFORM_KEY, or a table [workspaces.NAME]."
        yield Checkup("platform", is_ok=False, said=said)
    for name in names if runtime else []:
        yield _told(f"platform of {name}", partial(_platform, settings, name))
        yield _told(f"clock of {name}", partial(_clock, settings, name, transport))
        if is_asked(settings, name):
            yield _told(f"carrier of {name}", partial(_carrier, settings, name))
    if runtime:
        office = SettingsOffice(settings, runtime.ledger.clock)
        for name in settings.tickets:
            yield _told(f"ticket system {name}", partial(_ticket, office, name))
    for name in settings.hooks:
        yield _told(f"hook {name}", partial(_hook, settings, name))


def _told(what: str, look: Callable[[], str]) -> Checkup:
    try:
        return Checkup(what, is_ok=True, said=look())
    except RingbackError as error:
        return Checkup(what, is_ok=False, said=str(error))


def _free(settings: Settings) -> Checkup:
    folder = settings.folder
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    said = f"{free / 1e9:,.1f} GB free for {settings.folder}."
    if free < LEAST_FREE:
        return Checkup("disk", is_ok=False, said=f"{said} Make room: a ledger that cannot grow stops.")
    return Checkup("disk", is_ok=True, said=said)


def _zones() -> Checkup:
    try:
        ZoneInfo("Australia/Sydney")
    except ZoneInfoNotFoundError:
        said = "No time zones are known here: install the package tzdata. Calling hours need them."
        return Checkup("time zones", is_ok=False, said=said)
    return Checkup("time zones", is_ok=True, said="Known.")


def _ledger(runtime: Runtime) -> Iterator[Checkup]:
    yield Checkup("ledger", is_ok=True, said=f"Opens, schema {SCHEMA}.")
    yield Checkup("audit keys", is_ok=True, said=f"{len(runtime.keys.by_id)}, the newest signs.")
    left = unconfirmed(runtime.ledger, runtime.settings.workspace)
    if left:
        said = "The ledger was restored, and some of it waits to be confirmed: `ringback status` says what."
        yield Checkup("restore", is_ok=False, said=said)


def _platform(settings: Settings, name: str) -> str:
    platform = open_runtime(settings, workspace=name).context("").platform
    if platform.capabilities.reads is Reads.HANDOVERS:
        return f"{platform.name}: jobs are handed over by people; nothing was asked."
    since = open_runtime(settings, workspace=name).ledger.clock.now() - ASKED_FOR
    list(islice(platform.list_jobs(since), 1))
    return f"{platform.name} answers, and takes the key."


def _carrier(settings: Settings, name: str) -> str:
    carrier = open_runtime(settings, workspace=name).context("").carrier
    return given(carrier, "only workspaces with keys for a carrier are asked").check()


def _clock(settings: Settings, name: str, transport: httpx.BaseTransport | None) -> str:
    runtime = open_runtime(settings, workspace=name)
    try:
        with httpx.Client(transport=transport, timeout=SECONDS) as http:
            told = http.head(runtime.settings.platform_url).headers.get("date", "")
        there = parsedate_to_datetime(told)
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, TypeError):
        return "Its time is not told."
    apart = there - runtime.ledger.clock.now()
    if abs(apart) > MOST_SKEW:
        raise RingbackError(
            f"The clock here and the platform's are {abs(apart).total_seconds():.0f} s apart: set this "
            "machine's clock (NTP)."
        )
    return f"Within {MOST_SKEW.total_seconds():.0f} s of the platform's."


def _hook(settings: Settings, name: str) -> str:
    source = make_sources({name: settings.hooks[name]}, settings.workspace)[name]
    known = workspace_names(settings)
    if known and source.workspace not in known:
        raise RingbackError(
            f"It asks for jobs of the workspace {source.workspace}, which the settings do not have: name one "
            f"of {', '.join(known)} in ringback.toml, [hooks.{name}]."
        )
    return f"Its secret is there; it asks for jobs of {source.workspace}."


def _ticket(office: SettingsOffice, name: str) -> str:
    office.door(name)
    return "Its token is there; nothing was sent."
