"""The carrier that the settings of a workspace hold keys for."""

import httpx

from models.policy.policy import Policy
from tasks.carriers.port import Carrier
from tasks.carriers.twilio import Twilio
from tasks.clock import Clock
from tasks.runtime.settings.settings import Settings, SettingsError
from tasks.runtime.settings.twilio import twilio_keys


def make_carrier(
    settings: Settings, policy: Policy, clock: Clock, transport: httpx.BaseTransport | None = None
) -> Carrier | None:
    """Return the carrier, None where there are no keys for one; raises SettingsError for keys of no use."""
    keys = twilio_keys(settings)
    if keys is None:
        return None
    pause = min(0.5, policy.poll_seconds)
    try:
        return Twilio(settings.twilio_url, keys, clock=clock, transport=transport, first_pause=pause)
    except (httpx.InvalidURL, UnicodeEncodeError):
        raise SettingsError(
            "RINGBACK_TWILIO_URL, or the keys beside it, cannot be sent as they stand. Correct them."
        ) from None
