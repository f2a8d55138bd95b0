"""Whose calls a carrier of the sandbox shows: one account a world, with what reads it."""

from base64 import b64decode
from binascii import Error
from collections.abc import Iterable
from dataclasses import dataclass

from deployments.sandbox.engine.seeded_random import carrier_sid


@dataclass(frozen=True, slots=True)
class CarrierAccount:
    """The account under which a world's calls are made, its token, and an API key that may read calls."""

    sid: str
    token: str
    key: str
    secret: str


def account_of(key: str) -> CarrierAccount:
    """Return the account of a world's key."""
    return CarrierAccount(
        sid=carrier_sid("AC", "carrier", key),
        token=carrier_sid("", "token", key),
        key=carrier_sid("SK", "api key", key),
        secret=carrier_sid("", "api secret", key),
    )


def world_key_of(worlds: Iterable[str], authorization: str) -> tuple[str, bool] | None:
    """Return the world's key that a Basic header belongs to, and whether it is the account's own token."""
    try:
        told = b64decode(authorization.removeprefix("Basic "), validate=True).decode()
    except (Error, UnicodeDecodeError):
        return None
    user, _, secret = told.partition(":")
    for key in worlds:
        account = account_of(key)
        if (user, secret) == (account.sid, account.token):
            return key, True
        if (user, secret) == (account.key, account.secret):
            return key, False
    return None
