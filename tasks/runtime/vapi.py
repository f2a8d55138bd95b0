"""Vapi from the settings: its client, the uploads that it is joined with, and the gate before its calls."""

from urllib.parse import urlsplit

import httpx

from models.handovers.tables import Columns
from models.policy.policy import Policy
from tasks.clock import Clock
from tasks.ledger.handovers import Handovers
from tasks.ledger.store import Ledger
from tasks.platforms.mapped.joined import JoinedUpload
from tasks.platforms.vapi.adapter import Vapi
from tasks.platforms.vapi.request import PredialGate
from tasks.runtime.mappings import UNUSABLE
from tasks.runtime.settings.settings import Settings, SettingsError

GATE = ("RINGBACK_PLATFORM_WEBHOOK_URL", "RINGBACK_PLATFORM_CREDENTIAL", "RINGBACK_PLATFORM_WEBHOOK_SECRET")
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


def make_vapi(
    settings: Settings,
    policy: Policy,
    clock: Clock,
    ledger: Ledger | None,
    transport: httpx.BaseTransport | None = None,
) -> Vapi:
    """Return the adapter that the settings name; raises SettingsError with one sentence."""
    if ledger is None:
        raise SettingsError("Uploads of vapi are handed over and kept in the ledger: use the commands.")
    handovers = Handovers(ledger, settings.workspace, settings.platform)
    uploads = JoinedUpload(handovers, Columns(region=policy.default_region))
    try:
        return Vapi(
            settings.platform_url,
            settings.platform_key.get_secret_value(),
            uploads,
            gate=gate_of(settings),
            clock=clock,
            transport=transport,
            first_pause=min(0.5, policy.poll_seconds),
        )
    except (httpx.InvalidURL, UnicodeEncodeError):
        raise SettingsError(UNUSABLE) from None


def gate_of(settings: Settings) -> PredialGate | None:
    """Return where the platform asks before each call of a wave, None where nothing of it is set.

    Raises SettingsError where only a part is: no call would ever be made, or anybody could answer.
    """
    url, credential = settings.platform_webhook_url.strip(), settings.platform_credential.strip()
    secret = settings.platform_webhook_secret.get_secret_value()
    given = dict(zip(GATE, (url, credential, secret), strict=True))
    if not any(given.values()):
        return None
    if missing := [name for name, value in given.items() if not value]:
        raise SettingsError(
            f"{' and '.join(missing)} {'are' if len(missing) > 1 else 'is'} not set, and the others of "
            f"{', '.join(GATE)} are: Vapi asks before its calls only with all three; see platform-vapi.md."
        )
    address = urlsplit(url)
    if address.scheme != "https" and not (address.scheme == "http" and address.hostname in LOOPBACK):
        raise SettingsError("RINGBACK_PLATFORM_WEBHOOK_URL has to begin with https://.")
    return PredialGate(url, settings.workspace, credential)
