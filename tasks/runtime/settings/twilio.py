"""Settings of the carrier beneath a platform: an account of Twilio's, and the pair that reads its calls."""

from collections.abc import Mapping
from typing import Any, Protocol

from pydantic import SecretStr

from tasks.carriers.keys import ACCOUNT_SID, KEY_SID, TwilioKeys
from tasks.runtime.settings.errors import SettingsError
from tasks.runtime.settings.trust import is_plain

TWILIO_URL = "https://api.twilio.com"
FIELDS = ("twilio_account_sid", "twilio_auth_token", "twilio_api_key", "twilio_api_secret", "twilio_url")
SECRETS = frozenset({"twilio_auth_token", "twilio_api_secret"})


class TwilioSettings(Protocol):
    """What the default workspace and every other one say of the carrier."""

    twilio_account_sid: str
    twilio_auth_token: SecretStr
    twilio_api_key: str
    twilio_api_secret: SecretStr
    twilio_url: str


def twilio_keys(told: TwilioSettings, place: str = "RINGBACK_") -> TwilioKeys | None:
    """Return who asks the carrier, None where nobody is named; an API key goes before the account's token.

    `place` is where the settings stand. Raises SettingsError for half a pair, for what is no SID, and for an
    address that a secret would travel to in clear text.
    """
    named = _Names(place)
    account, key = told.twilio_account_sid.strip(), told.twilio_api_key.strip()
    token, secret = told.twilio_auth_token.get_secret_value(), told.twilio_api_secret.get_secret_value()
    if not (account or key or token or secret):
        return None
    if bool(key) != bool(secret):
        raise SettingsError(f"{named.key} and {named.secret} are one pair: give both, or neither.")
    if not account:
        raise SettingsError(f"{named.account} is not set: keys of Twilio read the calls of one account.")
    if not (token or key):
        raise SettingsError(
            f"{named.account} is set without a key: give {named.token}, or {named.key} with {named.secret}."
        )
    if not ACCOUNT_SID.fullmatch(account):
        raise SettingsError(f"{named.account} is no account SID: AC and 32 hexadecimal characters.")
    if key and not KEY_SID.fullmatch(key):
        raise SettingsError(f"{named.key} is no SID of an API key: SK and 32 hexadecimal characters.")
    _check_url(told.twilio_url, named)
    return TwilioKeys(account, key or account, secret if key else token)


class _Names:
    """The names of the settings as they stand in one place."""

    def __init__(self, place: str) -> None:
        """Name them as variables, or as keys of a table."""
        upper = place.endswith("_")
        self.account, self.token, self.key, self.secret, self.url = (
            f"{place}{name.upper() if upper else name}" for name in FIELDS
        )


def _check_url(url: str, named: _Names) -> None:
    if not url.strip().startswith(("http://", "https://")):
        raise SettingsError(f"{named.url} has to begin with https:// or http://.")
    if is_plain(url):
        raise SettingsError(
            f"{named.url} begins with http:// and leads to another machine: the keys would be sent in clear "
            "text. Use https://."
        )


def check_twilio(settings: TwilioSettings, workspaces: Mapping[str, TwilioSettings]) -> None:
    """Raise SettingsError where any workspace's settings of the carrier cannot be used."""
    twilio_keys(settings)
    for name, own in workspaces.items():
        twilio_keys(own, f"workspaces.{name}.")


def of_workspace(own: Any, reveal: Any) -> dict[str, Any]:
    """Return a workspace's own settings of the carrier: those of the default one are of another account."""
    told = {name: getattr(own, name) for name in FIELDS}
    return told | {name: reveal(told[name].get_secret_value()) for name in SECRETS}


def is_asked(settings: Any, workspace: str) -> bool:
    """Tell whether a workspace of the settings names an account of the carrier's."""
    own = settings if workspace == settings.workspace else settings.workspaces[workspace]
    return bool(own.twilio_account_sid)
