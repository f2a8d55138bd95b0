"""Which platform account a workspace of the settings is: two names of one account would call people twice."""

import hmac
from hashlib import sha256
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tasks.runtime.settings.errors import SettingsError

if TYPE_CHECKING:
    from tasks.runtime.settings.settings import Settings
    from tasks.runtime.settings.workspaces import WorkspaceSettings

Account = tuple[str, str, str]
"""Platform, host with port, key; or `block` and the name of the block that holds all three."""


def account_of(platform: str, url: str, key: str) -> Account | None:
    """Return the account behind an address and a key, None where no key is set."""
    address = urlsplit(url.strip())
    host = (address.hostname or "").rstrip(".").lower()
    try:
        port = address.port or (80 if address.scheme == "http" else 443)
    except ValueError:
        return None  # the address is refused where it is used
    return (platform, f"{host}:{port}", key.strip()) if key.strip() else None


def fingerprint(settings: "Settings", secret: bytes) -> str | None:
    """Return what the ledger knows an account by: a hash under our own secret, which tells no key."""
    account = account_of(settings.platform, settings.platform_url, settings.platform_key.get_secret_value())
    if account is None:
        return None
    return hmac.new(secret, "\0".join(account).encode("utf-8", "surrogatepass"), sha256).hexdigest()


def one_name_each(settings: "Settings") -> None:
    """Raise SettingsError where two workspaces of the settings are one platform account."""
    seen: dict[Account, str] = {}
    key = settings.platform_key.get_secret_value()
    named = {settings.workspace: _account(settings, key)}
    for name, own in settings.workspaces.items():
        named.setdefault(name, _account(own, _key_of(own)))
    for name, account in named.items():
        if account is None:
            continue
        # An account that is known by its adapter and by a mapping file too is still one account.
        kind = "block" if account[0] == "block" else ""
        known = (kind, account[1], account[2])
        if known in seen:
            raise SettingsError(
                f"The workspaces {seen[known]} and {name} are one platform account: the same people would "
                "be called once under each name. Keep one of the two names."
            )
        seen[known] = name


def _account(told: "Settings | WorkspaceSettings", key: str) -> Account | None:
    # What is in a block is known where that workspace is opened; one block is one account in any case.
    if told.key_block and not key:
        return "block", told.key_block, ""
    return account_of(told.platform, told.platform_url, key)


def _key_of(own: object) -> str:
    try:
        key: str = own.key.get_secret_value()  # type: ignore[attr-defined]
    except SettingsError:
        return ""  # its variable is not set here: said when that workspace is opened
    return key
