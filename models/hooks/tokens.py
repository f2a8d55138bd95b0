"""Tokens of the API: their text, their hash and their scopes."""

import hmac
import secrets
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from hashlib import sha256

PREFIX = "rb"
EVERY = "*"
"""Stands for all workspaces, those of later settings too."""
_ID_BYTES, _SECRET_BYTES = 6, 32


class Scope(StrEnum):
    """What a token may do."""

    READ = "read"  # see recoveries and packages
    OPERATE = "operate"  # start and cancel recoveries, suppress numbers
    APPROVE = "approve"  # approve or decline a plan


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token just made: its text is shown once and kept nowhere."""

    id: str
    text: str = field(repr=False)

    @property
    def hash(self) -> str:
        """Return what is stored of it."""
        return hashed(self.text)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls the API: a token's name, what it may do, and for which workspaces."""

    name: str
    token_id: str
    scopes: frozenset[Scope]
    workspaces: frozenset[str] = frozenset({EVERY})

    def speaks_for(self, workspace: str) -> bool:
        """Tell whether the token is bound to a workspace, or to none in particular."""
        return EVERY in self.workspaces or workspace in self.workspaces


def new_token() -> NewToken:
    """Make a token of 256 random bits."""
    token_id = secrets.token_hex(_ID_BYTES)
    return NewToken(token_id, f"{PREFIX}_{token_id}_{secrets.token_hex(_SECRET_BYTES)}")


def hashed(text: str) -> str:
    """Return the hash that is stored: of so many random bits a plain one tells nothing."""
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def id_of(text: str) -> str | None:
    """Return the id part of what claims to be a token, None where it is none."""
    parts = text.split("_")
    well_formed = len(parts) == 3 and parts[0] == PREFIX and parts[1].isalnum() and parts[1].isascii()  # noqa: PLR2004
    return parts[1] if well_formed else None


def fits(text: str, stored_hash: str) -> bool:
    """Tell whether a text is the token that a hash was made of."""
    return hmac.compare_digest(hashed(text).encode(), stored_hash.encode())


def is_alive(now: datetime, expires_at: datetime | None, revoked_at: datetime | None) -> bool:
    """Tell whether a token may be used now."""
    return revoked_at is None and (expires_at is None or now < expires_at)


def scopes_of(text: str) -> frozenset[Scope]:
    """Read `read,operate`; raises ValueError naming what is no scope."""
    names = [part.strip() for part in text.split(",") if part.strip()]
    unknown = [name for name in names if name not in set(Scope)]
    if unknown or not names:
        known = ", ".join(Scope)
        raise ValueError(f"{unknown[0] if unknown else 'nothing'!r} is no scope. Known: {known}.")
    return frozenset(map(Scope, names))
