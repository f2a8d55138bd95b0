"""The composition root: the one place where settings become a context with everything in it."""

import getpass
import secrets
import socket
from collections.abc import Mapping
from dataclasses import dataclass, replace

import httpx

from models.enums import State
from models.handovers.tables import Columns
from models.policy.policy import TIMING, Policy
from models.reasons.table import ReasonTable, parse_overrides
from models.tables.ledger import Recovery
from tasks.clock import Clock
from tasks.context import Case, Reporter, RunContext, Silent
from tasks.ledger import recoveries, waves
from tasks.ledger.audit import entries
from tasks.ledger.database.accounts import name_of
from tasks.ledger.errors import LeaseLostError
from tasks.ledger.handovers import Handovers
from tasks.ledger.leases import Claimed, claim_job, only_of, release
from tasks.ledger.store import Ledger
from tasks.marks import struck
from tasks.notify.channels import notices_of
from tasks.platforms.cartesia.adapter import Cartesia
from tasks.platforms.elevenlabs.account import ElevenLabsAccount
from tasks.platforms.mapped.adapter import Mapped
from tasks.platforms.port import Platform
from tasks.platforms.retell.adapter import Retell
from tasks.platforms.vapi.adapter import Vapi
from tasks.platforms.vogent.adapter import Vogent
from tasks.platforms.voqo.adapter import Voqo
from tasks.platforms.voqo.start import VoqoStarter
from tasks.runtime.blocks import with_block
from tasks.runtime.carriers import make_carrier
from tasks.runtime.collecting import collect_rarely
from tasks.runtime.database import open_home
from tasks.runtime.keys import Keys
from tasks.runtime.links import Links
from tasks.runtime.mappings import UNUSABLE, make_mapped, with_own_reasons
from tasks.runtime.outbox import brief_push, post_of
from tasks.runtime.settings.accounts import fingerprint
from tasks.runtime.settings.settings import Settings, SettingsError, load_settings, run_policy
from tasks.runtime.settings.voqo import OWN_NAME
from tasks.runtime.settings.workspaces import settings_of
from tasks.runtime.vapi import make_vapi
from tasks.runtime.vogent import make_vogent


@dataclass(frozen=True)
class Runtime:
    """What every command starts from: settings, policy, keys and the open ledger.

    `unread` says why the block with the workspace's key could not be read: who only reads the ledger goes on.
    """

    settings: Settings
    policy: Policy
    keys: Keys
    ledger: Ledger
    unread: SettingsError | None = None

    @property
    def workspace(self) -> str:
        """Return the name by which the ledger knows the account; raises SettingsError without a key."""
        if self.unread:
            raise self.unread
        return self.settings.workspace

    def context(
        self, job_id: str, *, reporter: Reporter | None = None, platform: Platform | None = None
    ) -> RunContext:
        """Return a context for one job; raises SettingsError where there is no key that can be used."""
        workspace = self.workspace
        platform = platform or make_platform(
            self.settings, self.policy, self.ledger.clock, ledger=self.ledger
        )
        return RunContext(
            workspace=workspace,
            ledger=self.ledger,
            platform=platform,
            policy=self.policy,
            carrier=make_carrier(self.settings, self.policy, self.ledger.clock),
            table=load_table(self.settings, platform),
            home=self.settings.folder,
            secret=self.keys.phones,
            case=Case(job_id),
            reporter=reporter or Silent(),
            deliver=self.deliver,
            opted_out=self.settings.suppression,
            package_address=Links(self.settings, self.ledger.clock).package_address,
        )

    def deliver(self) -> None:
        """Push what waits in the outbox, for a few seconds at the most."""
        brief_push(post_of(self.settings, self.ledger, self.keys.phones))


def open_runtime(
    settings: Settings | None = None,
    *,
    workspace: str | None = None,
    clock: Clock | None = None,
    run: Mapping[str, object] | None = None,
) -> Runtime:
    """Read settings and policy of a workspace, the default one where none is named; open keys and ledger.

    `run` are policy keys of this run alone.
    """
    collect_rarely()
    settings, unread = _with_key(settings_of(settings or load_settings(), workspace))
    policy, _, _ = run_policy(settings, run)
    keys, ledger = open_home(settings, clock)
    settings = _by_account(settings, keys, ledger)
    return Runtime(settings, policy, keys, replace(ledger, notices=notices_of(settings.notify)), unread)


def beside(runtime: Runtime, workspace: str) -> Runtime:
    """Return the runtime of another workspace on the ledger that is open; raises SettingsError without it."""
    if workspace == runtime.settings.workspace:
        return runtime
    settings, unread = _with_key(settings_of(runtime.settings, workspace))
    policy, _, _ = run_policy(settings)
    settings = _by_account(settings, runtime.keys, runtime.ledger)
    return replace(runtime, settings=settings, policy=policy, unread=unread)


def _with_key(settings: Settings) -> tuple[Settings, SettingsError | None]:
    try:
        return with_block(settings), None
    except SettingsError as error:
        return settings, error


def account_name(settings: Settings, keys: Keys, ledger: Ledger) -> str:
    """Return the name by which the ledger knows the account of a workspace, that of a block included."""
    return _by_account(_with_key(settings)[0], keys, ledger).workspace


def _by_account(settings: Settings, keys: Keys, ledger: Ledger) -> Settings:
    # Whatever the settings call it today: leases, permits and counts go by the platform's account.
    if settings.platform == OWN_NAME:
        return settings  # its name is the platform's own id of it, which requests carry
    mark = fingerprint(settings, keys.phones)
    return (
        settings
        if mark is None
        else settings.model_copy(update={"workspace": name_of(ledger, mark, settings.workspace)})
    )


def make_platform(
    settings: Settings,
    policy: Policy,
    clock: Clock,
    transport: httpx.BaseTransport | None = None,
    *,
    ledger: Ledger | None = None,
) -> Platform:
    """Return the adapter that the settings name; `ledger` is for one whose jobs are handed over."""
    if not settings.platform_url.startswith(("http://", "https://")):
        raise SettingsError("RINGBACK_PLATFORM_URL has to begin with https:// or http://.")
    if settings.platform == Voqo.name:
        if ledger is None:
            raise SettingsError("Jobs of voqo are handed over and kept in the ledger: use the commands.")
        return _voqo(settings, policy, ledger, transport)
    if settings.platform == Mapped.name:
        return make_mapped(settings, policy, clock, transport=transport, ledger=ledger)
    key = settings.platform_key.get_secret_value()
    if not key:
        raise SettingsError("RINGBACK_PLATFORM_KEY is not set. Give the key of the workspace.")
    pause = min(0.5, policy.poll_seconds)
    if settings.platform == Retell.name:
        return _retell(settings, policy, ledger, transport, pause)
    if settings.platform == Vapi.name:
        return make_vapi(settings, policy, clock, ledger, transport)
    if settings.platform == Vogent.name:
        return make_vogent(settings, policy, clock, ledger, transport)
    make = Cartesia if settings.platform == Cartesia.name else ElevenLabsAccount
    try:
        return make(settings.platform_url, key, clock=clock, transport=transport, first_pause=pause)
    except (httpx.InvalidURL, UnicodeEncodeError):
        raise SettingsError(UNUSABLE) from None


def _voqo(settings: Settings, policy: Policy, ledger: Ledger, transport: httpx.BaseTransport | None) -> Voqo:
    key = settings.platform_key.get_secret_value()
    columns = settings.voqo.columns(policy.default_region)
    try:
        starter = VoqoStarter(settings.platform_url, key, settings.workspace, transport=transport)
    except (httpx.InvalidURL, UnicodeEncodeError):
        raise SettingsError(UNUSABLE) from None
    return Voqo(handovers_of(settings, ledger), columns, starter, policy.outcome_seconds)


def _retell(
    settings: Settings,
    policy: Policy,
    ledger: Ledger | None,
    transport: httpx.BaseTransport | None,
    pause: float,
) -> Retell:
    if ledger is None:
        raise SettingsError("Uploads of retell are handed over and kept in the ledger: use the commands.")
    url, key = settings.platform_url, settings.platform_key.get_secret_value()
    handovers, columns = handovers_of(settings, ledger), Columns(region=policy.default_region)
    try:
        return Retell(url, key, handovers, columns, transport=transport, first_pause=pause)
    except (httpx.InvalidURL, UnicodeEncodeError):
        raise SettingsError(UNUSABLE) from None


def handovers_of(settings: Settings, ledger: Ledger) -> Handovers:
    """Return what operators of a workspace have handed over."""
    return Handovers(ledger, settings.workspace, settings.platform)


def load_table(settings: Settings, platform: Platform | None = None) -> ReasonTable:
    """Return the reason table with the rows of the platform's mapping and the workspace's own over it."""
    table = ReasonTable.packaged().with_overrides(settings.voqo.overrides)
    if isinstance(platform, Mapped):
        table = with_own_reasons(table, platform.mapping)
    if settings.reasons is None:
        return table
    try:
        return table.with_overrides(parse_overrides(settings.reasons.read_text(encoding="utf-8")))
    except OSError as error:
        raise SettingsError(
            f"RINGBACK_REASONS {settings.reasons} cannot be read: {error.strerror}."
        ) from None
    except ValueError as error:
        raise SettingsError(f"RINGBACK_REASONS {settings.reasons}: {error}") from None


def claim(ctx: RunContext) -> Claimed:
    """Claim the context's job and take over what an earlier run has decided about it."""
    new_id = f"r_{secrets.token_hex(5)}"
    claimed = claim_job(
        ctx.ledger, ctx.job_key, new_id, ctx.policy, ctx.ticket, only=ctx.only, continues=ctx.continues
    )
    ctx.claim = claimed.claim
    ctx.arrived, ctx.continued = ctx.clock.now(), claimed.continued
    if claimed.claim:
        recovery = recoveries.get(ctx.ledger, claimed.recovery_id)
        ctx.only = only_of(recovery)
        _take_over(ctx, recovery)
    return claimed


def _take_over(ctx: RunContext, recovery: Recovery) -> None:
    if State(recovery.state).is_end:
        struck("claim.ended_meanwhile")
        release(ctx.ledger, ctx.held)
        raise LeaseLostError(
            f"Recovery {recovery.id} was ended while this process took it over; nothing was sent. "
            f"`ringback status {recovery.id}` says how it ended."
        )
    if recovery.approved_hash or waves.of(ctx.ledger, recovery.id):  # a begun plan keeps its policy
        timing = ctx.policy.model_dump(include=set(TIMING))
        ctx.policy = recoveries.policy_of(recovery).model_copy(update=timing)
        return
    now = ctx.policy.model_dump(mode="json")
    _say_why(ctx, recovery, now["because"])
    if recovery.policy != now or recovery.state != State.RUNNING.value:
        recoveries.update(
            ctx.ledger,
            ctx.held,
            "policy",
            {"changed": recovery.policy != now},
            policy=now,
            state=State.RUNNING.value,
        )


def _say_why(ctx: RunContext, recovery: Recovery, because: dict[str, dict[str, str]]) -> None:
    # Whoever loosened a default stands in the chain of every recovery that goes by it.
    said = {key: {**words, "value": getattr(ctx.policy, key)} for key, words in because.items()}
    told = [one.body for one in entries(ctx.ledger, recovery.id) if one.kind == "loosened"]
    if said and (not told or told[-1] != said):
        recoveries.update(ctx.ledger, ctx.held, "loosened", said)


def who() -> str:
    """Name the person at the keyboard, as the audit will."""
    try:
        return f"{getpass.getuser()}@{socket.gethostname()}"
    except (KeyError, OSError):
        return socket.gethostname()
