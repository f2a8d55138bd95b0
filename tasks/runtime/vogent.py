"""Vogent from the settings: its client, and what the ledger and hand-overs know of people in its jobs."""

import httpx

from models.handovers.tables import Columns
from models.policy.policy import Policy
from tasks.clock import Clock
from tasks.ledger.handovers import Handovers
from tasks.ledger.store import Ledger
from tasks.platforms.vogent.adapter import Vogent
from tasks.platforms.vogent.roll import Rolls
from tasks.runtime.mappings import UNUSABLE
from tasks.runtime.settings.settings import Settings, SettingsError


def make_vogent(
    settings: Settings,
    policy: Policy,
    clock: Clock,
    ledger: Ledger | None,
    transport: httpx.BaseTransport | None = None,
) -> Vogent:
    """Return the adapter that the settings name; raises SettingsError with one sentence."""
    if ledger is None:
        raise SettingsError("Who is in a job of vogent is known to the ledger alone: use the commands.")
    handovers = Handovers(ledger, settings.workspace, settings.platform)
    try:
        return Vogent(
            settings.platform_url,
            settings.platform_key.get_secret_value(),
            Rolls(handovers, Columns(region=policy.default_region)),
            clock=clock,
            transport=transport,
            first_pause=min(0.5, policy.poll_seconds),
        )
    except (httpx.InvalidURL, UnicodeEncodeError):
        raise SettingsError(UNUSABLE) from None
